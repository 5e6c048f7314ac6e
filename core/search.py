"""Search by words: where each word of a row's texts begins, one row of an indexed table each (ADR 9).

Chinese has no blanks, so that each of its characters begins a word: any run of them is found. Whatever has blanks is
found by the beginnings of its words. Numbers count as words between their dashes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.db import connection, models

from core.conditions import Holds
from core.tenancy import RLS_VARIABLE, TenantOwned

LONGEST = 12
MOST_WORDS = 8
MOST_PIECES = 36
MOST_OF_A_PIECE = 60
SHORTEST_WORD = 4
# Words with blanks between them; runs of the scripts that have none, from the CJK radicals on.
_RUNS = re.compile(r"[^\W_\u2e80-\U0010ffff]+|[^\W_\x00-\u2e7f]+")
_LAST = "\U0010ffff"


def terms_of(*texts: str) -> set[str]:
    """What is kept of the texts: at most LONGEST characters from the beginning of each word."""
    found: set[str] = set()
    for text in texts:
        for run in _runs(text):
            if _is_wide(run):
                found.update(run[start : start + LONGEST] for start in range(len(run)))
            else:
                found.add(run[:LONGEST])
    return found


def beginnings_in(query: str) -> list[str]:
    """The beginnings that a row must have all of to be found by `query`; none if it has no word."""
    found: dict[str, None] = {}
    for run in _runs(query):
        if _is_wide(run) and len(run) > LONGEST:
            starts = [*range(0, len(run) - LONGEST, LONGEST), len(run) - LONGEST]
            found |= dict.fromkeys(run[start : start + LONGEST] for start in starts)
        else:
            found[run[:LONGEST]] = None
    return list(found)[:MOST_WORDS]


def _runs(text: str) -> list[str]:
    return _RUNS.findall(unicodedata.normalize("NFKC", text).casefold())


def _is_wide(run: str) -> bool:
    return run[0] >= "\u2e80"


class Term(TenantOwned):
    """Base of the table of a model's terms. Subclasses add the foreign key `row`, related_name="terms", unindexed."""

    term = models.CharField(max_length=LONGEST)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.term


