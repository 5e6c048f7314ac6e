"""The dossier: the plain, typed, frozen picture of one application, from which everything else is made.

Usable incomplete: each field has an empty default, so that any draft builds one (`Dossier.from_draft`).
Amounts are whole fen. Rows carry a stable `key`; a path to a value names rows by it: `budget_lines.l3.basis`.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

import rfc8785
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from programs.cleaning import (
    LARGEST_NUMBER,
    Count,
    Country,
    CreditCode,
    Day,
    Email,
    Fen,
    Key,
    Label,
    Line,
    Months,
    Orcid,
    Reference,
    Sha256,
    Text,
    Year,
    refusal,
)
from programs.differences import Change, compare
from programs.lenient import DraftProblem, read_leniently

__all__ = ["Change", "Dossier", "DraftProblem", "canonical_json", "diff", "sha256_of"]


class Part(BaseModel):
    """A frozen piece of a dossier; unknown names are refused so that a misspelt field can't vanish."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(Part):
    """A piece that occurs many times; `key` never changes and is never reused within its list."""

    key: Annotated[Key, Label("标识", "Key")] = ""


R = TypeVar("R", bound=Row)


def _unique(rows: tuple[R, ...]) -> tuple[R, ...]:
    keys = [row.key for row in rows]
    if len(set(keys)) != len(keys) or "" in keys:
        raise refusal("duplicate_key", "行标识缺失或重复。", "A row's key is missing or used twice.")
    return rows


Rows = Annotated[tuple[R, ...], AfterValidator(_unique)]


class Contact(Part):
    """Whom to write to."""

    name: Annotated[Line, Label("姓名", "Name")] = ""
    email: Annotated[Email, Label("电子邮箱", "E-mail")] = ""
    title: Annotated[Line, Label("职务职称", "Position")] = ""


class PrincipalInvestigator(Part):
    """项目负责人. `employed_at_lead` is what the PI declares and the office confirms by endorsing (B2.1)."""

    user_id: Annotated[Reference, Label("账户", "Account")] = None
    name_zh: Annotated[Line, Label("姓名（中文）", "Name (Chinese)")] = ""
    name_en: Annotated[Line, Label("姓名（英文）", "Name (English)")] = ""
    email: Annotated[Email, Label("电子邮箱", "E-mail")] = ""
    institution_id: Annotated[Reference, Label("工作单位", "Employer")] = None
    title: Annotated[Line, Label("职务职称", "Position")] = ""
    orcid: Annotated[Orcid, Label("ORCID", "ORCID")] = ""
    employed_at_lead: Annotated[bool, Label("在牵头单位在职", "Employed at the lead institution")] = False


class LeadInstitution(Part):
    """牵头单位 as it was when the dossier was built."""

    institution_id: Annotated[Reference, Label("单位", "Institution")] = None
    name_zh: Annotated[Line, Label("单位名称（中文）", "Name (Chinese)")] = ""
    name_en: Annotated[Line, Label("单位名称（英文）", "Name (English)")] = ""
    country: Annotated[Country, Label("国家", "Country")] = ""
    kind: Annotated[Line, Label("单位类型", "Kind")] = ""
    is_cas_institute: Annotated[bool, Label("中国科学院院属研究机构", "Institute of the CAS")] = False
    is_chinese_legal_person: Annotated[bool, Label("国内法人机构", "Legal person in China")] = False
    uscc: Annotated[CreditCode, Label("统一社会信用代码", "Unified social credit code")] = ""


class Party(Row):
    """A partner unit (合作单位), the lead institution not among them."""

    institution_id: Annotated[Reference, Label("单位", "Institution")] = None
    name_zh: Annotated[Line, Label("单位名称（中文）", "Name (Chinese)")] = ""
    name_en: Annotated[Line, Label("单位名称（英文）", "Name (English)")] = ""
    country: Annotated[Country, Label("国家", "Country")] = ""
    is_anso_member: Annotated[bool, Label("ANSO 成员机构", "ANSO member")] = False
    is_fellow_member: Annotated[bool, Label("同一联合体成员单位", "Member of the same consortium")] = False
    """Declared by the applicant, confirmed by whoever forwards the application (E1.2)."""
    role: Annotated[Text, Label("任务分工", "Division of labour")] = ""
    contact: Annotated[Contact, Label("联系人", "Contact")] = Contact()
    matching_fen: Annotated[Fen, Label("匹配经费（元）", "Matching funds (yuan)")] = 0

    @property
    def is_foreign(self) -> bool:
        """国外: a known country other than China, with Hong Kong, Macao and Taiwan (B2.2)."""
        return self.country not in {"", "CN", "HK", "MO", "TW"}

    @property
    def is_outside_mainland(self) -> bool:
        """境外: grant money can't be spent there (A4)."""
        return self.country not in {"", "CN"}


