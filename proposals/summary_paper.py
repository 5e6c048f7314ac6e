"""The summary list as data, whose hash the paper carries, and what its template needs."""

import hashlib
from typing import Any

import rfc8785

from documents.book import Issue, Label
from programs.models import Call
from proposals.models import EndorsementSummary
from proposals.queries.summaries import Chapter

TEMPLATE = "documents/pdf/endorsement_summary.html"


def content_of(call: Call, chapter: Chapter, rows: list[Any]) -> dict[str, Any]:
    """What the list says: call, policy, institution, step, and of each application what was endorsed by which hash.

    Amounts in fen as text, since JSON's numbers are no whole ones beyond 2^53."""
    place = chapter.institution
    return {
        "call": call.slug,
        "policy_sha256": call.policy_sha256,
        "institution": {"id": place.pk, "zh": place.name_zh, "en": place.name_en},
        "step": {"key": chapter.step.key, "zh": chapter.step.zh, "en": chapter.step.en},
        "applications": [_application(row) for row in rows],
    }


def _application(row: Any) -> dict[str, Any]:
    proposal, lead = row.proposal, row.proposal.lead_institution
    return {
        "id": proposal.pk,
        "number": proposal.application_number or "",
        "title": {"zh": proposal.title_zh, "en": proposal.title_en},
        "pi": {"zh": proposal.pi.name_zh, "en": proposal.pi.name_en},
        "lead": {"zh": lead.name_zh, "en": lead.name_en},
        "requested_fen": str(proposal.requested_fen),
        "endorsed_at": row.decided_at.isoformat(),
        "sha256": row.sha256,
    }


def sha256_of_content(content: dict[str, Any]) -> str:
    """Hex SHA-256 of the canonical JSON."""
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def summary_context(made: EndorsementSummary, chapter: Chapter, content: dict[str, Any]) -> dict[str, Any]:
    """Context of `documents/pdf/endorsement_summary.html`."""
    call = chapter.call
    return {
        "document_title": Label("推荐汇总表", "Summary of endorsements"),
        "issue": Issue(
            funder=Label(made.tenant.name_zh, made.tenant.name_en),
            call=Label(call.title_zh, call.title_en),
            number=str(made.number),
            version=0,
            content_sha256=made.sha256,
            policy_sha256=call.policy_sha256,
            issued_date=made.issued_at.astimezone(made.tenant.zone).date(),
        ),
        "institution": Label(chapter.institution.name_zh, chapter.institution.name_en),
        "step": Label(chapter.step.zh, chapter.step.en),
        "rows": [_row(one) for one in content["applications"]],
        "total_fen": made.total_fen,
    }


def _row(one: dict[str, Any]) -> dict[str, Any]:
    words = {name: Label(one[name]["zh"], one[name]["en"]) for name in ("title", "pi", "lead")}
    return {**one, **words, "fen": int(one["requested_fen"])}
