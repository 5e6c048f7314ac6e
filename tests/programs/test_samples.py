"""The samples that the studio offers are the hand-made tables, and do what they say."""

import pytest

from programs.policy import Stage, builtin_names, load_builtin
from programs.samples import HERE, find_sample, sample_names, samples_of
from programs.trying import read_facts, try_draft
from tests.programs.cases.samples import files


def test_the_files_are_the_tables():
    for policy, text in files().items():
        path = HERE / f"{policy}.json"
        assert path.exists() and path.read_text(encoding="utf-8") == text, "python -m tests.programs.cases.samples"
    assert sample_names() == builtin_names()


@pytest.mark.parametrize("name", builtin_names())
def test_the_accepted_one_passes_and_each_other_is_refused_by_its_rule(name: str):
    policy = load_builtin(name)
    for sample in samples_of(name):
        trial = try_draft(policy, sample.draft(), read_facts(sample.facts), Stage(sample.stage))
        found = {f"{one.article} {one.code}" for one in trial.findings}
        assert not trial.problems
        assert found == set() if not sample.clause else sample.clause in found
        assert find_sample(sample.key) == sample


@pytest.mark.parametrize(
    "key", ["", "anso/joint-research:9999", "../../etc/passwd:0", "x/y:0", "anso/joint-research:-1"]
)
def test_what_is_no_sample_is_none(key: str):
    assert find_sample(key) is None
