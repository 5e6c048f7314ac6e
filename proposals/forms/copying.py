"""What a new application takes over from an earlier one of the same applicant, and a word on all that it doesn't.

The earlier draft is read by the new call's form, as if it had been typed there; whatever the earlier form holds and the
new draft doesn't say is listed, so that nothing is lost unseen. Files, consents, waivers and reasons belong to the one
application they were given for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic_core import PydanticCustomError

from programs.clauses.dates import Window
from programs.cleaning import read_date
from programs.language import pick
from programs.models import Call
from programs.policy import Policy
from programs.policy.questions import Question
from programs.queries import effective_policy
from proposals.forms.fields import EDITABLE, Field, Item, Kind, Rows
from proposals.forms.pages import pages_of
from proposals.forms.reading import (
    Parts,
    is_blank,
    parts_from_post,
    posted_from,
    rows_in,
    shown,
    split_words,
    value_in,
)
from proposals.models import Proposal
from proposals.queries.earlier import ties_of
from proposals.queries.picture import place_name

# What the applicant declares of this application, or the account says better.
_ANEW = {"pi.employed_at_lead", "pi.email", "pi.orcid", "parties.is_fellow_member"}
_LONGEST = 120
_BY_YEAR = ("yearly_plan", "disbursement", "partner_allocation")


@dataclass(frozen=True)
class LeftOut:
    """Things of one kind that don't come along, why not, and each of them in words."""

    label: str
    reason: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copied:
    """What comes along, as parts of a draft."""

    source: Proposal
    parts: Parts
    left_out: tuple[LeftOut, ...]

    @property
    def taken(self) -> list[str]:
        """What comes along, in words: the names of the form's parts that hold something."""
        names = {place_name(name): None for name, value in self.parts.items() if _is_filled(value)}
        return list(names)


def copied(source: Proposal, call: Call) -> Copied:
    """What an application to `call` takes over from `source`. Queries: the policies' and four."""
    old, new = effective_policy(source.call), effective_policy(call)
    asked_then, asked_now = _items(old), _items(new)
    taken = [item for name, item in asked_now.items() if _is_same(name, old, new) and name not in _ANEW]
    parts = parts_from_post(taken, posted_from(taken, source.draft))
    _fit(parts, new, call)
    teller = _Teller(old, source.draft)
    begun = {**parts, "pi": {**parts.get("pi", {}), "email": source.pi.email, "orcid": source.pi.orcid}}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, item in asked_then.items():
        texts = list(teller.missing(item, source.draft, begun))
        if texts:
            found[teller.name(item), _reason(name, {one.name for one in taken})] += texts
    left_out = [LeftOut(label, reason, tuple(texts)) for (label, reason), texts in found.items()]
    return Copied(source, parts, (*left_out, *_given_for_it_alone(source)))


def _items(policy: Policy) -> dict[str, Item]:
    return {item.name: item for page in pages_of(policy) for item in page.items}


def _questions(policy: Policy) -> dict[str, Question]:
    return {question.path: question for question in policy.questions}


def _is_same(name: str, old: Policy, new: Policy) -> bool:
    """Whether an answer then is an answer now; a declaration that one must make is made anew."""
    if not name.startswith("answers."):
        return True
    before, now = _questions(old).get(name), _questions(new).get(name)
    return before is not None and now is not None and before.type is now.type and now.must_be is None


def _reason(name: str, taken: set[str]) -> str:
    if name in _ANEW:
        return _("to be declared anew, or known from your account")
    if name in taken:
        return _("does not fit the new call's years or choices, or is to be declared anew")
    return _("the new call does not ask for it, or in another way")


def _is_filled(value: Any) -> bool:
    return any(_is_filled(part) for part in value.values()) if isinstance(value, dict) else bool(value)


# ---------------------------------------------------------------- fitting
def _fit(parts: Parts, policy: Policy, call: Call) -> None:
    """Take out what the call's policy can't mean: unknown choices, days and years outside its window."""
    if "field" in parts:
        parts["field"] = _known(parts["field"], {choice.key for choice in policy.fields})
    categories = {choice.key for choice in policy.budget_categories}
    for line in rows_in(parts.get("budget_lines")):
        line["category"] = _known(line.get("category"), categories)
    for path, question in _questions(policy).items():
        key = path.removeprefix("answers.")
        if question.choices and key in parts.get("answers", {}):
            known = {choice.key for choice in question.choices}
            given = str(parts["answers"][key] or "").split(",")
            parts["answers"][key] = ",".join(one for one in given if one in known)
    _fit_term(parts, *_term(policy, call))
    for party in rows_in(parts.get("parties")):
        party.pop("is_fellow_member", None)
    for name, value in parts.items():
        if isinstance(rows := EDITABLE.get(name), Rows):
            parts[name] = [row for row in value if not is_blank(rows, row)]


def _known(value: Any, keys: Iterable[str]) -> str:
    return value if isinstance(value, str) and value in keys else ""


def _term(policy: Policy, call: Call) -> tuple[date, date]:
    """First and last day that a project of the call may have; nothing that is applied for has begun before."""
    windows = policy.clauses_of(Window)
    first = max((window.earliest_start_date for window in windows), default=call.opens_at.date())
    return first, min((window.latest_end_date for window in windows), default=date.max)


