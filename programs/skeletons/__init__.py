"""What a new programme or call starts from, as TOML texts."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def skeleton(name: str) -> str:
    """The text of `programme` or `call`."""
    return (HERE / f"{name}.toml").read_text(encoding="utf-8")
