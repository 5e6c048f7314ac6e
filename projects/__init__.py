"""Funded projects: task books and their rounds, signatures and signing batches."""
