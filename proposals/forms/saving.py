"""Gives out and saves one page of a draft: over nothing that others saved on this page meanwhile."""

import hashlib
import json
from collections.abc import Callable, Mapping
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

    def is_as_given_out(draft: dict[str, Any]) -> bool:
        return bool(base) and fingerprint(page, draft) == base

    return save_onto(
        proposal=proposal,
        by=by,
        revision=revision,
        change=lambda draft: merged(draft, parts),
        goes_on=is_as_given_out,
    )


def save_onto(
    *,
    proposal: Proposal,
    by: User,
    revision: int,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    goes_on: Callable[[dict[str, Any]], bool] = lambda draft: True,
) -> Proposal:
    """Save what `change` makes of the draft, onto what others saved meanwhile as long as `goes_on` agrees to theirs.

    Raises StaleRevision when it doesn't, or when saves came between every try; whatever `save_draft` raises."""
    draft = proposal.draft
    for _ in range(TRIES):
        try:
            return save_draft(proposal=proposal, by=by, data=change(draft), revision=revision)
        except StaleRevision as stale:
            if not goes_on(stale.current):
                raise
            revision, draft = stale.current_revision, stale.current
    return save_draft(proposal=proposal, by=by, data=change(draft), revision=revision)


def page_context(desk: Desk, page: Page) -> dict[str, Any]:
    """What every page of the form shows around its fields; the API renders the same pieces anew."""
    return {
        "desk": desk,
        "proposal": desk.proposal,
        "call": desk.proposal.call,
        "page": page,
        "sections": desk.progress(page.key),
        "groups": desk.groups(),
        "returned": desk.returned,
        "commented": desk.commented(),
        "defects": desk.defects,
        "defect_rows": desk.defect_rows,
        "base": fingerprint(page, desk.proposal.draft),
    }
