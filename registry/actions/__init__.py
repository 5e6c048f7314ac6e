"""Writes: who belongs where. Each is in the audit chain and told to those it is about."""
