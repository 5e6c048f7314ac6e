"""Speed and size, as medians and ratios: `python -m bench`. Each module has `run() -> dict`."""
