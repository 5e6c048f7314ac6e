"""Gives out and saves one page of a draft: merged with what others saved on it meanwhile, over nothing of theirs."""

from collections.abc import Callable, Mapping
from typing import Any

from accounts.models import User
from core.errors import StaleRevision
from proposals.actions import save_draft
from proposals.forms.desk import Desk
from proposals.forms.merging import Prints, base_of, merge, prints_in
from proposals.forms.pages import Page
from proposals.forms.reading import Parts, merged
from proposals.models import Proposal

TRIES = 5


class Clash(StaleRevision):
    """Both sides wrote in the fields at `paths`; `parts` is the page with one's own text there and all else merged."""

    def __init__(self, parts: Parts, paths: set[str], *, current_revision: int, current: dict[str, Any]) -> None:
        super().__init__(current_revision=current_revision, current=current)
        self.parts, self.paths = parts, frozenset(paths)


def save_page(
    *, proposal: Proposal, by: User, page: Page, parts: Mapping[str, Any], revision: int, base: str
) -> Proposal:
    """Save `parts` of a page that was given out with the prints `base`, merged field by field with what others saved.

    Without prints (the API) `revision` must be the present one. Raises Clash when both sides wrote in one field,
    StaleRevision, and whatever `save_draft` raises."""
    before = prints_in(base)
    if before is None:
        return save_draft(proposal=proposal, by=by, data=merged(proposal.draft, parts), revision=revision)
    return until_saved(
        proposal.draft,
        proposal.revision,
        change=lambda draft, now: merged(draft, unclashed(page, parts, draft, before, now)),
        save=lambda data, now: save_draft(proposal=proposal, by=by, data=data, revision=now),
    )


def unclashed(page: Page, parts: Mapping[str, Any], draft: dict[str, Any], before: Prints, revision: int) -> Parts:
    """The page to be saved over the draft, which stands at `revision`. Raises Clash."""
    found = merge(page.items, parts, draft, before)
    if found.clashes:
        raise Clash(found.parts, found.clashes, current_revision=revision, current=draft)
    return found.parts


def save_onto(*, proposal: Proposal, by: User, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Proposal:
    """Save what `change` makes of the draft, onto what others saved meanwhile. Raises as `until_saved`."""
    return until_saved(
        proposal.draft,
        proposal.revision,
        change=lambda draft, now: change(draft),
        save=lambda data, now: save_draft(proposal=proposal, by=by, data=data, revision=now),
    )


def until_saved(
    draft: dict[str, Any],
    revision: int,
    *,
    change: Callable[[dict[str, Any], int], dict[str, Any]],
    save: Callable[[dict[str, Any], int], Proposal],
) -> Proposal:
    """Save what `change` makes of the draft, and again of what others saved in between.

    Raises StaleRevision when others did so at every try; whatever `change` and `save` raise."""
    for _ in range(TRIES):
        data = change(draft, revision)
        try:
            return save(data, revision)
        except StaleRevision as stale:
            revision, draft = stale.current_revision, stale.current
    return save(change(draft, revision), revision)


def page_context(desk: Desk, page: Page) -> dict[str, Any]:
    """What every page of the form shows around its fields; the API renders the same pieces anew."""
    return {
        "desk": desk,
        "proposal": desk.proposal,
        "call": desk.proposal.call,
        "page": page,
        "is_open": desk.is_open(page),
        "sections": desk.progress(page.key),
        "groups": desk.groups(),
        "returned": desk.returned,
        "commented": desk.commented(),
        "defects": desk.defects,
        "defect_rows": desk.defect_rows,
        "base": base_of(page.items, desk.proposal.draft),
    }
