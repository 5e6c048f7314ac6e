"""What must not be in the tree: machine paths, secrets, real people's addresses, registry hosts, oversized files.

Sizes are the house's (docs/architecture.md): module ≤ 400 lines, function ≤ 40, template ≤ 150.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = {
    ".py",
    ".html",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".sh",
    ".sql",
    ".css",
    ".js",
    ".txt",
    ".lock",
    ".po",
    ".example",
    "",
}
MODULE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 400, 40, 150
SIZED_ELSEWHERE = ("tests/", "bench/", "static/vendor/")

PATTERNS = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:home|Users|root|work|opt|mnt)/[\w.-]+"),
    "a private key": re.compile(r"-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----"),
    "an access key": re.compile(r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}|xox[baprs]-\w{10,}|sk-[\w-]{32,})\b"),
    "a password in an address": re.compile(
        r"\b(?:postgres|postgresql|redis|amqp|smtp|https?)://[^\s:/{}$]+:(?!test@|x@)[^\s@{}$]+@"
    ),
    "a package registry's host": re.compile(r"--(?:extra-)?index-url|files\.pythonhosted\.org|pypi\.org/simple"),
    "a mail address outside example domains": re.compile(
        r"\b[\w.+-]+@(?!(?:[\w-]+\.)*(?:example|example\.(?:org|com|net|cn)|invalid|test|localhost)\b)[\w-]+(?:\.[\w-]+)*\.(?:cn|com|org|net|edu|gov|int)\b"
    ),
}
ALLOWED = {
    ("Dockerfile", "a path of one machine"),  # paths inside the image
    ("tests/reviews/test_conflicts.py", "a mail address outside example domains"),  # invented; free-mail domains matter
}


def files() -> list[Path]:
    """The tree's files, as git would commit them."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file() and not path.is_symlink()]


def leaks(path: Path, text: str) -> Iterator[str]:
    """Lines that hold what must not be there."""
    name = str(path.relative_to(ROOT))
    for what, pattern in PATTERNS.items():
        if (name, what) in ALLOWED or name == "scripts/check_hygiene.py":
            continue
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: {what}: {match.group()[:60]}"


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of what a function does: without its signature and its docstring."""
    start = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    return (function.end_lineno or start.lineno) - start.lineno + 1


def sizes(path: Path, text: str) -> Iterator[str]:
    """Modules, functions and templates past the house's sizes."""
    name = str(path.relative_to(ROOT))
    if name.startswith(SIZED_ELSEWHERE) or "/migrations/" in name:
        return
    lines = text.count("\n")
    if path.suffix == ".html" and lines > TEMPLATE_LINES:
        yield f"{name}: {lines} lines; templates have at most {TEMPLATE_LINES}"
    if path.suffix != ".py":
        return
    if lines > MODULE_LINES:
        yield f"{name}: {lines} lines; modules have at most {MODULE_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = body_lines(node)
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines; functions have at most {FUNCTION_LINES}"


def main() -> int:
    """Print what was found; zero when nothing leaks."""
    problems: list[str] = []
    large: list[str] = []
    for path in files():
        if path.suffix not in TEXT:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        problems += leaks(path, text)
        large += sizes(path, text)
    print("\n".join(problems) or "clean")
    if large:  # told, not refused: a walk that reads well in one piece may stay in one
        print("\n".join(["", "larger than the house likes:", *large]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
