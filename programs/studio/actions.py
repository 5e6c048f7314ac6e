"""Writes of the policy studio: begin a draft, change its text or one part of it, publish it as it stands (A12 A17)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from pydantic import BaseModel

from accounts.enums import Role
from accounts.models import Membership, Tenant, User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, StaleRevision, WrongState
from programs.actions import MOST_BYTES, add_version, open_call
from programs.enums import DraftKind
from programs.models import Call, PolicyDraft, PolicyVersion, Programme
from programs.policy.lines import Loc
from programs.policy.places import NoSuchPlace, Shape, part_at, shape_of, shown_values, token_of
from programs.policy.rewriting import rewritten
from programs.policy.toml import read_toml_data
from programs.studio.queries import Checked

ROW_MOVES = ("add", "remove", "up", "down")


@dataclass(frozen=True)
class Saved:
    """The draft after a change, and the comments that its text lost by it."""

    draft: PolicyDraft
    lost: tuple[str, ...] = ()


@transaction.atomic
def begin_draft(
    *, tenant: Tenant, by: User, kind: str, slug: str, source: str, base: PolicyVersion | None = None
) -> PolicyDraft:
    """A draft from a text. Raises NotVisible for anyone but an administrator, Refused when there is one of this name
    already or the name is taken."""
    require_admin(tenant, by)
    _readable(source)
    if found := _taken(tenant, kind, slug, base):
        raise Refused([found])
    draft, is_new = PolicyDraft.objects.get_or_create(
        tenant=tenant,
        kind=kind,
        slug=slug,
        defaults={
            "source": source,
            "base": base,
            "created_at": clock.now(),
            "created_by": by,
            "edited_at": clock.now(),
            "edited_by": by,
        },
    )
    if not is_new:
        raise Refused(
            [_obstacle("draft_exists", "已有同名草稿，请继续编辑该草稿。", "There is a draft of this name already.")]
        )
    _audit(draft, by, "policy.begin", {"base": base.number if base else None})
    return draft


@transaction.atomic
def save_text(*, draft: PolicyDraft, by: User, source: str, revision: int) -> PolicyDraft:
    """The whole text anew; it may be wrong, drafts are. Raises StaleRevision with the text that stands when somebody
    saved since `revision`, Refused for what is no text."""
    row = _locked(draft, by)
    if row.revision != revision:
        raise StaleRevision(current_revision=row.revision, current={"source": row.source})
    _readable(source)
    return _write(row, by, source)


@transaction.atomic
def save_part(*, draft: PolicyDraft, by: User, place: Loc, values: Mapping[str, Any], seen: str) -> Saved:
    """Set values (None: take away) of the part at `place`, if they still are as they were seen (`token_of` them).

    Others may have changed other parts meanwhile. Raises StaleRevision with the values that stand, Refused when the
    text can't be read or the part is gone."""
    row = _locked(draft, by)
    data = _data(row)
    model, here = _part(row, data, place)
    if token_of(shown := shown_values(model, here)) != seen:
        raise StaleRevision(current_revision=row.revision, current=shown)
    for name, value in values.items():
        if value is None:
            here.pop(name, None)
        else:
            here[name] = value
    return _rewrite(row, by, data)


@transaction.atomic
def change_rows(
    *, draft: PolicyDraft, by: User, place: Loc, name: str, do: str, key: str, revision: int, new: Any = None
) -> Saved:
    """Add to, remove from or reorder what the part at `place` holds under `name`; `key` says which row.

    Raises StaleRevision when somebody saved since `revision`, since rows are named by their position."""
    row = _locked(draft, by)
    if row.revision != revision:
        raise StaleRevision(current_revision=row.revision, current={})
    data = _data(row)
    model, here = _part(row, data, place)
    field = model.model_fields.get(name)
    if field is None or do not in ROW_MOVES:
        raise _gone()
    shape = shape_of(field)
    if shape is Shape.ROWS:
        _move_rows(here, name, do, key, new)
    elif shape is Shape.VALUE:
        raise _gone()
    else:
        _change_entry(here, name, do, key if shape is Shape.TABLE else "", new)
    return _rewrite(row, by, data)


