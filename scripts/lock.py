"""Writes requirements.lock (what production runs) and requirements-dev.lock (that and the tools), both with hashes.

Hashes come from the index's own listing (reading them off every file would take a quarter of an hour), for pure
Python and Linux files only. No registry address and no path of this machine gets into a lock.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

from piptools.repositories import PyPIRepository
from piptools.scripts import compile as pip_compile

ROOT = Path(__file__).resolve().parent.parent
PLAIN = [
    "--quiet", "--upgrade", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-emit-index-url",
    "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options", "--annotation-style=line",
]  # fmt: skip


class IndexHashes(PyPIRepository):  # type: ignore[misc] # pip-tools has no types
    """Asks the index for hashes instead of downloading."""

    def _get_hashes_from_pypi(self, ireq: Any) -> dict[str, str]:
        return {}

    def _get_file_hash(self, link: Any) -> str:
        known = (link._hashes or {}).get("sha256")
        return f"sha256:{known}" if known else str(super()._get_file_hash(link))

    def _get_matching_candidates(self, ireq: Any) -> set[Any]:
        found: set[Any] = super()._get_matching_candidates(ireq)
        return {one for one in found if re.search(r"(-any|linux[\w.]*)\.whl$|\.tar\.gz$|\.zip$", one.link.filename)}


def compile_lock(name: str, *options: str) -> None:
    """One lock file, and in it no word on where it was made."""
    pip_compile.cli([*PLAIN, *options, "--output-file", name, "pyproject.toml"], standalone_mode=False)
    lock = ROOT / name
    text = re.sub(r"-c requirements\.lock(?:, )?", "", lock.read_text())
    text = re.sub(r"(?:anso-portal )?\(?(?:pyproject\.toml|file:[^ ,)]*)\)?", "pyproject.toml", text)
    lock.write_text(re.sub(r", *$|    # via *$\n", "", text, flags=re.MULTILINE))
    print(f"{name}: {len(re.findall(r'^[a-z].*==', text, re.MULTILINE))} packages")


if __name__ == "__main__":
    os.chdir(ROOT)
    os.environ["CUSTOM_COMPILE_COMMAND"] = "make lock"
    pip_compile.PyPIRepository = IndexHashes
    compile_lock("requirements.lock")
    compile_lock("requirements-dev.lock", "--extra", "dev", "--constraint", "requirements.lock")
    sys.exit(0)
