"""An institution asks to be put into the directory; the funder's secretariat or administrator looks at the proof."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import AffiliationKind, InstitutionKind
from accounts.models import Affiliation, Institution, Tenant, User
from accounts.queries import people_with
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from documents.actions import store_bytes
from documents.checks import check_upload
from documents.refusals import FileRefused
from notifications.actions import notify
from registry.actions.places import A_DAY, MOST_A_DAY
from registry.enums import MarkKind, RequestState
from registry.marks import Mark, holders, keep_marks, marks_of
from registry.models import InstitutionRequest
from registry.queries.institutions import REGISTRARS, marks_in, may_register, waiting_with

PROOF_KINDS = frozenset({"pdf", "png", "jpeg"})
MOST_WAITING = 3
MOST_REASON = 500
_FIELD = {MarkKind.USCC.value: "uscc", MarkKind.ROR.value: "ror", MarkKind.NAME.value: ""}


@transaction.atomic
def ask_for_institution(*, tenant: Tenant, by: User, data: bytes, filename: str, **said: str) -> InstitutionRequest:
    """Ask that the institution described by `said` (names, country, kind, uscc, ror, email_domain) be put into the
    directory; the secretariat and the administrators are told.

    Raises Refused for an institution that is there or waits already, for a file that may not be stored, or somebody
    who has asked much."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if found := _cannot_ask(by, said):
        raise Refused(found)
    file = _checked(tenant, by, data, filename)
    try:
        with transaction.atomic():
            row = InstitutionRequest.objects.create(
                tenant=tenant, asked_by=by, asked_at=clock.now(), proof=file[0], proof_name=file[1], **said
            )
    except IntegrityError:  # asked for a moment ago, by somebody else
        raise Refused([_waits("uscc" if said.get("uscc") else "ror")]) from None
    notify(
        tenant=tenant,
        to=people_with(tenant, *REGISTRARS).exclude(pk=by.pk),
        kind="institution-request",
        key=f"institution-request:{row.pk}",
        title_zh=f"单位申请登记：{row.name_zh or row.name_en}",
        title_en=f"An institution registers: {row.name_en or row.name_zh}",
        body_zh="请核对证明文件，然后同意或拒绝。",
        body_en="Please look at its proof, then approve or refuse.",
        url=reverse("registry:institution_request", args=[tenant.slug, row.pk]),
    )
    record(tenant=tenant, actor=by, action="institution.ask", subject=row, data={"proof": row.proof.sha256})
    return row


def _cannot_ask(by: User, said: Mapping[str, str]) -> list[Obstacle]:
    names = ("country", "name_zh", "name_en", "uscc", "ror")
    marks = marks_of(**{name: said.get(name, "") for name in names})
    if found := holders(marks):
        return _taken(found, said)
    if (waiting := waiting_with(marks)) is not None:
        common = next(mark for mark in marks if mark in marks_in(waiting))
        return [_waits(_FIELD[common[0]] or _named(common, said))]
    own = InstitutionRequest.objects.filter(asked_by=by)
    if own.filter(asked_at__gt=clock.now() - A_DAY).count() >= MOST_A_DAY:
        zh = f"每天申请登记不能超过 {MOST_A_DAY} 次，请明天再试。"
        en = f"No more than {MOST_A_DAY} registrations a day: please ask again tomorrow."
        return [Obstacle("often", zh, en)]
    if own.filter(state=RequestState.WAITING).count() >= MOST_WAITING:
        zh, en = f"等待审核的登记不能超过 {MOST_WAITING} 个。", f"No more than {MOST_WAITING} registrations at a time."
        return [Obstacle("many", zh, en)]
    return []


def _taken(found: Mapping[Mark, Institution], said: Mapping[str, str]) -> list[Obstacle]:
    """Which institution has it, at the field by which it was found; one word for each institution."""
    told: dict[int, Obstacle] = {}
    for mark, place in found.items():
        zh = f"该单位已登记：{place.name_zh or place.name_en}。请在“个人资料”中申请加入，无需重复登记。"
        en = (
            f"This institution is registered already: {place.name_en or place.name_zh}. Ask to be admitted to it on "
            "your profile page instead."
        )
        told.setdefault(place.pk, Obstacle("taken", zh, en, field=_FIELD[mark[0]] or _named(mark, said)))
    return list(told.values())


def _named(mark: Mark, said: Mapping[str, str]) -> str:
    """Which of the two names it is."""
    own = marks_of(country=said.get("country", ""), name_zh=said.get("name_zh", ""))
    return "name_zh" if mark in own else "name_en"


def _waits(field: str) -> Obstacle:
    zh = "该单位的登记申请正在审核中，通过后请申请加入该单位。"
    return Obstacle(
        "waits", zh, "Somebody has asked to register this institution; once approved, ask to be admitted to it.",
        field=field,
    )  # fmt: skip


def _checked(tenant: Tenant, by: User, data: bytes, filename: str) -> tuple[Any, str]:
    try:
        checked = check_upload(data, filename, allowed=PROOF_KINDS)
    except FileRefused as refusal:
        raise Refused([Obstacle(refusal.code, refusal.message_zh, refusal.message_en, field="proof")]) from refusal
    file = store_bytes(tenant=tenant, data=data, media_type=checked.media_type, filename=checked.name, by=by)
    return file, checked.name