class Participant(Row):
    """A member of the project team besides the PI; `is_main` counts towards the limit of article 19."""

    name: Annotated[Line, Label("姓名", "Name")] = ""
    user_id: Annotated[Reference, Label("账户", "Account")] = None
    party_key: Annotated[Line, Label("所在单位", "Unit")] = ""
    """Key of the party, or `lead`."""
    role: Annotated[Line, Label("分工", "Role")] = ""
    is_main: Annotated[bool, Label("主要参与者", "Main participant")] = False
    months_per_year: Annotated[Months, Label("每年工作月数", "Months per year")] = 0


class Indicator(Row):
    """A measurable target of one year (考核指标)."""

    name: Annotated[Line, Label("指标", "Indicator")] = ""
    target: Annotated[Line, Label("目标值", "Target")] = ""
    unit: Annotated[Line, Label("单位", "Unit")] = ""


class PlanYear(Row):
    """What one calendar year is to bring."""

    year: Annotated[Year, Label("年度", "Year")] = None
    objectives: Annotated[Text, Label("年度目标", "Objectives of the year")] = ""
    indicators: Annotated[Rows[Indicator], Label("考核指标", "Indicators")] = ()


class BudgetLine(Row):
    """One line of the budget; `basis` is how the amount was calculated (A34)."""

    category: Annotated[Line, Label("预算科目", "Category")] = ""
    name: Annotated[Line, Label("名称", "Name")] = ""
    amount_fen: Annotated[Fen, Label("金额（元）", "Amount (yuan)")] = 0
    year: Annotated[Year, Label("年度", "Year")] = None
    is_equipment: Annotated[bool, Label("设备", "Equipment")] = False
    unit_price_fen: Annotated[Fen, Label("单价（元）", "Unit price (yuan)")] = 0
    quantity: Annotated[Count, Label("数量", "Quantity")] = 0
    basis: Annotated[Text, Label("测算依据", "Basis of calculation")] = ""
    relation_to_cooperation: Annotated[Text, Label("与国际合作的关系", "Relation to the international cooperation")] = (
        ""
    )
    party_key: Annotated[Line, Label("支出单位", "Spending unit")] = "lead"
    """Key of the party that spends it, or `lead`."""


class Disbursement(Row):
    """What the funder pays in one calendar year (年度拨款计划)."""

    year: Annotated[Year, Label("年度", "Year")] = None
    amount_fen: Annotated[Fen, Label("金额（元）", "Amount (yuan)")] = 0


class Allocation(Row):
    """What the lead institution passes on to a partner in one calendar year (合作单位拨款计划)."""

    party_key: Annotated[Line, Label("合作单位", "Partner")] = ""
    year: Annotated[Year, Label("年度", "Year")] = None
    amount_fen: Annotated[Fen, Label("金额（元）", "Amount (yuan)")] = 0


class Activity(Row):
    """A course, meeting, visit or stay that the project holds; the policy's form says which, and names the columns."""

    name: Annotated[Line, Label("名称", "Name")] = ""
    place: Annotated[Line, Label("地点", "Place")] = ""
    country: Annotated[Country, Label("国家", "Country")] = ""
    start_date: Annotated[Day, Label("开始日期", "First day")] = None
    end_date: Annotated[Day, Label("结束日期", "Last day")] = None
    people: Annotated[Count, Label("人数", "People")] = 0
    note: Annotated[Line, Label("说明", "Note")] = ""

    @property
    def days(self) -> int | None:
        """Calendar days, both ends included; None while a day is missing, below one when they are reversed."""
        if self.start_date is None or self.end_date is None:
            return None
        return (self.end_date - self.start_date).days + 1


class Attachment(Row):
    """A file by its hash; `party_key` says whose agreement or letter it is. Size in bytes."""

    kind: Annotated[Line, Label("附件种类", "Kind")] = ""
    party_key: Annotated[Line, Label("所属单位", "Unit")] = ""
    sha256: Annotated[Sha256, Label("校验值", "SHA-256")] = ""
    filename: Annotated[Line, Label("文件名", "File name")] = ""
    size: Annotated[int, Field(ge=0, le=LARGEST_NUMBER), Label("大小（字节）", "Size (bytes)")] = 0
    media_type: Annotated[Line, Label("文件类型", "Media type")] = ""


class Justification(Row):
    """Why the applicant exceeds what the policy allows in principle (原则上); one per warning."""

    finding: Annotated[Line, Label("所针对的提示", "Warning")] = ""
    """`Finding.ref`, such as `A35:equipment_price:budget_lines.l3.unit_price_fen`."""
    text: Annotated[Text, Label("理由", "Reason")] = ""


