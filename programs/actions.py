"""Writes to programmes and calls: importing policies, opening, publishing, giving numbers."""

from datetime import date
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership, Tenant, User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from core.workflow import move
from programs.models import Call, NumberCounter, PolicyVersion, Programme
from programs.policy import (
    CallFile,
    Policy,
    PolicyError,
    builtin_names,
    builtin_text,
    combine,
    load_builtin,
    parse_call,
    parse_programme,
)
from programs.queries import calls_with_number_pattern

MOST_BYTES = 400_000


@transaction.atomic
def import_programme(*, tenant: Tenant, source: str, by: User) -> PolicyVersion:
    """The programme's policy as an immutable version; the same policy again gives the version there is.

    Raises NotVisible for anyone but the tenant's secretariat, Refused with every problem of the file and its line."""
    require_secretary(tenant, by)
    policy = _programme(source)
    if policy.tenant != tenant.slug:
        raise Refused([_other_tenant(policy.tenant)])
    return add_version(tenant=tenant, policy=policy, source=source, by=by)


@transaction.atomic
def add_version(*, tenant: Tenant, policy: Policy, source: str, by: User) -> PolicyVersion:
    """The next version of the policy's programme, which is made with its first; the same policy again gives the last
    one. Who may is the caller's to ask."""
    titles = {"title_zh": policy.title_zh[:200], "title_en": policy.title_en[:200]}
    programme, is_new = Programme.objects.get_or_create(
        tenant=tenant,
        slug=policy.programme,
        defaults={**titles, "created_at": clock.now()},
    )
    if not is_new:
        programme = Programme.objects.select_for_update().get(pk=programme.pk)
    last = programme.versions.order_by("-number").first()
    if last is not None and last.sha256 == policy.sha256:
        return last
    if titles != {name: getattr(programme, name) for name in titles}:
        programme.title_zh, programme.title_en = titles["title_zh"], titles["title_en"]
        programme.save(update_fields=list(titles))
    version = PolicyVersion.objects.create(
        tenant=tenant,
        programme=programme,
        number=last.number + 1 if last else 1,
        source=source,
        sha256=policy.sha256,
        created_at=clock.now(),
        created_by=by,
    )
    record(
        tenant=tenant,
        actor=by,
        action="programme.import",
        subject=programme,
        data={"version": version.number, "sha256": version.sha256},
    )
    return version


@transaction.atomic
def open_call(*, tenant: Tenant, source: str, by: User, shift_to: date | None = None) -> Call:
    """A call in preparation from its policy file; its programme is imported with it when the portal brings that.

    `shift_to` moves the dates so that the call opens on that day, for demonstrations; the shift is kept and shown.
    Raises NotVisible for anyone but the secretariat and the administrators, Refused with every problem, its line
    named."""
    require_secretary(tenant, by, Role.ADMIN)
    file = _call_file(source)
    owner, _, programme_slug = file.extends.partition("/")
    if owner != tenant.slug:
        raise Refused([_other_tenant(owner)])
    version = _programme_version(tenant, programme_slug, file, by)
    days = 0 if shift_to is None else (shift_to - file.call.opens_at.astimezone(tenant.zone).date()).days
    try:
        policy = combine(version.source, source, file.slug, days)
    except (PolicyError, OverflowError, ValueError) as error:
        raise Refused(problems_of(error)) from error
    if Call.objects.filter(tenant=tenant, slug=file.slug).exists():
        zh, en = f"已有同名指南（{file.slug}）。", f"There is a call of this name already ({file.slug})."
        raise Refused([_obstacle("call_exists", zh, en)])
    terms = policy.call
    if terms is None:
        raise Refused([_not_a_call()])
    call = Call.objects.create(
        tenant=tenant,
        programme=version.programme,
        policy_version=version,
        slug=file.slug,
        title_zh=policy.title_zh[:200],
        title_en=policy.title_en[:200],
        source=source,
        policy_sha256=policy.sha256,
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
        shifted_days=days,
        is_targeted=terms.by_invitation,
        created_at=clock.now(),
        created_by=by,
    )
    _audit(call, by, "call.open", "", {"sha256": policy.sha256, "shifted_days": days})
    return call


@transaction.atomic
def publish_call(*, call: Call, by: User) -> Call:
    """Make the call public; from here on its policy, pinned by hash, never changes (A12 A17).

    Raises NotVisible for anyone but the secretariat, WrongState when it is public already, Refused when its sources no
    longer give the pinned policy, another call gives the same application numbers, or nobody is invited to a call by
    invitation. Who is invited hears of it."""
    require_secretary(call.tenant, by)
    row = Call.objects.select_for_update().get(pk=call.pk)
    before = row.state
    move(row.publish)
    policy = combine(row.policy_version.source, row.source, row.slug, row.shifted_days)
    invited = list(row.invitations.select_related("user", "institution").filter(ended_at__isnull=True))
    if obstacles := _keeps_from_publishing(row, policy, is_anyone_invited=bool(invited)):
        raise Refused(obstacles)
    row.published_at, row.published_by = clock.now(), by
    row.save(update_fields=["state", "published_at", "published_by"])
    NumberCounter.objects.get_or_create(tenant=row.tenant, call=row, series="application")
    if row.is_targeted:
        # Above this file: telling needs the rules of inviting, which need this file's.
        from programs.targeting import tell_invited

        tell_invited(row, invited)
    _audit(row, by, "call.publish", before, {"sha256": row.policy_sha256})
    return row


