"""What a template carries unseen: whose it is, and a number for each of its places, so that labels may say anything.

Each place comes with a hash of what was written into it, so that what nobody touched in the file changes nothing."""

import base64
import json
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from programs.cleaning import ROW_KEY
from proposals.office.plan import Plan, Table
from proposals.office.texts import EMPTY, mark_of

FORM = 1
"""Of the marker itself."""
MOST_BYTES = 2_000_000
_LENGTH = len(EMPTY)


class NoMarker(ValueError):
    """The file isn't one of the portal's templates, or has lost what told so."""


@dataclass
class Marker:
    """Numbers of places count from 0: `fields` by name, `lists` by name with their columns, `rows` by list and key."""

    kind: str
    policy: str
    call: int
    title_zh: str
    title_en: str
    proposal: int
    """0: a template that belongs to no draft."""
    revision: int
    language: str
    nonce: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    lists: list[tuple[str, list[str]]] = field(default_factory=list)
    rows: list[tuple[int, str, str]] = field(default_factory=list)
    """The last is the marks of its cells one after the other; empty for a row that waited to be filled in."""
    units: list[tuple[str, str]] = field(default_factory=list)
    """Keys and names of lead institution and partners, which may be called otherwise by now."""
    form: int = FORM

    def dump(self, size: int) -> list[str]:
        """The marker in pieces of at most `size` characters."""
        data = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        text = base64.b64encode(zlib.compress(data, 9)).decode()
        return [text[start : start + size] for start in range(0, len(text), size)]

    @classmethod
    def load(cls, text: str) -> Self:
        """The marker that a file carries. Raises NoMarker for anything that isn't one."""
        try:
            packed = zlib.decompressobj()
            data = json.loads(packed.decompress(base64.b64decode(text, validate=True), MOST_BYTES))
            if not isinstance(data, dict) or data.get("form") != FORM or packed.unconsumed_tail:
                raise NoMarker
            made = cls(**data)
            made._check()
        except (ValueError, TypeError, zlib.error, RecursionError) as problem:
            raise NoMarker from problem
        return made

    def _check(self) -> None:
        texts = (self.kind, self.policy, self.title_zh, self.title_en, self.language, self.nonce)
        numbers = (self.call, self.proposal, self.revision)
        if not all(isinstance(one, str) for one in texts) or not all(type(one) is int for one in numbers):
            raise NoMarker
        for first, second in (*self.fields, *self.units):
            _need(isinstance(first, str) and isinstance(second, str))
        for name, columns in self.lists:
            _need(isinstance(name, str) and isinstance(columns, list) and all(isinstance(one, str) for one in columns))
        for place, key, marks in self.rows:
            _need(type(place) is int and 0 <= place < len(self.lists) and isinstance(marks, str))
            _need(isinstance(key, str) and ROW_KEY.fullmatch(key) is not None)

    # ------------------------------------------------------------ what was written
    def known_rows(self, name: str) -> dict[str, dict[str, str]]:
        """Of the list of that name: marks by column of each row that was filled in, by its key."""
        found = {}
        for place, key, marks in self.rows:
            listed, columns = self.lists[place]
            if listed == name and marks:
                pieces = [marks[at : at + _LENGTH] for at in range(0, len(marks), _LENGTH)]
                found[key] = dict(zip(columns, pieces, strict=False))
        return found


def _need(condition: bool) -> None:
    if not condition:
        raise NoMarker


def marker_for(plan: Plan, *, kind: str, language: str, nonce: str) -> Marker:
    """The marker of a template; `nonce` differs for each that is given out."""
    proposal = plan.desk.proposal
    made = Marker(
        kind=kind,
        policy=plan.desk.policy.sha256,
        call=proposal.call_id,
        title_zh=proposal.call.title_zh,
        title_en=proposal.call.title_en,
        proposal=proposal.pk or 0,
        revision=proposal.revision,
        language=language,
        nonce=nonce,
        units=[(one.value, " ".join(one.label.split())) for one in plan.desk.units()],
    )
    made.fields = [(entry.name, mark_of(entry.text)) for entry in plan.entries]
    for place, table in enumerate(plan.tables):
        made.lists.append((table.name, [column.name for column in table.columns]))
        made.rows += _rows(place, table)
    return made


def _rows(place: int, table: Table) -> list[tuple[int, str, str]]:
    return [
        (place, line.key, "" if line.is_new else "".join(mark_of(entry.text) for entry in line.entries))
        for line in table.lines
    ]


@dataclass(frozen=True)
class Numbers:
    """The numbers of places while a template is written; the same that `marker_for` gives them."""

    fields: dict[str, int]
    lists: dict[str, int]
    rows: dict[str, int]

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """The places of the plan in order."""
        lines = [line.name for table in plan.tables for line in table.lines]
        return cls(
            {entry.name: number for number, entry in enumerate(plan.entries)},
            {table.name: number for number, table in enumerate(plan.tables)},
            {name: number for number, name in enumerate(lines)},
        )


def pieces_in(found: dict[str, Any], prefix: str) -> str:
    """The marker's text from properties `prefix0`, `prefix1`, …"""
    texts: list[str] = []
    while (piece := found.get(f"{prefix}{len(texts)}")) is not None:
        texts.append(str(piece))
    return "".join(texts)
