"""What waits for a person in projects: one query over all their funders."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, F, QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.models import Tenant, User, local
from accounts.standing import standing_of
from core.conditions import AnyOf, Holds, Sql
from core.tasklist import TaskItem
from core.tenancy import active_among
from projects.enums import OPEN_STATES, OpinionKind, ProjectState
from projects.models import BookOpinion, BookRound, Project
from projects.queries.signing import LATE_AFTER, SIGNING_ROLES, free_to_sign, last_signed_at
from projects.queries.visible import reviewed_by, with_freedom
from projects.rules import APPLICANT_SIDE
from proposals.queries import without_conflict

MOST = 30
# Of these only their number is told.
MOST_IN_TRAY = 100
OPINION_TERM = timedelta(days=14)
# From so many on, the funder's signers get one line that leads to the tray.
TRAY_FROM = 2


@dataclass(frozen=True)
class Book:
    """What the tasks say of a project whose book is on its way."""

    pk: int
    tenant: Tenant
    state: str
    turn_party: str
    turn_role: str
    pi_id: int
    lead_institution_id: int
    finance_expert_id: int | None
    title_zh: str
    title_en: str
    book_due_at: datetime | None
    created_at: datetime
    issued_at: datetime | None
    handed_in_at: datetime | None
    last_signed_at: datetime | None
    book_spoken: bool
    budget_spoken: bool
    is_free: bool


def tasks(user: User, tenants: list[Tenant]) -> list[TaskItem]:
    """Books to write, to judge and to sign."""
    roles = standing_of(user).roles
    found: list[TaskItem] = []
    trays: dict[tuple[int, str], list[Book]] = {}
    for book in _open_books(user, tenants):
        held = roles.get(book.tenant.pk, frozenset())
        if book.state == ProjectState.BOOK_DRAFTING and book.pi_id == user.pk:
            words = _("Complete the task and budget book")
            found.append(_item(book, "book-write", words, "book_edit", book.book_due_at))
        elif book.state == ProjectState.BOOK_REVIEW:
            found += _reviews(book, user, held)
        elif book.state == ProjectState.SIGNING:
            if book.turn_role in APPLICANT_SIDE:
                found.append(_signature(book))
            else:
                trays.setdefault((book.tenant.pk, book.turn_party), []).append(book)
    return found + list(_trays(trays))


def _open_books(user: User, tenants: list[Tenant]) -> list[Book]:
    """The oldest of those that wait for the person: to write, to judge, to sign. One query."""
    chosen = [rows.filter(state__in=OPEN_STATES).order_by("pk").values("pk")[:most] for rows, most in _reasons(user)]
    rows = (
        with_freedom(Project.objects.filter(AnyOf(*chosen)), user)
        .annotate(
            issued_at=F("book_document__created_at"),
            last_signed_at=last_signed_at(),
            handed_in_at=Sql(_LAST_HANDED_IN, gives=DateTimeField(), rounds=BookRound, key="pk"),
            book_spoken=_spoken(OpinionKind.SECRETARIAT),
            budget_spoken=_spoken(OpinionKind.FINANCE),
        )
        .order_by("pk")
        .values("tenant_id", *(field.name for field in fields(Book) if field.name != "tenant"))
    )
    by_id = {tenant.pk: tenant for tenant in tenants}
    return [Book(tenant=by_id[row.pop("tenant_id")], **row) for row in rows]


def _reasons(user: User) -> Iterator[tuple[QuerySet[Project], int]]:
    """Why a book may wait for the person, each with how many are worth a task."""
    standing, rows = standing_of(user), Project.objects.all()
    signing = rows.filter(state=ProjectState.SIGNING)
    yield rows.filter(pi=user, state=ProjectState.BOOK_DRAFTING), MOST
    yield signing.filter(pi=user, turn_role=Role.APPLICANT), MOST
    yield rows.filter(reviewed_by(user), state=ProjectState.BOOK_REVIEW), MOST
    if standing.offices:
        yield signing.filter(lead_institution__in=standing.offices, turn_role=Role.OFFICE), MOST
    if judging := active_among(standing.where(Role.SECRETARY, Role.FINANCE)):
        free = without_conflict(user, key="proposal_id")
        yield rows.filter(free, tenant__in=judging, state=ProjectState.BOOK_REVIEW), MOST
    for role in SIGNING_ROLES:
        if held := active_among(standing.where(role)):
            yield signing.filter(free_to_sign(user, role), tenant__in=held, turn_role=role), MOST_IN_TRAY


_LAST_HANDED_IN = "SELECT max(r.submitted_at) FROM {rounds} r WHERE r.project_id = {key}"
# Of that kind about the last round.
_SPOKEN = """
EXISTS (SELECT 1 FROM {opinions} o JOIN {rounds} b ON b.id = o.round_id WHERE b.project_id = {key} AND o.kind = %s
    AND b.number = (SELECT max(r.number) FROM {rounds} r WHERE r.project_id = {key}))
"""


def _spoken(kind: str) -> Holds:
    return Holds(_SPOKEN, str(kind), opinions=BookOpinion, rounds=BookRound, key="pk")


def _reviews(row: Book, user: User, held: frozenset[str]) -> Iterator[TaskItem]:
    due = row.handed_in_at + OPINION_TERM if row.handed_in_at else None
    if row.finance_expert_id == user.pk and not row.budget_spoken:
        yield _item(row, "book-review", _("Give your opinion on the budget book"), "book", due)
    elif Role.SECRETARY in held and row.is_free and not row.book_spoken:
        yield _item(row, "book-review", _("Give the secretariat's opinion on the task book"), "book", due)
    if row.finance_expert_id is None and row.is_free and held & {Role.SECRETARY, Role.FINANCE}:
        yield _item(row, "book-expert", _("Choose a finance expert for the budget book"), "book_expert", due)


def _signature(row: Book) -> TaskItem:
    since = row.last_signed_at or row.issued_at or row.created_at
    return _item(row, "book-sign", _("Sign the task book"), "sign", since + LATE_AFTER)


def _trays(trays: dict[tuple[int, str], list[Book]]) -> Iterator[TaskItem]:
    for rows in trays.values():
        if len(rows) < TRAY_FROM:
            yield from (_signature(row) for row in rows)
            continue
        tenant = rows[0].tenant
        yield TaskItem(
            kind="book-tray",
            title=ngettext("%(n)d task book to sign", "%(n)d task books to sign", len(rows)) % {"n": len(rows)},
            what=_("Sign in one confirmation"),
            url=reverse_lazy("projects:tray", args=[tenant.slug]),
            tenant=tenant,
            due_at=min(due for row in rows if (due := _signature(row).due_at)),
        )


def _item(row: Book, kind: str, what: str, page: str, due_at: Any) -> TaskItem:
    url = reverse_lazy(f"projects:{page}", args=[row.tenant.slug, row.pk])
    return TaskItem(
        kind=kind, title=local(row.title_zh, row.title_en), what=what, url=url, tenant=row.tenant, due_at=due_at
    )
