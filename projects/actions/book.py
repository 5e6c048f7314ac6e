"""The PI's part: the book pre-filled, brought down to the approved amount, handed in round by round (A24 A34)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from audit.actions import record
from budgets.actions import freeze_book
from budgets.enums import BookPurpose
from core import clock
from core.errors import NotVisible, Obstacle, Refused, StaleRevision
from core.workflow import move
from notifications.actions import cancel_reminders
from programs.dossier import Dossier, canonical_json, sha256_of
from projects.actions.common import BOOK_DAYS, OPINION_DAYS, locked, remind_in, staff, tell
from projects.editing import EDITABLE, locked_changes
from projects.enums import OpinionVerdict, ProjectState
from projects.models import BookOpinion, BookRound, Project
from projects.queries import approved_dossier, book_dossier, book_findings, latest_round, may_be_submitted
from projects.rules import can_edit_book
from projects.scaling import bring_to
from proposals.actions.common import storable
from proposals.models import Proposal, ProposalVersion
from proposals.queries import problem_findings


@transaction.atomic
def start_project(*, proposal: Proposal, version: ProposalVersion, amount_fen: int, by: User) -> Project:
    """Open the project of an approved proposal: its book is pre-filled from the frozen dossier (A24).

    `amount_fen` is what the director approved; where it differs, the PI is asked to bring the lines to it. Part of the
    approval's transaction; a second call answers the first one's project."""
    existing = Project.objects.filter(proposal=proposal).first()
    if existing is not None:
        return existing
    dossier = Dossier.model_validate_json(version.dossier_json)
    now = clock.now()
    today = clock.today(proposal.tenant.zone)
    project = Project.objects.create(
        tenant=proposal.tenant,
        proposal=proposal,
        version=version,
        call=proposal.call,
        pi=proposal.pi,
        lead_institution=proposal.lead_institution,
        title_zh=dossier.title_zh,
        title_en=dossier.title_en,
        approved_fen=amount_fen,
        start_date=dossier.start_date or today,
        end_date=dossier.end_date or today,
        book_draft=_editable(dossier),
        book_due_at=clock.end_of_day(today + timedelta(days=BOOK_DAYS), proposal.tenant.zone),
        created_at=now,
    )
    _ask_for_book(project, round_number=1)
    record(
        tenant=project.tenant,
        actor=by,
        action="project.start",
        subject=project,
        to_state=project.state,
        data={"proposal": proposal.pk, "version": version.pk, "amount_fen": amount_fen, "sha256": version.sha256},
    )
    return project


def _editable(dossier: Dossier) -> dict[str, Any]:
    data = dossier.model_dump(mode="json")
    return {name: data[name] for name in EDITABLE}


def _ask_for_book(project: Project, round_number: int) -> None:
    tell(
        project,
        [project.pi],
        kind="book-due",
        key=str(round_number),
        zh="项目已获批准，请填写计划任务书和预算书",
        en="Approved: please complete the task and budget book",
        page="projects:book_edit",
    )
    remind_in(
        project,
        [project.pi],
        (BOOK_DAYS - 14, BOOK_DAYS - 7, BOOK_DAYS - 1),
        kind="book-due",
        zh="计划任务书尚未提交",
        en="The task book has not been handed in",
        page="projects:book_edit",
    )


@transaction.atomic
def save_book(*, project: Project, by: User, data: Mapping[str, Any], revision: int) -> Project:
    """Save the working copy: editable parts in `data`, kept as typed even where they can't be read.

    Raises NotVisible for anyone but the PI, StaleRevision when somebody saved since `revision`, and Refused for locked
    parts or outside the drafting state."""
    row = _writable(project, by)
    if revision != row.book_revision:
        raise StaleRevision(current_revision=row.book_revision, current=row.book_draft)
    frozen = approved_dossier(row)
    if found := locked_changes(frozen, data):
        raise Refused(found)
    _write(row, {name: storable(data[name]) for name in EDITABLE if name in data})
    return row


@transaction.atomic
def scale_book(*, project: Project, by: User, revision: int) -> Project:
    """Bring lines, disbursement and partner allocation to the approved amount in proportion, exact to the fen.

    Raises as `save_book`, and Refused while some amount can't be read or there are no lines."""
    row = _writable(project, by)
    if revision != row.book_revision:
        raise StaleRevision(current_revision=row.book_revision, current=row.book_draft)
    dossier, problems = book_dossier(row)
    unreadable = [one for one in problems if one.path.endswith("_fen")]
    if unreadable or not dossier.budget_lines:
        raise Refused([*problem_findings(unreadable)] or [_NO_LINES])
    _write(row, _editable(bring_to(dossier, row.approved_fen)))
    return row


