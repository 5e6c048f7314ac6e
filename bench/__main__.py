"""Runs the benchmarks and prints medians and ratios: `python -m bench [NAME…] [--json]` or `make bench`.

Every module of this package with a `run()` is one. `run()` answers a mapping: scalars, lists of samples (their
median and quartiles are shown) or nested mappings of these. `make bench` gives it a PostgreSQL and a Redis of its
own by TEST_DATABASE_URL and TEST_REDIS_URL. A key that ends in `_over` names a ratio and its limit, as
`"list_over": {"ratio": 4.1, "limit": 5.0}`; one past its limit makes the exit code 1, after all have run.
"""

import argparse
import importlib
import json
import os
import pkgutil
import platform
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

import bench


def names() -> list[str]:
    """The benchmarks there are."""
    return sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if not m.name.startswith("_"))


def summary(value: Any) -> Any:
    """Samples become their median and quartiles; mappings are walked."""
    if isinstance(value, dict):
        return {key: summary(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple) and value and all(isinstance(one, int | float) for one in value):
        low, median, high = statistics.quantiles(value, n=4) if len(value) > 1 else (value[0],) * 3
        return {"median": median, "quartiles": [low, high], "samples": len(value)}
    return value


def rows(value: dict[str, Any], depth: int = 1) -> Iterator[str]:
    """The result as indented lines."""
    for key, inner in value.items():
        indent = "  " * depth
        if isinstance(inner, dict) and "median" in inner:
            low, high = inner["quartiles"]
            yield f"{indent}{key:36} {inner['median']:12.4g}  ({low:.4g} … {high:.4g}, n = {inner['samples']})"
        elif isinstance(inner, dict) and "limit" in inner:
            mark = "✓" if inner["ratio"] <= inner["limit"] else "✗"
            yield f"{indent}{key:36} {inner['ratio']:12.3g}  limit {inner['limit']:g} {mark}"
        elif isinstance(inner, dict):
            yield f"{indent}{key}"
            yield from rows(inner, depth + 1)
        else:
            yield f"{indent}{key:36} {inner:12.4g}" if isinstance(inner, float) else f"{indent}{key:36} {inner!s:>12}"


def past_limit(value: Any) -> bool:
    """Some ratio in it is past its limit."""
    if not isinstance(value, dict):
        return False
    if "limit" in value and "ratio" in value:
        return bool(value["ratio"] > value["limit"])
    return any(past_limit(inner) for inner in value.values())


def run_one(name: str) -> dict[str, Any]:
    """One benchmark's summary, with the time it took."""
    start = time.monotonic()
    result = summary(importlib.import_module(f"bench.{name}").run())
    return {**result, "seconds": round(time.monotonic() - start, 1)}


def main() -> int:
    """Run those asked for; 1 when a ratio is past its limit."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names()))
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    unknown = set(options.names) - set(names())
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
    machine = {"python": platform.python_version(), "cores": len(os.sched_getaffinity(0)), "cpu": platform.machine()}
    results: dict[str, Any] = {}
    for name in options.names or names():
        results[name] = run_one(name)
        if not options.json:
            print("\n".join([f"\n{name}", *rows(results[name])]), flush=True)
    if options.json:
        print(json.dumps({"machine": machine, "results": results}, ensure_ascii=False, indent=2))
    return 1 if past_limit(results) else 0


if __name__ == "__main__":
    sys.exit(main())
