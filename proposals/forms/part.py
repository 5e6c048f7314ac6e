"""One partner's part of the form, for whoever holds its link: its own fields, people and files, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from programs.clauses.base import Both
from programs.dossier import Dossier, Party
from proposals.actions import save_part
from proposals.forms.desk import Desk
from proposals.forms.fields import Rows
from proposals.forms.files import Slot, slots
from proposals.forms.merging import base_of, prints_in
from proposals.forms.pages import Block, Page
from proposals.forms.reading import Parts, merged, new_key, rows_in
from proposals.forms.saving import unclashed, until_saved
from proposals.forms.showing import Remark, ShownRow, ShownRows, place, show
from proposals.models import PartnerLink, Proposal
from proposals.queries.partners import Standing, files_of, hash_of, own_kinds, part_of, standings

# What the portal or the applicant's side sets, not the partner.
_NOT_THEIRS = {"parties": ("institution_id",), "participants": ("party_key",)}


@dataclass
class PartDesk:
    """What the holder of a link reads and writes."""

    link: PartnerLink

    @cached_property
    def desk(self) -> Desk:
        """The whole draft, of which only the part is ever shown."""
        return Desk(self.link.proposal)

    @property
    def proposal(self) -> Proposal:
        """The draft."""
        return self.link.proposal

    @property
    def key(self) -> str:
        """The partner's key."""
        return self.link.party_key

    @property
    def dossier(self) -> Dossier:
        """The draft as far as it can be understood."""
        return self.desk.dossier

    @property
    def party(self) -> Party | None:
        """The partner, unless it was taken out of the draft."""
        return self.dossier.party(self.key)

    @cached_property
    def page(self) -> Page:
        """The blocks of the policy's form that a partner has a part in, without the columns that aren't theirs."""
        found = [block for page in self.desk.pages for block in page.blocks if block.path in _NOT_THEIRS]
        found.sort(key=lambda block: block.path != "parties")
        return Page("partner", Both("合作单位", "Partner"), blocks=tuple(_own(block) for block in found))

    @property
    def data(self) -> dict[str, Any]:
        """The part as typed."""
        return part_of(self.proposal.draft, self.key)

    @cached_property
    def is_known(self) -> bool:
        """Whether its names and country come from the directory."""
        return bool(self.party and self.party.institution_id)

    @property
    def base(self) -> str:
        """The prints of what the part says now."""
        return base_of(self.page.items, self.data)

    @property
    def sha256(self) -> str:
        """Hash of what would be confirmed now."""
        return hash_of(self.dossier, self.key)

    @cached_property
    def standing(self) -> Standing:
        """Whether it was confirmed."""
        return standings(self.proposal, self.dossier)[self.key]

    @cached_property
    def people(self) -> list[Any]:
        """Those of its staff who take part."""
        return [one for one in self.dossier.participants if one.party_key == self.key]

    @cached_property
    def files(self) -> list[Any]:
        """Its files."""
        return list(files_of(self.proposal, self.key))

    @cached_property
    def slot(self) -> Slot | None:
        """The place for its agreement or letter, if the policy asks it of this partner."""
        if self.party is None or not own_kinds(self.desk.policy, self.party):
            return None
        return next((one for one in slots(self.desk) if one.party_key == self.key), None)

    @cached_property
    def problems(self) -> list[Remark]:
        """Values of the part that couldn't be understood."""
        own = {f"parties.{self.key}", *(f"participants.{one.key}" for one in self.people)}
        return [
            Remark(one.path, "block", one.message)
            for one in self.desk.problems
            if ".".join(one.path.split(".")[:2]) in own
        ]

    def shown(self, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """`row`, the partner's own fields, and `list`, its people; None where the form doesn't ask for them."""
        blocks = show(self.page, self.data if data is None else data, choose=self.desk.options)
        place(blocks, self.problems)
        lists = {block.path: block.first for block in blocks}
        parties, people = lists.get("parties"), lists.get("participants")
        row: ShownRow | None = parties.rows[0] if isinstance(parties, ShownRows) and parties.rows else None
        return {"row": row, "list": people}

    def own(self, parts: Parts) -> Parts:
        """What was posted, as far as it is this partner's: other keys name nothing here."""
        held = {row["key"] for row in rows_in(self.proposal.draft.get("participants"))}
        held -= {row["key"] for row in rows_in(self.data["participants"])}
        kept: Parts = {"parties": [row for row in rows_in(parts.get("parties")) if row["key"] == self.key]}
        if "participants" in parts:
            rows = self.page.items[-1]
            assert isinstance(rows, Rows)
            kept["participants"] = [
                {**row, "key": new_key(rows)} if row["key"] in held else row for row in parts["participants"]
            ]
        return kept

    def save(self, parts: Parts, *, base: str) -> Proposal:
        """Save the part, merged field by field with what others wrote into it meanwhile.

        Raises Clash when both wrote in one field, NotVisible when the link holds no longer."""
        before = prints_in(base) or {}

        def change(draft: dict[str, Any], revision: int) -> dict[str, Any]:
            now = part_of(draft, self.key)
            return with_part(draft, self.key, unclashed(self.page, parts, now, before, revision))

        return until_saved(
            self.proposal.draft,
            self.proposal.revision,
            change=change,
            save=lambda data, revision: save_part(link=self.link, data=data, revision=revision),
        )


def _own(block: Block) -> Block:
    rows = block.items[0]
    assert isinstance(rows, Rows)
    items = tuple(item for item in rows.items if item.name not in _NOT_THEIRS[block.path])
    return replace(block, items=(replace(rows, items=items),))


def with_part(draft: Mapping[str, Any], key: str, parts: Parts) -> dict[str, Any]:
    """The draft with the partner's part in place; people of others keep their places."""
    posted = next(iter(rows_in(parts.get("parties"))), {})
    parties = [merged(row, posted) if row["key"] == key else row for row in rows_in(draft.get("parties"))]
    whole = {**draft, "parties": parties}
    if "participants" not in parts:
        return whole
    people = rows_in(draft.get("participants"))
    before = {row["key"]: row for row in people if row.get("party_key") == key}
    own = [{**merged(before.get(row["key"], {}), row), "party_key": key} for row in parts["participants"]]
    at = next((n for n, row in enumerate(people) if row["key"] in before), len(people))
    others = [row for row in people if row["key"] not in before]
    whole["participants"] = [*others[:at], *own, *others[at:]]
    return whole
