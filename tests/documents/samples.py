"""A whole dossier and a task book of it, as long as real ones are."""

from datetime import date
from typing import Any

from core.money import allocate
from documents.book import Issue, Label, Signatory, Vocabulary, proposal_context, task_book_context
from programs.dossier import Dossier

FUNDER = Label("“一带一路”国际科学组织联盟", "Alliance of National and International Science Organizations (ANSO)")
CATEGORIES = {
    "equipment": Label("设备费", "Equipment"),
    "materials": Label("材料费", "Materials"),
    "testing": Label("测试化验加工费", "Testing and processing"),
    "travel": Label("差旅、会议、国际合作交流费", "Travel, meetings and exchange"),
    "publication": Label("出版、文献、信息传播费", "Publication and dissemination"),
    "labour": Label("劳务费", "Labour"),
    "consulting": Label("专家咨询费", "Expert consulting"),
}
VOCABULARY = Vocabulary(
    fields={"food": Label("粮食安全", "Food security")},
    categories=CATEGORIES,
    attachment_kinds={"willingness": Label("合作意向书", "Letter of willingness")},
    countries={
        "CN": Label("中国", "China"),
        "PK": Label("巴基斯坦", "Pakistan"),
        "TH": Label("泰国", "Thailand"),
        "UZ": Label("乌兹别克斯坦", "Uzbekistan"),
    },
)
SIGNATORIES = (
    Signatory(
        "pi",
        Label("项目负责人", "Principal investigator"),
        Label("中国科学院示例生态研究所", "Example Institute of Ecology, CAS"),
        Label("李文静", "Li Wenjing"),
    ),
    Signatory(
        "lead",
        Label("牵头单位", "Lead institution"),
        Label("中国科学院示例生态研究所", "Example Institute of Ecology, CAS"),
        Label("周建国", "Zhou Jianguo"),
    ),
    Signatory(
        "secretariat",
        Label("ANSO 秘书处", "ANSO Secretariat"),
        Label("ANSO 秘书处", "ANSO Secretariat"),
        Label("陈思远", "Chen Siyuan"),
    ),
    Signatory(
        "host",
        Label("依托单位", "Host institution"),
        Label("中国科学院示例青藏研究所", "Example Institute of Plateau Research, CAS"),
        Label("王海涛", "Wang Haitao"),
    ),
)
PARTIES: list[dict[str, Any]] = [
    {
        "key": "p1",
        "name_zh": "费萨拉巴德示例农业大学",
        "name_en": "Example University of Agriculture, Faisalabad",
        "country": "PK",
        "is_anso_member": True,
        "role": "负责巴基斯坦旁遮普省三个示范区的田间试验、土壤与水样采集，并承担当地农户培训。",
        "contact": {"name": "Ayesha Example", "email": "ayesha@example.org", "title": "Professor"},
        "matching_fen": 20_000_000,
    },
    {
        "key": "p2",
        "name_zh": "泰国示例科技研究院",
        "name_en": "Example Institute of Scientific and Technological Research, Thailand",
        "country": "TH",
        "role": "耐旱品种筛选与代谢组学分析；共建区域种质资源数据库。",
        "contact": {"name": "Somchai Example", "email": "somchai@example.org"},
        "matching_fen": 15_000_000,
    },
    {
        "key": "p3",
        "name_zh": "中国科学院示例遗传研究所",
        "name_en": "Example Institute of Genetics, CAS",
        "country": "CN",
        "role": "全基因组关联分析与分子标记开发。",
        "contact": {"name": "刘洋", "email": "liuyang@example.org"},
    },
    {
        "key": "p4",
        "name_zh": "乌兹别克斯坦示例灌溉研究所",
        "name_en": "Example Irrigation Institute of Uzbekistan",
        "country": "UZ",
        "role": "节水灌溉制度设计、盐碱地改良试验及技术推广。",
        "matching_fen": 8_000_000,
    },
]
OBJECTIVES_ZH = (
    "本项目面向“一带一路”沿线干旱半干旱地区粮食安全的重大需求，联合四国科研机构，系统研究主要粮食作物对水分胁迫的响应机制，"
    "筛选并培育耐旱、耐盐碱新品系，建立适用于小农户的节水灌溉与土壤改良技术体系。\n"
    "通过三年合作，形成可复制、可推广的技术方案，在三个国家建立示范区不少于六个，培训当地技术人员和青年科研人员不少于一百二十人次，"
    "并建设开放共享的区域种质资源与土壤水分数据平台，为区域粮食安全治理提供科学依据。\n"
    "预期在作物耐旱的分子机理、土壤—植物—大气连续体水分运移模型以及基于遥感的产量早期预警等方面取得创新性成果，发表高水平论文十篇以上。"
)
OBJECTIVES_EN = (
    "The project answers the need for food security in the arid and semi-arid regions along the Belt and Road. Institutes "
    "of four countries study how staple crops respond to water stress, select and breed drought- and salt-tolerant "
    "lines, and build water-saving irrigation and soil improvement for smallholders.\n"
    "Within three years it sets up at least six demonstration sites in three countries, trains at least 120 technicians "
    "and young researchers, and opens a regional data platform on germplasm and soil moisture."
)
BASIS = "按市场询价三家平均单价测算，参照所在单位采购目录和近两年同类支出，数量依据试验设计中的重复数与采样频次确定。"
RELATION = "用于中外联合试验区的同步观测与样品比对，数据由各方共享，外方提供场地、人员与部分运行费。"


