"""What people type into the pages of review and planning, read into what the actions take."""