_NO_LINES = Obstacle(
    code="no-lines",
    field="budget_lines",
    article="A34",
    message_zh="尚无预算明细，无法按比例调整。",
    message_en="There are no budget lines to scale.",
    who_can_clear="applicant",
)


def _writable(project: Project, by: User) -> Project:
    row = locked(project)
    if not can_edit_book(by, row):
        raise NotVisible
    if row.state != ProjectState.BOOK_DRAFTING:
        move(row.submit_book)  # refuses in the lifecycle's words
    return row


def _write(row: Project, parts: dict[str, Any]) -> None:
    row.book_draft = {**row.book_draft, **parts}
    row.book_revision += 1
    row.save(update_fields=["book_draft", "book_revision"])


@transaction.atomic
def submit_book(*, project: Project, by: User, answer: str = "") -> BookRound:
    """Hand in a round, frozen with its budget book; `answer` replies to the last round's opinions (A24 A25).

    Raises NotVisible for anyone but the PI, WrongState outside drafting, Refused with every unmet finding."""
    row = locked(project)
    if not can_edit_book(by, row):
        raise NotVisible
    before = row.state
    move(row.submit_book)
    dossier, _ = book_dossier(row)
    previous = latest_round(row)
    found = book_findings(row)
    obstacles = [] if may_be_submitted(found) else [one for one in found if getattr(one, "blocks", True)]
    obstacles += _unanswered(previous, answer)
    if obstacles:
        raise Refused(obstacles)
    round_ = _freeze(row, dossier, previous, answer, by)
    row.book_draft = _editable(dossier)
    row.save()
    _tell_of_round(row, round_)
    record(
        tenant=row.tenant,
        actor=by,
        action="project.submit_book",
        subject=row,
        from_state=before,
        to_state=row.state,
        reason=round_.answer,
        data={"round": round_.number, "sha256": round_.sha256, "total_fen": dossier.total_fen},
    )
    return round_


def _freeze(row: Project, dossier: Dossier, previous: BookRound | None, answer: str, by: User) -> BookRound:
    sha256 = sha256_of(dossier)
    return BookRound.objects.create(
        tenant=row.tenant,
        project=row,
        number=previous.number + 1 if previous else 1,
        dossier_json=canonical_json(dossier).decode(),
        sha256=sha256,
        budget_book=freeze_book(tenant=row.tenant, dossier=dossier, purpose=BookPurpose.AGREED, sha256=sha256),
        answer=storable(answer.strip()),
        submitted_at=clock.now(),
        submitted_by=by,
    )


def _unanswered(previous: BookRound | None, answer: str) -> list[Obstacle]:
    if previous is None or answer.strip():
        return []
    if not BookOpinion.objects.filter(round=previous, verdict=OpinionVerdict.REVISE).exists():
        return []
    return [
        Obstacle(
            code="answer-missing",
            article="A25",
            field="answer",
            message_zh="请说明如何根据上一轮的审核意见进行了修改。",
            message_en="Please say how you dealt with the last round's opinions.",
            who_can_clear="applicant",
        )
    ]


def _tell_of_round(project: Project, round_: BookRound) -> None:
    cancel_reminders(tenant=project.tenant, subject=project, kind="book-due")
    readers = staff(project, Role.SECRETARY)
    if project.finance_expert is None:
        readers += staff(project, Role.FINANCE)
    else:
        readers.append(project.finance_expert)
    words = {"zh": "任务书待审核", "en": "A task book waits for your opinion", "page": "projects:book"}
    tell(project, readers, kind="book-review", key=str(round_.number), **words)
    remind_in(project, readers, (OPINION_DAYS - 7, OPINION_DAYS - 1), kind="book-review", **words)
