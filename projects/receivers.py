"""What other apps set off here."""

from typing import Any

from accounts.models import Tenant, User
from core.search import keep_terms
from core.tenancy import tenant_scope
from notifications.models import Effect
from projects.actions import start_project
from projects.midterm.actions import issue_notice
from projects.models import MidTerm, Project
from projects.tasks import work_off

NAMES = frozenset({"name_zh", "name_en"})


def on_proposal_funded(sender: Any, **facts: Any) -> None:
    """An approved proposal becomes a project, within the approval's transaction (A23 A24)."""
    start_project(proposal=facts["proposal"], version=facts["version"], amount_fen=facts["amount_fen"], by=facts["by"])


def on_signing_batch(effect: Effect) -> None:
    """Start the job of a confirmed batch; started twice, the second one finds nothing to do."""
    work_off.delay(effect.payload["batch"], effect.tenant_id)


def on_midterm_notice(effect: Effect) -> None:
    """Make the PDF of a mid-term notice; the second time it is there already (A27)."""
    issue_notice(MidTerm.objects.get(pk=effect.payload["midterm"]))


def on_person_saved(
    sender: Any, instance: User, created: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """A renamed person's projects, with whichever funder, are found by the new name."""
    if created or (update_fields is not None and not NAMES & update_fields):
        return
    with tenant_scope(Tenant.objects.all()):
        rows = Project.objects.filter(pi=instance).select_related("pi", "proposal")
        for row in rows.defer("book_draft", "proposal__draft"):
            keep_terms(row)
