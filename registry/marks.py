"""Keeps what no two institutions share, and finds the one that has it."""

from collections.abc import Iterable
from typing import Any

from accounts.models import Institution
from registry.enums import MarkKind
from registry.identifiers import key_of
from registry.models import InstitutionMark

Mark = tuple[str, str]


def marks_of(*, country: str, name_zh: str = "", name_en: str = "", uscc: str = "", ror: str = "") -> list[Mark]:
    """(kind, value) of everything that an institution with these is known by."""
    keys = dict.fromkeys(key for key in (key_of(name_zh), key_of(name_en)) if key)
    found = [(MarkKind.NAME.value, f"{country}:{key}") for key in keys]
    found += [(MarkKind.USCC.value, uscc)] if uscc else []
    return found + ([(MarkKind.ROR.value, ror)] if ror else [])


def keep_marks(institution: Institution, marks: Iterable[Mark]) -> list[Mark]:
    """Give the institution its marks; those that another one has stay with that one and are returned."""
    wanted = list(marks)
    InstitutionMark.objects.bulk_create(
        # In one order for all, so that two at once don't wait for each other.
        (InstitutionMark(institution=institution, kind=kind, value=value) for kind, value in sorted(wanted)),
        ignore_conflicts=True,
    )
    own = set(InstitutionMark.objects.filter(institution=institution).values_list("kind", "value"))
    return [mark for mark in wanted if mark not in own]


def holders(marks: Iterable[Mark]) -> dict[Mark, Institution]:
    """Which institution has each of the marks, as far as any has. One query."""
    wanted = set(marks)
    rows = InstitutionMark.objects.filter(value__in=[value for _kind, value in wanted]).select_related("institution")
    return {(row.kind, row.value): row.institution for row in rows if (row.kind, row.value) in wanted}


def on_institution_saved(sender: Any, instance: Institution, raw: bool = False, **kwargs: Any) -> None:
    """Whoever makes an institution, and however: its marks are kept."""
    keep_marks(
        instance,
        marks_of(
            country=instance.country, name_zh=instance.name_zh, name_en=instance.name_en, uscc=instance.uscc.strip()
        ),
    )
