"""Gives out and saves one page of a draft: over nothing that others saved on this page meanwhile."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from accounts.models import User
from core.errors import StaleRevision
from proposals.actions import save_draft
from proposals.forms.desk import Desk
from proposals.forms.pages import Page
from proposals.forms.reading import merged, posted_from
from proposals.models import Proposal

TRIES = 5


def fingerprint(page: Page, draft: Mapping[str, Any]) -> str:
    """What a page said when it was given out: equal texts, equal prints."""
    text = json.dumps(posted_from(page.items, draft), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def save_page(
    *, proposal: Proposal, by: User, page: Page, parts: Mapping[str, Any], revision: int, base: str
) -> Proposal:
    """Save `parts` of a page that was given out at `revision` with fingerprint `base`.

    Two tabs on different pages don't disturb each other. Raises StaleRevision when this very page was changed since,
    and whatever `save_draft` raises."""
    stored = proposal.draft
    for _ in range(TRIES):
        try:
            return save_draft(proposal=proposal, by=by, data=merged(stored, parts), revision=revision)
        except StaleRevision as stale:
            if not base or fingerprint(page, stale.current) != base:
                raise
            revision, stored = stale.current_revision, stale.current
    return save_draft(proposal=proposal, by=by, data=merged(stored, parts), revision=revision)


def page_context(desk: Desk, page: Page) -> dict[str, Any]:
    """What every page of the form shows around its fields; the API renders the same pieces anew."""
    return {
        "desk": desk,
        "proposal": desk.proposal,
        "call": desk.proposal.call,
        "page": page,
        "sections": desk.progress(page.key),
        "groups": desk.groups(),
        "base": fingerprint(page, desk.proposal.draft),
    }
