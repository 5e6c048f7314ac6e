"""The middle of a life: the project is drawn or inspected, answered for, rectified once, and goes on (A27 A28)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from accounts.models import User
from anso_portal.life.walk import Walk
from core import clock
from core.tenancy import tenant_scope
from projects.enums import MidTermForm, MidTermOpinionKind, MidTermOutcome, MidTermResult
from projects.midterm import actions
from projects.midterm.queries import WANTED, form_for, is_long_enough, rules_of
from projects.models import MidTerm

SEED = "2023-07-01"
_FOUND = {
    MidTermOpinionKind.REPORT: "前半程按任务书完成观测站点建设与首批数据采集。",
    MidTermOpinionKind.SCIENCE: "专家组认为进展符合任务书要求，第二处站点略有滞后。",
    MidTermOpinionKind.FINANCE: "经费使用规范，执行率与进度相符。",
    MidTermOpinionKind.INSPECTION: "平台运行正常，数据共享目录须补充完整。",
    MidTermOpinionKind.RECTIFICATION: "已按要求补齐，附完成情况说明。",
}


def evaluate_midway(walk: Walk) -> None:
    """Mid-term of a project whose policy and term ask for one; says so where none does."""
    with tenant_scope(walk.call.tenant):
        rules = rules_of(walk.call)
        if rules is None or not is_long_enough(walk.project.start_date, walk.project.end_date, rules):
            walk.say("no mid-term evaluation: the policy asks for none of this term")
            return
        form = form_for(walk.project, rules)
    midterm = _begin(walk, form)
    for kind in WANTED[form]:
        _file(walk, midterm, kind, 40)
    _rectify(walk, midterm)
    _file(walk, midterm, MidTermOpinionKind.RECTIFICATION, 80)
    secretary = walk.staff("secretary")
    with _midway(walk, 90, secretary, "mid-term concluded: goes on as planned"):
        midterm.refresh_from_db()
        actions.propose(midterm=midterm, by=secretary, outcome=MidTermOutcome.CONTINUE)
    with tenant_scope(walk.call.tenant):
        walk.after_award()


@contextmanager
def _midway(walk: Walk, days: int, who: User, what: str) -> Iterator[None]:
    """So many days after the middle of the term, in the call's tenant; told when done."""
    start, end = walk.project.start_date, walk.project.end_date
    middle = clock.start_of_day(start + (end - start) / 2, walk.call.tenant.zone)
    with clock.at(middle + timedelta(days=days, hours=10)), tenant_scope(walk.call.tenant):
        yield
    walk.say(f"{what} – {who.email}")


def _begin(walk: Walk, form: MidTermForm) -> MidTerm:
    secretary = walk.staff("secretary")
    if form == MidTermForm.INSPECTION:
        with _midway(walk, 0, secretary, "inspection announced"):
            return actions.notify_inspection(project=walk.project, by=secretary)
    with _midway(walk, 0, secretary, f"drawn for the mid-term evaluation, seed {SEED}"):
        draw = actions.draw_sample(call=walk.call, number=1, by=secretary, seed=SEED)
        found: MidTerm = draw.midterms.get()
        return found


def _file(walk: Walk, midterm: MidTerm, kind: MidTermOpinionKind, days: int) -> None:
    by_pi = kind in (MidTermOpinionKind.REPORT, MidTermOpinionKind.RECTIFICATION)
    who = walk.pi if by_pi else walk.office
    if kind == MidTermOpinionKind.INSPECTION:
        who = walk.staff("secretary")
    with _midway(walk, days, who, f"mid-term {kind} filed"):
        actions.file_opinion(
            midterm=midterm,
            by=who,
            kind=kind,
            result=MidTermResult.ON_TRACK if by_pi else MidTermResult.CONCERNS,
            text=_FOUND[kind],
            organised_as="" if by_pi else "on_site" if kind == MidTermOpinionKind.INSPECTION else "panel",
        )


def _rectify(walk: Walk, midterm: MidTerm) -> None:
    secretary, director = walk.staff("secretary"), walk.staff("director")
    with _midway(walk, 50, secretary, "rectification proposed"):
        conclusion = actions.propose(
            midterm=midterm,
            by=secretary,
            outcome=MidTermOutcome.RECTIFY,
            comment="补齐第二处站点的观测数据和数据共享目录。",
            rectify_by=clock.today(walk.call.tenant.zone) + timedelta(days=60),
        )
    with _midway(walk, 55, director, "rectification approved"):
        actions.decide(conclusion=conclusion, by=director, approve=True)
