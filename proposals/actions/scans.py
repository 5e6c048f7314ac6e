"""Filing sealed papers: the codes on the scan's pages say which summary list or which version of an application it is.
One that is out of date, or any other paper, is refused in words."""

from django.db import transaction

from accounts.models import User
from accounts.queries import office_institutions
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from documents.actions import store_bytes
from documents.checks import check_upload
from documents.models import Document
from documents.scanning import Busy, Unreadable, codes_in
from proposals.actions.common import locked
from proposals.actions.papers import KIND as VERSION
from proposals.actions.summing_up import KIND
from proposals.models import EndorsementScan, EndorsementSummary, Proposal, VersionScan
from proposals.rules import is_lead_office, is_pi

ACCEPTED = frozenset({"pdf", "png", "jpeg"})


def file_scan(*, by: User, data: bytes, filename: str) -> EndorsementScan:
    """File the scan with the list whose code is on its pages; the same file again gives the same row.

    Raises FileRefused for what may not be stored, Refused when no code can be read, when the codes are of several
    papers, of none of the person's institutions' lists, or of one that a newer list has replaced."""
    name, media_type, code = _read(data, filename)
    return _file(by, data, name, media_type, code)


def file_version_scan(*, proposal: Proposal, by: User, data: bytes, filename: str) -> VersionScan:
    """File the stamped scan with the application's newest version, whose code is on its pages (B6); the same file again
    gives the same row.

    Raises NotVisible for others than applicant and lead institution's office, FileRefused for what may not be stored,
    Refused when no code can be read, when the codes are of several papers, of another application, or of a version
    that a newer one has replaced."""
    require_stamper(by, proposal)
    name, media_type, code = _read(data, filename)
    return _file_version(proposal, by, data, name, media_type, code)


def require_stamper(user: User, proposal: Proposal) -> None:
    """The applicant and the lead institution's office file stamped scans. Raises NotVisible."""
    if not (is_pi.test(user, proposal) or is_lead_office.test(user, proposal)):
        raise NotVisible


def _read(data: bytes, filename: str) -> tuple[str, str, str]:
    """Name, media type and the one code of the upload. Reading takes seconds: before any lock."""
    checked = check_upload(data, filename, allowed=ACCEPTED)
    try:
        codes = codes_in(data)
    except Busy:
        raise Refused([_BUSY]) from None
    except Unreadable:
        codes = set()
    if len(codes) != 1:
        raise Refused([_SEVERAL if codes else _NO_CODE])
    return checked.name, checked.media_type, codes.pop()


@transaction.atomic
def _file(by: User, data: bytes, name: str, media_type: str, code: str) -> EndorsementScan:
    document = Document.objects.filter(code=code, kind=KIND).first()
    mine = EndorsementSummary.objects.filter(institution__in=office_institutions(by))
    summary = mine.select_related("tenant").filter(pk=document.subject_id).first() if document else None
    if summary is None:
        raise Refused([_OTHER])
    same = {"call": summary.call_id, "institution": summary.institution_id, "step": summary.step}
    last = EndorsementSummary.objects.filter(**same).order_by("-number").values_list("number", flat=True)[0]
    if summary.number != last:
        raise Refused([_outdated(summary.number, last)])
    file = store_bytes(tenant=summary.tenant, data=data, media_type=media_type, filename=name, by=by)
    row, is_new = EndorsementScan.objects.get_or_create(
        tenant=summary.tenant,
        summary=summary,
        file=file,
        defaults={"filename": name, "uploaded_at": clock.now(), "uploaded_by": by},
    )
    if is_new:
        record(
            tenant=summary.tenant,
            actor=by,
            action="endorsement_summary.scan",
            subject=summary,
            data={"code": code, "sha256": file.sha256},
        )
    return row


@transaction.atomic
def _file_version(proposal: Proposal, by: User, data: bytes, name: str, media_type: str, code: str) -> VersionScan:
    proposal = locked(proposal)
    require_stamper(by, proposal)
    document = Document.objects.filter(code=code, kind=VERSION).first()
    versions = list(proposal.versions.order_by("number"))
    version = next((one for one in versions if document is not None and one.pk == document.subject_id), None)
    if version is None:
        raise Refused([_OTHER_APPLICATION])
    if version != versions[-1]:
        raise Refused([_old_version(version.number, versions[-1].number)])
    file = store_bytes(tenant=proposal.tenant, data=data, media_type=media_type, filename=name, by=by)
    row, is_new = VersionScan.objects.get_or_create(
        tenant=proposal.tenant,
        version=version,
        file=file,
        defaults={"filename": name, "uploaded_at": clock.now(), "uploaded_by": by},
    )
    if is_new:
        record(
            tenant=proposal.tenant,
            actor=by,
            action="proposal.file_scan",
            subject=proposal,
            data={"version": version.number, "code": code, "sha256": file.sha256},
        )
    return row


def _old_version(number: int, last: int) -> Obstacle:
    return Obstacle(
        "scan_outdated",
        f"扫描件是申请书第 {number} 版，已被第 {last} 版取代。请打印第 {last} 版，签字盖章后重新扫描上传。",
        f"The scan is of version {number}, which version {last} has replaced. Please print version {last}, stamp and "
        "scan it.",
        article="B6",
        field="scan",
    )


def _outdated(number: int, last: int) -> Obstacle:
    return Obstacle(
        "scan_outdated",
        f"扫描件是第 {number} 号汇总表，已被第 {last} 号取代。请打印第 {last} 号，签字盖章后重新扫描上传。",
        f"The scan is of list {number}, which list {last} has replaced. Please print list {last}, seal it and scan it.",
        field="scan",
    )


_BUSY = Obstacle(
    "scan_busy",
    "系统正在读取其他扫描件，请稍等片刻后再次上传。",
    "Another scan is being read just now. Please upload it once more in a moment.",
    field="scan",
)
_NO_CODE = Obstacle(
    "scan_without_code",
    "未能从扫描件中读出二维码。请以 200 dpi 以上扫描整页，确保页脚二维码完整清晰。",
    "No QR code could be read. Please scan whole pages at 200 dpi or more, the code at the foot clear.",
    field="scan",
)
_SEVERAL = Obstacle(
    "scan_of_several",
    "扫描件中有不止一份文件的二维码。请将每份文件单独扫描上传。",
    "The scan has the codes of more than one paper. Please scan and upload each by itself.",
    field="scan",
)
_OTHER = Obstacle(
    "scan_of_another",
    "扫描件的二维码不属于贵单位出具的汇总表。",
    "The code on the scan is not that of a summary list of your institution.",
    field="scan",
)
_OTHER_APPLICATION = Obstacle(
    "scan_of_another",
    "扫描件的二维码不属于本申请书。请打印本页所列版本的 PDF，签字盖章后扫描上传。",
    "The code on the scan is not this application's. Please print the PDF of the version listed here and stamp it.",
    article="B6",
    field="scan",
)
