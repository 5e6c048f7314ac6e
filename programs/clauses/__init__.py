"""Clauses: one small class per kind of rule. The kind in a policy file picks the class; the rest is its fields."""

from typing import Annotated

from pydantic import Field

from programs.clauses.amounts import Amount, AwardKept, PanelAbove
from programs.clauses.base import Both, Choice, Clause
from programs.clauses.budget import (
    AllocationAddsUp,
    BudgetCategory,
    DisbursementAddsUp,
    EquipmentPrice,
    ForbiddenLine,
    LineExplained,
    NoForeignAllocation,
)
from programs.clauses.content import FieldChoice, RequiredColumns, RequiredFields, YearlyPlan
from programs.clauses.dates import Deadline, Duration, Window
from programs.clauses.partners import (
    FileKind,
    FileNaming,
    ForeignPartnerCount,
    PartnerAttachment,
    PartnerCount,
    RequiredAttachment,
)
from programs.clauses.people import ConcurrentLimit, LeadKind, LeadLegalPerson, PiEmployed, PiNotLeading
from programs.clauses.process import EndorsementRequired, PublicResult, ReviewQuorum

__all__ = ["AnyClause", "Both", "Choice", "Clause", "FileKind"]

AnyClause = Annotated[
    Amount
    | AwardKept
    | PanelAbove
    | Duration
    | Window
    | Deadline
    | LeadKind
    | LeadLegalPerson
    | PiEmployed
    | PiNotLeading
    | ConcurrentLimit
    | PartnerCount
    | ForeignPartnerCount
    | PartnerAttachment
    | RequiredAttachment
    | FileNaming
    | RequiredFields
    | RequiredColumns
    | FieldChoice
    | YearlyPlan
    | LineExplained
    | BudgetCategory
    | ForbiddenLine
    | EquipmentPrice
    | DisbursementAddsUp
    | AllocationAddsUp
    | NoForeignAllocation
    | EndorsementRequired
    | ReviewQuorum
    | PublicResult,
    Field(discriminator="kind"),
]
