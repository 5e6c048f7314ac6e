"""A dossier that satisfies every clause of the 2021 ANSO call, and ways to spoil it."""

import copy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from programs.dossier import Dossier
from programs.facts import Facts

BEIJING = ZoneInfo("Asia/Shanghai")
CALL_IS_OPEN = datetime(2021, 6, 20, 10, 0, tzinfo=BEIJING)
WAN = 1_000_000
"""Fen of ten thousand yuan."""
DELETE = object()
"""As a change's value: take the row or key away."""


def good_draft() -> dict[str, Any]:
    """A draft's JSON: 1,200,000 yuan, 2022-2024, a CAS institute with three partners, two of them foreign."""
    return copy.deepcopy(_DRAFT)


def good_dossier(changes: dict[str, Any] | None = None) -> Dossier:
    """The good draft's dossier, after `changes` by path: `{"budget_lines.l1.basis": ""}`."""
    dossier, problems = Dossier.from_draft(changed(good_draft(), changes or {}))
    assert not problems, problems
    return dossier


def good_facts(**changes: Any) -> Facts:
    """Facts under which nothing stands in the way at any stage."""
    facts: dict[str, Any] = {
        "now": CALL_IS_OPEN,
        "received_at": CALL_IS_OPEN,
        "is_endorsed": True,
        "domain_reviews": 3,
        "finance_reviews": 2,
        "proposed_fen": 120 * WAN,
        "public_results": 1,
    }
    return Facts(**(facts | changes))


