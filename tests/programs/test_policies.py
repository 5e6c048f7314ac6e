"""The built-in policies: each clause is there, cites its article, speaks both languages, and a call only narrows."""

import re
from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.enums import Role
from programs.clauses import Clause
from programs.dossier import Dossier
from programs.facts import Facts, Granted
from programs.policy import (
    CallFile,
    Finding,
    Policy,
    Severity,
    Stage,
    blocking,
    builtin_names,
    builtin_text,
    effective_policy,
    evaluate,
    load_builtin,
    parse_call,
    parse_programme,
)
from programs.policy.questions import Question
from proposals.forms.pages import page_for, pages_of
from tests.programs.cases import CALL_2021, CASES, JOINT, Case, facts_for, good_for
from tests.programs.dossiers import WAN, good_dossier, good_facts

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def name_of(rule: Clause | Question | Finding) -> str:
    return f"{rule.article} {rule.code}"


def without(policy: Policy, name: str) -> Policy:
    """The policy as if the clause had never been in its file, or the question asked nothing in particular."""
    rules = {
        "clauses": tuple(c for c in policy.clauses if name_of(c) != name),
        "questions": tuple(q for q in policy.questions if name_of(q) != name),
    }
    return policy.model_copy(update=rules)


def rules_of(policy: Policy) -> set[str]:
    """Everything that can stop an application."""
    return {name_of(rule) for rule in (*policy.clauses, *(one for one in policy.questions if one.is_limited))}


def objects(policy: Policy, case: Case) -> set[str]:
    """Fields at which the case's clause has a finding."""
    findings = evaluate(policy, case.dossier, case.known, stage=case.stage)
    return {finding.field for finding in findings if name_of(finding) == case.clause}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_clause_catches_what_only_it_catches(case: Case):
    policy = load_builtin(case.policy)
    assert case.at in objects(policy, case)
    assert not objects(without(policy, case.clause), case), "another clause must not stand in for it"
    good = evaluate(policy, good_for(case.policy), facts_for(case.policy), stage=case.stage)
    assert case.clause not in {name_of(finding) for finding in good}


@pytest.mark.parametrize("name", builtin_names())
def test_no_clause_lacks_a_case(name: str):
    covered = {(case.policy, case.clause) for case in CASES}
    policy = load_builtin(name)
    programme = load_builtin(f"{policy.tenant}/{policy.programme}")
    inherited = rules_of(programme) if policy.call_slug else set()
    own = rules_of(policy) - inherited
    assert own == {clause for policy_name, clause in covered if policy_name == name}


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("name", [name for name in builtin_names() if "/calls/" in name])
def test_the_good_dossier_passes_at_every_stage(name: str, stage: Stage):
    assert evaluate(load_builtin(name), good_for(name), facts_for(name), stage=stage) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_applicant_is_to_clear_is_on_a_page_of_the_form(case: Case):
    pages = pages_of(load_builtin(case.policy))
    for finding in evaluate(load_builtin(case.policy), case.dossier, case.known, stage=case.stage):
        if finding.field and finding.who_can_clear == Role.APPLICANT:
            assert page_for(pages, finding.field, finding.code), finding


@pytest.mark.parametrize("name", builtin_names())
def test_every_programme_has_a_call(name: str):
    policy = load_builtin(name)
    calls = [load_builtin(other) for other in builtin_names() if "/calls/" in other]
    assert any((call.tenant, call.programme) == (policy.tenant, policy.programme) for call in calls)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_finding_cites_an_article_and_speaks_both_languages(case: Case):
    policy = load_builtin(case.policy)
    for finding in evaluate(policy, case.dossier, case.known, stage=case.stage):
        assert finding.article in policy.articles
        assert CHINESE.search(finding.message_zh)
        assert CHINESE.search(finding.article_zh)
        assert finding.message_en.endswith((".", "!", "?"))
        assert not CHINESE.search(finding.article_en)
        with translation.override("zh-hans"):
            assert (finding.message, finding.article_label) == (finding.message_zh, finding.article_zh)
        with translation.override("en"):
            assert (finding.message, finding.article_label) == (finding.message_en, finding.article_en)


@pytest.mark.parametrize("name", builtin_names())
def test_every_clause_says_in_both_languages_what_it_wants(name: str):
    for clause in load_builtin(name).clauses:
        assert CHINESE.search(clause.summary.zh)
        assert re.search(r"[A-Za-z]{3}", clause.summary.en)


def test_an_empty_draft_is_told_everything_at_once():
    findings = evaluate(load_builtin(CALL_2021), Dossier(), good_facts(received_at=None), stage=Stage.DRAFT)
    fields = {finding.field for finding in findings}
    assert {"title_zh", "field", "budget_lines", "parties", "lead", "pi.employed_at_lead"} <= fields
    assert all(finding.blocks for finding in findings)


# ---------------------------------------------------------------- a call can only narrow
spoiled = st.lists(st.sampled_from([case for case in CASES if case.policy in (JOINT, CALL_2021)]), max_size=4)


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    """The good dossier with several things wrong at once."""
    dossier = good_dossier()
    for case in draw(spoiled):
        other = case.dossier
        top = {path.split(".")[0] for path in case.changes}
        dossier = dossier.model_copy(update={name: getattr(other, name) for name in top})
    line = dossier.budget_lines[0].model_copy(update={"amount_fen": draw(st.integers(0, 10**9))})
    days = st.dates(date(2020, 1, 1), date(2027, 12, 31)) | st.none()
    return dossier.model_copy(
        update={
            "budget_lines": (line, *dossier.budget_lines[1:]),
            "start_date": draw(days | st.just(date(2022, 1, 1))),
            "end_date": draw(days | st.just(date(2024, 12, 31))),
        }
    )


