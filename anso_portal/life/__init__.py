"""Whole lives of applications, walked by the real actions in the real roles: for `manage.py life` and the demo.

Nothing here is a short cut: if an action would refuse a person, it refuses here."""
