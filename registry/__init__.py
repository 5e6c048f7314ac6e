"""Who belongs where: people and institutions register, offices admit their people, administrators give roles.

Accounts, institutions and roles themselves are of `accounts`; here is how they come about, on record."""
