"""A person asks to be admitted to an institution; its office admits them, shares its work, and lets them go."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.enums import AffiliationKind
from accounts.models import Affiliation, Institution, Tenant, User
from accounts.queries import is_office_of
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from core.tenancy import tenant_scope
from notifications.actions import notify
from registry.enums import RequestState
from registry.models import PlaceRequest
from registry.queries.places import current, deciders, may_decide

MOST_WAITING = 3
# Each one asked is told to its office, also when it is taken back at once.
MOST_A_DAY, A_DAY = 10, timedelta(days=1)
MOST_REASON = 500
# An institution may be left in advance, within a year.
FARTHEST = timedelta(days=366)


@transaction.atomic
def ask_for_place(*, tenant: Tenant, user: User, institution: Institution, position: str = "") -> PlaceRequest:
    """Ask the institution's office (while it has none, the funder's administrators) to admit the person; they are told.

    Until then the person is nobody there. Raises Refused for somebody who is there, asks already, or asks many."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if found := _cannot_ask(user, institution):
        raise Refused(found)
    row = PlaceRequest.objects.create(
        user=user, institution=institution, via=tenant, position=position, asked_at=clock.now()
    )
    zh, en = user.name_zh or user.name_en, user.name_en or user.name_zh
    notify(
        tenant=tenant,
        to=deciders(institution, tenant),
        kind="place-request",
        key=f"place-request:{row.pk}",
        title_zh=f"{zh}申请加入贵单位",
        title_en=f"{en} asks to be admitted to your institution",
        body_zh=f"单位：{_name(institution, 'zh')}。请核实其是否在贵单位工作，然后同意或拒绝。",
        body_en=f"Institution: {_name(institution, 'en')}. Please check that they work there, then approve or refuse.",
        url=reverse("registry:place_request", args=[tenant.slug, row.pk]),
    )
    record(tenant=tenant, actor=user, action="place.ask", subject=user, data=_data(row))
    return row


def _cannot_ask(user: User, institution: Institution) -> list[Obstacle]:
    waiting = PlaceRequest.objects.filter(user=user, state=RequestState.WAITING)
    if current().filter(user=user, institution=institution).exists():
        return [_at("place", "you_are_there", "您已是该单位的人员。", "You are at this institution already.")]
    if waiting.filter(institution=institution).exists():
        return [_at("place", "asked", "您已向该单位提出申请，正等待其确认。",
                    "You have asked this institution already; its answer is awaited.")]  # fmt: skip
    if PlaceRequest.objects.filter(user=user, asked_at__gt=clock.now() - A_DAY).count() >= MOST_A_DAY:
        return [_at("place", "often", f"每天提出的申请不能超过 {MOST_A_DAY} 个，请明天再试。",
                    f"No more than {MOST_A_DAY} requests a day: please ask again tomorrow.")]  # fmt: skip
    if waiting.count() >= MOST_WAITING:
        return [_at("place", "many", f"等待确认的申请不能超过 {MOST_WAITING} 个。",
                    f"No more than {MOST_WAITING} requests at a time.")]  # fmt: skip
    return []


@transaction.atomic
def withdraw_request(*, request: PlaceRequest, by: User) -> None:
    """The person no longer asks. Raises NotVisible for anybody else, WrongState when it was decided."""
    row = _locked(request)
    if row.user_id != by.pk:
        raise NotVisible
    _require_waiting(row)
    _set(row, by, RequestState.WITHDRAWN, "")
    with tenant_scope(row.via):
        record(tenant=row.via, actor=by, action="place.withdraw", subject=row.user, data=_data(row))


