"""The issued PDF of a frozen version: laid out once in each language, the same bytes ever after (decision 5)."""

from django.db import transaction

from accounts.models import User
from audit.actions import record
from documents.actions import publish_document
from documents.book import proposal_context
from documents.models import Document
from documents.qr import new_code
from documents.queries import documents_of
from documents.rendering import render_pdf
from programs.queries import effective_policy
from proposals.actions.common import locked
from proposals.models import ProposalVersion
from proposals.papers import TEMPLATE, issue_of, vocabulary
from proposals.queries import dossier_of_version
from proposals.queries.picture import activities_of, answers_of

KIND = "application"


@transaction.atomic
def issue_version_pdf(*, version: ProposalVersion, language: str, by: User) -> Document:
    """The version's document in `language` ("zh-hans" or "en"), issued when it is first asked for.

    Two who ask at once get the same one: the proposal's row is locked meanwhile. Raises
    documents.rendering.RenderingFailed. The caller has authorised `by`."""
    proposal = locked(version.proposal)
    issued = documents_of(version).filter(kind=KIND, language=language).first()
    if issued is not None:
        return issued
    policy, dossier, code = effective_policy(proposal.call), dossier_of_version(version), new_code()
    context = proposal_context(
        dossier=dossier,
        issue=issue_of(proposal, policy, version=version.number, sha256=version.sha256),
        vocabulary=vocabulary(policy),
        asked=policy.asked,
        answers=answers_of(policy, dossier),
        activities=activities_of(policy, dossier),
    )
    document = publish_document(
        tenant=proposal.tenant,
        kind=KIND,
        data=render_pdf(TEMPLATE, context, language=language, code=code),
        subject=version,
        title_zh=f"申请书 {proposal.application_number} 第 {version.number} 版",
        title_en=f"Application {proposal.application_number}, version {version.number}",
        content_sha256=version.sha256,
        policy_sha256=version.policy_sha256,
        language=language,
        by=by,
        code=code,
    )
    record(
        tenant=proposal.tenant,
        actor=by,
        action="proposal.issue_pdf",
        subject=proposal,
        data={"version": version.number, "code": document.code, "language": language},
    )
    return document
