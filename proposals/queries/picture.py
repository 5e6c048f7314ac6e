"""A dossier made ready to be shown: keys in words, files with addresses, tables with their sums."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from core.countries import COUNTRIES, country_name
from core.parameters import whole
from documents.book import CrossTable, Label, Sheet, cross_table
from programs.differences import label_of
from programs.dossier import Activity, BudgetLine, Dossier, Party
from programs.policy import Policy
from programs.queries import effective_policy
from proposals.models import Proposal
from proposals.queries.partners import Standing, standings


@dataclass(frozen=True)
class Line:
    """A budget line with its keys in words."""

    line: BudgetLine
    category: str
    party: str


@dataclass(frozen=True)
class Picture:
    """What `proposals/_application.html` shows."""

    dossier: Dossier
    policy: Policy
    field_label: str
    parties: list[tuple[Party, str]]
    people: list[tuple[Any, str]]
    lines: list[Line]
    budget: list[tuple[str, int]]
    """Category in words and its sum in fen."""
    disbursement: CrossTable
    allocation: list[tuple[str, int, tuple[int, ...]]]
    """Partner, sum, and amounts by the years of `disbursement`-like `allocation_years`."""
    allocation_years: tuple[int | None, ...]
    answers: list[tuple[Label, Label]]
    activities: Sheet | None
    files: list[dict[str, Any]]
    comments: Mapping[str, str] = field(default_factory=dict)
    """What the office said at which path."""
    standings: Mapping[str, Standing] = field(default_factory=dict)
    """Which partners confirmed their part by a link, by key."""
    is_commenting: bool = False
    """Whether the reader may write comments beside the parts."""


def picture_of(
    proposal: Proposal,
    dossier: Dossier,
    *,
    comments: Mapping[str, str] | None = None,
    is_commenting: bool = False,
    is_draft: bool = False,
) -> Picture:
    """The dossier in words of the active language. One query for the files, none for a draft, made from them; one for
    the partners' confirmations, a second one where there are any."""
    policy = effective_policy(proposal.call)
    categories = {choice.key: choice.label for choice in policy.budget_categories}
    names = {"lead": _party_name(dossier, "lead"), **{p.key: _party_name(dossier, p.key) for p in dossier.parties}}
    budget = cross_table(((row.category, row.year, row.amount_fen) for row in dossier.budget_lines), dossier.years)
    allocation = cross_table(
        ((row.party_key, row.year, row.amount_fen) for row in dossier.partner_allocation), dossier.years
    )
    return Picture(
        dossier=dossier,
        policy=policy,
        field_label=next((choice.label for choice in policy.fields if choice.key == dossier.field), dossier.field),
        parties=[(party, country_name(party.country)) for party in dossier.parties],
        people=[(person, names.get(person.party_key, "")) for person in dossier.participants],
        lines=[
            Line(row, categories.get(row.category, row.category), names.get(row.party_key, row.party_key))
            for row in dossier.budget_lines
        ],
        budget=[(categories.get(row.key, row.key), row.total_fen) for row in budget.rows],
        disbursement=cross_table((("", row.year, row.amount_fen) for row in dossier.disbursement), dossier.years),
        allocation=[(names.get(row.key, row.key), row.total_fen, row.cells) for row in allocation.rows],
        allocation_years=allocation.years,
        answers=answers_of(policy, dossier),
        activities=activities_of(policy, dossier),
        files=_files(proposal, dossier, policy, names, is_draft=is_draft),
        comments=comments or {},
        standings=standings(proposal, dossier),
        is_commenting=is_commenting,
    )


def _party_name(dossier: Dossier, key: str) -> str:
    return str(Label(*dossier.party_name(key)))


def answers_of(policy: Policy, dossier: Dossier) -> list[tuple[Label, Label]]:
    """The programme's own questions and what was answered, in words."""
    return [(Label(one.zh, one.en), Label(*one.words(dossier))) for one in policy.questions]


def activities_of(policy: Policy, dossier: Dossier) -> Sheet | None:
    """The courses, visits or meetings under the names that the programme gives them; None when it asks for none."""
    asked = policy.activities
    if asked is None:
        return None
    return Sheet(
        title=Label(asked.zh, asked.en),
        headings=tuple(Label(column.zh, column.en) for column in asked.columns),
        rows=tuple(tuple(_cell(row, column.key) for column in asked.columns) for row in dossier.activities),
    )


def _cell(row: Activity, name: str) -> Label:
    value = getattr(row, name)
    if name == "country":
        return next((Label(zh, en) for code, zh, en in COUNTRIES if code == value), Label(value, value))
    text = str(value) if value else ""
    return Label(text, text)


def _files(
    proposal: Proposal, dossier: Dossier, policy: Policy, names: Mapping[str, str], *, is_draft: bool
) -> list[dict[str, Any]]:
    kinds = {kind.file.key: kind.file.label for kind in policy.attachment_kinds}
    held = {attachment_id(row.key) for row in dossier.attachments}
    if held and not is_draft:
        held &= set(proposal.attachments.values_list("pk", flat=True))
    files = []
    for row in dossier.attachments:
        pk = attachment_id(row.key)
        note = " · ".join(part for part in (kinds.get(row.kind, row.kind), names.get(row.party_key, "")) if part)
        address = reverse("proposals:attachment", args=[proposal.tenant.slug, proposal.pk, pk]) if pk in held else ""
        files.append({"name": row.filename, "url": address, "size": row.size, "note": note, "sha256": row.sha256})
    return files


def attachment_id(key: str) -> int:
    """The attachment's row behind a dossier's key `a12`; 0 for another kind of key."""
    return (whole(key.removeprefix("a")) or 0) if key.startswith("a") else 0


def place_name(path: str) -> str:
    """What a dossier path's first part is called in the active language."""
    name = path.split(".", maxsplit=1)[0]
    return str(Label(*_pair(name))) if name in Dossier.model_fields else path


def _pair(name: str) -> tuple[str, str]:
    label = label_of(Dossier, name)
    return label.zh, label.en
