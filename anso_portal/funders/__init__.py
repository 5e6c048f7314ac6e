"""A funder comes into the portal from one TOML file: names, staff, institutions, programmes and calls (row 18)."""

from anso_portal.funders.file import FunderFile, load_funder
from anso_portal.funders.opening import open_funder

__all__ = ["FunderFile", "load_funder", "open_funder"]
