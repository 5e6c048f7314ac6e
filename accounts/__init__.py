"""People, institutions, tenants (funders), and who holds which role where.

All of these are global: a person has one account, whatever roles it holds with however many funders."""
