"""The funder's part on a round: the finance expert is chosen, both sides give an opinion, the book is issued (A25)."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from core.workflow import move
from notifications.actions import cancel_reminders
from programs.policy import Policy
from projects.actions.common import BOOK_DAYS, OPINION_DAYS, locked, remind_in, tell
from projects.actions.signing import ask_for_signature
from projects.enums import OpinionKind, OpinionVerdict, ProjectState
from projects.models import BookOpinion, BookRound, Project
from projects.papers import issue_book
from projects.queries import dossier_of_round, latest_round, policy_of
from projects.queries.visible import BOOK_STATES
from projects.rules import can_assign_finance_expert, can_judge_book, can_judge_budget
from proposals.actions.common import storable
from reviews.actions import find_conflicts
from reviews.models import Expert


@transaction.atomic
def assign_finance_expert(*, project: Project, expert: Expert, by: User) -> Project:
    """Choose who reviews the budget book; may be changed until that person's opinion on the round is in (A25).

    Raises NotVisible without the right, WrongState after the book is issued, and Refused with the evidence for an
    expert who must keep out (A16), isn't a finance expert, or isn't available."""
    row = locked(project)
    if not can_assign_finance_expert(by, row):
        raise NotVisible
    if row.state not in BOOK_STATES or _has_spoken(row, OpinionKind.FINANCE):
        raise WrongState([_TOO_LATE])
    found = [] if expert.is_finance and expert.is_available and expert.consented_at else [_NOT_IN_POOL]
    found += [_conflict(one) for one in find_conflicts(proposal=row.proposal, expert=expert)]
    if expert.user_id == row.pi_id:
        found.append(_OWN)
    if found:
        raise Refused(found)
    if row.finance_expert_id == expert.user_id:
        return row
    if row.finance_expert is not None:
        cancel_reminders(tenant=row.tenant, subject=row, kind="book-review", user=row.finance_expert)
    row.finance_expert = expert.user
    row.save(update_fields=["finance_expert"])
    if row.state == ProjectState.BOOK_REVIEW:
        words = {"zh": "预算书待审核", "en": "A budget book waits for your opinion", "page": "projects:book"}
        tell(row, [expert.user], kind="book-review", key=f"expert-{expert.pk}-{row.rounds.count()}", **words)
        remind_in(row, [expert.user], (OPINION_DAYS - 7, OPINION_DAYS - 1), kind="book-review", **words)
    record(
        tenant=row.tenant,
        actor=by,
        action="project.assign_finance_expert",
        subject=row,
        data={"expert": expert.pk, "user": expert.user_id},
    )
    return row


_TOO_LATE = Obstacle(
    code="opinion-given",
    article="A25",
    message_zh="财务专家已提出意见或任务书已定稿，不能再更换。",
    message_en="The finance expert has given an opinion, or the book is final: no change any more.",
)
_NOT_IN_POOL = Obstacle(
    code="not-a-finance-expert",
    article="A25",
    field="expert",
    message_zh="此人不在可用的财务专家库中。",
    message_en="This person is not an available finance expert of the pool.",
    who_can_clear="secretary",
)
_OWN = Obstacle(
    code="own-project",
    article="A16",
    field="expert",
    message_zh="项目负责人不能审核自己的预算书。",
    message_en="A principal investigator can't review their own budget book.",
)


def _conflict(one: object) -> Obstacle:
    return Obstacle(
        code="conflict",
        article="A16",
        field="expert",
        message_zh=str(getattr(one, "evidence_zh", "存在利益冲突。")),
        message_en=str(getattr(one, "evidence_en", "There is a conflict of interest.")),
        who_can_clear="secretary",
    )


def _has_spoken(project: Project, kind: str) -> bool:
    if project.state != ProjectState.BOOK_REVIEW:
        return False
    round_ = latest_round(project)
    return BookOpinion.objects.filter(round=round_, kind=kind).exists()


def kinds_wanted(policy: Policy) -> list[str]:
    """The opinions that the policy's book needs: the secretariat's, and the finance expert's where it names one."""
    roles = {step.role for step in policy.book.review}
    wanted = [OpinionKind.SECRETARIAT.value] if Role.SECRETARY in roles or not roles else []
    if roles & {Role.FINANCE_EXPERT, Role.FINANCE}:
        wanted.append(OpinionKind.FINANCE.value)
    return wanted


