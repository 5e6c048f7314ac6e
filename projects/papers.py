"""The official task book: made once from a frozen round, then only signed, one revision after another (A24 A26)."""

from accounts.enums import Role
from accounts.models import Institution, User
from core import clock
from documents import storage
from documents.actions import add_revision, publish_document
from documents.book import Issue, Label, Signatory, task_book_context
from documents.keys import Owner, signing_keys
from documents.models import Document, Revision
from documents.qr import new_code
from documents.rendering import render_pdf
from documents.signing import prepare_fields, sign
from programs.dossier import Dossier
from programs.policy import Policy
from programs.policy.sections import Signatory as Party
from projects.models import BookRound, Project
from proposals.papers import vocabulary

KIND = "task_book"
TEMPLATE = "documents/pdf/task_book.html"
LANGUAGE = "zh-hans"
TO_COME = Label("（签署完成后编定）", "(given with the last signature)")


def issue_book(project: Project, round_: BookRound, dossier: Dossier, policy: Policy, by: User) -> Document:
    """The official PDF of the agreed round: with code, QR and an empty signature field per party. Once per project."""
    signatories = signatories_of(project, policy)
    context = book_context(project, round_, dossier, policy, signatories)
    code = new_code()
    pdf = render_pdf(TEMPLATE, context, language=LANGUAGE, code=code)
    return publish_document(
        tenant=project.tenant,
        kind=KIND,
        data=prepare_fields(pdf, signatories),
        subject=project,
        title_zh=f"{policy.book.zh}：{project.title_zh or project.title_en}",
        title_en=f"{policy.book.en}: {project.title_en or project.title_zh}",
        content_sha256=round_.sha256,
        policy_sha256=project.call.policy_sha256,
        language=LANGUAGE,
        by=by,
        code=code,
    )


def book_context(
    project: Project, round_: BookRound | None, dossier: Dossier, policy: Policy, signatories: list[Signatory]
) -> dict[str, object]:
    """What the task book's template shows."""
    texts = policy.acknowledgement
    return task_book_context(
        dossier=dossier,
        issue=Issue(
            funder=Label(project.tenant.name_zh, project.tenant.name_en),
            programme=Label(project.call.programme.title_zh, project.call.programme.title_en),
            call=Label(project.call.title_zh, project.call.title_en),
            number=project.proposal.application_number or "",
            version=round_.number if round_ else 0,
            content_sha256=round_.sha256 if round_ else "",
            policy_sha256=project.call.policy_sha256,
            issued_date=clock.today(project.tenant.zone),
        ),
        vocabulary=vocabulary(policy),
        approved_fen=project.approved_fen,
        signatories=signatories,
        acknowledgements=[Label(texts.texts(TO_COME.zh)[0], texts.texts(TO_COME.en)[1])] if texts else [],
    )


# ---------------------------------------------------------------- signatures
def field_of(party: str) -> str:
    """The signature field's name in the PDF."""
    return party.replace("_", "-")


def institution_of(project: Project, party: Party) -> Institution | None:
    """Whose seal the party signs with; the PI signs in person."""
    if party.role in (Role.APPLICANT, Role.OFFICE):
        return project.lead_institution
    if party.role == Role.HOST:
        return project.tenant.host_institution
    return project.tenant.secretariat


def signatories_of(project: Project, policy: Policy) -> list[Signatory]:
    """The boxes of the signature page, in the order of signing."""
    return [_box(project, party) for party in policy.book.signatories]


def _box(project: Project, party: Party) -> Signatory:
    place = institution_of(project, party)
    name = _name(project.pi) if party.role == Role.APPLICANT else Label("", "")
    return Signatory(field_of(party.key), Label(party.zh, party.en), _name(place) if place else Label("", ""), name)


def _name(one: User | Institution) -> Label:
    return Label(one.name_zh, one.name_en)


def add_signature(latest: Revision, project: Project, party: Party, by: User, *, grant_number: str = "") -> Revision:
    """A further revision of the book: the old bytes and one PAdES signature. The last one names the grant number."""
    place = institution_of(project, party)
    label = _name(place) if place else Label(project.tenant.name_zh, project.tenant.name_en)
    if party.role == Role.APPLICANT:
        holder, owner = f"user-{by.pk}", Owner(_name(by), label)
    elif place is not None:
        holder, owner = f"institution-{place.pk}", Owner(label, label)
    else:
        holder, owner = f"tenant-{project.tenant.slug}", Owner(label, label)
    reason = f"{party.zh}签署 Signed as: {party.en}"
    if grant_number:
        reason += f"; 项目编号 Grant No. {grant_number}"
    signed = sign(
        storage.get(latest.file.sha256),
        field=field_of(party.key),
        key=signing_keys().key(holder, owner),
        name=_name(by),
        institution=label,
        reason=reason,
        at=clock.now(),
    )
    return add_revision(document=latest.document, data=signed, by=by)
