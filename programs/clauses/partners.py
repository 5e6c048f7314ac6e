"""Rules on partners and attachments."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from programs.clauses.base import Both, Choice, Clause, Problem, Slug, Words
from programs.dossier import Dossier
from programs.facts import Facts


class PartnerCount(Clause):
    """Least number of partner units."""

    kind: Literal["partner_count"]
    minimum: int = Field(ge=1)

    title: ClassVar[Both] = Both("合作单位数量", "Number of partners")

    @property
    def summary(self) -> Both:
        return Both(f"合作单位不少于 {self.minimum} 个", f"At least {self.minimum} partner units")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if (found := len(dossier.parties)) < self.minimum:
            yield Problem(
                f"合作单位 {found} 个，不足 {self.minimum} 个。",
                f"There are {found} partner units; at least {self.minimum} are required.",
                "parties",
            )


class ForeignPartnerCount(Clause):
    """Least number of partner units outside China."""

    kind: Literal["foreign_partner_count"]
    minimum: int = Field(ge=1)

    title: ClassVar[Both] = Both("国外合作单位数量", "Number of foreign partners")

    @property
    def summary(self) -> Both:
        return Both(f"国外合作单位不少于 {self.minimum} 个", f"At least {self.minimum} foreign partner units")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if (found := len(dossier.foreign_parties)) < self.minimum:
            yield Problem(
                f"国外合作单位 {found} 个，不足 {self.minimum} 个。",
                f"There are {found} foreign partner units; at least {self.minimum} are required.",
                "parties",
            )


class OutsidePartnerCount(Clause):
    """Least number of partner units outside the mainland (境外), Hong Kong, Macao and Taiwan among them."""

    kind: Literal["outside_partner_count"]
    minimum: int = Field(ge=1)

    title: ClassVar[Both] = Both("境外合作单位数量", "Number of partners outside the mainland")

    @property
    def summary(self) -> Both:
        return Both(
            f"境外合作单位不少于 {self.minimum} 个", f"At least {self.minimum} partner unit(s) outside the mainland"
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if (found := sum(1 for party in dossier.parties if party.is_outside_mainland)) < self.minimum:
            yield Problem(
                f"境外合作单位 {found} 个，不足 {self.minimum} 个。",
                f"There are {found} partner units outside the mainland; at least {self.minimum} are required.",
                "parties",
            )


class CounterpartContribution(Clause):
    """The partners outside the mainland contribute: funds of their own, or what the answer to a question says."""

    kind: Literal["counterpart_contribution"]
    question: Slug

    title: ClassVar[Both] = Both("对方的投入", "The other side's contribution")

    @property
    def questions(self) -> frozenset[str]:
        return frozenset({self.question})

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        has_funds = any(party.is_outside_mainland and party.matching_fen for party in dossier.parties)
        if not has_funds and not dossier.answers.get(self.question):
            yield Problem(
                "对方应给予相应的投入：请填写境外合作单位的匹配经费，或说明其他投入。",
                "The other side contributes: state its matching funds, or describe what else it brings.",
                f"answers.{self.question}",
            )


class ConsortiumMembers(Clause):
    """Least number of partners that are members of the lead's own consortium: nobody applies alone."""

    kind: Literal["consortium_members"]
    minimum: int = Field(ge=1)

    title: ClassVar[Both] = Both("联合体成员单位共同申报", "Other members of the consortium")

    @property
    def summary(self) -> Both:
        return Both(
            f"与同一联合体内至少 {self.minimum} 家其他成员单位共同申报",
            f"With at least {self.minimum} other member(s) of the same consortium",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if (found := sum(1 for party in dossier.parties if party.is_fellow_member)) < self.minimum:
            yield Problem(
                f"同一联合体的其他成员单位 {found} 家，不足 {self.minimum} 家。",
                f"{found} other member(s) of the same consortium take part; at least {self.minimum} are required.",
                "parties",
            )


class FileKind(Choice):
    """A kind of attachment; `media_types` empty: any that the portal takes."""

    media_types: tuple[Words, ...] = ()


class PartnerAttachment(Clause):
    """A file of one of these kinds for each foreign partner."""

    kind: Literal["partner_attachment"]
    accepts: tuple[FileKind, ...] = Field(min_length=1)

    title: ClassVar[Both] = Both("外方合作证明", "Proof of each foreign partner's will to cooperate")

    @property
    def summary(self) -> Both:
        return Both(
            f"每个国外合作单位须提交{'或'.join(kind.zh for kind in self.accepts)}",
            f"For each foreign partner: {' or '.join(kind.en for kind in self.accepts)}",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        wanted = {kind.key for kind in self.accepts}
        held = {attachment.party_key for attachment in dossier.attachments if attachment.kind in wanted}
        for party in dossier.foreign_parties:
            if party.key not in held:
                name = Both(*dossier.party_name(party.key))
                yield Problem(
                    f"缺少{name.zh}的{'或'.join(kind.zh for kind in self.accepts)}。",
                    f"Missing for {name.en}: {' or '.join(kind.en for kind in self.accepts)}.",
                    f"parties.{party.key}",
                )


class RequiredAttachment(Clause):
    """At least one file of this kind, of an allowed type."""

    kind: Literal["attachment"]
    file: FileKind

    title: ClassVar[Both] = Both("必交附件", "Required attachment")

    @property
    def code(self) -> str:
        return f"{self.kind}_{self.file.key}"

    @property
    def summary(self) -> Both:
        return Both(f"须提交{self.file.zh}", f"Required: {self.file.en}")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        yield from missing_or_of_another_type(self.file, dossier)


class AttachmentIf(Clause):
    """At least one file of this kind, of an allowed type, from those who give a certain answer to a question."""

    kind: Literal["attachment_if"]
    question: Slug
    answer: Words
    file: FileKind

    title: ClassVar[Both] = Both("有条件的必交附件", "Attachment required of some")

    @property
    def code(self) -> str:
        return f"{self.kind}_{self.file.key}"

    @property
    def questions(self) -> frozenset[str]:
        return frozenset({self.question})

    @property
    def summary(self) -> Both:
        return Both(f"按所填情况须提交{self.file.zh}", f"Required of those it concerns: {self.file.en}")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if dossier.answers.get(self.question) == self.answer:
            yield from missing_or_of_another_type(self.file, dossier)


def missing_or_of_another_type(kind: FileKind, dossier: Dossier) -> Iterator[Problem]:
    """What is wrong with the files of a kind of which there must be one."""
    held = dossier.attachments_of(kind.key)
    if not held:
        yield Problem(f"缺少{kind.zh}。", f"Missing: {kind.en}.", f"attachments.{kind.key}")
    for attachment in held:
        if kind.media_types and attachment.media_type not in kind.media_types:
            yield Problem(
                f"{kind.zh}“{attachment.filename}”的文件类型不符合要求。",
                f"“{attachment.filename}” is not of the type required for: {kind.en}.",
                f"attachments.{attachment.key}",
            )


def _name_pattern(text: str) -> str:
    if re.search(r"[{}]", re.sub(r"\{(?:lead|pi)\}", "", text)):
        raise ValueError("a file name is made of {lead} and {pi}, without other braces")
    return text


NamePattern = Annotated[Words, AfterValidator(_name_pattern)]


class FileNaming(Clause):
    """Files of these kinds are named `pattern`, made of {lead} and {pi}, in Chinese names, plus an extension."""

    kind: Literal["file_naming"]
    file_kinds: tuple[Slug, ...] = Field(min_length=1)
    pattern: NamePattern

    title: ClassVar[Both] = Both("文件命名", "File naming")

    @property
    def summary(self) -> Both:
        pattern = self.pattern.format(lead="牵头单位名称", pi="项目负责人姓名")
        english = self.pattern.format(lead="lead institution", pi="principal investigator")
        return Both(f"文件命名为“{pattern}”", f"Files are named “{english}”, in Chinese")

    def expected(self, dossier: Dossier) -> str:
        """The right name, without extension."""
        return self.pattern.format(lead=dossier.lead.name_zh, pi=dossier.pi.name_zh or dossier.pi.name_en)

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        expected = self.expected(dossier)
        for attachment in dossier.attachments:
            if attachment.kind in self.file_kinds and _stem(attachment.filename) != _plain(expected):
                yield Problem(
                    f"文件“{attachment.filename}”应命名为“{expected}”。",
                    f"The file “{attachment.filename}” must be named “{expected}”.",
                    f"attachments.{attachment.key}",
                )


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _stem(filename: str) -> str:
    return _plain(PurePath(filename).stem)
