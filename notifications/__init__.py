"""Inbox, mail, reminders, and the outbox through which every effect leaves a transaction exactly once."""
