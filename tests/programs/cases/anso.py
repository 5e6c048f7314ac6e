"""ANSO consulting, training, platforms, conferences and visiting scholars (sources A5.2 to A5.6).

What the Measures ask of every programme has the same case in each; limits are those of the programme's own item."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from programs.findings import Stage
from tests.programs.cases.base import GOOD, Case, lines, years
from tests.programs.dossiers import DELETE, WAN

CONSULTING, TRAINING = "anso/consulting", "anso/training"
PLATFORM, CONFERENCE, SCHOLAR = "anso/network-platform", "anso/conference", "anso/visiting-scholar"
RESEARCH = (CONSULTING, TRAINING, PLATFORM)

TWO_YEARS = {
    "end_date": "2023-12-31",
    "partner_allocation": [{"key": "a1", "party_key": "cn", "year": 2023, "amount_fen": 20 * WAN}],
}
ONE_YEAR = {"end_date": "2022-12-31", "yearly_plan": [], "disbursement": [], "partner_allocation": []}
COURSE = {
    "key": "v1",
    "name": "节水灌溉技术培训班",
    "country": "KE",
    "start_date": "2022-06-01",
    "end_date": "2022-06-14",
    "people": 30,
    "note": "肯尼亚、乌干达",
}
MEETING = {
    "key": "v1",
    "name": "旱区农业国际研讨会",
    "place": "内罗毕",
    "country": "KE",
    "start_date": "2022-06-01",
    "end_date": "2022-06-03",
    "people": 120,
}
VISIT = {
    "key": "v1",
    "name": "Asha Gurung",
    "note": "Example Academy of Sciences of Nepal",
    "country": "NP",
    "start_date": "2022-03-01",
    "end_date": "2022-08-31",
}

GOOD |= {
    # 100 万元 in two years: both at the limit of A5.2.
    CONSULTING: lines(l1=24, l2=10, l3=26, l4=20, l5=20) | years(60, 40) | TWO_YEARS | {"answers": {"goals": "sdg2"}},
    # 50 万元 in two years, and one course of fourteen days (A5.3).
    TRAINING: lines(l1=4, l2=10, l3=6, l4=10, l5=20) | years(30, 20) | TWO_YEARS | {"activities": [COURSE]},
    # 75 万元, 25 万元 in each of three years (A5.4).
    PLATFORM: lines(l1=4, l2=25, l3=16, l4=10, l5=20) | years(25, 25, 25),
    # 20 万元 for one meeting in one year (A5.5).
    CONFERENCE: lines(l3=15, l5=5)
    | ONE_YEAR
    | {"answers": {"goals": "sdg2,sdg13", "is_series": "no"}, "activities": [MEETING]},
    SCHOLAR: lines(l3=15, l5=5) | ONE_YEAR | {"activities": [VISIT]},
}
ALL = (CONSULTING, TRAINING, PLATFORM, CONFERENCE, SCHOLAR)
CALLS = {name: name.replace("anso/", "anso/calls/2021-") for name in ALL}
GOOD |= {call: GOOD[name] for name, call in CALLS.items()}


def _of_every_programme(name: str) -> Iterator[Case]:
    price = "budget_lines.l3.unit_price_fen"
    yield Case(name, "A18 required_fields", {"objectives_en": ""}, at="objectives_en")
    yield Case(name, "A18 required_columns_parties", {"parties.cn.role": ""}, at="parties.cn.role")
    yield Case(name, "A18 required_columns_participants", {"participants.p1.name": ""}, at="participants.p1.name")
    yield Case(name, "A4 lead_legal_person", {"lead.is_chinese_legal_person": False}, at="lead")
    yield Case(name, "A38 budget_category", {"budget_lines.l3.category": "fun"}, at="budget_lines.l3.category")
    yield Case(name, "A34 line_explained", {"budget_lines.l3.basis": ""}, at="budget_lines.l3.basis")
    yield Case(name, "A35 forbidden_line", {"budget_lines.l3.name": "综合调控课题"}, at="budget_lines.l3.name")
    yield Case(name, "A35 equipment_price", {"budget_lines.l3.is_equipment": True, price: 10 * WAN + 1}, at=price)
    yield Case(name, "A4 no_foreign_allocation", {"budget_lines.l5.party_key": "ke"}, at="budget_lines.l5.party_key")
    yield Case(name, "A18 endorsement", facts={"is_endorsed": False}, stage=Stage.CHECK)
    yield Case(name, "A11 award_kept", facts={"proposed_fen": 1}, stage=Stage.BOOK, at="budget_lines")
    late = {"received_at": datetime(2021, 10, 31, 16, tzinfo=UTC)}
    yield Case(CALLS[name], "FUNDER deadline", facts=late, stage=Stage.ENDORSE)


def _of_research(name: str) -> Iterator[Case]:
    yield Case(name, "A14 yearly_plan", {"yearly_plan.y2023": DELETE}, stage=Stage.BOOK, at="yearly_plan")
    yield Case(name, "A34 disbursement_adds_up", {"disbursement.d2022.amount_fen": WAN}, at="disbursement")
    yield Case(name, "A34 allocation_adds_up", {"partner_allocation.a1.amount_fen": WAN}, at="partner_allocation")
    yield Case(name, "A21 review_quorum", facts={"finance_reviews": 1}, stage=Stage.PLAN)
    yield Case(name, "A41 public_result", facts={"public_results": 0}, stage=Stage.CLOSE)


def _limited(name: str) -> Case:
    """A19: every programme but the platforms."""
    return Case(name, "A19 concurrent_limit", facts={"active_projects_as_pi": 1}, stage=Stage.AWARD, at="pi")


def _more(name: str, wan: int) -> dict[str, Any]:
    """One ten thousand yuan above a total of `wan`."""
    line = next(line for line in Case(name, "").dossier.budget_lines if line.key == "l3")
    return {"budget_lines.l3.amount_fen": line.amount_fen + (wan + 1) * WAN - Case(name, "").dossier.total_fen}


def _activities(name: str, article: str) -> Iterator[Case]:
    yield Case(name, f"{article} activity_count", {"activities": []}, at="activities")
    yield Case(name, f"{article} required_columns_activities", {"activities.v1.name": ""}, at="activities.v1.name")
    yield Case(
        name,
        f"{article} activity_dates",
        {"activities.v1.start_date": "2021-12-31", "activities.v1.end_date": "2022-01-10"},
        at="activities.v1.start_date",
    )


CASES = [
    *(case for name in ALL for case in _of_every_programme(name)),
    *(case for name in RESEARCH for case in _of_research(name)),
    *(_limited(name) for name in ALL if name != PLATFORM),
    Case(CONSULTING, "A5.2 duration", {"start_date": "2021-12-31"}, at="end_date"),
    Case(CONSULTING, "A5.2 amount", _more(CONSULTING, 100), at="budget_lines"),
    Case(CONSULTING, "A5.2 answer_goals", {"answers": {}}, at="answers.goals"),
    Case(TRAINING, "A5.3 duration", {"start_date": "2021-12-31"}, at="end_date"),
    Case(TRAINING, "A5.3 amount", _more(TRAINING, 50), at="budget_lines"),
    *_activities(TRAINING, "A5.3"),
    Case(TRAINING, "A5.3 activity_length", {"activities.v1.end_date": "2022-06-15"}, at="activities.v1.end_date"),
    Case(PLATFORM, "A5.4 duration", {"start_date": "2022-01-02"}, at="end_date"),
    Case(PLATFORM, "A5.4 amount", _more(PLATFORM, 75), at="budget_lines"),
    Case(
        PLATFORM,
        "A5.4 yearly_amount",
        {"disbursement.d2022.amount_fen": 26 * WAN, "disbursement.d2023.amount_fen": 24 * WAN},
        at="disbursement.d2022.amount_fen",
    ),
    Case(CONFERENCE, "A5.5 duration", {"end_date": "2022-12-30"}, at="end_date"),
    Case(CONFERENCE, "A5.5 typical_amount", _more(CONFERENCE, 20), at="budget_lines"),
    Case(CONFERENCE, "A5.5 amount", _more(CONFERENCE, 30), at="budget_lines"),
    Case(CONFERENCE, "A5.5 answer_goals", {"answers.goals": ""}, at="answers.goals"),
    Case(CONFERENCE, "A5.5 answer_is_series", {"answers.is_series": "perhaps"}, at="answers.is_series"),
    *_activities(CONFERENCE, "A5.5"),
    *_activities(SCHOLAR, "FUNDER"),
]
