"""ANSO joint research and its call of 2021 (sources A5.1 and B)."""

from datetime import UTC, datetime
from typing import Any

from programs.findings import Stage
from tests.programs.cases.base import Case
from tests.programs.dossiers import DELETE, WAN

JOINT = "anso/joint-research"
CALL_2021 = "anso/calls/2021-joint-research"


def _scaled(total_wan: int) -> dict[str, Any]:
    """Another total, with a disbursement that agrees."""
    rest = total_wan - 90
    return {"budget_lines.l2.amount_fen": rest * WAN, "disbursement.d2022.amount_fen": (rest + 20) * WAN}


CASES = [
    Case(JOINT, "A18 required_fields", {"objectives_en": ""}, at="objectives_en"),
    Case(JOINT, "A18 required_columns_parties", {"parties.cn.role": ""}, at="parties.cn.role"),
    Case(JOINT, "A18 required_columns_participants", {"participants.p1.name": ""}, at="participants.p1.name"),
    Case(JOINT, "A4 lead_legal_person", {"lead.is_chinese_legal_person": False}, at="lead"),
    Case(JOINT, "A19 concurrent_limit", facts={"active_projects_as_pi": 1}, stage=Stage.AWARD, at="pi"),
    Case(JOINT, "A5.1 duration", {"start_date": "2022-01-02"}, at="end_date"),
    Case(JOINT, "A14 yearly_plan", {"yearly_plan.y2023": DELETE}, stage=Stage.BOOK, at="yearly_plan"),
    Case(JOINT, "A5.1 amount", _scaled(401), at="budget_lines"),
    Case(JOINT, "A38 budget_category", {"budget_lines.l2.category": "fun"}, at="budget_lines.l2.category"),
    Case(JOINT, "A34 line_explained", {"budget_lines.l3.basis": ""}, at="budget_lines.l3.basis"),
    Case(JOINT, "A35 forbidden_line", {"budget_lines.l3.name": "综 合 调 控课题"}, at="budget_lines.l3.name"),
    Case(
        JOINT,
        "A35 equipment_price",
        {"budget_lines.l1.unit_price_fen": 10 * WAN + 1},
        at="budget_lines.l1.unit_price_fen",
    ),
    Case(JOINT, "A34 disbursement_adds_up", {"disbursement.d2022.amount_fen": 50 * WAN - 1}, at="disbursement"),
    Case(JOINT, "A34 allocation_adds_up", {"partner_allocation.a1.amount_fen": 10 * WAN - 1}, at="partner_allocation"),
    Case(
        JOINT,
        "A4 no_foreign_allocation",
        {
            "budget_lines.l5.party_key": "ke",
            "partner_allocation.a1.party_key": "ke",
            "partner_allocation.a2.party_key": "ke",
        },
        at="partner_allocation.a1.party_key",
    ),
    Case(JOINT, "A18 endorsement", facts={"is_endorsed": False}, stage=Stage.CHECK),
    Case(JOINT, "A22 panel_above", _scaled(501), stage=Stage.PLAN),
    Case(JOINT, "A21 review_quorum", facts={"domain_reviews": 2}, stage=Stage.PLAN),
    Case(JOINT, "A11 award_kept", facts={"proposed_fen": 110 * WAN}, stage=Stage.BOOK, at="budget_lines"),
    Case(JOINT, "A41 public_result", facts={"public_results": 0}, stage=Stage.CLOSE),
    Case(CALL_2021, "B2.1 lead_kind", {"lead.kind": "university"}, at="lead.kind"),
    Case(CALL_2021, "B2.1 pi_employed", {"pi.employed_at_lead": False}, at="pi.employed_at_lead"),
    Case(CALL_2021, "B2.1 pi_not_leading", facts={"pi_leads": frozenset({"cas-international-partnership"})}, at="pi"),
    Case(CALL_2021, "B2.2 partner_count", {"parties.np": DELETE}, at="parties"),
    Case(CALL_2021, "B2.2 foreign_partner_count", {"parties.np.country": "HK"}, at="parties"),
    Case(CALL_2021, "B2.3 partner_attachment", {"attachments.f1": DELETE}, at="parties.ke"),
    Case(CALL_2021, "B3 field_choice", {"field": ""}, at="field"),
    Case(CALL_2021, "B5 window", {"end_date": "2025-01-01"}, at="end_date"),
    Case(CALL_2021, "B5 duration", {"end_date": "2025-01-01"}, at="end_date"),
    Case(CALL_2021, "B5 amount", _scaled(151), at="budget_lines"),
    Case(CALL_2021, "B6 attachment_proposal_word", {"attachments.f3": DELETE}, at="attachments.proposal_word"),
    Case(CALL_2021, "B6 attachment_stamped_pdf", {"attachments.f4.media_type": "image/png"}, at="attachments.f4"),
    Case(CALL_2021, "B6 file_naming", {"attachments.f4.filename": "scan.pdf"}, at="attachments.f4"),
    Case(CALL_2021, "B6 deadline", facts={"received_at": datetime(2021, 7, 30, 16, tzinfo=UTC)}, stage=Stage.ENDORSE),
]
