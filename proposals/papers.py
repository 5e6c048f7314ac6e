"""The application as a PDF: the 草稿-marked preview of a draft, and the words its template needs."""

from django.utils import translation

from accounts.enums import InstitutionKind
from core import clock
from core.countries import COUNTRIES
from documents.book import Issue, Label, Vocabulary, proposal_context
from documents.rendering import DRAFT, render_pdf
from programs.dossier import Dossier
from programs.policy import Policy
from proposals.models import Proposal
from proposals.queries.picture import activities_of, answers_of

TEMPLATE = "documents/pdf/proposal.html"


def preview_pdf(*, proposal: Proposal, dossier: Dossier, policy: Policy, language: str) -> bytes:
    """The draft as it would look, marked 草稿 DRAFT on each page, laid out in a child process with limits.

    Raises documents.rendering.RenderingFailed."""
    context = proposal_context(
        dossier=dossier,
        issue=issue_of(proposal, policy),
        vocabulary=vocabulary(policy),
        asked=policy.asked,
        answers=answers_of(policy, dossier),
        activities=activities_of(policy, dossier),
    )
    return render_pdf(TEMPLATE, context, language=language, watermark=DRAFT)


def issue_of(proposal: Proposal, policy: Policy, *, version: int = 0, sha256: str = "") -> Issue:
    """Under which name and number the application's document stands; version 0 is a draft."""
    return Issue(
        funder=Label(proposal.tenant.name_zh, proposal.tenant.name_en),
        programme=Label(policy.title_zh, policy.title_en),
        call=Label(proposal.call.title_zh, proposal.call.title_en),
        number=proposal.application_number or "",
        version=version,
        content_sha256=sha256,
        policy_sha256=proposal.call.policy_sha256,
        issued_date=clock.today(proposal.tenant.zone),
    )


def vocabulary(policy: Policy) -> Vocabulary:
    """Labels of the keys that a dossier of this policy uses."""
    return Vocabulary(
        fields={one.key: Label(one.zh, one.en) for one in policy.fields},
        categories={one.key: Label(one.zh, one.en) for one in policy.budget_categories},
        attachment_kinds={one.file.key: Label(one.file.zh, one.file.en) for one in policy.attachment_kinds},
        countries={code: Label(zh, en) for code, zh, en in COUNTRIES},
        institution_kinds={kind.value: _both(kind) for kind in InstitutionKind},
    )


def _both(kind: InstitutionKind) -> Label:
    with translation.override("zh-hans"):
        zh = str(kind.label)
    with translation.override("en"):
        return Label(zh, str(kind.label))