@transaction.atomic
def approve_institution(
    *, request: InstitutionRequest, by: User, kind: str, is_chinese_legal_person: bool, is_anso_member: bool
) -> Institution:
    """Put it into the directory as what the funder finds it to be, whoever asked as its office; they are told.

    Raises NotVisible for whoever may not decide (`may_register`), WrongState when it was decided, Refused when the
    directory has it by now: of two approvals at once one comes first."""
    row = _locked(request, by)
    if is_chinese_legal_person and row.country != "CN":
        zh, en = "中国法人单位须在中国。", "A legal person in China is in China."
        raise Refused([Obstacle("abroad", zh, en, article="A4", field="is_chinese_legal_person")])
    place = Institution.objects.create(
        name_zh=row.name_zh, name_en=row.name_en, country=row.country, kind=InstitutionKind(kind), uscc=row.uscc,
        email_domain=row.email_domain, is_chinese_legal_person=is_chinese_legal_person, is_anso_member=is_anso_member,
    )  # fmt: skip
    if missing := keep_marks(place, marks_in(row)):
        said = {name: getattr(row, name) for name in ("country", "name_zh", "name_en")}
        raise Refused([_headed(one) for one in _taken(holders(missing), said)])
    Affiliation.objects.create(
        user=row.asked_by, institution=place, kind=AffiliationKind.OFFICE, since_date=clock.today()
    )
    row.institution = place
    _decide(row, by, RequestState.APPROVED, "")
    return place


def _headed(one: Obstacle) -> Obstacle:
    """Whoever approves has no field for it."""
    return Obstacle(one.code, one.message_zh, one.message_en)


@transaction.atomic
def refuse_institution(*, request: InstitutionRequest, by: User, reason: str) -> None:
    """Leave it out, with a reason; whoever asked is told. Raises NotVisible, WrongState, Refused without a reason."""
    row = _locked(request, by)
    if not reason.strip():
        zh, en = "请写明拒绝的理由。", "Write the reason for the refusal."
        raise Refused([Obstacle("reason", zh, en, field="reason")])
    _decide(row, by, RequestState.REFUSED, reason.strip())


@transaction.atomic
def withdraw_institution(*, request: InstitutionRequest, by: User) -> None:
    """Whoever asked no longer asks, to begin anew with a better word or proof. Raises NotVisible for anybody else,
    WrongState."""
    row = _row_of(request)
    if row is None or row.asked_by_id != by.pk:
        raise NotVisible
    _require_waiting(row)
    row.state, row.decided_at, row.decided_by = RequestState.WITHDRAWN, clock.now(), by
    row.save(update_fields=["state", "decided_at", "decided_by"])
    record(
        tenant=row.tenant, actor=by, action="institution.withdraw", subject=row,
        from_state=RequestState.WAITING, to_state=RequestState.WITHDRAWN,
    )  # fmt: skip


def _locked(request: InstitutionRequest, by: User) -> InstitutionRequest:
    row = _row_of(request)
    if row is None or not may_register(by, row):
        raise NotVisible
    _require_waiting(row)
    return row


def _row_of(request: InstitutionRequest) -> InstitutionRequest | None:
    rows = InstitutionRequest.objects.select_for_update(of=("self",)).select_related("tenant", "asked_by")
    return rows.filter(pk=request.pk).first()


def _require_waiting(row: InstitutionRequest) -> None:
    if row.state != RequestState.WAITING:
        zh, en = "该登记申请已有答复或已撤回。", "This registration was decided or taken back meanwhile."
        raise WrongState([Obstacle("decided", zh, en)])


def _decide(row: InstitutionRequest, by: User, state: RequestState, reason: str) -> None:
    row.state, row.decided_at, row.decided_by, row.reason = state, clock.now(), by, reason
    row.save(update_fields=["state", "decided_at", "decided_by", "reason", "institution"])
    zh, en = row.name_zh or row.name_en, row.name_en or row.name_zh
    is_in = state == RequestState.APPROVED
    notify(
        tenant=row.tenant,
        to=[row.asked_by],
        kind="institution-answer",
        key=f"institution-answer:{row.pk}",
        title_zh=f"单位已登记：{zh}" if is_in else f"单位登记未获通过：{zh}",
        title_en=f"Your institution is registered: {en}" if is_in else f"Your institution is not registered: {en}",
        body_zh="您现代表其科研管理部门，可确认本单位人员，并审核、推荐其申请。" if is_in else f"理由：{reason}",
        body_en="You act for its office: you admit its people, examine and endorse their applications."
        if is_in
        else f"Reason: {reason}",
        url=reverse("registry:colleagues" if is_in else "registry:profile", args=[row.tenant.slug]),
    )
    record(
        tenant=row.tenant, actor=by, action="institution.register" if is_in else "institution.refuse", subject=row,
        from_state=RequestState.WAITING, to_state=state, reason=reason,
        data={"institution": row.institution_id} if is_in else {},
    )  # fmt: skip
