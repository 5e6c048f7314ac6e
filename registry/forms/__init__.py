"""What people type about themselves, their institutions and each other's roles."""
