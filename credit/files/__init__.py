"""Files: written beside and renamed, so that they are whole or not there; Git LFS pointers in place of files."""
