"""Drafts that satisfy the call they are for: the form data of a believable application, and its files."""

import io
import zipfile
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from accounts.models import Institution, User
from anso_portal.life import own_parts, places, terms, topics
from anso_portal.life.world import World
from core.money import FEN_PER_WAN as WAN
from core.money import allocate
from documents.book import Issue, Label, notice_context
from documents.rendering import render_pdf
from programs.clauses.partners import ConsortiumMembers
from programs.policy import Policy

# Shares of the request by category, in per cent.
SHARES = [
    ("equipment", 18, "野外自动观测站", "Automatic field stations"),
    ("travel", 22, "合作单位联合野外考察差旅", "Joint field work with the partners"),
    ("exchange", 20, "外方人员来华合作研究", "Visits of the partners' scientists"),
    ("labour", 18, "研究生与博士后劳务", "Graduate students and postdocs"),
    ("meetings", 12, "联合研讨与技术培训", "Joint workshops and training"),
    ("publication", 10, "成果发表与数据共享", "Publication and data sharing"),
]
# Spent by the partner university at home.
TRAINING = SHARES[4]


def draft_for(
    world: World, policy: Policy, number: int, *, pi: User, lead: Institution, total_fen: int = 0
) -> dict[str, Any]:
    """The `number`-th application's draft, as the drafting page would save it; amounts in fen.

    It requests `total_fen`, or something within the call's limits."""
    _, _, theme = topics.topic(number)
    start, end = terms.term_of(policy)
    years = list(range(start.year, end.year + 1))
    abroad = [places.ABROAD[(number * 3 + step) % len(places.ABROAD)] for step in (0, 7)]
    home = places.UNIVERSITIES[number % len(places.UNIVERSITIES)]
    parties = [_party(world, f"p{n}", place, number) for n, place in enumerate([*abroad, home], start=1)]
    if policy.clauses_of(ConsortiumMembers):
        parties[-1]["is_fellow_member"] = True
    total = total_fen or terms.total_of(policy, number)
    lines = _lines(policy, total, years)
    draft = {
        **_written(policy, number),
        "start_date": start.isoformat(),
        "end_date": end.isoformat(),
        "pi": {
            "name_zh": pi.name_zh,
            "name_en": pi.name_en,
            "email": pi.email,
            "title": "研究员",
            "employed_at_lead": True,
        },
        "parties": parties,
        "participants": _participants(number, lead),
        "yearly_plan": [_year(year, place, len(years), theme) for place, year in enumerate(years)],
        "budget_lines": lines,
        "disbursement": [
            {"key": f"d{year}", "year": year, "amount_fen": fen}
            for year, fen in zip(years, allocate(total, terms.weights(policy, years)), strict=True)
        ],
        "partner_allocation": [
            {"key": f"a{line['year']}", "party_key": "p3", "year": line["year"], "amount_fen": line["amount_fen"]}
            for line in lines
            if line["party_key"] == "p3"
        ],
        "activities": own_parts.activities(policy, start, theme.zh, number),
        "answers": own_parts.answers(policy, end),
    }
    # A page that a programme doesn't have leaves nothing in its drafts.
    return {name: value for name, value in draft.items() if name in policy.asked} | {
        "attachments": [],
        "justifications": [],
    }


def _written(policy: Policy, number: int) -> dict[str, Any]:
    """Titles, field and texts."""
    title_zh, title_en, theme = topics.topic(number)
    return {
        "title_zh": title_zh,
        "title_en": title_en,
        "field": terms.field_of(policy, theme.field, number),
        "keywords": list(theme.keywords),
        "abstract_zh": f"本项目面向{title_zh.removesuffix('联合研究')}的共同需求，联合中外优势单位，"
        "开展联合观测、技术研发和应用示范，为沿线国家改善民生提供科技支撑。",
        "abstract_en": f"{title_en}: joint observation, development and demonstration with strong partners, in the "
        "service of people's lives in the countries along the route.",
        "objectives_zh": f"围绕“{theme.zh}”，建成联合观测与示范体系，"
        "形成可推广的技术方案和标准，培养当地青年科技人才。",
        "objectives_en": f"A joint system of observation and demonstration for {theme.en}; techniques and standards "
        "ready for use; young scientists trained on site.",
    }


def files_for(policy: Policy, draft: dict[str, Any], lead: Institution, pi: User) -> list[tuple[str, str, str, bytes]]:
    """(kind, party key, file name, bytes) of what the policy asks to be attached (B2.3 B6)."""
    files = []
    for kind in policy.attachment_kinds:
        key = kind.file.key
        if kind.is_per_foreign_partner:
            if key != "willingness":
                continue
            files += [
                (key, party["key"], f"合作意向书-{party['name_en']}.pdf", _letter(party["name_en"]))
                for party in draft["parties"]
                if party["country"] != "CN"
            ]
        elif kind.is_required:
            is_word = any("word" in media_type for media_type in kind.file.media_types)
            data = _word(draft["title_zh"]) if is_word else _stamped(lead.name_zh)
            files.append((key, "", f"{lead.name_zh}+{pi.name_zh}.{'docx' if is_word else 'pdf'}", data))
    return files


