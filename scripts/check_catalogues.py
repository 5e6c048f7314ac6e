"""The zh_Hans catalogue is complete: every string of the sources is in it, translated, not fuzzy, none left over.

Extracts the messages anew from a copy of the sources, so that the tree itself stays as it is.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_Hans"
CATALOGUE = Path("locale") / LANGUAGE / "LC_MESSAGES" / "django.po"
SKIP = ("tests/", "bench/", "scripts/", "docs/")
Key = tuple[str | None, str]


def copy_sources(target: Path) -> None:
    """Put all that can hold messages into `target`."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py", "*.html", "*.txt", "*.po"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith(SKIP):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def extract(target: Path) -> polib.POFile:
    """The catalogue as makemessages would write it now."""
    (target / "locale").mkdir(exist_ok=True)
    command = [sys.executable, "manage.py", "makemessages", "-l", LANGUAGE, "--no-wrap", "--no-obsolete", "-v0"]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return polib.pofile(str(target / CATALOGUE))


def keys(catalogue: polib.POFile) -> dict[Key, polib.POEntry]:
    """The living entries by context and text."""
    return {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}


def main() -> int:
    """Print what is missing; zero when nothing is."""
    if not (ROOT / CATALOGUE).exists():
        print(f"{CATALOGUE} is missing")
        return 1
    present = keys(polib.pofile(str(ROOT / CATALOGUE)))
    with tempfile.TemporaryDirectory() as folder:
        copy_sources(Path(folder))
        wanted = keys(extract(Path(folder)))
    problems = [f"not in the catalogue: {key[1]!r} ({where(wanted[key])})" for key in wanted.keys() - present.keys()]
    problems += [f"no longer in the sources: {key[1]!r}" for key in present.keys() - wanted.keys()]
    problems += [f"fuzzy: {key[1]!r}" for key, entry in present.items() if entry.fuzzy]
    problems += [
        f"not translated: {key[1]!r}" for key, entry in present.items() if not entry.fuzzy and not entry.translated()
    ]
    for line in sorted(problems):
        print(line)
    translated = sum(entry.translated() for entry in present.values())
    print(f"{LANGUAGE}: {translated} of {len(wanted)} strings, {len(problems)} problems")
    return 1 if problems else 0


def where(entry: polib.POEntry) -> str:
    """The first place of an entry's text."""
    return ":".join(map(str, entry.occurrences[0])) if entry.occurrences else "?"


if __name__ == "__main__":
    sys.exit(main())
