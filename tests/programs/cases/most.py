"""Programmes of the Ministry of Science and Technology (sources C and D1)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from programs.facts import Ban
from programs.findings import Stage
from tests.programs.cases.base import GOOD, Case
from tests.programs.dossiers import DELETE

INTERGOV = "most/key-rd-intergovernmental"
INTERGOV_2021 = "most/calls/2021-intergovernmental"
STRATEGIC, STRATEGIC_2021 = "most/key-rd-strategic", "most/calls/2021-strategic"
ISTCP_INTERGOV, ISTCP_OWN = "most/istcp-intergovernmental", "most/istcp-independent"
ISTCP = {name: name.replace("most/", "most/calls/2021-") for name in (ISTCP_INTERGOV, ISTCP_OWN)}

AGREEMENT: dict[str, Any] = {
    "answers": {"agreement_reference": "中肯科技合作协定，2018 年签署"},
    "field": "agriculture-health",
}
"""What makes the good dossier good for the intergovernmental programme."""
BELT_AND_ROAD = {
    "answers": {"applicability": "适应东非旱区条件的节水灌溉技术。", "demonstration": "在肯尼亚建设两处示范区。"},
    "field": "agriculture",
}
COOPERATION = {
    "pool_reference": "2021-备选-037",
    "basis": "双方自 2015 年起联合观测。",
    "partner_strength": "外方为该国农业领域领先的大学。",
    "ip_protection": "成果共享，知识产权按协议归属。",
    "is_classified": "no",
}
GOOD[INTERGOV] = GOOD[INTERGOV_2021] = AGREEMENT
GOOD[STRATEGIC] = GOOD[STRATEGIC_2021] = BELT_AND_ROAD
GOOD[ISTCP_INTERGOV] = {"answers": COOPERATION | {"agreement_reference": "中肯科技合作协定，2018 年签署"}}
GOOD[ISTCP_OWN] = {"answers": COOPERATION}
GOOD |= {call: GOOD[name] for name, call in ISTCP.items()}

NONE_ABROAD = {"parties.np.country": "CN", "parties.ke.country": "CN"}
LATE = {"received_at": datetime(2021, 8, 31, 16, tzinfo=UTC)}


def _of_key_rd(name: str, call: str, article: str) -> Iterator[Case]:
    yield Case(name, f"{article} foreign_partner_count", NONE_ABROAD, at="parties")
    yield Case(name, f"{article} field_choice", {"field": "low-carbon"}, at="field")
    yield Case(name, "FUNDER required_fields", {"title_en": ""}, at="title_en")
    yield Case(name, "FUNDER endorsement", facts={"is_endorsed": False}, stage=Stage.CHECK)
    yield Case(name, "FUNDER award_kept", facts={"proposed_fen": 1}, stage=Stage.BOOK, at="budget_lines")
    yield Case(call, "FUNDER deadline", facts=LATE)


def _of_istcp(name: str, call: str) -> Iterator[Case]:
    yield Case(name, "C18 required_fields", {"abstract_zh": ""}, at="abstract_zh")
    yield Case(name, "C21 required_fields", {"objectives_zh": ""}, at="objectives_zh")
    yield Case(name, "C21 required_columns_parties", {"parties.ke.role": ""}, at="parties.ke.role")
    yield Case(name, "C18 lead_legal_person", {"lead.is_chinese_legal_person": False}, at="lead")
    yield Case(name, "C18 lead_kind", {"lead.kind": "government"}, at="lead.kind")
    yield Case(name, "C21 foreign_partner_count", NONE_ABROAD, at="parties")
    until = date(2023, 12, 31)
    yield Case(name, "C49 integrity_ban", facts={"bans": (Ban("lead", until, "国科罚〔2020〕1号"),)}, at="lead")
    at_award = {"bans": (Ban("parties.ke", until, "国科罚〔2020〕2号", is_total=True),)}
    yield Case(name, "C49 integrity_ban", facts=at_award, stage=Stage.AWARD, at="parties.ke")
    yield Case(name, "C21 yearly_plan", {"yearly_plan.y2023": DELETE}, stage=Stage.BOOK, at="yearly_plan")
    yield Case(
        name,
        "C41 attachment_if_secrecy_agreement",
        {"answers.is_classified": "yes"},
        at="attachments.secrecy_agreement",
    )
    yield Case(name, "C18 endorsement", facts={"is_endorsed": False}, stage=Stage.CHECK)
    yield Case(name, "C19 award_kept", facts={"proposed_fen": 1}, stage=Stage.BOOK, at="budget_lines")
    for article, key in [
        ("C22", "pool_reference"),
        ("C21", "basis"),
        ("C21", "partner_strength"),
        ("C21", "ip_protection"),
        ("C41", "is_classified"),
    ]:
        yield Case(name, f"{article} answer_{key}", {f"answers.{key}": ""}, at=f"answers.{key}")
    yield Case(call, "FUNDER deadline", facts=LATE)


def _unanswered(name: str, article: str, key: str) -> Case:
    return Case(name, f"{article} answer_{key}", {f"answers.{key}": ""}, at=f"answers.{key}")


CASES = [
    *_of_key_rd(INTERGOV, INTERGOV_2021, "D1.2"),
    *_of_key_rd(STRATEGIC, STRATEGIC_2021, "D1.1"),
    *(case for name, call in ISTCP.items() for case in _of_istcp(name, call)),
    _unanswered(INTERGOV, "D1.2", "agreement_reference"),
    _unanswered(STRATEGIC, "D1.1", "applicability"),
    _unanswered(STRATEGIC, "D1.1", "demonstration"),
    _unanswered(ISTCP_INTERGOV, "C20", "agreement_reference"),
]
