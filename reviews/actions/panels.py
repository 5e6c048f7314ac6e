"""The secretariat records what a panel on site concluded, before the funding plan (A22)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from documents.actions import store_bytes
from documents.checks import check_upload
from proposals.enums import ProposalState
from proposals.models import Proposal
from proposals.queries import latest_version
from reviews import rules
from reviews.actions.assigning import conflict_obstacle, find_conflicts
from reviews.actions.common import clean, locked_proposal, may_know, obstacle, wrong_state
from reviews.enums import PanelConclusion, PanelForm
from reviews.models import Conflict, Expert, Panel, PanelMember
from reviews.queries.panels import secretariat_choices, standing_panel

# Until a plan with the proposal is approved.
RECORDABLE = (ProposalState.REVIEWING, ProposalState.PLANNED)
MINUTES = frozenset({"pdf"})
LONGEST = 20_000
LONGEST_PLACE = 200


@dataclass(frozen=True)
class Minutes:
    """An uploaded file as it came."""

    filename: str
    data: bytes


@dataclass(frozen=True)
class Meeting:
    """What is recorded of a panel; `held_date` in the funder's zone."""

    held_date: date
    form: str
    place: str
    experts: Sequence[Expert]
    secretariat: Sequence[User]
    conclusion: str
    opinion: str
    minutes: Minutes | None
    """None keeps those of the record before."""


def record_panel(
    *, proposal: Proposal, by: User, meeting: Meeting, supersedes: Panel | None = None, reason: str = ""
) -> Panel:
    """Put a panel's meeting on record, or a corrected record, with its `reason`, in place of the one that stands.

    `supersedes` is the record that the person saw. Experts' conflicts found by the portal go on record as when they
    are assigned. Raises NotVisible for anyone but the secretariat, FileRefused for bad minutes, WrongState out of
    review or once a plan is approved, Refused with everything that is wrong (A16 A22)."""
    rules.require(rules.may_prepare_plan(by, proposal.tenant) and may_know(by, proposal))
    # On record before the refusal, which would undo it.
    tied = [(one, found) for one in meeting.experts for found in find_conflicts(proposal=proposal, expert=one)]
    if tied:
        raise Refused([conflict_obstacle(one, found, field="experts") for one, found in tied])
    given = meeting.minutes
    checked = check_upload(given.data, given.filename, allowed=MINUTES) if given else None
    with transaction.atomic():
        row = locked_proposal(proposal.pk)
        rules.require(rules.may_prepare_plan(by, row.tenant) and may_know(by, row))
        if row.state not in RECORDABLE:
            raise wrong_state(
                "该项目不在评审中，或资助方案已批准，不能登记评审委员会意见。",
                "The proposal is not under review, or its plan is approved: no panel can be recorded now.",
            )
        before = standing_panel(row)
        if found := list(_problems(row, meeting, before, supersedes, reason)):
            raise Refused(found)
        panel = _unsaved(row, by, meeting, before, clean(reason))
        if given and checked:
            panel.minutes = store_bytes(tenant=row.tenant, data=given.data, media_type=checked.media_type, by=by)
            panel.filename = checked.name
        elif before:
            panel.minutes, panel.filename = before.minutes, before.filename
        panel.save()
        _seat(panel, meeting)
        _note(row, panel, by, before)
    return panel


def _unsaved(row: Proposal, by: User, meeting: Meeting, before: Panel | None, reason: str) -> Panel:
    version = latest_version(row)
    if version is None:
        raise NotVisible
    return Panel(
        tenant=row.tenant,
        proposal=row,
        version=version,
        number=before.number + 1 if before else 1,
        reason=reason if before else "",
        held_date=meeting.held_date,
        form=PanelForm(meeting.form),
        place=clean(meeting.place),
        conclusion=PanelConclusion(meeting.conclusion),
        opinion=clean(meeting.opinion),
        recorded_at=clock.now(),
        recorded_by=by,
    )


def _seat(panel: Panel, meeting: Meeting) -> None:
    experts = {one.user_id: one for one in meeting.experts}
    people = {**experts, **{one.pk: None for one in meeting.secretariat if one.pk not in experts}}
    PanelMember.objects.bulk_create(
        PanelMember(tenant=panel.tenant, panel=panel, user_id=user_id, expert=expert)
        for user_id, expert in people.items()
    )