class Searchable(models.Model):
    """Base of models with a table of terms, kept whenever a row is saved."""

    searched: ClassVar[tuple[str, ...]]
    """The columns (attnames) whose change may change `texts()`."""
    found_through: ClassVar[tuple[str, ...]]
    """The foreign keys that `texts()` follows."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        row: Any = super().from_db(*args, **kwargs)
        row._found_by = row._searched_now()
        return row  # type: ignore[no-any-return]

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        now = self._searched_now()
        if now is None or now != getattr(self, "_found_by", None):
            keep_terms(self)
            self._found_by = now

    def texts(self) -> Sequence[str]:
        """What the row is found by."""
        raise NotImplementedError

    def _searched_now(self) -> tuple[Any, ...] | None:
        """None for a row that was loaded without some of the columns."""
        known = self.__dict__
        return tuple(known[name] for name in self.searched) if all(name in known for name in self.searched) else None


def keep_terms(row: Any) -> None:
    """Make the terms of a row what its texts say. One query, and one each for what is gone and what is new."""
    table = row._meta.get_field("terms").related_model
    wanted = terms_of(*row.texts())
    kept = table.objects.filter(row=row)
    have = set(kept.values_list("term", flat=True))
    if gone := have - wanted:
        kept.filter(term__in=gone).delete()
    if new := wanted - have:
        table.objects.bulk_create([table(tenant_id=row.tenant_id, row=row, term=term) for term in sorted(new)])


def matching(model: type[models.Model], query: str) -> models.Q:
    """The condition that rows of `model` are found by all words of `query`; by none where it has no word."""
    table: Any = model._meta.get_field("terms").related_model
    beginnings = beginnings_in(query)
    if not beginnings:
        return models.Q(pk__in=())
    least, below = ("~>=~", "~<~") if connection.vendor == "postgresql" else (">=", "<")
    # By bytes, and leakproof: the index serves it under forced row-level security, as LIKE's could not.
    sql = "EXISTS (SELECT 1 FROM {terms} t WHERE t.row_id = {key} AND t.term LEAST %s AND t.term BELOW %s)"
    sql = sql.replace("LEAST", least).replace("BELOW", below)
    return models.Q(*(Holds(sql, start, start + _LAST, terms=table, key="pk") for start in beginnings))


def pieces_of(*texts: str) -> list[str]:
    """What a text shares with its like, for `sharing`: runs of six and of three characters of scripts without blanks,
    else words of four letters and more; at most MOST_PIECES, spread over the text."""
    wide: dict[str, None] = {}
    words: dict[str, None] = {}
    for run in (run for text in texts for run in _runs(text)):
        if _is_wide(run):
            for size in (6, 3):
                wide |= dict.fromkeys(run[start : start + size] for start in range(0, max(len(run) - size, 0) + 1, 2))
        elif len(run) >= SHORTEST_WORD:
            words[run[:LONGEST]] = None
    return [*_spread(list(wide), MOST_PIECES * 2 // 3), *_spread(list(words), MOST_PIECES // 3)]


def _spread(found: list[str], most: int) -> list[str]:
    step = max(1, -(-len(found) // most))
    return found[::step]


_ARM = (
    "SELECT * FROM (SELECT %s AS piece, t.row_id FROM {terms} t "
    "WHERE t.tenant_id = %s AND t.term {least} %s AND t.term {below} %s LIMIT {most}) arm"
)


def sharing(model: type[models.Model], tenant: int, pieces: Sequence[str], *, most: int) -> list[int]:
    """Ids of at most `most` rows that share the pieces, first those that share the most and the rarest.

    One query, which follows the index for each piece and reads MOST_OF_A_PIECE rows of it: no frequent word makes it
    read a table."""
    if not pieces:
        return []
    table: Any = model._meta.get_field("terms").related_model
    least, below = ("~>=~", "~<~") if connection.vendor == "postgresql" else (">=", "<")
    arm = _ARM.format(terms=table._meta.db_table, least=least, below=below, most=MOST_OF_A_PIECE)
    values: list[Any] = []
    for number, piece in enumerate(pieces):
        values += [number, tenant, piece, piece + _LAST]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"{arm}{number}" for number in range(len(pieces))), values)
        found = set(cursor.fetchall())
    frequent = Counter(piece for piece, _row in found)
    weights: Counter[int] = Counter()
    for piece, row in found:
        weights[row] += 1 / frequent[piece]  # type: ignore[assignment] # a Counter adds up fractions as well
    return sorted(weights, key=lambda row: (-weights[row], -row))[:most]


def indexes_of_terms(name: str) -> list[models.Index]:
    """The indexes that `matching` needs: for a rare word its rows, for a frequent one whether a row has it. On
    PostgreSQL they compare bytes, whatever the database's collation is."""
    number, text = "int8_ops", "text_pattern_ops"
    return [
        models.Index(fields=["tenant", "term", "row"], name=name, opclasses=[number, text, number]),
        models.Index(fields=["row", "term"], name=f"{name}_row", opclasses=[number, text]),
    ]


def fill_terms(apps: Any, connection: Any, table: Any, *paths: str) -> None:
    """For migrations: make the terms of all rows there are, whoever's, from the texts at `paths`."""
    tenants = list(apps.get_model("accounts", "Tenant").objects.values_list("pk", flat=True))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, ",".join(map(str, tenants))])
            # So that the planner knows a word of one row in a thousand from one of three rows.
            cursor.execute(f"ALTER TABLE {table._meta.db_table} ALTER COLUMN term SET STATISTICS 1000")
    rows = table._meta.get_field("row").related_model.objects.values_list("pk", "tenant_id", *paths)
    for pk, tenant, *texts in rows.iterator(500):
        terms = terms_of(*(text for text in texts if text))
        table.objects.bulk_create([table(tenant_id=tenant, row_id=pk, term=term) for term in sorted(terms)])