known = st.builds(
    good_facts,
    active_projects_as_pi=st.integers(0, 2),
    domain_reviews=st.integers(0, 4),
    finance_reviews=st.integers(0, 3),
    is_endorsed=st.booleans(),
    proposed_fen=st.none() | st.integers(0, 600 * WAN),
    public_results=st.integers(0, 1),
)


@st.composite
def calls(draw: st.DrawFn) -> CallFile:
    """The 2021 call with any of its clauses, and limits of any width."""
    call = parse_call(builtin_text(CALL_2021))
    clauses = draw(st.lists(st.sampled_from(call.clauses), unique_by=name_of))
    widened = [
        c.model_copy(update={"max_yuan": draw(st.integers(1_000_000, 10**8))}) if c.kind == "amount" else c
        for c in clauses
    ]
    return call.model_copy(update={"clauses": tuple(widened)})


@settings(max_examples=150, deadline=None)
@given(calls(), dossiers(), known, st.sampled_from(Stage))
def test_a_call_only_adds_findings(call: CallFile, dossier: Dossier, facts: object, stage: Stage):
    programme = parse_programme(builtin_text(JOINT))
    narrowed = effective_policy(programme, call)
    before = set(evaluate(programme, dossier, facts, stage=stage))  # type: ignore[arg-type]
    after = set(evaluate(narrowed, dossier, facts, stage=stage))  # type: ignore[arg-type]
    assert before <= after


def test_a_programme_whose_hash_was_asked_for_still_takes_calls():
    programme, call = parse_programme(builtin_text(JOINT)), parse_call(builtin_text(CALL_2021))
    assert programme.sha256
    assert effective_policy(programme, call).sha256 == load_builtin(CALL_2021).sha256


@settings(max_examples=50, deadline=None)
@given(dossiers(), known, st.sampled_from(Stage))
def test_judging_is_pure(dossier: Dossier, facts: object, stage: Stage):
    policy = load_builtin(CALL_2021)
    assert evaluate(policy, dossier, facts, stage=stage) == evaluate(policy, dossier, facts, stage=stage)  # type: ignore[arg-type]


# ---------------------------------------------------------------- warnings and waivers
def test_a_warning_goes_on_with_a_reason_and_stays_visible():
    policy = load_builtin(CALL_2021)
    spoil = {"budget_lines.l1.unit_price_fen": 11 * WAN}
    (warning,) = evaluate(policy, good_dossier(spoil), good_facts(), stage=Stage.ENDORSE)
    assert (warning.severity, warning.blocks) == (Severity.WARN, True)
    reason = {"key": "j1", "finding": warning.ref, "text": "国内无低价替代产品。"}
    dossier = good_dossier(spoil | {"justifications": [reason]})
    (justified,) = evaluate(policy, dossier, good_facts(), stage=Stage.ENDORSE)
    assert justified == replace(warning, justification="国内无低价替代产品。")
    assert blocking([justified]) == []


def test_a_waiver_lifts_only_what_may_be_waived():
    policy = load_builtin(CALL_2021)
    facts = {"active_projects_as_pi": 1, "is_endorsed": False}
    limit, endorsement = evaluate(policy, good_dossier(), good_facts(**facts), stage=Stage.CHECK)
    waivers = {one.ref: Granted(one.message_en, one.extent, "一事一议") for one in (limit, endorsement)}
    after = evaluate(policy, good_dossier(), good_facts(**facts, waivers=waivers), stage=Stage.CHECK)
    assert {(f.code, f.waived, f.waiver_reason, f.blocks) for f in after} == {
        ("concurrent_limit", True, "一事一议", False),
        ("endorsement", False, "", True),
    }


@pytest.mark.parametrize(("proposed_wan", "waived"), [(31, True), (40, True), (41, False)])
def test_a_waiver_covers_what_was_asked_and_less(proposed_wan: int, waived: bool):
    """A conference of 400,000 where 300,000 is the most: what the funder then proposes may be less, never more."""
    policy = load_builtin("anso/conference")
    dossier = good_dossier().model_copy(update={"budget_lines": good_dossier().budget_lines[:1]})
    (line,) = dossier.budget_lines
    dossier = dossier.model_copy(update={"budget_lines": (line.model_copy(update={"amount_fen": 40 * WAN}),)})

    def over(facts: Facts) -> list[Finding]:
        return [one for one in evaluate(policy, dossier, facts, stage=Stage.PLAN) if one.code == "amount"]

    (asked,) = over(good_facts(proposed_fen=None))
    assert (asked.waivable, asked.blocks, asked.extent) == (True, True, 40 * WAN)
    waivers = {asked.ref: Granted(asked.message_en, asked.extent, "特事特议")}
    found = over(good_facts(proposed_fen=proposed_wan * WAN, waivers=waivers))
    assert {one.message_en.split(" is ")[0]: one.waived for one in found} == {
        "The total": True,
        "The proposed amount": waived,
    }
    (low, *_) = evaluate(
        load_builtin(CALL_2021), dossier, good_facts(proposed_fen=None, waivers=waivers), stage=Stage.PLAN
    )
    assert not low.waived, "a waiver of too much doesn't cover too little"


def test_a_reason_does_not_lift_a_block():
    policy = load_builtin(CALL_2021)
    (finding,) = evaluate(policy, good_dossier({"title_en": ""}), good_facts(), stage=Stage.DRAFT)
    reason = {"key": "j1", "finding": finding.ref, "text": "later"}
    dossier = good_dossier({"title_en": "", "justifications": [reason]})
    assert blocking(evaluate(policy, dossier, good_facts(), stage=Stage.DRAFT))
