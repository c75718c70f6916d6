"""The page for people: its words in two languages, its example clients, its files, and what it shows of the model."""
