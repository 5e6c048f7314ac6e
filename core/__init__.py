"""What every app stands on: clock, money, tenancy, access, errors, the task list.

Holds no domain noun and imports no other app."""
