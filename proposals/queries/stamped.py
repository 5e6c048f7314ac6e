"""Stamped scans of an application (B6)."""

from proposals.models import Proposal, VersionScan
from proposals.queries.visibility import Access


def scans_of(proposal: Proposal) -> list[VersionScan]:
    """Of all its versions, the oldest first."""
    rows = VersionScan.objects.filter(version__proposal=proposal).select_related("file", "version", "uploaded_by")
    return list(rows.order_by("pk"))


def reads_scans(access: Access) -> bool:
    """The applicant's side, the lead institution's office and the secretariat; experts read the version itself."""
    return access.reads_draft or access.is_office or access.is_secretary


def files_scans(access: Access) -> bool:
    """Whether the person may file one: there is a version to print, and it is theirs or their institution's."""
    return access.proposal.received_at is not None and (access.owns or access.is_office)
