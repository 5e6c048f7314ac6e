"""Clauses: one small class per kind of rule. The kind in a policy file picks the class; the rest is its fields."""

from typing import Annotated

from pydantic import Field

from programs.clauses.activities import ActivityCount, ActivityCountry, ActivityDates, ActivityLength
from programs.clauses.amounts import Amount, AwardKept, PanelAbove, TypicalAmount, YearlyAmount
from programs.clauses.base import Both, Choice, Clause
from programs.clauses.budget import (
    AllocationAddsUp,
    BudgetCategory,
    DisbursementAddsUp,
    EquipmentPrice,
    ForbiddenCost,
    ForbiddenLine,
    LineBasis,
    LineExplained,
    NoForeignAllocation,
)
from programs.clauses.content import FieldChoice, RequiredColumns, RequiredFields, YearlyPlan
from programs.clauses.dates import Deadline, Duration, Window
from programs.clauses.partners import (
    AttachmentIf,
    ConsortiumMembers,
    CounterpartContribution,
    FileKind,
    FileNaming,
    ForeignPartnerCount,
    OutsidePartnerCount,
    PartnerAttachment,
    PartnerCount,
    RequiredAttachment,
)
from programs.clauses.people import (
    ActiveProject,
    ConcurrentLimit,
    IntegrityBan,
    LeadKind,
    LeadLegalPerson,
    PiEmployed,
    PiNotLeading,
)
from programs.clauses.process import AwardCount, EndorsementRequired, PublicResult, ReviewQuorum

__all__ = ["AnyClause", "Both", "Choice", "Clause", "FileKind"]

AnyClause = Annotated[
    Amount
    | TypicalAmount
    | YearlyAmount
    | AwardKept
    | PanelAbove
    | Duration
    | Window
    | Deadline
    | LeadKind
    | LeadLegalPerson
    | PiEmployed
    | PiNotLeading
    | ActiveProject
    | ConcurrentLimit
    | IntegrityBan
    | PartnerCount
    | ForeignPartnerCount
    | OutsidePartnerCount
    | CounterpartContribution
    | ConsortiumMembers
    | PartnerAttachment
    | RequiredAttachment
    | AttachmentIf
    | FileNaming
    | RequiredFields
    | RequiredColumns
    | FieldChoice
    | YearlyPlan
    | ActivityCount
    | ActivityDates
    | ActivityLength
    | ActivityCountry
    | LineExplained
    | LineBasis
    | BudgetCategory
    | ForbiddenLine
    | ForbiddenCost
    | EquipmentPrice
    | DisbursementAddsUp
    | AllocationAddsUp
    | NoForeignAllocation
    | EndorsementRequired
    | ReviewQuorum
    | AwardCount
    | PublicResult,
    Field(discriminator="kind"),
]