def _fit_term(parts: Parts, first: date, last: date) -> None:
    for holder in (parts, *rows_in(parts.get("activities"))):
        for name in ("start_date", "end_date"):
            if (day := _day(holder.get(name))) is not None and not first <= day <= last:
                holder[name] = ""
    for name in _BY_YEAR:
        if name in parts:
            parts[name] = [row for row in parts[name] if _is_within(row, first, last)]
    for line in rows_in(parts.get("budget_lines")):
        if not _is_within(line, first, last):
            line["year"] = ""


def _is_within(row: Mapping[str, Any], first: date, last: date) -> bool:
    year = str(row.get("year") or "")
    return not (year.isascii() and year.isdecimal() and len(year) <= 4) or first.year <= int(year) <= last.year


def _day(value: Any) -> date | None:
    """The day a text means; None for what nobody understands, which stays as it was typed."""
    try:
        found: date | None = read_date(value)
    except PydanticCustomError:
        return None
    return found


# ---------------------------------------------------------------- what is missing
class _Teller:
    """Says in words what one draft holds and another doesn't."""

    def __init__(self, policy: Policy, draft: Mapping[str, Any]) -> None:
        self.draft = draft
        self.questions = _questions(policy)
        self.choices = {
            "field": policy.fields,
            "category": policy.budget_categories,
            **{path: question.choices for path, question in self.questions.items()},
        }

    def name(self, item: Item) -> str:
        """What the form calls it."""
        question = self.questions.get(item.name)
        return question.label if question else str(item.label) or place_name(item.name)

    def missing(self, item: Item, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
        """A text for each row, or for the value, that `before` holds and `after` doesn't hold as a whole."""
        held, kept = value_in(before, item.name), value_in(after, item.name)
        if isinstance(item, Rows):
            same = {row["key"]: row for row in rows_in(kept)}
            for row in rows_in(held):
                now = same.get(row["key"], {})
                texts = [text for inner in item.items for text in self._inside(inner, row, now)]
                if texts:
                    yield " · ".join(filter(None, (self._row_name(row), *texts)))
        elif (text := self._text(item, held)) and text != self._text(item, kept):
            yield Truncator(self._words(item, held, kept)).chars(_LONGEST)

    def _inside(self, item: Item, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
        if isinstance(item, Rows):
            yield from self.missing(item, before, after)
        elif item.kind is not Kind.HIDDEN and item.name not in ("name", "name_zh", "name_en", "party_key"):
            for text in self.missing(item, before, after):
                yield item_text(self.name(item), text)

    def _text(self, item: Field, value: Any) -> str:
        text = shown(item, value)
        return ",".join(split_words(text)) if item.kind is Kind.WORDS else text.strip()

    def _words(self, item: Field, held: Any, kept: Any) -> str:
        """The value for people: of choices their names, of several only those that are gone."""
        text = shown(item, held)
        if item.kind is Kind.FLAG:
            return _("Yes")
        if choices := self.choices.get(item.name):
            names = {choice.key: choice.label for choice in choices}
            gone = set(text.split(",")) - set(shown(item, kept).split(","))
            return ", ".join(names.get(key, key) for key in text.split(",") if key in gone)
        return text

    def _row_name(self, row: Mapping[str, Any]) -> str:
        names = [pick(str(row.get("name_zh") or ""), str(row.get("name_en") or "")), str(row.get("name") or "")]
        if "name" not in row and "name_zh" not in row:
            party = value_in(self.draft, f"parties.{row.get('party_key')}")
            names = [self._row_name(party) if party else "", str(row.get("year") or "")]
        return Truncator(" ".join(filter(None, names))).chars(_LONGEST)


def item_text(label: str, text: str) -> str:
    """A value under its name, in the active language."""
    return pick(f"{label}：{text}", f"{label}: {text}")


# ---------------------------------------------------------------- what never comes along
def _given_for_it_alone(source: Proposal) -> Iterator[LeftOut]:
    ties = ties_of(source)
    reasons = len(rows_in(source.draft.get("justifications")))
    said: list[tuple[str, int, str, Callable[[int], str]]] = [
        (
            _("Files"),
            ties.files,
            _("to be uploaded anew, as they name the application they were made for"),
            lambda n: ngettext("%(n)d file", "%(n)d files", n),
        ),
        (
            _("Reasons for exceptions"),
            reasons,
            _("given for that application alone"),
            lambda n: ngettext("%(n)d reason", "%(n)d reasons", n),
        ),
        (
            _("Exceptions asked for or granted"),
            ties.waivers,
            _("given for that application alone"),
            lambda n: ngettext("%(n)d exception", "%(n)d exceptions", n),
        ),
        (
            _("Participants' consent"),
            ties.consents,
            _("to be asked for anew; their names come along"),
            lambda n: ngettext("%(n)d person", "%(n)d people", n),
        ),
        (
            _("Co-writers"),
            ties.co_writers,
            _("to be invited anew"),
            lambda n: ngettext("%(n)d person", "%(n)d people", n),
        ),
    ]
    for label, number, reason, words in said:
        if number:
            yield LeftOut(label, reason, (words(number) % {"n": number},))