def _party(world: World, key: str, place: places.Place, number: int) -> dict[str, Any]:
    institution = world.institutions[place.key]
    is_home = place.country == "CN"
    index = places.ABROAD.index(place) if not is_home else 0
    name = topics.person(150 + number)[0] if is_home else topics.ABROAD_NAMES[index]
    return {
        "key": key,
        "institution_id": institution.pk,
        "name_zh": place.zh,
        "name_en": place.en,
        "country": place.country,
        "is_anso_member": place.is_member,
        "role": "技术培训与示范推广。" if is_home else "当地观测站点建设、数据采集与示范应用。",
        "contact": {"name": name, "email": f"contact{number}@{place.domain}", "title": ""},
        "matching_fen": 0 if is_home else (10 + index) * WAN,
    }


def _participants(number: int, lead: Institution) -> list[dict[str, Any]]:
    return [
        {
            "key": f"m{step}",
            "name": topics.person(300 + number * 5 + step)[0],
            "party_key": "lead",
            "role": role,
            "is_main": False,
            "months_per_year": 6,
        }
        for step, role in enumerate(("联合观测", "模型研发", "示范应用"), start=1)
    ]


def _year(year: int, place: int, count: int, theme: topics.Theme) -> dict[str, Any]:
    first, last = place == 0, place == count - 1
    objectives = (
        "完成联合观测网布设与本底调查。"
        if first
        else "形成技术方案并评估效益。"
        if last
        else "开展技术研发并启动示范。"
    )
    indicator = ("联合观测站点", "8", "个") if first else ("示范点", "3", "处") if last else ("联合发表论文", "4", "篇")
    return {
        "key": f"y{year}",
        "year": year,
        "objectives": f"{theme.zh}：{objectives}",
        "indicators": [
            {"key": "i1", "name": indicator[0], "target": indicator[1], "unit": indicator[2]},
            {"key": "i2", "name": "培训当地科技人员", "target": "20", "unit": "人次"},
        ],
    }


def _lines(policy: Policy, total: int, years: list[int]) -> list[dict[str, Any]]:
    """A line for each category and year; the same weights by year as the disbursement."""
    known = _categories(policy)
    cells = [(share, year) for share in SHARES for year in years]
    weights = [share[1] * weight for share in SHARES for weight in terms.weights(policy, years)]
    amounts = allocate(total, weights)
    lines = []
    for (share, year), amount in zip(cells, amounts, strict=True):
        number = SHARES.index(share) + 1
        category = share[0] if share[0] in known else known[number % len(known)]
        line = {
            "key": f"l{number}y{year}",
            "category": category,
            "name": share[2],
            "year": year,
            "amount_fen": amount,
            "basis": "参照近三年同类支出和市场询价，按年度工作量逐项测算。",
            "relation_to_cooperation": "用于与外方合作单位共同开展的观测、研发和示范活动。",
            "party_key": "p3" if share is TRAINING else "lead",
        }
        if category == "equipment":
            line |= {"is_equipment": True, "unit_price_fen": amount // 4, "quantity": 4}
        lines.append(line)
    return lines


def _categories(policy: Policy) -> list[str]:
    for clause in policy.clauses:
        if clause.kind == "budget_category":
            return [choice.key for choice in clause.choices]
    return ["other"]


@lru_cache(maxsize=64)
def _letter(partner: str) -> bytes:
    text = Label(
        f"{partner}愿意参与该联合研究项目，并按照合作分工提供人员、场地和数据支持。",
        f"{partner} is willing to take part in this joint research and will contribute staff, sites and data.",
    )
    return _pdf(Label("合作意向书（演示）", "Letter of willingness (demonstration)"), partner, text)


@lru_cache(maxsize=64)
def _stamped(lead: str) -> bytes:
    text = Label(
        f"项目建议书已经{lead}审核，同意申报。（演示用扫描件）",
        "The proposal has been examined by the institute and may be submitted. (Demonstration scan)",
    )
    return _pdf(Label("项目建议书签章页（演示）", "Stamped page of the proposal (demonstration)"), lead, text)


@lru_cache(maxsize=1)
def minutes_of_panel() -> bytes:
    """The minutes of a panel on site (A22), as the secretariat would scan them."""
    text = Label(
        "评审委员会听取汇报并质询，经讨论，同意通过。（演示用纪要）",
        "The panel heard the applicants and passed the request. (Minutes for the demonstration.)",
    )
    return _pdf(Label("评审委员会会议纪要（演示）", "Minutes of the panel (demonstration)"), "ANSO 秘书处", text)


def certificate_of(institution: str) -> bytes:
    """What an institution proves itself with when it registers."""
    text = Label(
        f"兹证明{institution}为依法登记的事业单位法人。（演示用证书）",
        "This institution is registered as a legal person. (Certificate for the demonstration.)",
    )
    return _pdf(Label("事业单位法人证书（演示）", "Certificate of registration (demonstration)"), institution, text)


def _pdf(title: Label, sender: str, text: Label) -> bytes:
    context = notice_context(
        issue=Issue(funder=Label(sender, sender)),
        title=title,
        addressee=Label("ANSO 秘书处", "ANSO Secretariat"),
        paragraphs=[text],
    )
    return render_pdf("documents/pdf/notice.html", context, language="zh-hans")


@lru_cache(maxsize=8)
def _word(title: str) -> bytes:
    """The smallest Word file that Word opens."""
    office = "http://schemas.openxmlformats.org"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/document.xml": f'{head}<w:document xmlns:w="{office}/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
        f"{escape(title)}</w:t></w:r></w:p></w:body></w:document>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()