@transaction.atomic
def decide_request(
    *, request: PlaceRequest, by: User, grants: bool, reason: str = "", kind: str = AffiliationKind.STAFF
) -> PlaceRequest:
    """Admit the person to the institution, as OFFICE also to its office, or refuse with a reason; they are told.

    Raises NotVisible for whoever may not decide it (`may_decide`), WrongState when it was decided, Refused without a
    reason to refuse."""
    row = _locked(request)
    if not may_decide(by, row):
        raise NotVisible
    _require_waiting(row)
    if not grants and not reason.strip():
        raise Refused([_at("reason", "reason", "请写明拒绝的理由。", "Write the reason for the refusal.")])
    _set(row, by, RequestState.APPROVED if grants else RequestState.REFUSED, reason.strip())
    if grants:
        _admit(row.user, row.institution, kind, row.position)
    with tenant_scope(row.via):
        _tell_answer(row)
        record(
            tenant=row.via, actor=by, action="place.admit" if grants else "place.refuse", subject=row.user,
            reason=row.reason, data=_data(row) | ({"kind": str(kind)} if grants else {}),
        )  # fmt: skip
    return row


def _locked(request: PlaceRequest) -> PlaceRequest:
    """The institution's people change one at a time."""
    Institution.objects.select_for_update(no_key=True).get(pk=request.institution_id)
    rows = PlaceRequest.objects.select_for_update(of=("self",)).select_related("user", "institution", "via")
    return rows.get(pk=request.pk)


def _require_waiting(row: PlaceRequest) -> None:
    if row.state != RequestState.WAITING:
        zh, en = "该申请已有答复或已撤回。", "This request was answered or taken back meanwhile."
        raise WrongState([Obstacle("decided", zh, en)])


def _set(row: PlaceRequest, by: User, state: RequestState, reason: str) -> None:
    row.state, row.decided_at, row.decided_by, row.reason = state, clock.now(), by, reason
    row.save(update_fields=["state", "decided_at", "decided_by", "reason"])


def _admit(user: User, institution: Institution, kind: str, position: str = "") -> None:
    """There from today; whoever was there before and had left is there again."""
    row, is_new = Affiliation.objects.get_or_create(
        user=user, institution=institution, kind=kind, defaults={"since_date": clock.today(), "position": position}
    )
    if not is_new:
        row.until_date, row.position = None, position or row.position
        row.save(update_fields=["until_date", "position"])


def _tell_answer(row: PlaceRequest) -> None:
    zh, en = _name(row.institution, "zh"), _name(row.institution, "en")
    is_in = row.state == RequestState.APPROVED
    notify(
        tenant=row.via,
        to=[row.user],
        kind="place-answer",
        key=f"place-answer:{row.pk}",
        title_zh=f"{zh}已确认您是其人员" if is_in else f"{zh}未同意您的加入申请",
        title_en=f"{en} has admitted you" if is_in else f"{en} has not admitted you",
        body_zh="您现在可以以该单位的名义起草和提交申请。" if is_in else f"理由：{row.reason}",
        body_en="You can begin and hand in applications from there now." if is_in else f"Reason: {row.reason}",
        url=reverse("registry:profile", args=[row.via.slug]),
    )


# ---------------------------------------------------------------- those who are there
@transaction.atomic
def share_office(*, tenant: Tenant, by: User, user: User, institution: Institution) -> None:
    """Let somebody who is at the institution act for its office too; they are told. A second time it does nothing.

    Raises NotVisible for anyone but the office, and for somebody who isn't there."""
    _lock_office(by, institution)
    there = current().filter(institution=institution, user=user)
    if not there.exists():
        raise NotVisible
    if there.filter(kind=AffiliationKind.OFFICE, until_date=None).exists():
        return
    _admit(user, institution, AffiliationKind.OFFICE)
    zh, en = _name(institution, "zh"), _name(institution, "en")
    _tell_member(
        tenant, user, institution, "office-shared", f"您现在可代表{zh}办理审核", f"You act for the office of {en} now",
        "您可以审核、退回和推荐本单位的申请，并管理本单位人员。",
        "You examine, return and endorse its applications, and keep its list of people.",
    )  # fmt: skip
    record(tenant=tenant, actor=by, action="place.share_office", subject=user, data={"institution": institution.pk})


