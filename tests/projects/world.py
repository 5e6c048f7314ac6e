"""Projects in the states that tests need, made by the real actions where that matters."""

from typing import Any

from accounts.models import User
from budgets.enums import BookPurpose
from core import clock
from documents.actions import publish_document
from documents.rendering import render_pdf
from documents.signing import prepare_fields
from programs.dossier import canonical_json, sha256_of
from programs.models import Call
from projects import actions
from projects.models import BookRound, Project
from projects.papers import KIND, TEMPLATE, book_context, signatories_of
from projects.queries import approved_dossier, policy_of
from proposals.enums import ProposalState
from reviews.enums import ReviewKind
from tests.cast import Cast
from tests.factories import make_budget_book, make_call, make_expert, make_project, make_proposal

PARTIES = ("pi", "lead_institution", "secretariat", "host")
SIGNERS = {"pi": "pi", "lead_institution": "office", "secretariat": "secretary", "host": "host"}


def funded(cast: Cast, call: Call | None = None, *, number: int = 1, **more: Any) -> Project:
    """A project whose book is being written, for the whole requested amount unless told otherwise."""
    call = call or make_call(cast.anso, cast.secretary)
    proposal = make_proposal(cast, call, state=ProposalState.APPROVED, number=number)
    return make_project(proposal, **more)


def start(cast: Cast, *, amount_fen: int | None = None) -> Project:
    """The same through `start_project`."""
    proposal = make_proposal(cast, make_call(cast.anso, cast.secretary), state=ProposalState.APPROVED)
    version = proposal.versions.last()
    assert version is not None
    return actions.start_project(
        proposal=proposal,
        version=version,
        amount_fen=proposal.requested_fen if amount_fen is None else amount_fen,
        by=cast.director,
    )


def in_review(cast: Cast, *, amount_fen: int | None = None) -> Project:
    """A project with its first round handed in and a finance expert chosen."""
    project = start(cast, amount_fen=amount_fen)
    if amount_fen is not None:
        actions.scale_book(project=project, by=cast.pi, revision=0)
    actions.submit_book(project=project, by=cast.pi)
    expert = make_expert(cast.anso, cast.expert1, kind=ReviewKind.FINANCE)
    return actions.assign_finance_expert(project=project, expert=expert, by=cast.secretary)


def agree(cast: Cast, project: Project) -> Project:
    """Both opinions say yes: the official book is issued by the real rendering."""
    actions.give_opinion(project=project, by=cast.secretary, kind="secretariat", verdict="agree")
    actions.give_opinion(project=project, by=cast.expert1, kind="finance", verdict="agree")
    project.refresh_from_db()
    return project


def being_signed(cast: Cast, call: Call, *, number: int = 1, signed: int = 0, **more: Any) -> Project:
    """A book in signing without the cost of its own rendering: all of them share one PDF. `signed` parties have signed."""
    project = funded(cast, call, number=number, **more)
    dossier = approved_dossier(project)
    sha256 = sha256_of(dossier)
    BookRound.objects.create(
        tenant=project.tenant,
        project=project,
        number=1,
        dossier_json=canonical_json(dossier).decode(),
        sha256=sha256,
        budget_book=make_budget_book(project.tenant, dossier, BookPurpose.AGREED),
        submitted_at=clock.now(),
        submitted_by=cast.pi,
    )
    document = publish_document(
        tenant=project.tenant,
        kind=KIND,
        data=_shared_pdf(project),
        subject=project,
        title_zh=f"任务书：{project.title_zh}",
        title_en=f"Task book: {project.title_en}",
        content_sha256=sha256,
        by=cast.secretary,
    )
    project.book_document = document
    project.submit_book()
    project.approve_book()
    first = policy_of(project).book.signatories[0]
    project.turn_party, project.turn_role = first.key, first.role
    project.save()
    for party in PARTIES[:signed]:
        actions.sign_book(project=project, party=party, by=signer(cast, party))
    project.refresh_from_db()
    return project


_pdf: dict[str, bytes] = {}


def _shared_pdf(project: Project) -> bytes:
    if "pdf" not in _pdf:
        policy = policy_of(project)
        boxes = signatories_of(project, policy)
        context = book_context(project, None, approved_dossier(project), policy, boxes)
        _pdf["pdf"] = prepare_fields(render_pdf(TEMPLATE, context, language="zh-hans"), boxes)
    return _pdf["pdf"]


def signer(cast: Cast, party: str) -> User:
    """Who of the cast signs as that party."""
    user: User = getattr(cast, SIGNERS[party])
    return user
