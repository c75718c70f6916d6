"""Files: written to a temporary path and renamed, so whole or absent; Git LFS pointers in place of files."""