@transaction.atomic
def rebase(*, draft: PolicyDraft, by: User) -> PolicyDraft:
    """Go on from the programme's newest version: the text stays, differences are shown to that version."""
    row = _locked(draft, by)
    newest = _newest(row)
    if newest is not None and newest.pk != row.base_id:
        row.base = newest
        row.revision += 1
        row.save(update_fields=["base", "revision"])
        _audit(row, by, "policy.rebase", {"base": newest.number})
    return row


@transaction.atomic
def publish_draft(*, draft: PolicyDraft, by: User, revision: int) -> PolicyVersion | Call:
    """The draft as an immutable version of its programme, or as a call in preparation; the draft goes.

    Calls that are made already keep their version. Raises StaleRevision when somebody saved since `revision`, Refused
    with everything that is wrong, or when a newer version was published meanwhile, or nothing is changed."""
    row = _locked(draft, by)
    if row.revision != revision:
        raise StaleRevision(current_revision=row.revision, current={"source": row.source})
    checked = Checked(row)
    if checked.problems:
        raise Refused([problem_obstacle(one) for one in checked.problems])
    newest = _newest(row)
    if newest is not None and newest.pk != row.base_id:
        raise Refused([_newer(newest)])
    made: PolicyVersion | Call
    if row.kind == DraftKind.CALL:
        made = open_call(tenant=row.tenant, source=row.source, by=by)
    else:
        made = _published(row, checked, newest, by)
    data = {"slug": row.slug, "kind": row.kind, "revision": row.revision, "base": row.base.number if row.base else None}
    row.delete()
    record(tenant=draft.tenant, actor=by, action="policy.publish", subject=made, data=data)
    return made


@transaction.atomic
def discard_draft(*, draft: PolicyDraft, by: User) -> None:
    """Throw the draft away; its text stays in the record of the audit."""
    row = _locked(draft, by)
    _audit(row, by, "policy.discard", {"source": row.source})
    row.delete()


def require_admin(tenant: Tenant, by: User) -> None:
    """Raise NotVisible for anyone but an administrator of the tenant."""
    if not Membership.objects.filter(user=by, tenant=tenant, role=Role.ADMIN).exists():
        raise NotVisible


def problem_obstacle(problem: Any, field: str = "") -> Obstacle:
    """A problem of the policy check as something that a page shows: line, place and reason."""
    return Obstacle(
        "policy_file",
        f"第 {problem.line} 行：{problem.reason_zh}",
        f"Line {problem.line}: {problem.reason}",
        field=field,
        who_can_clear=Role.ADMIN,
    )


# ---------------------------------------------------------------- steps
def _locked(draft: PolicyDraft, by: User) -> PolicyDraft:
    require_admin(draft.tenant, by)
    rows = PolicyDraft.objects.select_for_update(of=("self",)).select_related("tenant", "base__programme")
    row = rows.filter(pk=draft.pk).first()
    if row is None:
        raise NotVisible
    return row


def _data(row: PolicyDraft) -> dict[str, Any]:
    try:
        return read_toml_data(row.source)
    except tomllib.TOMLDecodeError as error:
        zh, en = "请先在 TOML 文本中改正语法错误。", "Correct the syntax in the TOML text first."
        raise Refused([_obstacle("syntax", zh, en)]) from error


def _part(row: PolicyDraft, data: dict[str, Any], place: Loc) -> tuple[type[BaseModel], dict[str, Any]]:
    try:
        model, here = part_at(Checked(row).root, data, place)
    except NoSuchPlace as error:
        raise _gone() from error
    if not isinstance(here, dict):
        raise _gone()
    return model, here


def _gone() -> WrongState:
    return WrongState(
        [_obstacle("gone", "这一部分已不在草稿中，可能已被他人删除。", "This part is no longer in the draft.")]
    )