def changed(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`data` with values set at paths; a step into a list is a row's key, `+` at the end adds a row."""
    for path, value in changes.items():
        *steps, last = path.split(".")
        here: Any = data
        for step in steps:
            here = next(row for row in here if row["key"] == step) if isinstance(here, list) else here[step]
        if last == "+":
            here.append(value)
        elif isinstance(here, list):
            here[:] = [row for row in here if row["key"] != last]
        elif value is DELETE:
            del here[last]
        else:
            here[last] = value
    return data


def _line(key: str, category: str, name: str, amount_fen: int, party_key: str = "lead", **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "category": category,
        "name": name,
        "amount_fen": amount_fen,
        "basis": "按市场询价和课题组近三年同类支出测算。",
        "relation_to_cooperation": "用于与肯尼亚、尼泊尔合作单位共同开展的野外观测。",
        "party_key": party_key,
        **more,
    }


def _year(year: int, objectives: str, indicator: str, target: str, unit: str) -> dict[str, Any]:
    return {
        "key": f"y{year}",
        "year": year,
        "objectives": objectives,
        "indicators": [{"key": "i1", "name": indicator, "target": target, "unit": unit}],
    }


_DRAFT: dict[str, Any] = {
    "title_zh": "东非高原粮食主产区干旱预警与节水农业联合研究",
    "title_en": "Joint research on drought warning and water-saving farming in the East African highlands",
    "field": "food-security",
    "keywords": ["干旱预警", "节水农业", "遥感"],
    "start_date": "2022-01-01",
    "end_date": "2024-12-31",
    "abstract_zh": "面向东非与南亚山区粮食安全的共同需求，建立作物干旱预警系统并示范节水技术。",
    "abstract_en": "A drought warning system for crops and a demonstration of water-saving techniques in East Africa and South Asia.",
    "objectives_zh": "建成覆盖两国示范区的干旱预警系统，节水技术示范面积达到 500 公顷。",
    "objectives_en": "A drought warning system for both demonstration areas and 500 hectares of water-saving farming.",
    "pi": {
        "name_zh": "林青禾",
        "name_en": "Lin Qinghe",
        "email": "lin.qinghe@itpcas.example",
        "institution_id": 1,
        "title": "研究员",
        "employed_at_lead": True,
    },
    "lead": {
        "institution_id": 1,
        "name_zh": "中国科学院示例地理研究所",
        "name_en": "Example Institute of Geography, CAS",
        "country": "CN",
        "kind": "cas_institute",
        "is_cas_institute": True,
        "is_chinese_legal_person": True,
    },
    "parties": [
        {
            "key": "ke",
            "institution_id": 2,
            "name_zh": "肯尼亚示例农业大学",
            "name_en": "Example Agricultural University of Kenya",
            "country": "KE",
            "is_anso_member": True,
            "role": "野外观测与作物模型验证。",
            "contact": {"name": "Wanjiru Otieno", "email": "wanjiru.otieno@agri-ke.example"},
            "matching_fen": 20 * WAN,
        },
        {
            "key": "np",
            "institution_id": 3,
            "name_zh": "尼泊尔示例科学院",
            "name_en": "Example Academy of Sciences of Nepal",
            "country": "NP",
            "is_anso_member": True,
            "role": "山区示范点建设。",
            "contact": {"name": "Asha Gurung", "email": "asha.gurung@acad-np.example"},
        },
        {
            "key": "cn",
            "institution_id": 4,
            "name_zh": "示例农业大学",
            "name_en": "Example Agricultural University",
            "country": "CN",
            "role": "节水灌溉设备与技术培训。",
            "contact": {"name": "周南", "email": "zhou.nan@agri-cn.example"},
        },
    ],
    "participants": [
        {
            "key": "p1",
            "name": "陈望舒",
            "party_key": "lead",
            "role": "遥感反演",
            "is_main": True,
            "months_per_year": 8,
        },
        {
            "key": "p2",
            "name": "Wanjiru Otieno",
            "party_key": "ke",
            "role": "野外观测",
            "is_main": True,
            "months_per_year": 4,
        },
        {
            "key": "p3",
            "name": "周南",
            "party_key": "cn",
            "role": "技术培训",
            "is_main": False,
            "months_per_year": 3,
        },
    ],
    "yearly_plan": [
        _year(2022, "完成观测网布设与历史数据整编。", "观测站点", "12", "个"),
        _year(2023, "建成预警系统并试运行。", "预警准确率", "80", "%"),
        _year(2024, "推广节水技术并评估效益。", "示范面积", "500", "公顷"),
    ],
    "budget_lines": [
        _line(
            "l1",
            "equipment",
            "土壤水分自动站",
            24 * WAN,
            is_equipment=True,
            unit_price_fen=4 * WAN,
            quantity=6,
        ),
        _line("l2", "travel", "野外考察差旅", 30 * WAN),
        _line("l3", "exchange", "合作方人员来华交流", 26 * WAN),
        _line("l4", "labour", "研究生与博士后劳务", 20 * WAN),
        _line("l5", "meetings", "节水技术培训班", 20 * WAN, party_key="cn"),
    ],
    "disbursement": [
        {"key": "d2022", "year": 2022, "amount_fen": 50 * WAN},
        {"key": "d2023", "year": 2023, "amount_fen": 40 * WAN},
        {"key": "d2024", "year": 2024, "amount_fen": 30 * WAN},
    ],
    "partner_allocation": [
        {"key": "a1", "party_key": "cn", "year": 2023, "amount_fen": 10 * WAN},
        {"key": "a2", "party_key": "cn", "year": 2024, "amount_fen": 10 * WAN},
    ],
    "attachments": [
        {
            "key": "f1",
            "kind": "agreement",
            "party_key": "ke",
            "sha256": "1" * 64,
            "filename": "cooperation agreement Kenya.pdf",
            "size": 120_000,
            "media_type": "application/pdf",
        },
        {
            "key": "f2",
            "kind": "willingness",
            "party_key": "np",
            "sha256": "2" * 64,
            "filename": "letter of commitment Nepal.pdf",
            "size": 90_000,
            "media_type": "application/pdf",
        },
        {
            "key": "f3",
            "kind": "proposal_word",
            "sha256": "3" * 64,
            "filename": "中国科学院示例地理研究所+林青禾.docx",
            "size": 300_000,
            "media_type": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        },
        {
            "key": "f4",
            "kind": "stamped_pdf",
            "sha256": "4" * 64,
            "filename": "中国科学院示例地理研究所+林青禾.pdf",
            "size": 900_000,
            "media_type": "application/pdf",
        },
    ],
}
