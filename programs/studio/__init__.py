"""The policy studio: a funder's administrator writes, tries and publishes policies in the browser."""
