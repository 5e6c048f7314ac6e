"""Invented but believable institutions of the demo: institutes at home, universities, members and partners abroad."""

from typing import NamedTuple

from accounts.enums import InstitutionKind as Kind


class Place(NamedTuple):
    """An institution to be made; `domain` is its mail domain under .example."""

    key: str
    zh: str
    en: str
    country: str
    kind: str
    domain: str = ""
    is_member: bool = False


HOST = Place("host", "中国科学院青藏高原研究所", "Institute of Tibetan Plateau Research, CAS", "CN", Kind.CAS_INSTITUTE)
SECRETARIAT = Place("anso", "ANSO 秘书处", "ANSO Secretariat", "CN", Kind.ORGANISATION)

INSTITUTES = [
    Place(f"cas{n}", f"中国科学院{zh}研究所", f"Institute of {en}, CAS", "CN", Kind.CAS_INSTITUTE, f"cas{n}.example")
    for n, (zh, en) in enumerate(
        [
            ("山地生态", "Mountain Ecology"),
            ("干旱区农业", "Dryland Agriculture"),
            ("海岸带环境", "Coastal Environment"),
            ("湖泊水文", "Lake Hydrology"),
            ("热带作物", "Tropical Crops"),
            ("传染病防控", "Infectious Disease Control"),
            ("低碳能源", "Low-Carbon Energy"),
            ("空间对地观测", "Earth Observation"),
            ("土壤与肥料", "Soil and Fertilisers"),
            ("药用植物", "Medicinal Plants"),
            ("灾害监测", "Hazard Monitoring"),
            ("环境材料", "Environmental Materials"),
        ],
        start=1,
    )
]
UNIVERSITIES = [
    Place(f"cn{n}", zh, en, "CN", Kind.UNIVERSITY, f"cnu{n}.example")
    for n, (zh, en) in enumerate(
        [
            ("西部农林大学", "Western University of Agriculture and Forestry"),
            ("江南水利学院", "Jiangnan College of Water Resources"),
            ("滇池医科大学", "Dianchi Medical University"),
            ("河套师范大学", "Hetao Normal University"),
            ("东海工业大学", "Donghai University of Technology"),
            ("天山大学", "Tianshan University"),
        ],
        start=1,
    )
]
ABROAD = [
    Place(f"x{n}", zh, en, country, kind, f"x{n}.example", is_member)
    for n, (zh, en, country, kind, is_member) in enumerate(
        [
            ("喜马拉雅科学院", "Himalayan Academy of Sciences", "NP", Kind.ACADEMY, True),
            ("裂谷大学", "Rift Valley University", "KE", Kind.UNIVERSITY, True),
            ("康提食品研究所", "Kandy Institute of Food Research", "LK", Kind.RESEARCH_INSTITUTE, True),
            ("印度河农业大学", "Indus Agricultural University", "PK", Kind.UNIVERSITY, True),
            ("帕米尔高原研究中心", "Pamir Research Centre", "TJ", Kind.RESEARCH_INSTITUTE, True),
            ("锡尔河水资源研究所", "Syr Darya Water Institute", "UZ", Kind.RESEARCH_INSTITUTE, True),
            ("阿拉木图环境大学", "Almaty Environmental University", "KZ", Kind.UNIVERSITY, True),
            ("湄公河三角洲研究院", "Mekong Delta Research Academy", "VN", Kind.ACADEMY, True),
            ("清迈健康科学大学", "Chiang Mai University of Health Sciences", "TH", Kind.UNIVERSITY, True),
            ("婆罗洲雨林研究所", "Borneo Rainforest Institute", "MY", Kind.RESEARCH_INSTITUTE, False),
            ("尼罗河农业研究中心", "Nile Agricultural Research Centre", "EG", Kind.RESEARCH_INSTITUTE, True),
            ("阿特拉斯大学", "Atlas University", "MA", Kind.UNIVERSITY, True),
            ("青尼罗大学", "Blue Nile University", "ET", Kind.UNIVERSITY, False),
            ("安纳托利亚能源研究所", "Anatolian Energy Institute", "TR", Kind.RESEARCH_INSTITUTE, True),
            ("黑海环境科学院", "Black Sea Academy of Environment", "BG", Kind.ACADEMY, True),
            ("喀尔巴阡大学", "Carpathian University", "RO", Kind.UNIVERSITY, True),
            ("安第斯农业大学", "Andean Agricultural University", "PE", Kind.UNIVERSITY, False),
            ("潘帕斯土壤研究所", "Pampas Soil Institute", "AR", Kind.RESEARCH_INSTITUTE, False),
            ("蒙古草原研究院", "Mongolian Steppe Academy", "MN", Kind.ACADEMY, True),
            ("贝加尔湖研究所", "Lake Baikal Institute", "RU", Kind.RESEARCH_INSTITUTE, True),
        ],
        start=1,
    )
]
# Where the pool's experts work: none of these takes part in the demo's proposals.
EXPERTS_HOMES = [
    Place(f"e{n}", "", en, country, Kind.UNIVERSITY, f"e{n}.example")
    for n, (en, country) in enumerate(
        [
            ("Université du Rhône", "FR"),
            ("Universität Nordmark", "DE"),
            ("Universidad del Ebro", "ES"),
            ("University of the Niger Delta", "NG"),
            ("University of the Pacific Coast", "CL"),
            ("Polytechnic of the Po Valley", "IT"),
            ("University of the Midlands", "GB"),
            ("Hokuriku Institute of Science", "JP"),
        ],
        start=1,
    )
]
AUDIT_FIRM = Place(
    "audit", "明衡会计师事务所", "Mingheng Certified Accountants", "CN", Kind.ENTERPRISE, "mingheng.example"
)
# They endorse after the applicants' own institutions: by the unit that policies name.
ENDORSERS = {
    "recommender": Place(
        "dept", "云岭省科学技术厅", "Department of Science and Technology of Yunling", "CN", Kind.GOVERNMENT
    ),
    "consortium": Place(
        "union",
        "山地科学学会联合体秘书处",
        "Consortium of Mountain Science, Secretariat",
        "CN",
        Kind.ORGANISATION,
    ),
}
ALL = [HOST, SECRETARIAT, *INSTITUTES, *UNIVERSITIES, *ABROAD, *EXPERTS_HOMES, AUDIT_FIRM, *ENDORSERS.values()]