class Dossier(Part):
    """One application, whole or begun."""

    title_zh: Annotated[Line, Label("项目名称（中文）", "Title (Chinese)")] = ""
    title_en: Annotated[Line, Label("项目名称（英文）", "Title (English)")] = ""
    field: Annotated[Line, Label("资助领域", "Field")] = ""
    """Key of one of the policy's fields."""
    keywords: Annotated[tuple[Line, ...], Label("关键词", "Keywords")] = ()
    start_date: Annotated[Day, Label("开始日期", "Start date")] = None
    end_date: Annotated[Day, Label("结束日期", "End date")] = None
    """The last day of the project."""
    abstract_zh: Annotated[Text, Label("摘要（中文）", "Abstract (Chinese)")] = ""
    abstract_en: Annotated[Text, Label("摘要（英文）", "Abstract (English)")] = ""
    objectives_zh: Annotated[Text, Label("项目目标（中文）", "Objectives (Chinese)")] = ""
    objectives_en: Annotated[Text, Label("项目目标（英文）", "Objectives (English)")] = ""
    pi: Annotated[PrincipalInvestigator, Label("项目负责人", "Principal investigator")] = PrincipalInvestigator()
    lead: Annotated[LeadInstitution, Label("牵头单位", "Lead institution")] = LeadInstitution()
    parties: Annotated[Rows[Party], Label("合作单位", "Partners")] = ()
    participants: Annotated[Rows[Participant], Label("项目成员", "Participants")] = ()
    activities: Annotated[Rows[Activity], Label("活动", "Activities")] = ()
    yearly_plan: Annotated[Rows[PlanYear], Label("年度计划", "Yearly plan")] = ()
    budget_lines: Annotated[Rows[BudgetLine], Label("经费预算", "Budget lines")] = ()
    disbursement: Annotated[Rows[Disbursement], Label("年度拨款计划", "Yearly disbursement plan")] = ()
    partner_allocation: Annotated[Rows[Allocation], Label("合作单位拨款计划", "Partner allocation plan")] = ()
    attachments: Annotated[Rows[Attachment], Label("附件", "Attachments")] = ()
    answers: Annotated[dict[str, Text], Label("其他问题", "Further questions")] = {}
    """Answers to the programme's own questions, by question key; a choice is its option's key."""
    justifications: Annotated[Rows[Justification], Label("说明理由", "Justifications")] = ()

    @classmethod
    def from_draft(cls, data: Mapping[str, Any]) -> tuple[Self, list[DraftProblem]]:
        """The fullest dossier that a draft's JSON gives, and a problem for each value it couldn't take.

        Never raises on content. An amount as a number is fen; as text it is what was typed, in yuan.
        """
        return read_leniently(cls, data)

    @property
    def total_fen(self) -> int:
        """The requested amount: the sum of the budget lines, never typed in."""
        return sum(line.amount_fen for line in self.budget_lines)

    @property
    def matching_fen(self) -> int:
        """Funds the partners bring, together (A13)."""
        return sum(party.matching_fen for party in self.parties)

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years the project touches; empty while its dates are missing or reversed."""
        if self.start_date is None or self.end_date is None:
            return ()
        return tuple(range(self.start_date.year, self.end_date.year + 1))

    @property
    def foreign_parties(self) -> tuple[Party, ...]:
        """Partners outside China (B2.2)."""
        return tuple(party for party in self.parties if party.is_foreign)

    def party(self, key: str) -> Party | None:
        """The partner with this key, if any."""
        return next((party for party in self.parties if party.key == key), None)

    def party_name(self, key: str) -> tuple[str, str]:
        """Chinese and English name of the lead institution (`lead`) or a partner; the key when unnamed."""
        unit = self.lead if key == "lead" else self.party(key)
        if unit is None:
            return key, key
        return unit.name_zh or unit.name_en or key, unit.name_en or unit.name_zh or key

    def attachments_of(self, kind: str, party_key: str = "") -> tuple[Attachment, ...]:
        """Files of a kind, of one partner if given."""
        return tuple(a for a in self.attachments if a.kind == kind and party_key in ("", a.party_key))


def canonical_json(dossier: Dossier) -> bytes:
    """The dossier as canonical JSON (RFC 8785): equal dossiers give equal bytes.

    What came to the dossier later is left out while nobody uses it, so that what was frozen before keeps its hash."""
    later: dict[str, Any] = {}
    if not dossier.activities:
        later["activities"] = True
    if not any(party.is_fellow_member for party in dossier.parties):
        later["parties"] = {"__all__": {"is_fellow_member"}}
    data: bytes = rfc8785.dumps(dossier.model_dump(mode="json", exclude=later))
    return data


def sha256_of(dossier: Dossier) -> str:
    """Hex SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical_json(dossier)).hexdigest()


def diff(old: Dossier, new: Dossier) -> list[Change]:
    """What changed from `old` to `new`, in the order of the form; rows are matched by key."""
    return compare(old, new)
