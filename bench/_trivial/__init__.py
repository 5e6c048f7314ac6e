"""A trivial Django project: the yardstick for the portal's pages."""
