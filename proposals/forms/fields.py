"""Every value an applicant may write, by dossier path. Names of people-facing labels are the dossier's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from programs.clauses.base import Both
from programs.differences import label_of
from programs.dossier import (
    Activity,
    Allocation,
    BudgetLine,
    Contact,
    Disbursement,
    Dossier,
    Indicator,
    Justification,
    Participant,
    Party,
    PlanYear,
    PrincipalInvestigator,
)

NO_WORDS = Both("", "")


class Kind(StrEnum):
    """How a value is typed."""

    LINE = "line"
    LONG_LINE = "long_line"
    """One line that is often longer than its input: shown whole."""
    TEXT = "text"
    AMOUNT = "amount"
    """Yuan as typed; whole numbers in the draft are fen."""
    WHOLE = "whole"
    DAY = "day"
    CHOICE = "choice"
    CHOICES = "choices"
    """Several of the choices; the draft holds their keys with commas between."""
    FLAG = "flag"
    WORDS = "words"
    """Several words in one input, separated by commas or semicolons."""
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Field:
    """One value. `initial` is what an untouched row holds: it doesn't make the row count as filled in."""

    name: str
    kind: Kind = Kind.LINE
    label: Both = NO_WORDS
    initial: Any = ""
    has_few: bool = False
    """Whether its choices are so few that all are seen at once."""

    @property
    def mark(self) -> str:
        """ "zh" or "en" for the halves of a pair."""
        return self.name[-2:] if self.name.endswith(("_zh", "_en")) else ""


@dataclass(frozen=True)
class Rows:
    """A list of rows, each with a stable key; `letter` starts the keys made for new ones."""

    name: str
    letter: str
    items: tuple["Field | Rows", ...]
    label: Both = NO_WORDS

    def item(self, name: str) -> "Field | Rows | None":
        """The item of that name within a row."""
        return next((item for item in self.items if item.name == name), None)


Item = Field | Rows


def _fields(model: type[BaseModel], prefix: str = "", /, **kinds: Kind | tuple[Kind, Any]) -> tuple[Field, ...]:
    """A field for each name of `model`, labelled as there; a pair gives the kind and the initial value."""
    made = []
    for name, kind in kinds.items():
        kind, initial = kind if isinstance(kind, tuple) else (kind, "")
        label = label_of(model, name)
        made.append(Field(f"{prefix}{name}", kind, Both(label.zh, label.en), initial))
    return tuple(made)


def _rows(name: str, letter: str, *items: Item, model: type[BaseModel] = Dossier) -> Rows:
    label = label_of(model, name)
    return Rows(name, letter, items, Both(label.zh, label.en))


_CONTACT = tuple(
    Field(item.name, item.kind, Both(f"联系人{item.label.zh}", f"Contact: {item.label.en.lower()}"))
    for item in _fields(Contact, "contact.", name=Kind.LINE, title=Kind.LINE, email=Kind.LINE)
)

_ITEMS: tuple[Item, ...] = (
    *_fields(
        Dossier,
        title_zh=Kind.LONG_LINE,
        title_en=Kind.LONG_LINE,
        field=Kind.CHOICE,
        keywords=Kind.WORDS,
        start_date=Kind.DAY,
        end_date=Kind.DAY,
        abstract_zh=Kind.TEXT,
        abstract_en=Kind.TEXT,
        objectives_zh=Kind.TEXT,
        objectives_en=Kind.TEXT,
    ),
    *_fields(
        PrincipalInvestigator,
        "pi.",
        title=Kind.LINE,
        email=Kind.LINE,
        orcid=Kind.LINE,
        employed_at_lead=Kind.FLAG,
    ),
    _rows(
        "parties",
        "p",
        *_fields(
            Party,
            institution_id=Kind.HIDDEN,
            name_zh=Kind.LINE,
            name_en=Kind.LINE,
            country=Kind.CHOICE,
            is_fellow_member=Kind.FLAG,
            role=Kind.TEXT,
        ),
        *_CONTACT,
        *_fields(Party, matching_fen=Kind.AMOUNT),
    ),
    _rows(
        "participants",
        "m",
        *_fields(
            Participant,
            name=Kind.LINE,
            party_key=(Kind.CHOICE, "lead"),
            role=Kind.LINE,
            is_main=Kind.FLAG,
            months_per_year=Kind.WHOLE,
        ),
    ),
    _rows(
        "activities",
        "v",
        *_fields(
            Activity,
            name=Kind.LONG_LINE,
            place=Kind.LONG_LINE,
            country=Kind.CHOICE,
            start_date=Kind.DAY,
            end_date=Kind.DAY,
            people=Kind.WHOLE,
            note=Kind.LONG_LINE,
        ),
    ),
    _rows(
        "yearly_plan",
        "y",
        Field("year", Kind.HIDDEN, Both("年度", "Year"), initial=None),
        *_fields(PlanYear, objectives=Kind.TEXT),
        _rows(
            "indicators",
            "i",
            *_fields(Indicator, name=Kind.LINE, target=Kind.LINE, unit=Kind.LINE),
            model=PlanYear,
        ),
    ),
    _rows(
        "budget_lines",
        "b",
        *_fields(
            BudgetLine,
            category=Kind.CHOICE,
            name=Kind.LINE,
            year=Kind.CHOICE,
            party_key=(Kind.CHOICE, "lead"),
            unit_price_fen=Kind.AMOUNT,
            quantity=Kind.WHOLE,
            amount_fen=Kind.AMOUNT,
            basis=Kind.TEXT,
            relation_to_cooperation=Kind.TEXT,
        ),
    ),
    _rows(
        "disbursement",
        "d",
        Field("year", Kind.HIDDEN, Both("年度", "Year"), initial=None),
        *_fields(Disbursement, amount_fen=Kind.AMOUNT),
    ),
    _rows(
        "partner_allocation",
        "a",
        Field("party_key", Kind.HIDDEN, Both("合作单位", "Partner"), initial=None),
        Field("year", Kind.HIDDEN, Both("年度", "Year"), initial=None),
        *_fields(Allocation, amount_fen=Kind.AMOUNT),
    ),
    _rows(
        "justifications",
        "j",
        Field("finding", Kind.HIDDEN, Both("所针对的提示", "Warning"), initial=None),
        *_fields(Justification, text=Kind.TEXT),
    ),
)

EDITABLE: Mapping[str, Item] = {item.name: item for item in _ITEMS}
"""What applicants write, by path. Not among it: the lead institution, the account's names, files, which have ways of
their own; `answers.<key>`, of the type that each of the policy's questions has."""


@dataclass(frozen=True)
class Tree:
    """Items by name, for looking into nested JSON: `contact` holds the items below `contact.`."""

    leaves: dict[str, Item] = field(default_factory=dict)
    branches: dict[str, "Tree"] = field(default_factory=dict)


def tree_of(items: Iterator[Item] | tuple[Item, ...]) -> Tree:
    """The items' dotted names as a tree."""
    root = Tree()
    for item in items:
        here = root
        *path, last = item.name.split(".")
        for step in path:
            here = here.branches.setdefault(step, Tree())
        here.leaves[last] = item
    return root


def where(path: str) -> str:
    """The name of a place in the dossier, without rows: `parties.p1.matching_fen` → "Partners · Matching funds"."""
    words, here = [], tree_of(tuple(EDITABLE.values()))
    for step in path.split("."):
        if found := here.leaves.get(step):
            words.append(str(found.label))
            here = tree_of(found.items) if isinstance(found, Rows) else here
        else:
            here = here.branches.get(step, here)
    return " · ".join(words)
