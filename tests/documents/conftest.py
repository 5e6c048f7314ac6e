"""Fonts and keys of the documents' tests."""

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def built_fonts(settings: Any, tmp_path: Path) -> None:
    """The machine's built fonts where there are some; without them the full Debian fonts are used."""
    built = ROOT / "var" / "fonts"
    settings.FONTS_DIR = built if built.is_dir() else tmp_path
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    location = {"location": str(tmp_path / "store")}
    backend = {"BACKEND": "documents.storage.AtomicFileSystemStorage", "OPTIONS": location}
    settings.STORAGES = settings.STORAGES | {"documents": backend}
