"""Reads of preliminary checks: what they found wrong, what may be appealed against, and appeals."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, QuerySet, When

from accounts.enums import Role
from accounts.models import User, local
from accounts.standing import standing_of
from core import clock
from core.conditions import Sql
from core.errors import NotVisible
from core.tenancy import active_among
from programs.findings import Severity
from programs.policy import Policy
from proposals.enums import AppealState, CheckDecision, ProposalState
from proposals.models import Appeal, PreliminaryCheck, Proposal
from proposals.queries.impartiality import without_conflict
from proposals.queries.visibility import Access


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong, with the article that asks for it, in both languages."""

    zh: str
    en: str
    article_zh: str
    article_en: str

    @property
    def text(self) -> str:
        """What is wrong, in the active language."""
        return local(self.zh, self.en)

    @property
    def article(self) -> str:
        """The article, in the active language."""
        return local(self.article_zh, self.article_en)


def defects_of(check: PreliminaryCheck, policy: Policy) -> list[Defect]:
    """All that a return or a declaration of invalidity lists: conditions that block, and points that are not met with
    the secretary's note on them; nothing of a check that passed."""
    if check.decision == CheckDecision.PASS:
        return []
    found = [
        Defect(one["message_zh"], one["message_en"], *_words(policy, one["article"]))
        for one in check.findings
        if one["severity"] == Severity.BLOCK and not one["waived"]
    ]
    for point in policy.checklist:
        answer = check.points.get(point.key, {})
        if not answer.get("ok") and (note := answer.get("note")):
            zh, en = f"{point.zh}：{note}", f"{point.en}: {note}"
            found.append(Defect(zh, en, *_words(policy, point.article)))
    return found


def _words(policy: Policy, article: str) -> tuple[str, str]:
    words = policy.articles.get(article)
    return (words.zh, words.en) if words else (article, article)


def last_return(proposal: Proposal) -> PreliminaryCheck | None:
    """The secretariat's list of defects, while the applicant corrects them (A20)."""
    if proposal.received_at is None:
        return None
    checks = PreliminaryCheck.objects.filter(version__proposal=proposal).select_related("decided_by")
    last = checks.order_by("-pk").first()
    return last if last is not None and last.decision == CheckDecision.RETURN else None


def was_returned(proposal: Proposal) -> bool:
    """Whether the preliminary check returned it for correction before."""
    return PreliminaryCheck.objects.filter(version__proposal=proposal, decision=CheckDecision.RETURN).exists()


def checks_of(proposal: Proposal) -> list[PreliminaryCheck]:
    """All decisions of the preliminary check, newest first, with the appeals against them. One query."""
    rows = PreliminaryCheck.objects.filter(version__proposal=proposal)
    return list(rows.select_related("version", "appeal__decided_by", "appeal__filed_by", "decided_by").order_by("-pk"))


def appealable(proposal: Proposal) -> PreliminaryCheck | None:
    """The declaration of invalidity that may be appealed against now: the one that stands, in time and for the first
    time. What an institution returned or did not endorse never came before the secretariat, so there is none."""
    check = standing_declaration(proposal)
    if check is None or hasattr(check, "appeal") or check.appeal_until is None or clock.now() >= check.appeal_until:
        return None
    return check


def standing_declaration(proposal: Proposal) -> PreliminaryCheck | None:
    """The declaration of invalidity by which the proposal is invalid now. One query."""
    if proposal.state != ProposalState.INVALID:
        return None
    rows = PreliminaryCheck.objects.filter(version__proposal=proposal).select_related("appeal", "version")
    check = rows.order_by("-pk").first()
    return check if check is not None and check.decision == CheckDecision.INVALID else None


# ---------------------------------------------------------------- appeals
def appeals_for(user: User) -> QuerySet[Appeal]:
    """Those that the person may read for their secretariat: without a tie to the application (A16)."""
    tenants = active_among(standing_of(user).where(Role.SECRETARY))
    rows = Appeal.objects.filter(without_conflict(user, key="proposal", path="proposal__"), tenant__in=tenants)
    return rows.select_related(
        "proposal__pi", "proposal__lead_institution", "proposal__call", "against__version", "against_by", "decided_by",
        "filed_by", "tenant",
    )  # fmt: skip


def get_appeal(user: User, pk: int) -> Appeal:
    """One of them. Raises NotVisible."""
    row = appeals_for(user).filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row


def evidence_for(access: Access, appeal_pk: int) -> Appeal:
    """The appeal of that application whose evidence the person may open: as applicant, as its institution or as an
    unconflicted secretary. Raises NotVisible."""
    row = access.proposal.appeals.select_related("evidence").filter(pk=appeal_pk, evidence__isnull=False).first()
    if row is None or not reads_appeals(access):
        raise NotVisible
    return row


def reads_appeals(access: Access) -> bool:
    """Whether the person reads the check's decisions and the appeals against them; co-writers don't."""
    return access.owns or access.is_office or access.is_secretary


def waiting_appeal(user: User, secretary_of: Collection[int]) -> Case:
    """For proposals: the appeal that waits for the secretary's decision, unless they decided what it is against or
    are tied to the application."""
    query = (
        "SELECT min(a.id) FROM {appeals} a WHERE a.proposal_id = {key} AND a.state = %s AND a.against_by_id <> %s "
        "AND a.tenant_id IN %s"
    )
    first = Sql(query, AppealState.FILED, user.pk, secretary_of, gives=BigIntegerField(), appeals=Appeal, key="pk")
    return Case(When(without_conflict(user), then=first), output_field=BigIntegerField())
