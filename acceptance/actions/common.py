"""What the steps of an acceptance share: locks in their order, and the word to applicant and institution."""

from django.urls import reverse

from acceptance.models import Acceptance
from accounts.queries import office_users
from notifications.actions import notify
from projects.models import Project


def locked(project: Project) -> Project:
    """The project under its lock, with funder, call and policy."""
    rows = Project.objects.select_for_update(of=("self",)).select_related("tenant", "call", "call__policy_version")
    return rows.get(pk=project.pk)


def locked_acceptance(acceptance: Acceptance) -> Acceptance:
    """The acceptance and, before it, its project under their locks."""
    project = locked(acceptance.project)
    again = Acceptance.objects.select_for_update().get(pk=acceptance.pk)
    again.project = project
    return again


def tell_applicant(acceptance: Acceptance, *, key: str, zh: str, en: str) -> None:
    """A notice to the PI and to the lead institution's office."""
    project = acceptance.project
    notify(
        tenant=acceptance.tenant,
        to=[project.pi, *office_users(project.lead_institution_id)],
        kind=key,
        key=f"{key}:{acceptance.pk}",
        title_zh=zh,
        title_en=en,
        url=url_of(project),
    )


def url_of(project: Project) -> str:
    """The page of the project's acceptance."""
    return reverse("acceptance:detail", args=[project.tenant.slug, project.pk])