def _keeps_from_publishing(row: Call, policy: Policy, *, is_anyone_invited: bool) -> list[Obstacle]:
    """What stands against making the call public."""
    obstacles = []
    if policy.sha256 != row.policy_sha256:
        obstacles.append(
            _obstacle(
                "policy_changed",
                "政策内容与建立指南时不一致，请重新建立指南。",
                "The policy is no longer the one the call was made with; please make the call anew.",
            )
        )
    if policy.call and (same := calls_with_number_pattern(policy.call.application_number, row)):
        obstacles.append(
            _obstacle(
                "number_pattern",
                f"申请编号规则与“{same[0].title_zh}”相同，编号会重复。",
                f"“{same[0].title_en}” gives application numbers of the same pattern.",
            )
        )
    if row.is_targeted and not is_anyone_invited:
        zh, en = (
            "该指南仅限受邀者申报，请先邀请单位或个人。",
            "The call is by invitation only, and nobody is invited yet.",
        )
        obstacles.append(_obstacle("nobody_invited", zh, en))
    return obstacles


def next_number(*, call: Call, series: str) -> int:
    """The next number of a series, from 1, gapless: the counter's row stays locked until the caller's transaction ends.

    Call it inside the transaction that uses the number. Lock order: proposal, counter, audit head (decision 6)."""
    with transaction.atomic():
        rows = NumberCounter.objects.select_for_update()
        counter = rows.filter(call=call, series=series).first()
        if counter is None:
            # Two first numbers at once: the unique constraint lets one through, the other waits and finds its row.
            NumberCounter.objects.get_or_create(tenant=call.tenant, call=call, series=series)
            counter = rows.get(call=call, series=series)
        counter.last += 1
        counter.save(update_fields=["last"])
    return counter.last


# ---------------------------------------------------------------- reading files
def problems_of(error: Exception) -> list[Obstacle]:
    """What is wrong with a policy file, line by line."""
    problems = error.problems if isinstance(error, PolicyError) else []
    if not problems:
        return [_obstacle("policy_file", "日期超出可处理的范围。", "The dates are out of range.")]
    return [
        _obstacle(
            "policy_file",
            f"第 {problem.line} 行：{problem.reason_zh}",
            f"Line {problem.line}: {problem.reason}",
        )
        for problem in problems[:50]
    ]


def _programme(source: str) -> Policy:
    _readable(source)
    try:
        return parse_programme(source)
    except PolicyError as error:
        raise Refused(problems_of(error)) from error


def _call_file(source: str) -> CallFile:
    _readable(source)
    try:
        return parse_call(source)
    except PolicyError as error:
        raise Refused(problems_of(error)) from error


def _readable(source: str) -> None:
    if len(source.encode("utf-8", "replace")) > MOST_BYTES or "\x00" in source:
        raise Refused([_obstacle("policy_file", "不是可读的政策文件。", "This is no readable policy file.")])


def _programme_version(tenant: Tenant, slug: str, file: CallFile, by: User) -> PolicyVersion:
    """The newest version of the programme the tenant has; otherwise the one that comes with the portal."""
    version = (
        PolicyVersion.objects.select_related("programme")
        .filter(tenant=tenant, programme__slug=slug)
        .order_by("-number")
        .first()
    )
    if version is None and file.extends in builtin_names():
        version = add_version(
            tenant=tenant, policy=load_builtin(file.extends), source=builtin_text(file.extends), by=by
        )
    if version is None:
        raise Refused(
            [
                _obstacle(
                    "no_programme",
                    f"没有项目类别 {file.extends}，请先导入其政策文件。",
                    f"There is no programme {file.extends}; please import its policy first.",
                )
            ]
        )
    return version


# ---------------------------------------------------------------- shared
def require_secretary(tenant: Tenant, by: User, *others: Role) -> None:
    """Raise NotVisible for anyone but the tenant's secretariat, and `others` that may as well."""
    if not Membership.objects.filter(user=by, tenant=tenant, role__in=[Role.SECRETARY, *others]).exists():
        raise NotVisible


def _obstacle(code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, field="source", who_can_clear=Role.SECRETARY)


def _other_tenant(slug: str) -> Obstacle:
    return _obstacle(
        "other_tenant",
        f"这是另一资助方（{slug}）的政策文件。",
        f"This policy file belongs to another funder ({slug}).",
    )


def _not_a_call() -> Obstacle:
    return _obstacle("not_a_call", "这不是指南的政策文件。", "This is a programme's policy, not a call's.")


def _audit(call: Call, by: User, action: str, before: str, data: dict[str, Any]) -> None:
    record(tenant=call.tenant, actor=by, action=action, subject=call, from_state=before, to_state=call.state, data=data)
