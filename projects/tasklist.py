"""What waits for a person in projects: two queries, over all their funders."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import AffiliationKind, Role
from accounts.models import Membership, Tenant, User
from accounts.queries import current_affiliations
from core.tasklist import TaskItem
from programs.policy.sections import Signatory
from projects.enums import OpinionKind, ProjectState
from projects.models import BookOpinion, BookRound, Project
from projects.queries.signing import LATE_AFTER, next_signatory, policies_of
from projects.queries.visible import may_act_as, visible_to, with_freedom

OPEN_STATES = (ProjectState.BOOK_DRAFTING, ProjectState.BOOK_REVIEW, ProjectState.SIGNING)
MOST = 500
OPINION_TERM = timedelta(days=14)
# From so many on, the funder's signers get one line that leads to the tray.
TRAY_FROM = 2


def tasks(user: User, tenants: list[Tenant]) -> list[TaskItem]:
    """Books to write, to judge and to sign."""
    roles: dict[int, set[str]] = {}
    for tenant, role in Membership.objects.filter(user=user).values_list("tenant_id", "role"):
        roles.setdefault(tenant, set()).add(role)
    rows = list(_open_books(user))
    policies = policies_of(rows)
    found: list[TaskItem] = []
    trays: dict[tuple[int, str], list[Project]] = {}
    for row in rows:
        held = roles.get(row.tenant_id, set())
        if row.state == ProjectState.BOOK_DRAFTING and row.pi_id == user.pk:
            found.append(_item(row, "book-write", _("Complete the task and budget book"), "book_edit", row.book_due_at))
        elif row.state == ProjectState.BOOK_REVIEW:
            found += _reviews(row, user, held)
        elif row.state == ProjectState.SIGNING:
            signatory = next_signatory(row, policies[row.call_id], row.signed)  # type: ignore[attr-defined]
            if signatory is None:
                continue
            if signatory.role in held and may_act_as(row, signatory.role):
                trays.setdefault((row.tenant_id, signatory.key), []).append(row)
            elif _is_own_turn(row, signatory, user):
                found.append(_signature(row))
    return found + list(_trays(trays))


def _open_books(user: User) -> QuerySet[Project]:
    offices = current_affiliations(user).filter(kind=AffiliationKind.OFFICE, institution=OuterRef("lead_institution"))
    last = BookRound.objects.filter(project=OuterRef("pk")).order_by("-number")

    def spoken(kind: str) -> Exists:
        return Exists(BookOpinion.objects.filter(round=OuterRef("last_round"), kind=kind))

    return (
        with_freedom(visible_to(user), user)
        .filter(state__in=OPEN_STATES)
        .annotate(
            signed=Count("signatures", distinct=True),
            last_signed_at=Max("signatures__signed_at"),
            is_office=Exists(offices),
            last_round=Subquery(last.values("pk")[:1]),
            handed_in_at=Subquery(last.values("submitted_at")[:1]),
        )
        .annotate(book_spoken=spoken(OpinionKind.SECRETARIAT), budget_spoken=spoken(OpinionKind.FINANCE))
        .select_related("tenant", "call", "book_document")
        .defer("book_draft", "call__source")
        .order_by("pk")[:MOST]
    )


def _reviews(row: Any, user: User, held: set[str]) -> Iterator[TaskItem]:
    due = row.handed_in_at + OPINION_TERM if row.handed_in_at else None
    if row.finance_expert_id == user.pk and not row.budget_spoken:
        yield _item(row, "book-review", _("Give your opinion on the budget book"), "book", due)
    elif Role.SECRETARY in held and row.is_free and not row.book_spoken:
        yield _item(row, "book-review", _("Give the secretariat's opinion on the task book"), "book", due)
    if row.finance_expert_id is None and row.is_free and held & {Role.SECRETARY, Role.FINANCE}:
        yield _item(row, "book-expert", _("Choose a finance expert for the budget book"), "book_expert", due)


def _is_own_turn(row: Any, signatory: Signatory, user: User) -> bool:
    if signatory.role == Role.APPLICANT:
        return bool(row.pi_id == user.pk)
    return signatory.role == Role.OFFICE and bool(row.is_office)


def _signature(row: Any) -> TaskItem:
    since = row.last_signed_at or (row.book_document.created_at if row.book_document else row.created_at)
    return _item(row, "book-sign", _("Sign the task book"), "sign", since + LATE_AFTER)


def _trays(trays: dict[tuple[int, str], list[Project]]) -> Iterator[TaskItem]:
    for rows in trays.values():
        if len(rows) < TRAY_FROM:
            yield from (_signature(row) for row in rows)
            continue
        tenant = rows[0].tenant
        yield TaskItem(
            kind="book-tray",
            title=ngettext("%(n)d task book to sign", "%(n)d task books to sign", len(rows)) % {"n": len(rows)},
            what=_("Sign in one confirmation"),
            url=reverse("projects:tray", args=[tenant.slug]),
            tenant=tenant,
            due_at=min(due for row in rows if (due := _signature(row).due_at)),
        )


def _item(row: Project, kind: str, what: str, page: str, due_at: Any) -> TaskItem:
    url = reverse(f"projects:{page}", args=[row.tenant.slug, row.pk])
    return TaskItem(kind=kind, title=row.title, what=what, url=url, tenant=row.tenant, due_at=due_at)
