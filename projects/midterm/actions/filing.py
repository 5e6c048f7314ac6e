"""What is filed in an evaluation: the PI's report, the institution's opinions, the inspection (A27)."""

from typing import Any

from django.db import transaction

from accounts.enums import Role
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, WrongState
from core.workflow import move
from documents.actions import store_checked
from documents.checks import check_upload
from notifications.actions import cancel_reminders
from projects.actions.common import staff, tell
from projects.enums import MidTermOpinionKind as Kind
from projects.midterm import queries
from projects.midterm.actions.common import PAGE, locked_midterm
from projects.models import MidTerm, MidTermOpinion
from projects.running import require_office, require_secretary

SCANS = frozenset({"pdf", "png", "jpeg"})
_BY_PI = (Kind.REPORT, Kind.RECTIFICATION)


def file_opinion(
    *,
    midterm: MidTerm,
    by: Any,
    kind: str,
    result: str,
    text: str,
    organised_as: str = "",
    filename: str = "",
    data: bytes | None = None,
) -> MidTermOpinion:
    """File one paper, with its signed scan if given; the last one wanted completes the answer (A27).

    Raises NotVisible for those whose paper it isn't, FileRefused for a bad scan, WrongState for a paper that is not
    wanted or was filed already."""
    scan = None if data is None else check_upload(data, filename, allowed=SCANS)
    with transaction.atomic():
        midterm = locked_midterm(midterm)
        require_filer(by, midterm, kind)
        turn = queries.turn_of(midterm)
        wanted = queries.still_wanted(midterm, queries.opinions_of(midterm), turn)
        if kind not in wanted:
            raise WrongState([_NOT_WANTED])
        stored = store_checked(tenant=midterm.tenant, checked=scan, data=data, by=by)
        opinion = MidTermOpinion.objects.create(
            tenant=midterm.tenant,
            midterm=midterm,
            kind=kind,
            turn=turn,
            result=result,
            text=text,
            organised_as=organised_as,
            file=stored,
            filename=scan.name if scan else "",
            filed_at=clock.now(),
            filed_by=by,
        )
        before = midterm.state
        if wanted == [kind]:
            _complete(midterm)
        record(
            tenant=midterm.tenant,
            actor=by,
            action="midterm.file",
            subject=midterm.project,
            from_state=before,
            to_state=midterm.state,
            data={"kind": kind, "result": result, "turn": turn, "file": stored.sha256 if stored else ""},
        )
    return opinion


def require_filer(user: Any, midterm: MidTerm, kind: str) -> None:
    """The PI reports, the office files the opinions it organised, the secretariat its inspection. Raises NotVisible."""
    project = midterm.project
    if kind in _BY_PI:
        if user.pk != project.pi_id:
            raise NotVisible
    elif kind == Kind.INSPECTION:
        require_secretary(user, project)
    else:
        require_office(user, project)


def _complete(midterm: MidTerm) -> None:
    """All is there: nobody is reminded any more, and the secretariat goes on."""
    move(midterm.file_opinions)
    midterm.save(update_fields=["state"])
    cancel_reminders(tenant=midterm.tenant, subject=midterm)
    tell(
        midterm.project,
        staff(midterm.project, Role.SECRETARY),
        kind="midterm-filed",
        key=f"{midterm.pk}:{queries.turn_of(midterm)}",
        zh="中期评估材料已报送",
        en="Mid-term evaluation filed",
        page=PAGE,
    )


_NOT_WANTED = Obstacle(
    code="midterm-not-wanted",
    article="A27",
    message_zh="该项材料已经报送，或目前不需要报送。",
    message_en="This paper was filed already, or is not asked for now.",
)
