"""Budget books, their lines, finance experts' annotations, execution."""
