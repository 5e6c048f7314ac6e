"""What other apps set off here."""

from typing import Any

from notifications.models import Effect
from projects.actions import start_project
from projects.tasks import work_off


def on_proposal_funded(sender: Any, **facts: Any) -> None:
    """An approved proposal becomes a project, within the approval's transaction (A23 A24)."""
    start_project(proposal=facts["proposal"], version=facts["version"], amount_fen=facts["amount_fen"], by=facts["by"])


def on_signing_batch(effect: Effect) -> None:
    """Start the job of a confirmed batch; started twice, the second one finds nothing to do."""
    work_off.delay(effect.payload["batch"], effect.tenant_id)
