"""What this machine has."""

import ctypes.util


def has_fast_subsetting() -> bool:
    """Whether libharfbuzz-subset is installed; without it WeasyPrint is eight times slower and does not say so."""
    return ctypes.util.find_library("harfbuzz-subset") is not None
