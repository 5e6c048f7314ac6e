"""Issuing an institution's summary list with its seal page (推荐汇总表): printed, sealed, filed; its hash is public."""

import rfc8785
from django.db import transaction

from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from documents.actions import publish_document
from documents.qr import new_code
from documents.rendering import render_pdf
from programs.models import Call
from proposals.models import EndorsementSummary
from proposals.queries.summaries import MOST_LISTED, Chapter, applications_of
from proposals.rules import speaks_for
from proposals.summary_paper import TEMPLATE, content_of, sha256_of_content, summary_context

KIND = "endorsement-summary"


@transaction.atomic
def issue_summary(*, chapter: Chapter, by: User, language: str) -> EndorsementSummary:
    """The list as it stands now, in `language` ("zh-hans" or "en"); the last one again when nothing has changed.

    Raises NotVisible for anyone not of the institution's office, Refused when nothing stands endorsed or more than a
    list holds, documents.rendering.RenderingFailed."""
    if not speaks_for(by, chapter.institution):
        raise NotVisible
    # Two at once come one after the other; applications to the call may go on meanwhile.
    call = Call.objects.select_for_update(no_key=True).select_related("tenant").get(pk=chapter.call.pk)
    rows = applications_of(by, chapter)
    if not rows or len(rows) >= MOST_LISTED:
        raise Refused([_EMPTY if not rows else _TOO_LONG])
    content = content_of(call, chapter, rows)
    sha256 = sha256_of_content(content)
    same = {"call": call, "institution": chapter.institution, "step": chapter.step.key}
    last = EndorsementSummary.objects.filter(**same).order_by("-number").first()
    if last is not None and (last.sha256, last.language) == (sha256, language):
        return last
    made = EndorsementSummary.objects.create(
        tenant=call.tenant,
        **same,
        number=last.number + 1 if last else 1,
        language=language,
        content=rfc8785.dumps(content).decode(),
        sha256=sha256,
        applications=len(rows),
        total_fen=sum(row.proposal.requested_fen for row in rows),
        issued_at=clock.now(),
        issued_by=by,
    )
    code, place = new_code(), chapter.institution
    document = publish_document(
        tenant=call.tenant,
        kind=KIND,
        data=render_pdf(TEMPLATE, summary_context(made, chapter, content), language=language, code=code),
        subject=made,
        title_zh=f"推荐汇总表 {place.name_zh or place.name_en} 第 {made.number} 号",
        title_en=f"Summary of endorsements {made.number}, {place.name_en or place.name_zh}",
        content_sha256=sha256,
        policy_sha256=call.policy_sha256,
        language=language,
        by=by,
        code=code,
    )
    record(
        tenant=call.tenant,
        actor=by,
        action="endorsement_summary.issue",
        subject=made,
        data={"code": document.code, "sha256": sha256, "applications": made.applications, "step": made.step},
    )
    return made


_EMPTY = Obstacle("nothing_endorsed", "没有已审核推荐的申请。", "Nothing stands endorsed.", article="")
_TOO_LONG = Obstacle(
    "list_too_long",
    f"一份汇总表最多列 {MOST_LISTED - 1} 项申请。",
    f"A summary list holds at most {MOST_LISTED - 1} applications.",
)
