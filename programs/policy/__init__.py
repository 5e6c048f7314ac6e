"""Policies: a programme's rules and process as data, read from TOML and narrowed by calls.

`parse_policy`, `load_policy` and `load_builtin` read one; `evaluate` judges a dossier by it."""

from programs.findings import Finding, Severity, Stage
from programs.policy.calls import CallFile, effective_policy
from programs.policy.evaluation import blocking, evaluate
from programs.policy.files import (
    PolicyError,
    PolicyProblem,
    builtin_names,
    builtin_text,
    combine,
    load_builtin,
    load_policy,
    parse_call,
    parse_policy,
    parse_programme,
)
from programs.policy.schema import Policy

__all__ = [
    "CallFile",
    "Finding",
    "Policy",
    "PolicyError",
    "PolicyProblem",
    "Severity",
    "Stage",
    "blocking",
    "builtin_names",
    "builtin_text",
    "combine",
    "effective_policy",
    "evaluate",
    "load_builtin",
    "load_policy",
    "parse_call",
    "parse_policy",
    "parse_programme",
]