def _note(row: Proposal, panel: Panel, by: User, before: Panel | None) -> None:
    record(
        tenant=row.tenant,
        actor=by,
        action="panel.correct" if before else "panel.record",
        subject=row,
        reason=panel.reason,
        data={
            "panel": panel.pk,
            "supersedes": before.pk if before else None,
            "held": panel.held_date.isoformat(),
            "form": panel.form,
            "conclusion": panel.conclusion,
            "minutes": panel.minutes.sha256,
            "members": sorted(panel.members.values_list("user_id", flat=True)),
        },
    )


def _problems(
    row: Proposal, meeting: Meeting, before: Panel | None, supersedes: Panel | None, reason: str
) -> Iterator[Obstacle]:
    if (before.pk if before else None) != (supersedes.pk if supersedes else None):
        yield _about(
            "changed",
            "记录刚刚被他人更新，请刷新后核对。",
            "Somebody else has just changed the record; please reload and look again.",
        )
    if before and not clean(reason):
        yield _about("reason", "更正记录须说明理由。", "Say why the record is corrected.", "reason")
    if before is None and meeting.minutes is None:
        yield _about("minutes", "请上传会议纪要（PDF）。", "Upload the minutes (PDF).", "minutes")
    yield from _wrong_date(row, meeting.held_date)
    yield from _wrong_words(meeting)
    yield from _wrong_people(row, meeting)


def _wrong_date(row: Proposal, held: date) -> Iterator[Obstacle]:
    zone = row.tenant.zone
    if held > clock.today(zone):
        yield _about(
            "future",
            "评审日期不能晚于今天（北京时间）。",
            "The panel can't have met after today (Beijing time).",
            "held_date",
        )
    elif row.received_at and held < row.received_at.astimezone(zone).date():
        yield _about(
            "too-early",
            "评审日期不能早于申请的受理日期。",
            "The panel can't have met before the proposal was received.",
            "held_date",
        )


def _wrong_words(meeting: Meeting) -> Iterator[Obstacle]:
    if meeting.form not in PanelForm.values:
        yield _about("form", "请选择现场或线上。", "Choose on site or online.", "form")
    if not clean(meeting.place) or len(meeting.place) > LONGEST_PLACE:
        yield _about(
            "place", "请填写会议地点或线上会议平台。", "Write where the panel met, or on which platform.", "place"
        )
    if meeting.conclusion not in PanelConclusion.values:
        yield _about("conclusion", "请选择评审结论。", "Choose the panel's conclusion.", "conclusion")
    if not clean(meeting.opinion) or len(meeting.opinion) > LONGEST:
        yield _about(
            "opinion",
            f"请填写评审意见，最多 {LONGEST} 字。",
            f"Write the panel's opinion, at most {LONGEST} characters.",
            "opinion",
        )


def _wrong_people(row: Proposal, meeting: Meeting) -> Iterator[Obstacle]:
    """A22 names both sides and no number: one of each at least."""
    if not any(one.is_international for one in meeting.experts):
        yield _about(
            "no-expert", "评审委员会须有国际领域专家。", "A panel needs an international domain expert.", "experts"
        )
    if any(not one.is_domain or one.tenant_id != row.tenant_id for one in meeting.experts):
        yield _about(
            "not-domain",
            "评审委员会专家须为专家库中的领域专家。",
            "Experts of a panel are domain experts of the pool.",
            "experts",
        )
    if not meeting.secretariat:
        yield _about(
            "no-secretariat", "评审委员会须有秘书处人员。", "A panel needs somebody of the secretariat.", "secretariat"
        )
    allowed = {one.pk for one in secretariat_choices(row)}
    if any(one.pk not in allowed for one in meeting.secretariat):
        yield obstacle(
            "secretariat-tied",
            "所选秘书处人员须回避，或不属于秘书处。",
            "Somebody chosen for the secretariat must stay out or is not of it.",
            article="A16",
            field="secretariat",
        )
    users = [one.user_id for one in meeting.experts]
    if Conflict.objects.filter(proposal=row, user__in=users).exists():
        yield obstacle(
            "conflict", "所选专家须回避。", "An expert chosen must stay out.", article="A16", field="experts"
        )


def _about(code: str, zh: str, en: str, field: str = "") -> Obstacle:
    return obstacle(f"panel-{code}", zh, en, article="A22", field=field)
