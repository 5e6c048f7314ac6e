"""Statuses that pages and endpoints share."""

SEE_OTHER = 303
NOT_NOW = 409
NOT_UNDERSTOOD = 422
