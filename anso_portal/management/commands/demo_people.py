"""`manage.py demo_people`: whom to sign in as, printed by `make demo` once the site answers."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from anso_portal.life.world import MAIL, PASSWORD

# Part of the address before the @, in the order of the walk, and what the person does there.
PEOPLE = (
    ("secretary", "秘书处", "secretariat: calls, checks, assigns, plans"),
    ("secretary2", "秘书处（第二人）", "secretariat: decides on appeals against the other's decisions"),
    ("pi", "项目负责人", "principal investigator: drafts, task book, signs"),
    ("office", "牵头单位科研处", "institution's office: endorses, signs, acceptance"),
    ("reviewer1", "领域专家（1 至 8）", "domain experts, reviewer1 … reviewer8"),
    ("expert1", "财务专家（1 至 4）", "finance experts, expert1 … expert4"),
    ("director", "执行主任", "executive director: approves"),
    ("host", "挂靠单位", "host institution: signs last"),
    ("finance", "财务部门", "secretariat's finance"),
    ("strategist", "战略专家", "strategy expert: comments on the yearly guide"),
    ("admin", "管理员", "administrator: policies, people and roles, settings"),
    (
        "newcomer1",
        "新注册人员（1 至 4）",
        "newly registered, newcomer1 … 4: wait for office@ and secretary@",
    ),
    ("most-secretary", "另一资助机构的秘书", "secretary of the second funder"),
    ("most-admin", "另一资助机构的管理员", "administrator of the second funder: who recommends for whom"),
    ("recommender", "推荐单位", "recommending department: endorses after the office, for the second funder"),
)


class Command(BaseCommand):
    help = "Prints the demo's people. Only in demo mode."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("there are no demo people outside PORTAL_MODE=demo")
        present = set(User.objects.filter(email__endswith=f"@{MAIL}").values_list("email", flat=True))
        self.stdout.write(f"演示人员，密码均为 {PASSWORD}  People of the demo; everyone's password is {PASSWORD}")
        for name, zh, en in PEOPLE:
            email = f"{name}@{MAIL}"
            if email in present:
                self.stdout.write(f"  {email:<30} {zh}  {en}")
