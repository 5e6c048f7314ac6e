"""`manage.py policy` works without a database and fails with a status."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from programs.dossier import sha256_of
from programs.policy import builtin_text, load_builtin
from tests.programs.cases import CALL_2021, JOINT
from tests.programs.dossiers import good_dossier, good_draft

FACTS = {"now": "2021-06-20T10:00:00+08:00"}


def run(*args: str) -> tuple[str, str, str]:
    """Standard output, standard error and the final error."""
    out, err, failure = io.StringIO(), io.StringIO(), ""
    try:
        call_command("policy", *args, stdout=out, stderr=err)
    except CommandError as error:
        failure = str(error)
    return out.getvalue(), err.getvalue(), failure


def written(folder: Path, name: str, data: Any) -> str:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return str(path)


def test_check_takes_all_builtin_policies():
    out, err, failure = run("check")
    assert (err, failure) == ("", "")
    assert CALL_2021 in out
    assert load_builtin(JOINT).sha256 in out


def test_check_names_file_line_and_reason(tmp_path: Path):
    text = builtin_text(JOINT)
    line = text[: text.index("domain = 3")].count("\n") + 1
    bad = written(tmp_path, "bad.toml", text.replace("domain = 3", "domain = -3"))
    out, err, failure = run("check", JOINT, bad)
    assert JOINT in out
    assert f"{bad}:{line}: clauses." in err
    assert failure == "1 of 2 policy files have problems"


def test_try_prints_findings_as_json(tmp_path: Path):
    draft = good_draft() | {"title_en": "", "end_date": "someday"}
    files = ["--dossier", written(tmp_path, "d.json", draft), "--facts", written(tmp_path, "f.json", FACTS)]
    out, _, failure = run("try", CALL_2021, *files)
    report = json.loads(out)
    assert {finding["ref"] for finding in report["findings"]} >= {"A18:required_fields:title_en"}
    assert [problem["path"] for problem in report["problems"]] == ["end_date"]
    assert report["policy_sha256"] == load_builtin(CALL_2021).sha256
    assert failure.startswith("1 unreadable values, ")


def test_try_is_content_with_a_good_dossier(tmp_path: Path):
    files = ["--dossier", written(tmp_path, "d.json", good_draft()), "--facts", written(tmp_path, "f.json", FACTS)]
    out, _, failure = run("try", CALL_2021, *files, "--stage", "endorse")
    assert failure == ""
    assert json.loads(out)["findings"] == []
    assert json.loads(out)["dossier_sha256"] == sha256_of(good_dossier())


@pytest.mark.parametrize("content", ["[]", "{", "5"])
def test_try_refuses_what_is_no_object(tmp_path: Path, content: str):
    _, _, failure = run("try", JOINT, "--dossier", written(tmp_path, "d.json", content))
    assert "d.json" in failure


@pytest.mark.parametrize("facts", [{"weather": 1}, {"now": "2021-06-20T10:00:00"}])
def test_try_refuses_unknown_facts(tmp_path: Path, facts: dict[str, Any]):
    files = ["--dossier", written(tmp_path, "d.json", {}), "--facts", written(tmp_path, "f.json", facts)]
    assert run("try", JOINT, *files)[2]
