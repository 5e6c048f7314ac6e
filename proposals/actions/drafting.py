"""The draft: beginning it, saving it, its files."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import Institution, User
from accounts.queries import institutions_of
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, StaleRevision, WrongState
from documents.actions import store_bytes
from documents.checks import KINDS, check_upload
from programs.models import Call
from programs.queries import effective_policy, may_apply, takes_proposals
from proposals.actions.common import locked, remind_of_deadline, storable
from proposals.enums import Extent, ProposalState
from proposals.extents import changes_only_budget
from proposals.models import Attachment, PartnerLink, Proposal
from proposals.queries import attachments_of, draft_dossier
from proposals.queries.content import lead_of, with_directory_names
from proposals.rules import extent_of

MOST_FILES = 60


def closed_call() -> Obstacle:
    """Why nothing can be begun in a call that isn't open."""
    return Obstacle(
        "call_not_open",
        "该指南目前不在受理期内。",
        "This call takes no applications at the moment.",
        article="B6",
    )


@transaction.atomic
def create_draft(
    *,
    call: Call,
    pi: User,
    lead_institution: Institution,
    source: Proposal | None = None,
    parts: Mapping[str, Any] | None = None,
) -> Proposal:
    """A new draft, prefilled with what the portal knows of the PI and the lead institution; reminds of the deadline.

    With `source`, an earlier application of the PI's own to the same funder, it begins with `parts`, what fits of that;
    raises NotVisible for any other's. Raises Refused when the call is not open now or not for them (A3), or the PI
    doesn't work at that institution (its office will answer for the application, A10)."""
    if source is not None and (source.pi_id != pi.pk or source.tenant_id != call.tenant_id):
        raise NotVisible
    if obstacles := _obstacles(call, pi, lead_institution):
        raise Refused(obstacles)
    known = {
        "pi": {
            "user_id": pi.pk,
            "name_zh": pi.name_zh,
            "name_en": pi.name_en,
            "email": pi.email,
            "orcid": pi.orcid,
            "institution_id": lead_institution.pk,
        },
        "lead": lead_of(lead_institution),
    }
    proposal = Proposal.objects.create(
        tenant=call.tenant, call=call, pi=pi, lead_institution=lead_institution, draft=known, updated_at=clock.now()
    )
    if source is not None:
        _take_over(proposal, parts or {})
    remind_of_deadline(proposal, [pi])
    record(
        tenant=call.tenant,
        actor=pi,
        action="proposal.create",
        subject=proposal,
        to_state=ProposalState.DRAFT,
        data={"copied_from": source.pk} if source is not None else None,
    )
    return proposal


def _obstacles(call: Call, pi: User, lead_institution: Institution) -> list[Obstacle]:
    obstacles = [] if takes_proposals(call, clock.now()) else [closed_call()]
    if not may_apply(pi, call, lead_institution):
        obstacles.append(
            Obstacle(
                "not_invited",
                "该指南仅限受邀的单位或个人申报。",
                "This call is by invitation only, and neither you nor that institution is invited.",
                article="A3",
                field="lead",
                who_can_clear=Role.SECRETARY,
            )
        )
    if lead_institution.pk not in institutions_of(pi):
        obstacles.append(
            Obstacle(
                "not_at_lead",
                "牵头单位须为您所在的单位。",
                "The lead institution must be one where you work.",
                article="A18",
                field="lead",
                who_can_clear=Role.APPLICANT,
            )
        )
    return obstacles


def _take_over(proposal: Proposal, parts: Mapping[str, Any]) -> None:
    """Put an earlier application's parts beside what the portal knows, which prevails."""
    known, parts = proposal.draft, storable(parts)
    typed = parts.get("pi")
    pi = (typed if isinstance(typed, dict) else {}) | {name: value for name, value in known["pi"].items() if value}
    proposal.draft = {**known, **parts, "pi": known["pi"] | pi, "lead": known["lead"]}
    _keep_names(proposal)
    proposal.save(update_fields=["draft", "title_zh", "title_en", "requested_fen"])


@transaction.atomic
def save_draft(*, proposal: Proposal, by: User, data: dict[str, Any], revision: int) -> Proposal:
    """Keep `data` (the whole draft, every value as typed) as the next revision; not audited, as autosaves are many.

    Raises NotVisible for someone who has no part in it, WrongState once it is handed in, StaleRevision when another
    save came between, Refused for data that is no draft at all and for a change beyond what the PI lets them do."""
    row, extent = _locked_draft(proposal, by)
    if extent == Extent.READ:
        raise Refused([beyond(extent)])
    if row.revision != revision:
        raise StaleRevision(current_revision=row.revision, current=row.draft)
    data = storable(data)
    if extent == Extent.BUDGET and not changes_only_budget(row.draft, data, effective_policy(row.call)):
        raise Refused([beyond(extent)])
    keep_draft(row, data)
    return row


def keep_draft(row: Proposal, data: dict[str, Any]) -> None:
    """Save storable data as the next revision of a locked draft."""
    row.draft = data
    row.revision += 1
    row.updated_at = clock.now()
    _keep_names(row)
    row.save(update_fields=["draft", "revision", "updated_at", "title_zh", "title_en", "requested_fen"])


