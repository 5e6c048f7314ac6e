"""The demo's yearly guide: drafted, commented on by a strategy expert, approved and in force when the visitor comes."""

from datetime import date, timedelta

from anso_portal.life.world import World
from core import clock
from core.tenancy import tenant_scope
from programs.actions import import_programme
from programs.guides import actions as guiding
from programs.guides.content import GuideContent
from programs.models import Guide
from programs.policy import builtin_text, load_builtin

WAN = 1_000_000
# Programme → 万元 of the year. The sources name no yearly budget: these are the demonstration's.
SHARES = {
    "joint-research": 1200,
    "consulting": 200,
    "training": 150,
    "network-platform": 150,
    "conference": 100,
    "visiting-scholar": 60,
}
PRIORITIES = (
    ("粮食安全", "Food security", "极端事件预测、农情监测、高效农业、水土保持等。",
     "Prediction of extreme events, crop monitoring, efficient agriculture, soil and water conservation."),
    ("生命健康", "Life and health", "清洁水和空气、健康和生物安全、低成本医疗、疾病防控等。",
     "Clean water and air, health and biosafety, low-cost medicine, disease control."),
    ("低碳环保", "Low carbon and environment", "减排技术、节水技术、环保技术、可再生能源等。",
     "Emission reduction, water saving, environmental technology, renewable energy."),
)  # fmt: skip
# First and last day after the opening.
STEPS = (
    (0, 45, "受理联合研究项目申请", "Applications for joint research"),
    (46, 60, "形式审查", "Preliminary check"),
    (61, 110, "专家评审", "Expert review"),
    (125, 125, "公布资助方案", "Funding plan announced"),
    (126, 150, "签订任务书", "Task books signed"),
)


def make_guide(world: World, opens: date) -> Guide:
    """The guide of the year in which the visitor's call opens, by the real actions, in the months before it."""
    secretary, director, expert = (world.people[name] for name in ("secretary", "director", "strategist"))
    begun = clock.start_of_day(opens - timedelta(days=60), world.anso.zone) + timedelta(hours=10)
    with tenant_scope(world.anso):
        with clock.at(begun):
            for slug in SHARES:
                import_programme(tenant=world.anso, source=builtin_text(f"anso/{slug}"), by=secretary)
            guide = guiding.start_guide(tenant=world.anso, by=secretary, year=opens.year)
            guide = guiding.save_guide(guide=guide, by=secretary, content=_content(opens), revision=guide.revision)
            until = clock.now() + timedelta(days=14)
            guide = guiding.consult(guide=guide, by=secretary, experts=[expert], until=until)
        with clock.at(begun + timedelta(days=6)):
            words = "建议在粮食安全中突出旱区农业，并为青年科学家的会议留出经费。"
            guiding.comment(guide=guide, by=expert, part="priorities", text=words)
        with clock.at(begun + timedelta(days=20)):
            guide = guiding.submit(guide=guide, by=secretary)
        with clock.at(begun + timedelta(days=23)):
            sha256 = guide.submitted_sha256
            guide = guiding.decide(guide=guide, by=director, approve=True, comment="同意发布。", sha256=sha256)
        with clock.at(begun + timedelta(days=25)):
            return guiding.publish(guide=guide, by=secretary)


def _content(opens: date) -> GuideContent:
    return GuideContent.of(
        {
            "title_zh": f"ANSO {opens.year} 年度项目申报指南（演示）",
            "title_en": f"ANSO guide to applications {opens.year} (demonstration)",
            "intro_zh": "根据 ANSO 战略规划及经费情况编制。本指南为演示内容，金额和日期均为演示所设。",
            "intro_en": "Made from ANSO's strategy and the funds at hand. Amounts and dates are the demonstration's.",
            "priorities": [
                {"key": f"r{number}", "title_zh": zh, "title_en": en, "text_zh": text_zh, "text_en": text_en}
                for number, (zh, en, text_zh, text_en) in enumerate(PRIORITIES, start=1)
            ],
            "budget": [
                {
                    "key": f"r{number}",
                    "programme": slug,
                    "title_zh": load_builtin(f"anso/{slug}").title_zh,
                    "title_en": load_builtin(f"anso/{slug}").title_en,
                    "amount_fen": amount * WAN,
                }
                for number, (slug, amount) in enumerate(SHARES.items(), start=1)
            ],
            "organisation_zh": "“自上而下”组织与成员“自下而上”推荐相结合，秘书处受理并组织评审，执行主任审批。",
            "organisation_en": "Organised from the top and recommended by members; the secretariat has applications "
            "reviewed, the executive director approves.",
            "steps": _steps(opens),
        }
    )


def _steps(opens: date) -> list[dict[str, str | None]]:
    """The year's dates, counted from the call's opening."""
    found: list[dict[str, str | None]] = []
    for number, (first, last, zh, en) in enumerate(STEPS, start=1):
        first_day, last_day = (opens + timedelta(days=after) for after in (first, last))
        until = last_day.isoformat() if last > first else None
        words = {"title_zh": zh, "title_en": en}
        found.append({"key": f"r{number}", "first_day": first_day.isoformat(), "last_day": until, **words})
    return found