@transaction.atomic
def give_opinion(
    *,
    project: Project,
    by: User,
    kind: str,
    verdict: str,
    comment: str = "",
    field_comments: Mapping[str, str] | None = None,
    seen_round: int | None = None,
) -> BookOpinion:
    """An opinion on the latest round; `field_comments` by dossier path. `seen_round` is the round that the page showed.

    When all wanted ones are in: any REVISE sends the book back to the PI, else the official PDF is issued and its
    signing begins (A25 A26). Raises NotVisible without the right, WrongState when it was given already or the book is
    not under review, Refused for a revision without a word of explanation or when another round was handed in since
    the page was opened."""
    row = locked(project)
    if not (can_judge_book(by, row) if kind == OpinionKind.SECRETARIAT else can_judge_budget(by, row)):
        raise NotVisible
    if row.state != ProjectState.BOOK_REVIEW:
        move(row.return_book)  # refuses in the lifecycle's words
    round_ = latest_round(row)
    assert round_ is not None  # a book under review has a round
    if seen_round not in (None, round_.number):
        raise Refused([_OTHER_ROUND])
    policy, before = policy_of(row), row.state
    opinion = BookOpinion(
        tenant=row.tenant,
        round=round_,
        kind=kind,
        verdict=verdict,
        comment=storable(comment.strip()),
        field_comments={path: text for path, text in storable(_clean(field_comments)).items() if text},
        given_at=clock.now(),
        given_by=by,
    )
    _refuse_opinion(opinion, policy)
    opinion.save(force_insert=True)
    cancel_reminders(tenant=row.tenant, subject=row, kind="book-review", user=by)
    _conclude(row, round_, policy, by)
    data = {"round": round_.number, "kind": kind, "is_anonymous": kind == OpinionKind.FINANCE}
    record(
        tenant=row.tenant, actor=by, action=f"project.book_{verdict}", subject=row, reason=opinion.comment, data=data
    )
    if row.state != before:
        action = "project.issue_book" if row.state == ProjectState.SIGNING else "project.return_book"
        states = {"from_state": before, "to_state": row.state}
        record(tenant=row.tenant, actor=by, action=action, subject=row, data=data, **states)
    return opinion


def _clean(field_comments: Mapping[str, str] | None) -> dict[str, str]:
    return {str(path)[:200]: str(text).strip()[:5000] for path, text in (field_comments or {}).items()}


def _refuse_opinion(opinion: BookOpinion, policy: Policy) -> None:
    if opinion.kind not in kinds_wanted(policy) or opinion.verdict not in OpinionVerdict.values:
        raise NotVisible
    given = BookOpinion.objects.filter(round=opinion.round).values_list("kind", "given_by")
    if opinion.kind in {one for one, _ in given}:
        raise WrongState([_GIVEN])
    found = [_BOTH_HATS] if opinion.given_by_id in {person for _, person in given} else []
    if opinion.verdict == OpinionVerdict.REVISE and not (opinion.comment or opinion.field_comments):
        found.append(_SILENT)
    if found:
        raise Refused(found)


_GIVEN = Obstacle(
    code="opinion-given",
    article="A25",
    message_zh="本轮的该项意见已经提交，不能重复提交。",
    message_en="This opinion on the round has been given already.",
)
_OTHER_ROUND = Obstacle(
    code="other-round",
    article="A25",
    message_zh="在您打开页面之后又提交了新的一轮，下面是新的内容，请重新审阅后再提意见。",
    message_en="Another round was handed in after you opened the page. It is shown below; please read it first.",
)
_BOTH_HATS = Obstacle(
    code="both-hats",
    article="A25",
    message_zh="任务书和预算书的意见须由不同的人提出。",
    message_en="Two different people give the opinions on the task book and on the budget book.",
)
_SILENT = Obstacle(
    code="comment-missing",
    article="A25",
    field="comment",
    message_zh="要求修改时，请说明修改意见。",
    message_en="When you ask for a revision, please say what is to be revised.",
)


def _conclude(row: Project, round_: BookRound, policy: Policy, by: User) -> None:
    verdicts = dict(BookOpinion.objects.filter(round=round_).values_list("kind", "verdict"))
    if set(kinds_wanted(policy)) - verdicts.keys():
        return
    cancel_reminders(tenant=row.tenant, subject=row, kind="book-review")
    if OpinionVerdict.REVISE in verdicts.values():
        _send_back(row, round_)
        return
    move(row.approve_book)
    row.book_document = issue_book(row, round_, dossier_of_round(round_), policy, by)
    row.book_due_at = None
    row.save()
    tell(
        row,
        [row.pi],
        kind="book-issued",
        key="1",
        zh="任务书已定稿，进入签署",
        en="The task book is final; signing begins",
    )
    ask_for_signature(row, policy, signed=0)


def _send_back(row: Project, round_: BookRound) -> None:
    move(row.return_book)
    today = clock.today(row.tenant.zone)
    row.book_due_at = clock.end_of_day(today + timedelta(days=BOOK_DAYS), row.tenant.zone)
    row.save()
    words = {"zh": "任务书须按意见修改", "en": "The task book needs revision", "page": "projects:book_edit"}
    tell(row, [row.pi], kind="book-returned", key=str(round_.number), **words)
    remind_in(row, [row.pi], (BOOK_DAYS - 7, BOOK_DAYS - 1), kind="book-due", **words)