def sample_dossier(*, lines: int = 28) -> Dossier:
    """A dossier of 1,200,000 CNY over three years with that many budget lines."""
    amounts = allocate(120_000_000, [3 + index % 7 for index in range(lines)])
    keys = list(CATEGORIES)
    data: dict[str, Any] = {
        "title_zh": "“一带一路”干旱区主要粮食作物抗逆机制与节水增产技术联合研究",
        "title_en": "Joint research on stress resistance of staple crops and water-saving farming in arid regions",
        "field": "food",
        "keywords": ["粮食安全", "抗旱", "节水灌溉", "germplasm"],
        "start_date": date(2022, 1, 1),
        "end_date": date(2024, 12, 31),
        "abstract_zh": OBJECTIVES_ZH,
        "abstract_en": OBJECTIVES_EN,
        "objectives_zh": OBJECTIVES_ZH,
        "objectives_en": OBJECTIVES_EN,
        "pi": {
            "name_zh": "李文静",
            "name_en": "Li Wenjing",
            "email": "li@example.org",
            "title": "研究员",
            "employed_at_lead": True,
        },
        "lead": {
            "name_zh": "中国科学院示例生态研究所",
            "name_en": "Example Institute of Ecology, CAS",
            "country": "CN",
        },
        "parties": PARTIES,
        "participants": [
            {
                "key": f"m{index}",
                "name": ["张伟 Zhang Wei", "Ayesha Example", "Somchai Example", "王芳 Wang Fang"][index % 4],
                "party_key": ["lead", "p1", "p2", "p3"][index % 4],
                "role": ["试验设计与数据分析", "田间试验", "代谢组学", "分子标记"][index % 4],
                "is_main": index < 3,
                "months_per_year": 4 + index % 5,
            }
            for index in range(12)
        ],
        "yearly_plan": [
            {
                "key": f"y{year}",
                "year": year,
                "objectives": f"{year} 年度：完成示范区建设与同步观测，收集种质资源，开展联合培训，形成年度数据集与进展报告。\n"
                + OBJECTIVES_ZH.splitlines()[1],
                "indicators": [
                    {"key": f"i{n}", "name": name, "target": target, "unit": unit}
                    for n, (name, target, unit) in enumerate(
                        [
                            ("建立联合示范区", "≥ 2", "个"),
                            ("收集并鉴定种质资源", "≥ 300", "份"),
                            ("发表 SCI 论文（第一标注）", "≥ 3", "篇"),
                            ("培训外方技术人员", "≥ 40", "人次"),
                            ("年度预算执行率", "≥ 90", "%"),
                        ]
                    )
                ],
            }
            for year in (2022, 2023, 2024)
        ],
        "budget_lines": [
            {
                "key": f"l{index}",
                "category": keys[index % len(keys)],
                "name": [
                    "便携式光合仪",
                    "采样耗材",
                    "土样化验",
                    "赴外合作交流",
                    "论文版面费",
                    "研究生劳务",
                    "专家咨询",
                ][index % 7],
                "amount_fen": amount,
                "year": 2022 + index % 3,
                "is_equipment": index % 7 == 0,
                "unit_price_fen": amount if index % 7 == 0 else 0,
                "quantity": 1 if index % 7 == 0 else 0,
                "basis": BASIS,
                "relation_to_cooperation": RELATION,
                "party_key": "p3" if index % 5 == 4 else "lead",
            }
            for index, amount in enumerate(amounts)
        ],
        "disbursement": [
            {"key": f"d{year}", "year": year, "amount_fen": amount}
            for year, amount in zip((2022, 2023, 2024), allocate(120_000_000, [5, 3, 2]), strict=True)
        ],
        "partner_allocation": [
            {"key": f"a{year}", "party_key": "p3", "year": year, "amount_fen": 8_000_000} for year in (2022, 2023, 2024)
        ],
        "attachments": [
            {
                "key": f"f{index}",
                "kind": "willingness",
                "party_key": key,
                "sha256": f"{index:064x}",
                "filename": f"合作意向书 {key}.pdf",
                "size": 120_000,
                "media_type": "application/pdf",
            }
            for index, key in enumerate(("p1", "p2", "p4"))
        ],
    }
    return Dossier.model_validate(data)


def sample_issue(**changes: Any) -> Issue:
    """The issue data of the sample."""
    values: dict[str, Any] = {
        "funder": FUNDER,
        "programme": Label("联合研究合作专项", "Collaborative Research Programme"),
        "call": Label("2021 年度项目申报", "2021 call for proposals"),
        "number": "ANSO-CR-KP-2021-007",
        "content_sha256": "9f" * 32,
        "issued_date": date(2021, 12, 10),
    }
    return Issue(**values | changes)


def sample_task_book(*, lines: int = 28) -> dict[str, Any]:
    """Context of the sample task book."""
    dossier = sample_dossier(lines=lines)
    return task_book_context(
        dossier=dossier,
        issue=sample_issue(),
        vocabulary=VOCABULARY,
        approved_fen=dossier.total_fen,
        signatories=SIGNATORIES,
        acknowledgements=(
            Label(
                "由“一带一路”国际科学组织联盟联合研究合作专项资助，项目编号：（签署后编定）",
                "Supported by the ANSO Collaborative Research Programme, grant number to be assigned at signing",
            ),
        ),
    )


def sample_proposal(*, lines: int = 28) -> dict[str, Any]:
    """Context of the sample application."""
    return proposal_context(dossier=sample_dossier(lines=lines), issue=sample_issue(), vocabulary=VOCABULARY)
