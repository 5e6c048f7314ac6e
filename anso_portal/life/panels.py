"""The panel that large requests of a walk go before, between the reviews of content and budget (A22)."""

from anso_portal.life.dossiers import minutes_of_panel
from anso_portal.life.walk import Walk
from core import clock
from reviews import actions as review_actions
from reviews.enums import PanelConclusion, PanelForm, ReviewKind
from reviews.queries.panels import panel_limit_fen


def needs_panel(walk: Walk) -> bool:
    """Whether the policy wants a panel for what the walk requests."""
    limit = panel_limit_fen(walk.policy)
    return limit is not None and walk.proposal.requested_fen > limit


def review_around_panel(walk: Walk) -> None:
    """The reviews (A21); of a large request first those of the content, then its panel, then the budget's (A22)."""
    if needs_panel(walk):
        walk.review(walk.assign(kinds=[ReviewKind.DOMAIN]))
        hold_panel(walk)
        walk.review(walk.assign(kinds=[ReviewKind.FINANCE]))
    else:
        walk.review(walk.assign())


def hold_panel(walk: Walk) -> None:
    """The secretariat holds a panel with two experts of the pool and records that it passed the request."""
    secretary, experts = walk.person("secretary"), walk.world.domain_experts
    with walk.on("panel", secretary, "panel held and on record"):
        review_actions.record_panel(
            proposal=walk.proposal,
            by=secretary,
            meeting=review_actions.Meeting(
                held_date=clock.today(walk.call.tenant.zone),
                form=PanelForm.ON_SITE,
                place="北京，ANSO 秘书处会议室",
                experts=[experts[(walk.number + step) % len(experts)] for step in (3, 4)],
                secretariat=[secretary],
                conclusion=PanelConclusion.PASSED,
                opinion="评审委员会听取了汇报并质询，认为目标明确、合作基础扎实，同意通过，建议进一步核减设备费。",
                minutes=review_actions.Minutes("评审委员会会议纪要.pdf", minutes_of_panel()),
            ),
        )
