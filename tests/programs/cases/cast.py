"""Brand building, and infrastructure, of CAST's consortia of societies (source E)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from programs.findings import Stage
from tests.programs.cases.base import GOOD, Case, lines
from tests.programs.dossiers import WAN

ONE_YEAR = {"end_date": "2022-12-31", "yearly_plan": [], "disbursement": [], "partner_allocation": []}
FORM = {
    "key": "f5",
    "kind": "stamped_form",
    "sha256": "5" * 64,
    "filename": "申报书.pdf",
    "size": 50_000,
    "media_type": "application/pdf",
}
# Article, greatest amount in ten thousand yuan, and about how many projects.
BRANDS = {
    "cast/brand-economy": ("E1.1.1", 30, 10),
    "cast/brand-exchange": ("E1.1.2", 35, 2),
    "cast/brand-think-tank": ("E1.1.3", 30, 3),
}
INFRASTRUCTURE = "cast/infrastructure"
CALLS = {name: name.replace("cast/", "cast/calls/2021-") for name in (*BRANDS, INFRASTRUCTURE)}

for _name, (_article, _wan, _count) in BRANDS.items():
    GOOD[_name] = (
        # Exactly the greatest amount.
        lines(l3=_wan - 5, l5=5)
        | ONE_YEAR
        | {
            "parties.cn.is_fellow_member": True,
            "answers": {"consortium": "示例学会联合体", "is_member": "yes", "lead_task": "总体组织与成果推广。"},
            "attachments": [FORM],
        }
    )
GOOD[INFRASTRUCTURE] = (
    lines(l3=45, l5=5) | ONE_YEAR | {"answers": {"consortium": "示例学会联合体", "keeps_costs": "yes"}}
)
GOOD |= {call: GOOD[name] for name, call in CALLS.items()}

LATE = {"received_at": datetime(2021, 6, 8, 16, tzinfo=UTC)}
MORE = {"budget_lines.l5.amount_fen": 6 * WAN}


def _answer(name: str, article: str, key: str, answer: str = "") -> Case:
    return Case(name, f"{article} answer_{key}", {f"answers.{key}": answer}, at=f"answers.{key}")


def _of_all(name: str) -> Iterator[Case]:
    brand = name != INFRASTRUCTURE
    yield Case(name, "E duration", {"end_date": "2023-01-01"}, at="end_date")
    yield Case(name, "FUNDER award_kept", facts={"proposed_fen": 1}, stage=Stage.BOOK, at="budget_lines")
    without = {"facts": {"is_endorsed": False}, "stage": Stage.CHECK}
    yield Case(name, f"{'E1.2' if brand else 'FUNDER'} endorsement", **without)  # type: ignore[arg-type]
    basis = {"budget_lines.l3.basis": ""}
    yield Case(name, f"{'E1.2' if brand else 'E2.2'} line_basis", basis, at="budget_lines.l3.basis")
    yield Case(name, f"{'E1.2' if brand else 'E2.2'} required_fields", {"title_zh": ""}, at="title_zh")
    yield _answer(name, "E1.2" if brand else "E2.2", "consortium")
    yield Case(CALLS[name], f"{'E1.3' if brand else 'E2.4'} deadline", facts=LATE, stage=Stage.ENDORSE)


def _of_brand(name: str) -> Iterator[Case]:
    article, _, count = BRANDS[name]
    yield Case(name, f"{article} amount", MORE, at="budget_lines")
    yield Case(name, f"{article} award_count", facts={"awards": count + 1}, stage=Stage.PLAN)
    yield Case(name, "E1.2 consortium_members", {"parties.cn.is_fellow_member": False}, at="parties")
    yield Case(name, "E1.2 required_columns_parties", {"parties.cn.role": ""}, at="parties.cn.role")
    yield Case(name, "E1.2 attachment_stamped_form", {"attachments": []}, at="attachments.stamped_form")
    yield _answer(name, "E1.2", "is_member", "no")
    yield _answer(name, "E1.2", "lead_task")


def _named(name: str) -> dict[str, Any]:
    return {"budget_lines.l3.name": name}


CASES = [
    *(case for name in CALLS for case in _of_all(name)),
    *(case for name in BRANDS for case in _of_brand(name)),
    Case(INFRASTRUCTURE, "E2.1 typical_amount", MORE | {"budget_lines.l3.amount_fen": 50 * WAN}, at="budget_lines"),
    Case(INFRASTRUCTURE, "E2.1 award_count", facts={"awards": 9}, stage=Stage.AWARD),
    Case(INFRASTRUCTURE, "E2.3 forbidden_cost", _named("学会在编人员经费"), at="budget_lines.l3.name"),
    _answer(INFRASTRUCTURE, "E2.3", "keeps_costs", "no"),
]
