"""What the writing modules share: the lock, addresses, who is told, reminders."""

from collections.abc import Iterable
from datetime import timedelta

from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.queries import office_users, people_with
from core import clock
from core.errors import NotVisible
from notifications.actions import notify, remind
from projects.models import Project
from proposals.queries import impartial

# The sources name no terms for books and opinions (FUNDER); reminders need one.
BOOK_DAYS = 30
OPINION_DAYS = 14
SIGNATURE_REMINDER_DAYS = (3, 7, 14)


def locked(project: Project) -> Project:
    """The row, locked for the rest of the transaction, as it is now. Raises NotVisible if it is gone."""
    row = Project.objects.select_for_update().filter(pk=project.pk).first()
    if row is None:
        raise NotVisible
    return row


def name_of(project: Project, language: str) -> str:
    """How a message calls the project."""
    title = project.title_zh or project.title_en if language == "zh" else project.title_en or project.title_zh
    return title or ("（无题）" if language == "zh" else "(untitled)")


def page_of(project: Project, name: str = "projects:detail") -> str:
    """Address of one of the project's pages."""
    return reverse(name, args=[project.tenant.slug, project.pk])


def staff(project: Project, *roles: str) -> list[User]:
    """The funder's people in these roles, without anyone who must keep out (A16)."""
    return list(impartial(people_with(project.tenant, *roles), project.proposal))


def hosts(project: Project) -> list[User]:
    """The host institution's signers; they may be of an institution of the project, as they judge nothing."""
    return list(impartial(people_with(project.tenant, Role.HOST), project.proposal, with_institutions=False))


def everyone(project: Project) -> list[User]:
    """All parties to the project: PI, lead institution, secretariat, finance, host."""
    own = [project.pi, *office_users(project.lead_institution_id)]
    return own + staff(project, Role.SECRETARY, Role.FINANCE) + hosts(project)


def tell(
    project: Project,
    users: Iterable[User],
    *,
    kind: str,
    key: str,
    zh: str,
    en: str,
    page: str = "projects:detail",
    body_zh: str = "",
    body_en: str = "",
) -> None:
    """Notify people of something about the project: `zh` and `en` stand before its name; once per `key`."""
    notify(
        tenant=project.tenant,
        to=users,
        kind=kind,
        key=f"{kind}:{project.pk}:{key}",
        title_zh=f"{zh}：{name_of(project, 'zh')}"[:300],
        title_en=f"{en}: {name_of(project, 'en')}"[:300],
        body_zh=body_zh,
        body_en=body_en,
        url=page_of(project, page),
    )


def remind_in(
    project: Project, users: Iterable[User], days: Iterable[int], *, kind: str, zh: str, en: str, page: str
) -> None:
    """Reminders so many days from now, unless the thing is done by then (`cancel_reminders` of the kind)."""
    people = list(users)
    for day in days:
        remind(
            tenant=project.tenant,
            users=people,
            kind=kind,
            subject=project,
            due_at=clock.now() + timedelta(days=day),
            title_zh=f"{zh}：{name_of(project, 'zh')}"[:300],
            title_en=f"{en}: {name_of(project, 'en')}"[:300],
            url=page_of(project, page),
        )
