"""The endorsement chain of a policy: what a file may say, what a call may add, and when each step ends."""

from datetime import UTC, datetime, timedelta

import pytest

from programs.policy import PolicyError, builtin_names, combine, load_builtin
from programs.policy.schema import Policy
from tests.factories import CLOSES_AT, POLICIES
from tests.proposals.chains import CONSORTIUM, RECOMMENDER, chained_source

CALL = (POLICIES / "anso/calls/2021-joint-research.toml").read_text("utf-8")


def policy(*further: str, own: str = "", office: str = "") -> Policy:
    return combine(chained_source(*further, office=office), CALL + own)


def cut_off(step: str, what: str) -> str:
    return f'\n[[cut_offs]]\nstep = "{step}"\narticle = "A10"\n{what}\n'


@pytest.mark.parametrize(
    ("further", "own", "office", "words"),
    [
        ((RECOMMENDER.replace('unit = "recommender"\n', ""),), "", "", "needs a unit"),
        ((RECOMMENDER.replace('role = "office"', 'role = "secretary"'),), "", "", "its role is office"),
        ((RECOMMENDER, CONSORTIUM.replace('unit = "consortium"', 'unit = "recommender"')), "", "", "unit used twice"),
        ((RECOMMENDER, RECOMMENDER), "", "", "key in endorsement_chain used twice"),
        ((), "", 'unit = "recommender"\n', "has no unit"),
        ((RECOMMENDER + "counts_as_received = true\n",), "", "counts_as_received = true\n", "one step at most"),
        ((), cut_off("nobody", "days_before = 3"), "", "no step 'nobody'"),
        ((), cut_off("office", "days_before = 3") * 2, "", "one cut-off"),
        ((), cut_off("office", ""), "", "either days_before"),
        ((), cut_off("office", 'days_before = 3\ncloses = "2021-07-25 24:00"'), "", "either days_before"),
        ((), cut_off("office", "days_before = -1"), "", "ends after the call closes"),
        ((), cut_off("office", 'closes = "2021-08-01 08:00"'), "", "ends after the call closes"),
        ((), cut_off("office", 'closes = "2021-07-32 08:00"'), "", "closes"),
        ((), cut_off("office", "days_before = 366"), "", "less than or equal to 365"),
        (
            (RECOMMENDER,),
            cut_off("office", "days_before = 2") + cut_off("recommender", "days_before = 5"),
            "",
            "ends before the one in front of it",
        ),
        (
            (),
            cut_off("office", "days_before = 2"),
            'cut_off = { article = "A10", days_before = 5 }\n',
            "can't give it more time",
        ),
        ((), "", 'cut_off = { article = "A10", closes = "2021-07-25 24:00" }\n', "a time is for a call"),
    ],
)
def test_a_bad_chain_is_refused_with_its_reason(further: tuple[str, ...], own: str, office: str, words: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        policy(*further, own=own, office=office)
    assert words in str(refusal.value)


def test_cut_offs_are_days_before_the_closing_or_a_time() -> None:
    own = cut_off("office", "days_before = 5") + cut_off("recommender", 'closes = "2021-07-28 24:00"')
    told = policy(RECOMMENDER, CONSORTIUM, own=own)
    office, department, union = told.endorsement_chain
    assert told.ends_at(office, CLOSES_AT) == CLOSES_AT - timedelta(days=5)
    assert told.ends_at(department, CLOSES_AT) == datetime(2021, 7, 28, 16, tzinfo=UTC)
    assert told.ends_at(union, CLOSES_AT) == CLOSES_AT
    later = CLOSES_AT + timedelta(days=3)
    assert [told.ends_at(step, later) for step in told.endorsement_chain] == [
        at + timedelta(days=3)
        for at in (CLOSES_AT - timedelta(days=5), datetime(2021, 7, 28, 16, tzinfo=UTC), CLOSES_AT)
    ]
    assert [bool(at) for _step, at in told.endorsement_times] == [True, True, False]


def test_a_call_may_shorten_what_its_programme_gives() -> None:
    told = policy(own=cut_off("office", "days_before = 6"), office='cut_off = { article = "A10", days_before = 5 }\n')
    assert told.ends_at(told.endorsement_chain[0], CLOSES_AT) == CLOSES_AT - timedelta(days=6)


def test_after_the_step_that_counts_a_step_ends_when_it_says_or_never() -> None:
    told = policy(
        RECOMMENDER + 'cut_off = { article = "A10", days_before = -7 }\n',
        CONSORTIUM,
        office="counts_as_received = true\n",
    )
    office, department, union = told.endorsement_chain
    assert told.receiving_step == office
    assert told.ends_at(department, CLOSES_AT) == CLOSES_AT + timedelta(days=7)
    assert told.ends_at(union, CLOSES_AT) is None


def test_without_anything_new_a_policy_keeps_its_hash() -> None:
    step = load_builtin("anso/joint-research").endorsement_chain[0]
    assert set(step.model_dump()) == {"key", "zh", "en", "help_zh", "help_en", "article", "role"}


# What C17 and E1.2 say: a department recommends, the consortium's secretariat forwards.
FURTHER = {"most": "recommender", "cast": "consortium"}


@pytest.mark.parametrize("name", builtin_names())
def test_the_portals_policies_ask_for_whom_their_sources_name(name: str) -> None:
    loaded = load_builtin(name)
    units = [step.unit for step in loaded.endorsement_chain]
    unit = None if loaded.programme == "infrastructure" else FURTHER.get(loaded.tenant)
    assert units == ([None, unit] if unit else [None])
    assert loaded.receiving_step == loaded.endorsement_chain[-1]