def _move_rows(here: dict[str, Any], name: str, do: str, key: str, new: Any) -> None:
    rows = here.setdefault(name, [])
    if not isinstance(rows, list):
        raise _gone()
    if do == "add":
        rows.append(dict(new or {}))
        return
    if not (key.isascii() and key.isdigit()) or len(key) > 5 or int(key) >= len(rows):
        raise _gone()
    number = int(key)
    if do == "remove":
        del rows[number]
        if not rows:
            del here[name]
    else:
        other = number - 1 if do == "up" else number + 1
        if 0 <= other < len(rows):
            rows[number], rows[other] = rows[other], rows[number]


def _change_entry(here: dict[str, Any], name: str, do: str, key: str, new: Any) -> None:
    """An entry of a table by its key, or the one part that a field holds (`key` empty)."""
    entries = here.setdefault(name, {}) if key else here
    held = key or name
    if not isinstance(entries, dict) or do not in ("add", "remove"):
        raise _gone()
    if do == "add" and held in entries:
        raise Refused([_obstacle("exists", f"已有 {held}。", f"There is {held} already.")])
    if do == "add":
        entries[held] = dict(new or {})
    elif held in entries:
        del entries[held]
    else:
        raise _gone()


def _rewrite(row: PolicyDraft, by: User, data: dict[str, Any]) -> Saved:
    new = rewritten(row.source, data)
    _readable(new.text)
    return Saved(_write(row, by, new.text), new.lost)


def _write(row: PolicyDraft, by: User, source: str) -> PolicyDraft:
    if source == row.source:
        return row
    row.source = source
    row.revision += 1
    row.edited_at, row.edited_by = clock.now(), by
    row.save(update_fields=["source", "revision", "edited_at", "edited_by"])
    return row


def _readable(source: str) -> None:
    if len(source.encode("utf-8", "replace")) > MOST_BYTES or "\x00" in source:
        raise Refused(
            [_obstacle("policy_file", "政策文本过长或含有无法保存的字符。", "The text is too long or unreadable.")]
        )


def _newest(row: PolicyDraft) -> PolicyVersion | None:
    """The newest version of the programme, whose row stays locked: two publications take turns."""
    slug = row.base.programme.slug if row.base else row.slug
    programme = Programme.objects.select_for_update().filter(tenant=row.tenant, slug=slug).first()
    return programme.versions.order_by("-number").first() if programme else None


def _published(row: PolicyDraft, checked: Checked, newest: PolicyVersion | None, by: User) -> PolicyVersion:
    policy = checked.policy
    if policy is None:
        raise NotVisible
    if newest is not None and newest.sha256 == policy.sha256:
        zh = f"与第 {newest.number} 版的内容相同，无须发布。"
        raise Refused([_obstacle("nothing_changed", zh, f"It says the same as version {newest.number}.")])
    return add_version(tenant=row.tenant, policy=policy, source=row.source, by=by)


def _newer(newest: PolicyVersion) -> Obstacle:
    return _obstacle(
        "newer_version",
        f"此草稿之后已有第 {newest.number} 版。请在“差异”页以该版为基础，核对差异后再发布。",
        f"Version {newest.number} was published since. Go on from it on the page of differences, then publish.",
    )


def _taken(tenant: Tenant, kind: str, slug: str, base: PolicyVersion | None) -> Obstacle | None:
    if kind == DraftKind.CALL:
        if Call.objects.filter(tenant=tenant, slug=slug).exists():
            return _obstacle(
                "call_exists", f"已有同名指南（{slug}）。", f"There is a call of this name already ({slug})."
            )
    elif base is None and Programme.objects.filter(tenant=tenant, slug=slug).exists():
        zh, en = f"已有同名项目类别（{slug}）。", f"There is a programme of this name already ({slug})."
        return _obstacle("programme_exists", zh, en)
    return None


def _obstacle(code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, who_can_clear=Role.ADMIN)


def _audit(row: PolicyDraft, by: User, action: str, data: dict[str, Any]) -> None:
    told = {"slug": row.slug, "kind": row.kind, "revision": row.revision, **data}
    record(tenant=row.tenant, actor=by, action=action, subject=row, data=told)