def _keep_names(row: Proposal) -> None:
    """The directory's names of the partners in the draft, and the draft's titles and sum on the row; not saved yet."""
    dossier, _ = draft_dossier(row)
    row.draft = with_directory_names(row.draft, dossier)
    # Once received, the row says what was endorsed last: the funder's staff list, search and export it.
    if row.received_at is None:
        row.title_zh, row.title_en, row.requested_fen = dossier.title_zh, dossier.title_en, dossier.total_fen


@transaction.atomic
def attach_file(*, proposal: Proposal, by: User, kind: str, party_key: str, filename: str, data: bytes) -> Attachment:
    """Add a file of one of the policy's kinds; `party_key` says whose agreement or letter it is.

    Raises FileRefused (a Refused, bilingual) for a file that is not what it should be, Refused for a kind the policy
    doesn't know or too many files, NotVisible and WrongState as `save_draft`."""
    row = writable(proposal, by)
    attachment = keep_file(row, kind=kind, party_key=party_key, filename=filename, data=data, by=by)
    record(
        tenant=row.tenant,
        actor=by,
        action="proposal.attach",
        subject=row,
        data={"file": attachment.file.sha256, "name": attachment.filename, "kind": kind},
    )
    return attachment


def keep_file(
    row: Proposal, *, kind: str, party_key: str, filename: str, data: bytes, by: User, link: PartnerLink | None = None
) -> Attachment:
    """Check the file and add it to a locked draft; with `link`, a partner's contact uploads it by what `by` sent.

    Raises as `attach_file`."""
    kinds = {entry.file.key: entry for entry in effective_policy(row.call).attachment_kinds}
    if kind not in kinds:
        raise Refused([_refused_file("file_kind", "没有这种附件。", "There is no attachment of this kind.")])
    if attachments_of(row).count() >= MOST_FILES:
        raise Refused(
            [_refused_file("file_count", f"附件不能超过 {MOST_FILES} 个。", f"At most {MOST_FILES} files, please.")]
        )
    media_types = kinds[kind].file.media_types
    allowed = frozenset(code for code, one in KINDS.items() if not media_types or one.media_type in media_types)
    checked = check_upload(data, filename, allowed=allowed)
    known = {party.key for party in draft_dossier(row)[0].parties}
    file = store_bytes(tenant=row.tenant, data=data, media_type=checked.media_type, filename=checked.name, by=by)
    return Attachment.objects.create(
        tenant=row.tenant,
        proposal=row,
        file=file,
        kind=kind,
        party_key=party_key if party_key in known else "",
        filename=checked.name,
        uploaded_at=clock.now(),
        uploaded_by=by,
        uploaded_through=link,
    )


def _refused_file(code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, article="B6", field="attachments", who_can_clear=Role.APPLICANT)


@transaction.atomic
def remove_attachment(*, attachment: Attachment, by: User) -> None:
    """Take a file out of the draft; its bytes stay, as a handed-in version may name them. Twice does nothing more."""
    row = writable(attachment.proposal, by)
    held = Attachment.objects.select_for_update().filter(pk=attachment.pk, proposal=row).first()
    if held is None:
        raise NotVisible
    if held.removed_at is not None:
        return
    take_out(held)
    record(tenant=row.tenant, actor=by, action="proposal.detach", subject=row, data={"name": held.filename})


def take_out(file: Attachment) -> None:
    """Take the file out of a locked draft."""
    file.removed_at = clock.now()
    file.save(update_fields=["removed_at"])


def writable(proposal: Proposal, by: User) -> Proposal:
    """The draft, locked, for someone who may write all of it.

    Raises NotVisible for someone who has no part in it, Refused for who may do less, WrongState once it is handed
    in."""
    row, extent = _locked_draft(proposal, by)
    if extent != Extent.EDIT:
        raise Refused([beyond(extent)])
    return row


def beyond(extent: Extent) -> Obstacle:
    """Why somebody who may only view, or only write the budget, can't do this."""
    zh, en = "申请人只允许您查看本申请。", "The applicant lets you view this application, not change it."
    if extent == Extent.BUDGET:
        zh = "申请人只允许您填写本申请的预算，其他内容不能更改。"
        en = "The applicant lets you write the budget of this application and change nothing else."
    return Obstacle(f"beyond_{extent}", zh, en, who_can_clear=Role.APPLICANT)


def _locked_draft(proposal: Proposal, by: User) -> tuple[Proposal, Extent]:
    row = locked(proposal)
    # Asked under the lock, which whoever changes it holds as well.
    extent = extent_of(by, row)
    if extent is None:
        raise NotVisible
    if row.state != ProposalState.DRAFT:
        raise WrongState(
            [
                Obstacle(
                    "not_a_draft",
                    f"申请当前状态为“{row.get_state_display()}”，不能修改。",
                    f"The application is “{row.get_state_display()}” and can't be changed.",
                )
            ]
        )
    return row, extent
