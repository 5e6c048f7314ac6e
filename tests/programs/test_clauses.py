"""Each clause at, just below and just above its limit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from programs.policy import Stage, evaluate, load_builtin
from tests.programs.cases import CALL_2021, JOINT
from tests.programs.dossiers import DELETE, WAN, good_dossier, good_facts

DEADLINE = datetime(2021, 7, 30, 16, 0, tzinfo=UTC)
OPENING = datetime(2021, 6, 14, 16, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def found(
    clause: str, changes: dict[str, Any] | None = None, stage: Stage = Stage.DRAFT, name: str = CALL_2021, **facts: Any
) -> list[str]:
    """Fields at which the clause objects."""
    findings = evaluate(load_builtin(name), good_dossier(changes), good_facts(**facts), stage=stage)
    return [finding.field for finding in findings if f"{finding.article} {finding.code}" == clause]


def total(fen: int) -> dict[str, Any]:
    return {"budget_lines.l2.amount_fen": fen - 90 * WAN}


@pytest.mark.parametrize(
    ("fen", "objects"),
    [(100 * WAN - 1, True), (100 * WAN, False), (150 * WAN, False), (150 * WAN + 1, True)],
)
def test_amount_of_the_call(fen: int, objects: bool):
    assert bool(found("B5 amount", total(fen))) is objects


@pytest.mark.parametrize(("fen", "objects"), [(400 * WAN, False), (400 * WAN + 1, True)])
def test_amount_of_the_programme(fen: int, objects: bool):
    assert bool(found("A5.1 amount", total(fen), name=JOINT)) is objects


@pytest.mark.parametrize(("fen", "objects"), [(100 * WAN - 1, True), (100 * WAN, False), (None, False)])
def test_the_planned_amount_keeps_the_limits_too(fen: int | None, objects: bool):
    assert bool(found("B5 amount", stage=Stage.PLAN, proposed_fen=fen)) is objects


@pytest.mark.parametrize(
    ("start", "end", "programme", "call"),
    [
        ("2022-01-01", "2024-12-30", True, False),
        ("2022-01-01", "2024-12-31", False, False),
        ("2022-01-01", "2025-01-01", False, True),
        ("2022-01-01", "2026-12-31", False, True),
        ("2022-01-01", "2027-01-01", True, True),
        ("2024-02-29", "2027-02-26", True, False),
        ("2024-02-29", "2027-02-28", False, False),
        ("2024-02-29", "2027-03-01", False, True),
        ("2022-03-01", "2025-02-28", False, False),
        ("2021-03-01", "2024-02-29", False, False),
        ("2021-03-01", "2024-03-01", False, True),
        ("2022-01-02", "2022-01-01", True, True),
        ("2022-01-01", "2021-12-31", True, True),
    ],
)
def test_duration(start: str, end: str, programme: bool, call: bool):
    changes = {"start_date": start, "end_date": end}
    assert bool(found("A5.1 duration", changes)) is programme
    assert bool(found("B5 duration", changes)) is call


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"start_date": "2022-01-01", "end_date": "2024-12-31"}, []),
        ({"start_date": "2021-12-31"}, ["start_date"]),
        ({"end_date": "2025-01-01"}, ["end_date"]),
        ({"start_date": "", "end_date": ""}, []),
    ],
)
def test_window(changes: dict[str, Any], fields: list[str]):
    assert found("B5 window", changes) == fields


@pytest.mark.parametrize(
    ("received", "objects"),
    [
        (OPENING - TICK, True),
        (OPENING, False),
        (DEADLINE - TICK, False),
        (DEADLINE, True),
        (DEADLINE + TICK, True),
        (datetime.fromisoformat("2021-07-30T23:59:59.999999+08:00"), False),
        (datetime.fromisoformat("2021-07-31T00:00:00+08:00"), True),
        (datetime.fromisoformat("2021-07-30T19:14:59+03:00"), True),
    ],
)
def test_deadline_to_the_microsecond_in_any_zone(received: datetime, objects: bool):
    assert bool(found("B6 deadline", stage=Stage.ENDORSE, received_at=received)) is objects
    assert bool(found("B6 deadline", now=received, received_at=None)) is objects


def test_the_instant_of_receipt_counts_not_the_instant_of_judging():
    late = DEADLINE + timedelta(days=30)
    assert not found("B6 deadline", stage=Stage.CHECK, now=late, received_at=DEADLINE - TICK)


def test_the_calls_own_closing_counts_when_it_was_moved():
    moved = DEADLINE + timedelta(days=1)
    assert not found("B6 deadline", received_at=DEADLINE, closes_at=moved)
    assert found("B6 deadline", received_at=moved, closes_at=moved)


@pytest.mark.parametrize(("held", "objects"), [(0, False), (1, True), (2, True)])
def test_one_active_project_as_pi(held: int, objects: bool):
    assert bool(found("A19 concurrent_limit", active_projects_as_pi=held)) is objects


@pytest.mark.parametrize(
    ("person", "held", "fields"),
    [("p1", 2, []), ("p1", 3, ["participants.p1"]), ("p3", 9, []), ("someone", 9, [])],
)
def test_three_active_projects_as_main_participant(person: str, held: int, fields: list[str]):
    assert found("A19 concurrent_limit", active_projects_as_participant={person: held}) == fields


@pytest.mark.parametrize("scheme", ["cas-international-partnership", "anso-joint-research"])
def test_schemes_the_pi_may_not_lead(scheme: str):
    assert found("B2.1 pi_not_leading", pi_leads=frozenset({scheme}), stage=Stage.AWARD) == ["pi"]
    assert not found("B2.1 pi_not_leading", pi_leads=frozenset({"other"}))


@pytest.mark.parametrize(
    ("changes", "objects"),
    [
        ({}, False),
        ({"pi.institution_id": 9}, True),
        ({"pi.institution_id": None}, False),
        ({"pi.employed_at_lead": False}, True),
    ],
)
def test_employment(changes: dict[str, Any], objects: bool):
    assert bool(found("B2.1 pi_employed", changes)) is objects


@pytest.mark.parametrize(
    ("changes", "partners", "foreign"),
    [
        ({}, False, False),
        ({"parties.cn": DELETE}, True, False),
        ({"parties.ke": DELETE}, True, True),
        ({"parties.ke.country": "TW"}, False, True),
    ],
)
def test_partners(changes: dict[str, Any], partners: bool, foreign: bool):
    assert bool(found("B2.2 partner_count", changes)) is partners
    assert bool(found("B2.2 foreign_partner_count", changes)) is foreign


def test_each_foreign_partner_needs_its_own_proof():
    assert found("B2.3 partner_attachment", {"attachments.f2.party_key": "ke"}) == ["parties.np"]
    assert found("B2.3 partner_attachment", {"attachments.f2.kind": "stamped_pdf"}) == ["parties.np"]


@pytest.mark.parametrize(
    ("filename", "objects"),
    [
        ("中国科学院示例地理研究所+林青禾.pdf", False),
        ("中国科学院示例地理研究所＋林青禾.PDF", False),
        ("中国科学院示例地理研究所 + 林青禾.pdf", False),
        ("中国科学院示例地理研究所-林青禾.pdf", True),
        ("林青禾.pdf", True),
        ("", True),
    ],
)
def test_file_naming(filename: str, objects: bool):
    assert bool(found("B6 file_naming", {"attachments.f4.filename": filename})) is objects


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"yearly_plan.y2022.objectives": ""}, ["yearly_plan.y2022.objectives"]),
        ({"yearly_plan.y2022.indicators": []}, ["yearly_plan.y2022.indicators"]),
        ({"yearly_plan.y2022.indicators.i1.target": ""}, ["yearly_plan.y2022.indicators.i1"]),
        ({"yearly_plan.y2022.year": 2021}, ["yearly_plan", "yearly_plan.y2022.year"]),
        ({"yearly_plan.y2022.year": 2023}, ["yearly_plan", "yearly_plan.y2023.year"]),
        ({"yearly_plan.y2022.year": None}, ["yearly_plan", "yearly_plan.y2022.year"]),
    ],
)
def test_yearly_plan(changes: dict[str, Any], fields: list[str]):
    assert found("A14 yearly_plan", changes) == fields


@pytest.mark.parametrize(
    ("changes", "objects"),
    [
        ({"budget_lines.l1.unit_price_fen": 10 * WAN}, False),
        ({"budget_lines.l1.unit_price_fen": 10 * WAN + 1}, True),
        ({"budget_lines.l1.unit_price_fen": 0, "budget_lines.l1.quantity": 1}, True),
        ({"budget_lines.l1.unit_price_fen": 0, "budget_lines.l1.quantity": 0}, True),
        ({"budget_lines.l1.is_equipment": False, "budget_lines.l1.quantity": 2}, True),
        ({"budget_lines.l2.quantity": 1}, False),
        ({"budget_lines.l2.is_equipment": True, "budget_lines.l2.quantity": 1}, True),
    ],
)
def test_equipment_above_100_000_yuan(changes: dict[str, Any], objects: bool):
    assert bool(found("A35 equipment_price", changes)) is objects


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"disbursement.d2022.amount_fen": 50 * WAN + 1}, ["disbursement"]),
        ({"disbursement.d2022.year": 2023}, ["disbursement.d2023.year"]),
        ({"disbursement.d2022.year": 2021}, ["disbursement.d2022.year"]),
        ({"disbursement": []}, ["disbursement"]),
    ],
)
def test_disbursement(changes: dict[str, Any], fields: list[str]):
    assert found("A34 disbursement_adds_up", changes, stage=Stage.BOOK) == fields


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"partner_allocation.a1.amount_fen": 10 * WAN + 1}, ["partner_allocation"]),
        ({"partner_allocation": []}, ["partner_allocation"]),
        ({"partner_allocation.a1.year": 2024}, ["partner_allocation.a2.year"]),
        ({"partner_allocation.a1.party_key": "xx"}, ["partner_allocation.a1.party_key", "partner_allocation"]),
        ({"budget_lines.l4.party_key": "xx"}, ["budget_lines.l4.party_key"]),
        (
            {"disbursement.d2022.amount_fen": 85 * WAN, "disbursement.d2023.amount_fen": 5 * WAN},
            ["partner_allocation"],
        ),
    ],
)
def test_allocation(changes: dict[str, Any], fields: list[str]):
    assert sorted(found("A34 allocation_adds_up", changes)) == sorted(fields)


@pytest.mark.parametrize(("country", "objects"), [("KE", True), ("HK", True), ("CN", False)])
def test_no_money_leaves_the_mainland(country: str, objects: bool):
    changes = {"parties.cn.country": country}
    assert bool(found("A4 no_foreign_allocation", changes)) is objects


@pytest.mark.parametrize("name", ["综合调控", "综合 调控课题", "项目综合-调控"])
def test_no_regulation_subproject_under_any_spelling(name: str):
    assert found("A35 forbidden_line", {"budget_lines.l4.name": name}) == ["budget_lines.l4.name"]


@pytest.mark.parametrize(("domain", "finance", "count"), [(3, 2, 0), (2, 2, 1), (3, 1, 1), (0, 0, 2), (9, 9, 0)])
def test_review_quorum(domain: int, finance: int, count: int):
    for stage in (Stage.PLAN, Stage.AWARD):
        assert len(found("A21 review_quorum", stage=stage, domain_reviews=domain, finance_reviews=finance)) == count


@pytest.mark.parametrize(
    ("fen", "held", "objects"), [(500 * WAN, False, False), (500 * WAN + 1, False, True), (500 * WAN + 1, True, False)]
)
def test_panel_above_five_million(fen: int, held: bool, objects: bool):
    assert bool(found("A22 panel_above", total(fen), stage=Stage.PLAN, name=JOINT, is_panel_held=held)) is objects


@pytest.mark.parametrize(("fen", "objects"), [(500 * WAN, False), (500 * WAN + 1, True)])
def test_what_the_panel_did_not_pass_goes_no_further(fen: int, objects: bool):
    facts = {"is_panel_held": True, "is_panel_against": True}
    assert bool(found("A22 panel_above", total(fen), stage=Stage.AWARD, name=JOINT, **facts)) is objects


@pytest.mark.parametrize(("approved", "objects"), [(120 * WAN - 1, True), (120 * WAN, False), (120 * WAN + 1, True)])
def test_the_book_is_exactly_what_was_approved(approved: int, objects: bool):
    assert bool(found("A11 award_kept", stage=Stage.BOOK, proposed_fen=approved)) is objects
    assert not found("A11 award_kept", stage=Stage.BOOK, proposed_fen=None)
