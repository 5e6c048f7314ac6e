"""The files an application needs, each with its place; and uploads into them."""

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.http import QueryDict

from accounts.enums import Role
from accounts.models import User
from core.errors import Obstacle, Refused
from documents.checks import KINDS
from documents.refusals import FileRefused
from programs.clauses.base import Both
from programs.language import pick
from proposals.actions import attach_file
from proposals.forms.desk import Desk
from proposals.forms.showing import Option, Remark
from proposals.models import Attachment

MEGABYTE = 1024 * 1024


@dataclass
class Slot:
    """One place for files: of one kind, or the proofs of one foreign partner."""

    key: str
    label: str
    kinds: list[Option]
    party_key: str = ""
    is_required: bool = False
    file_name: str = ""
    """The prescribed name without extension, if any."""
    types: str = ""
    """Extensions it takes, for people."""
    accept: str = ""
    files: list[Attachment] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether it holds a file that nothing is said against."""
        return bool(self.files) and not self.remarks


def slots(desk: Desk) -> list[Slot]:
    """The kinds of file that the policy asks for; for kinds per partner, one place for each foreign partner."""
    kinds = desk.policy.attachment_kinds
    single = [
        _slot(desk, one.file.key, [one], is_required=one.is_required) for one in kinds if not one.is_per_foreign_partner
    ]
    per_partner = [one for one in kinds if one.is_per_foreign_partner]
    partners = []
    for party in desk.dossier.foreign_parties if per_partner else ():
        slot = _slot(desk, f"for-{party.key}", per_partner, is_required=True)
        slot.party_key, slot.label = party.key, pick(*desk.dossier.party_name(party.key))
        partners.append(slot)
    made = [*partners, *single]
    by_place = {(kind.value, slot.party_key): slot for slot in made for kind in slot.kinds}
    rest = Slot("others", str(Both("其他附件", "Other files")), [])
    for file in desk.files:
        by_place.get((file.kind, file.party_key), rest).files.append(file)
    for remark in desk.remarks:
        _place(made, remark)
    return [*made, rest] if rest.files else made


def _slot(desk: Desk, key: str, kinds: list[Any], *, is_required: bool) -> Slot:
    media = {media for one in kinds for media in one.file.media_types}
    codes = [one for one in KINDS.values() if not media or one.media_type in media]
    return Slot(
        key=key,
        label=kinds[0].file.label,
        kinds=[Option(one.file.key, one.file.label, one.file.help) for one in kinds],
        is_required=is_required,
        file_name=desk.file_name if any(desk.must_be_named(one.file.key) for one in kinds) else "",
        types=", ".join(one.extensions[0].upper() for one in codes),
        accept=",".join(f".{extension}" for one in codes for extension in one.extensions),
    )


def _place(made: list[Slot], remark: Remark) -> None:
    head, _, key = remark.path.partition(".")
    if head != "attachments":
        return
    for slot in made:
        own = {slot.key, *(f"a{file.pk}" for file in slot.files)}
        if key in own:
            slot.remarks.append(remark)


def read_upload(desk: Desk, *, by: User, posted: QueryDict, upload: Any) -> Attachment:
    """Check and keep the file. With `rename` posted it gets the prescribed name, so that nobody has to rename it.

    Raises Refused, with the reason in both languages, before reading what is too large anyway."""
    checked_size(upload)
    kind, name = posted.get("kind", ""), upload.name
    if posted.get("rename") and desk.file_name and desk.must_be_named(kind):
        name = desk.file_name + PurePath(name).suffix
    return attach_file(
        proposal=desk.proposal,
        by=by,
        kind=kind,
        party_key=posted.get("party_key", ""),
        filename=name,
        data=upload.read(),
    )


def checked_size(upload: Any) -> None:
    """Raise Refused when there is no file, or one that is too large to be read at all."""
    if upload is None or not upload.name:
        raise Refused(
            [Obstacle("no_file", "请选择文件。", "Choose a file.", field="attachments", who_can_clear=Role.APPLICANT)]
        )
    size = upload.size or 0
    if size > settings.MAX_UPLOAD_BYTES:
        limit = f"{settings.MAX_UPLOAD_BYTES / MEGABYTE:.1f}"
        raise FileRefused("too_large", size=f"{size / MEGABYTE:.1f}", limit=limit)
