"""Earlier applications that an application resembles, for the secretary who checks it: nearness by rapidfuzz over the
few that share the rarest pieces of its title."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from accounts.models import User
from core.search import pieces_of, sharing
from programs.dossier import Dossier
from proposals.models import Proposal, ProposalVersion
from proposals.queries.visibility import judged_by

MOST_CANDIDATES = 200
MOST_READ = 20  # whose summaries are read, the nearest by title
MOST_SHOWN = 5
LEAST = 0.4
SHORTEST_SHARED = 3  # characters of a Chinese title that two have in common
LONGEST_TEXT = 4000
# How much each part counts, where both have it.
TITLE, SUMMARY, KEYWORDS = 0.5, 0.35, 0.15
_TOKENS = re.compile(r"[a-z0-9]+|[^\W_\x00-\u2e7f]")


@dataclass(frozen=True)
class Alike:
    """An earlier application, how near it is (0 to 1), and what it has in common."""

    proposal: Proposal
    nearness: float
    shared: str
    """What their titles have in common."""
    is_same_pi: bool
    is_same_lead: bool

    @property
    def percent(self) -> int:
        """For people."""
        return round(100 * self.nearness)

    @property
    def words(self) -> str:
        """How near, in plain words."""
        if self.nearness >= 0.85:
            return _("Nearly the same")
        if self.nearness >= 0.65:
            return _("Very similar")
        return _("Similar in part")


def alike(user: User, proposal: Proposal, dossier: Dossier) -> list[Alike]:
    """At most MOST_SHOWN applications of the funder that were received before and resemble `dossier`, nearest first; of
    any programme and year, and only such as the person may open.

    Three queries, however many applications there are."""
    pieces = pieces_of(dossier.title_zh, dossier.title_en)
    near = [pk for pk in sharing(Proposal, proposal.tenant_id, pieces, most=MOST_CANDIDATES) if pk != proposal.pk]
    if not near or proposal.received_at is None:
        return []
    rows = judged_by(user).filter(pk__in=near, received_at__lt=proposal.received_at)
    found = list(rows.select_related("pi", "lead_institution", "call").defer("draft", "call__source"))
    titles = (dossier.title_zh, dossier.title_en)
    by_title = {row.pk: _best(titles, (row.title_zh, row.title_en)) for row in found}
    found = sorted(found, key=lambda row: (-by_title[row.pk], -row.pk))[:MOST_READ]
    texts = _dossiers(found)
    made = [_compared(proposal, dossier, row, texts.get(row.pk), by_title[row.pk]) for row in found]
    made = [one for one in made if one.nearness >= LEAST]
    return sorted(made, key=lambda one: (-one.nearness, -one.proposal.pk))[:MOST_SHOWN]


def _dossiers(rows: Iterable[Proposal]) -> dict[int, Dossier]:
    """The newest frozen dossier of each, by the proposal's id. One query."""
    versions = ProposalVersion.objects.filter(proposal__in=list(rows)).order_by("number")
    newest = dict(versions.values_list("proposal", "dossier_json"))
    return {pk: Dossier.model_validate_json(text) for pk, text in newest.items()}


def _compared(proposal: Proposal, dossier: Dossier, row: Proposal, other: Dossier | None, title: float) -> Alike:
    parts = [(TITLE, title)]
    if other is not None:
        mine, theirs = ((one.abstract_zh, one.abstract_en) for one in (dossier, other))
        if any(mine) and any(theirs):
            parts.append((SUMMARY, _best(mine, theirs)))
        if dossier.keywords and other.keywords:
            parts.append((KEYWORDS, _nearness(" ".join(dossier.keywords), " ".join(other.keywords))))
    nearness = sum(weight * value for weight, value in parts) / sum(weight for weight, _value in parts)
    return Alike(
        proposal=row,
        # A title taken over whole is told, whatever was written below it.
        nearness=max(nearness, title * 0.9),
        shared=_shared((dossier.title_zh, dossier.title_en), (row.title_zh, row.title_en)),
        is_same_pi=row.pi_id == proposal.pi_id,
        is_same_lead=row.lead_institution_id == proposal.lead_institution_id,
    )


# ---------------------------------------------------------------- nearness
def _best(mine: tuple[str, str], theirs: tuple[str, str]) -> float:
    """The nearer of the two languages; 0 where they have none in common."""
    return max((_nearness(a, b) for a, b in zip(mine, theirs, strict=True) if a and b), default=0.0)


def _nearness(mine: str, theirs: str) -> float:
    """From 0 to 1: pieces in common whatever their order, or letter by letter where little was changed."""
    pieces = Indel.normalized_similarity(_pieces(mine), _pieces(theirs))
    letters = fuzz.ratio(mine.casefold()[:LONGEST_TEXT], theirs.casefold()[:LONGEST_TEXT], score_cutoff=80) / 100
    return float(max(pieces, letters))


def _pieces(text: str) -> list[str]:
    """Words, and pairs of neighbouring characters where a script has no blanks; sorted, so that order says nothing."""
    found: list[str] = []
    before = ""
    for token in _TOKENS.findall(text.casefold()[:LONGEST_TEXT]):
        is_wide = token[0] >= "\u2e80"
        if not is_wide:
            found.append(token)
        elif before:
            found.append(before + token)
        before = token if is_wide else ""
    return sorted(found)


def _shared(mine: tuple[str, str], theirs: tuple[str, str]) -> str:
    """What both titles have: runs of characters of the Chinese ones, or words of the English ones; of the reader's
    language if both are in it."""
    found = []
    if mine[0] and theirs[0]:
        found.append(("zh", "、".join(_runs(mine[0], theirs[0]))))
    if mine[1] and theirs[1]:
        words = set(_pieces(theirs[1]))
        same = dict.fromkeys(word for word in re.findall(r"[a-z0-9]{4,}", mine[1].casefold()) if word in words)
        found.append(("en", ", ".join(same)))
    own = "zh" if (get_language() or "").startswith("zh") else "en"
    return next((text for language, text in sorted(found, key=lambda one: one[0] != own) if text), "")


def _runs(mine: str, theirs: str) -> list[str]:
    """The longest runs of SHORTEST_SHARED characters or more that stand in both, in the order of `mine`."""
    found, start = [], 0
    while start <= len(mine) - SHORTEST_SHARED:
        end = start + SHORTEST_SHARED
        if mine[start:end] not in theirs:
            start += 1
            continue
        while end < len(mine) and mine[start : end + 1] in theirs:
            end += 1
        found.append(mine[start:end])
        start = end
    return list(dict.fromkeys(found))
