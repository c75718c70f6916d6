"""What people read in English and French: the words of the pages, and numbers as each language writes them."""
