"""The living style guide: every component in its states, with long texts and nothing from the database."""

from datetime import timedelta
from types import SimpleNamespace as Thing
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.access import PUBLIC, open_to
from core.errors import Obstacle
from core.tasklist import TaskItem

TITLE_ZH = "面向“一带一路”沿线干旱区绿洲农业可持续发展的作物抗逆种质资源联合发掘、评价与示范应用研究"
TITLE_EN = (
    "Joint discovery, evaluation and demonstration of stress-tolerant crop germplasm for the sustainable development "
    "of oasis agriculture in the arid regions along the Belt and Road"
)


class SampleForm(forms.Form):
    """One of each widget."""

    title_zh = forms.CharField(label="Title", widget=forms.Textarea(attrs={"rows": 3}))
    title_en = forms.CharField(label="Title", widget=forms.Textarea(attrs={"rows": 3}))
    field = forms.ChoiceField(
        label="Field", choices=[("", "—"), ("food", "Food security"), ("health", "Life and health")]
    )
    amount = forms.CharField(
        label="Amount asked for, in yuan", help_text="1,000,000 to 1,500,000.", widget=forms.TextInput()
    )
    starts = forms.DateField(label="Begins", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(
        label="Opinion", widget=forms.RadioSelect, choices=[("pass", "Recommend"), ("fail", "Do not recommend")]
    )
    agreed = forms.BooleanField(label="I have no conflict of interest.", required=False)


class FilterSample(forms.Form):
    """A list's filters."""

    q = forms.CharField(label="Search", required=False)
    state = forms.ChoiceField(label="State", required=False, choices=[("", "All"), ("draft", "Draft")])


def _translated_form(form: forms.Form) -> forms.Form:
    labels = {
        "title_zh": _("Title"), "title_en": _("Title"), "field": _("Field"), "amount": _("Amount asked for, in yuan"),
        "starts": _("Begins"), "kind": _("Opinion"), "agreed": _("I have no conflict of interest."),
        "q": _("Search"), "state": _("State"),
    }  # fmt: skip
    for name, field in form.fields.items():
        field.label = labels[name]
    return form


def _findings() -> list[Obstacle]:
    return [
        Obstacle(
            code="amount",
            message_zh="申请金额 1,620,000 元，超出 1,000,000–1,500,000 元的范围。",
            message_en="The amount of CNY 1,620,000 is outside 1,000,000 to 1,500,000.",
            article="B5",
            field="amount",
            who_can_clear="applicant",
        ),
        Obstacle(
            code="agreement",
            message_zh="缺少与巴基斯坦国立农业研究中心签署的合作协议或意向书。",
            message_en="The letter of willingness of the National Agricultural Research Centre is missing.",
            article="B2.3",
            field="attachments",
            who_can_clear="applicant",
        ),
        Obstacle(
            code="course",
            message_zh="培训班一般为 1–2 周，申请为 3 周，须说明理由。",
            message_en="A course usually takes 1 to 2 weeks; this one takes 3. Please give the reason.",
            article="A5.3",
            severity="warn",
            field="courses",
            who_can_clear="secretary",
        ),
    ]


def _events() -> list[Thing]:
    now = clock.now()
    person = Thing(display_name=_("Li Wei"))
    return [
        Thing(at=now - timedelta(hours=2), actor=person, action="proposal.endorse", subject_type="proposals.proposal",
              from_state="endorsing", to_state="submitted", reason=""),
        Thing(at=now - timedelta(days=1), actor=person, action="proposal.return", subject_type="proposals.proposal",
              from_state="endorsing", to_state="draft",
              reason="预算第三行“测试化验费”的测算依据不足，请补充单价与次数。"),
        Thing(at=now - timedelta(days=9), actor=None, action="proposal.create", subject_type="proposals.proposal",
              from_state="", to_state="draft", reason=""),
    ]  # fmt: skip


def _changes() -> list[Thing]:
    return [
        Thing(label=_("Objectives"), kind="changed", is_amount=False,
              before="在三年内建立两个联合实验室，培训 20 名青年科研人员。",
              after="在三年内建立三个联合实验室，培训 36 名青年科研人员，并发布一份技术指南。"),
        Thing(label=_("Title"), kind="changed", is_amount=False, before="Joint study of oasis agriculture",
              after="Joint study of sustainable oasis agriculture"),
        Thing(label=_("Amount"), kind="changed", is_amount=True, before=162000000, after=150000000),
        Thing(label=_("Participant"), kind="added", is_amount=False, before=None, after="Dr Aisha Khan"),
    ]  # fmt: skip


def _tasks(tenant: Any) -> list[TaskItem]:
    now = clock.now()
    chinese = Thing(short_name="ANSO") if tenant is None else tenant
    return [
        TaskItem("endorse", TITLE_ZH, _("Endorse a proposal"), "#", chinese, now - timedelta(days=2)),
        TaskItem("review", TITLE_EN, _("Review a proposal"), "#", chinese, now + timedelta(hours=5)),
        TaskItem("sign", TITLE_ZH, _("Sign a task book"), "#", chinese, now + timedelta(days=12)),
        TaskItem("draft", TITLE_EN, _("Finish your draft"), "#", chinese, None),
    ]


def _lists() -> dict[str, Any]:
    now = clock.now()
    rows = [
        Thing(number=f"ANSO-CR-2021-{n:03d}", title_zh=TITLE_ZH, title_en=TITLE_EN, amount_fen=150000000 - n * 1230000,
              state=state, pk=n, at=now - timedelta(days=n))
        for n, state in enumerate(["draft", "endorsing", "approved", "invalid", "returned"], 1)
    ]  # fmt: skip
    steps = [("Draft", "done"), ("Endorsed", "done"), ("Checked", "done"), ("Reviewed", "now"), ("Decided", "todo")]
    sections = [("Titles and field", "ok"), ("Parties", "block"), ("Plan", "warn"), ("Budget", "todo")]
    return {
        "rows": rows,
        "steps": [{"label": label, "status": status, "note": ""} for label, status in steps],
        "stopped": [{"label": "Draft", "status": "done"}, {"label": "Invalid", "status": "stopped", "note": "A18"}],
        "sections": [
            {"url": "#", "label": label, "status": status, "is_current": status == "block"}
            for label, status in sections
        ],
        "tabs": [
            {"url": "#", "label": label, "is_current": label == "Open", "count": count}
            for label, count in (("Open", 12), ("Mine", 3), ("All", None))
        ],
        "facts": [(_("Number"), "ANSO-CR-2021-017"), (_("Institution"), "中国科学院新疆生态与地理研究所"),
                  (_("Host"), "")],
        "figures": [(_("Proposals"), "38"), (_("Asked for"), "5,412 万元"), (_("Days left"), "9")],
        "files": [
            {"name": "新疆生地所+王小明_合作意向书（签字盖章扫描件）.pdf", "url": "#", "size": 1843200, "at": now,
             "note": "sha256 1f3a…", "remove_url": "#"},
        ],
        "receipts": [
            {"title": TITLE_ZH, "url": "#", "status": "ok", "text": "sha256 1f3a9c…", "at": now},
            {"title": TITLE_EN, "url": "#", "status": "block", "text": "signing order", "at": None},
            {"title": TITLE_ZH, "url": "", "status": "waiting", "text": "", "at": None},
        ],
        "grid": [("差旅费 Travel", "基础测算：6 人次 × 12,000 元", "72,000.00"),
                 ("测试化验费 Tests", "120 样 × 900 元", "108,000.00")],
    }  # fmt: skip


@open_to(PUBLIC)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Everything on one page, for eyes and for the accessibility audit; not routed in production."""
    wrong = SampleForm({"title_zh": TITLE_ZH, "title_en": "", "amount": "100万", "field": ""})
    wrong.is_valid()
    wrong.add_error("amount", _("Please write digits, such as 1,200,000.00."))
    now = clock.now()
    return render(
        request,
        "styleguide.html",
        {
            "form": _translated_form(wrong), "filters": _translated_form(FilterSample(request.GET or None)),
            "findings": _findings(), "events": _events(), "changes": _changes(),
            "items": _tasks(getattr(request, "tenant", None)),
            "due": now + timedelta(days=2), "now": now, "title_zh": TITLE_ZH, "title_en": TITLE_EN,
            "crumbs": [("#", _("Calls")), ("#", "2021")], "state_thing": Thing(state="endorsing"), "none": [],
            **_lists(),
        },
    )  # fmt: skip
