"""Pages of projects: lists and details, the book's editing and review, signing, batches."""
