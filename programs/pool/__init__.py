"""The pool of candidate projects from many channels, from which calls by invitation draw (C8)."""
