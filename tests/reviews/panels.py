"""What the tests of panels share: a call that takes more than five million, and a meeting."""

import re
from io import BytesIO
from typing import Any

from pypdf import PdfWriter

from accounts.models import User
from core import clock
from programs.dossier import Dossier
from programs.models import Call, PolicyVersion
from programs.policy import combine
from proposals.models import Proposal
from reviews import actions
from reviews.actions import Meeting, Minutes
from reviews.enums import PanelConclusion, PanelForm
from reviews.models import Expert, Panel
from tests import factories
from tests.cast import Cast


def _blank_page() -> bytes:
    writer, held = PdfWriter(), BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(held)
    return held.getvalue()


PDF = _blank_page()
LIMIT_YUAN = 5_000_000


def larger(source: str) -> str:
    """A policy's text with nine million as the greatest amount."""
    text, count = re.subn(r"max_yuan = (4_000_000|1_500_000)", "max_yuan = 9_000_000", source)
    assert count == 1
    return text


def large_call(cast: Cast) -> Call:
    """The 2021 call, but up to nine million; the panel's limit is the policy's own."""
    call = factories.make_call(cast.anso, cast.secretary)
    version = call.policy_version
    source, own = larger(version.source), larger(call.source)
    version = PolicyVersion.objects.create(
        tenant=cast.anso, programme=call.programme, number=2, source=source, sha256="1" * 64, created_by=cast.secretary
    )
    Call.objects.filter(pk=call.pk).update(
        policy_version=version, source=own, policy_sha256=combine(source, own).sha256
    )
    return Call.objects.select_related("policy_version", "programme", "tenant").get(pk=call.pk)


def large_dossier(cast: Cast, yuan: int) -> Dossier:
    """A good dossier with this total."""
    dossier = factories.good_draft(cast)
    first, *others = dossier.budget_lines
    first = first.model_copy(update={"amount_fen": yuan * 100 - sum(line.amount_fen for line in others)})
    return dossier.model_copy(update={"budget_lines": (first, *others)})


def meeting(expert: Expert, secretary: User, **changes: Any) -> Meeting:
    """What is recorded of a panel that passed the request today."""
    fields: dict[str, Any] = {
        "held_date": clock.today(),
        "form": PanelForm.ON_SITE,
        "place": "Beijing, room 301",
        "experts": [expert],
        "secretariat": [secretary],
        "conclusion": PanelConclusion.PASSED,
        "opinion": "Convincing; the budget is to be looked at.",
        "minutes": Minutes("minutes.pdf", PDF),
    }
    return Meeting(**{**fields, **changes})


def held(cast: Cast, proposal: Proposal, expert: Expert, **changes: Any) -> Panel:
    """A panel on record."""
    return actions.record_panel(
        proposal=proposal, by=cast.secretary, meeting=meeting(expert, cast.secretary, **changes)
    )
