"""Proposals, their frozen versions, attachments, and what offices and secretaries decided about them."""

from proposals.models.appeals import Appeal
from proposals.models.applications import (
    Attachment,
    HandedIn,
    Invitation,
    PreliminaryCheck,
    Proposal,
    ProposalCountry,
    ProposalParty,
    ProposalTerm,
    ProposalUserObjectPermission,
    ProposalVersion,
    TeamMember,
    VersionScan,
    Waiver,
)
from proposals.models.endorsing import (
    Endorsement,
    EndorsementBatch,
    EndorsementItem,
    EndorsementScan,
    EndorsementSummary,
    EndorsementTurn,
    Recommender,
)
from proposals.models.integrity import Sanction, SanctionLift
from proposals.models.partners import PartnerConfirmation, PartnerLink

__all__ = [
    "Appeal",
    "Attachment",
    "Endorsement",
    "EndorsementBatch",
    "EndorsementItem",
    "EndorsementScan",
    "EndorsementSummary",
    "EndorsementTurn",
    "HandedIn",
    "Invitation",
    "PartnerConfirmation",
    "PartnerLink",
    "PreliminaryCheck",
    "Proposal",
    "ProposalCountry",
    "ProposalParty",
    "ProposalTerm",
    "ProposalUserObjectPermission",
    "ProposalVersion",
    "Recommender",
    "Sanction",
    "SanctionLift",
    "TeamMember",
    "VersionScan",
    "Waiver",
]
