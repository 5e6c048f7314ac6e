"""The keys to one's account: set by invitation, forgotten, changed.

No table of its own: links are signed, mails go by the outbox, what happened stands in the audit chain."""
