"""The scan of `make check` finds what it is there for."""

from pathlib import Path

import pytest

from scripts import check_hygiene

# Put together here, so that the scan of the tree does not stumble over its own samples.
LEAKS = {
    "a path of one machine": "open('/" + "home/zhang/portal')",
    "a private key": "-----BEGIN " + "PRIVATE KEY-----",
    "an access key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "a password in an address": "postgres://anso:" + "geheim@db/anso",
    "a package registry's host": "--extra-" + "index-url https://mirror",
    "a mail address outside example domains": "zhang@" + "igsnrr.ac.cn",
}
FINE = [
    "open(BASE_DIR / 'var')",
    "postgres://anso_app:${APP_PASSWORD:?set it}@postgres/anso",
    "postgres://anso_owner:test@127.0.0.1/postgres",
    "zhang@institute.example",
    "/workspaces/ is a word of the domain",
    "GET /home-of-a-funder/",
]


@pytest.mark.parametrize("what", LEAKS)
def test_each_kind_of_leak_is_found(what: str) -> None:
    found = list(check_hygiene.leaks(check_hygiene.ROOT / "core" / "x.py", f"a = 1\n{LEAKS[what]}\n"))
    assert len(found) == 1
    assert found[0].startswith(f"core/x.py:2: {what}")


@pytest.mark.parametrize("line", FINE)
def test_what_is_allowed_is_let_through(line: str) -> None:
    assert not list(check_hygiene.leaks(check_hygiene.ROOT / "core" / "x.py", line))


def test_sizes() -> None:
    function = 'def f(\n    a: int,\n) -> None:\n    """Say."""\n' + "    a = 1\n" * 41
    path: Path = check_hygiene.ROOT / "core" / "x.py"
    assert "f has 41 lines" in next(iter(check_hygiene.sizes(path, function)))
    assert "401 lines" in next(iter(check_hygiene.sizes(path, "a = 1\n" * 401)))
    assert "151 lines" in next(iter(check_hygiene.sizes(path.with_suffix(".html"), "<p>\n" * 151)))
    assert not list(check_hygiene.sizes(path, "a = 1\n" * 400))