@transaction.atomic
def end_place(
    *,
    tenant: Tenant,
    by: User,
    affiliation: Affiliation,
    reason: str = "",
    last_day: date | None = None,
    stays: bool = False,
) -> None:
    """End what somebody is at the institution: at once, or after a last day; they are told if another does it. Who
    leaves its office but `stays` is a researcher there from now on.

    What they are is read with every request, so that sessions lose it as soon. It stays known that they were there
    (A16). Raises NotVisible for anybody but the office and the person, Refused for the last one of the office, a day
    out of reach, or when another gives no reason."""
    Institution.objects.select_for_update(no_key=True).get(pk=affiliation.institution_id)
    row = current().select_related("user", "institution").filter(pk=affiliation.pk).first()
    if row is None or not (row.user_id == by.pk or is_office_of(by, row.institution_id)):
        raise NotVisible
    if found := [*_cannot_end(row, last_day), *_no_reason(row, by, reason)]:
        raise Refused(found)
    _end(row, last_day)
    if stays and row.kind == AffiliationKind.OFFICE:
        _admit(row.user, row.institution, AffiliationKind.STAFF)
    zh, en = _name(row.institution, "zh"), _name(row.institution, "en")
    if row.user_id != by.pk:
        _tell_member(
            tenant, row.user, row.institution, f"place-ended-{row.pk}", f"您在{zh}的“{_kind(row)[0]}”身份已终止",
            f"You are no longer “{_kind(row)[1]}” at {en}", f"理由：{reason.strip()}", f"Reason: {reason.strip()}",
        )  # fmt: skip
    record(
        tenant=tenant, actor=by, action="place.end", subject=row.user, reason=reason.strip(),
        data={"institution": row.institution_id, "kind": row.kind, "until": str(row.until_date)},
    )  # fmt: skip


def _end(row: Affiliation, last_day: date | None) -> None:
    """After the last day; at once means that yesterday was it."""
    row.until_date = last_day or clock.today() - timedelta(days=1)
    if row.since_date is not None and row.since_date > row.until_date:
        row.since_date = row.until_date
    row.save(update_fields=["until_date", "since_date"])


def _lock_office(by: User, institution: Institution) -> None:
    Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    if not (by.is_active and is_office_of(by, institution.pk)):
        raise NotVisible


def _cannot_end(row: Affiliation, last_day: date | None) -> list[Obstacle]:
    today = clock.today()
    if last_day is not None and not today <= last_day <= today + FARTHEST:
        return [_at("last_day", "day", "最后一天须在今天至一年之内；立即终止请留空。",
                    "The last day lies between today and a year from now; leave it empty to end at once.")]  # fmt: skip
    others = current().filter(institution=row.institution, kind=AffiliationKind.OFFICE, until_date=None)
    if row.kind == AffiliationKind.OFFICE and not others.exclude(user=row.user).exists():
        return [_at("", "last", "此人是该单位科研管理部门的最后一位人员，请先指定另一位。",
                    "This is the last one of the institution's office: name another one first.")]  # fmt: skip
    return []


def _no_reason(row: Affiliation, by: User, reason: str) -> list[Obstacle]:
    if row.user_id == by.pk or reason.strip():
        return []
    return [_at("reason", "reason", "请写明理由，该理由将记录在案。", "Write the reason: it goes on record.")]


def _kind(row: Affiliation) -> tuple[str, str]:
    return ("科研管理部门", "research office") if row.kind == AffiliationKind.OFFICE else ("科研人员", "researcher")


def _tell_member(
    tenant: Tenant, user: User, institution: Institution, key: str, zh: str, en: str, body_zh: str, body_en: str
) -> None:
    notify(
        tenant=tenant, to=[user], kind="place", key=f"{key}:{institution.pk}:{user.pk}:{clock.now().isoformat()}",
        title_zh=zh, title_en=en, body_zh=body_zh, body_en=body_en,
        url=reverse("registry:profile", args=[tenant.slug]),
    )  # fmt: skip


def _name(institution: Institution, language: str) -> str:
    first, second = institution.name_zh, institution.name_en
    return (first or second) if language == "zh" else (second or first)


def _data(row: PlaceRequest) -> dict[str, Any]:
    return {"request": row.pk, "institution": row.institution_id}


def _at(field: str, code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, field=field)
