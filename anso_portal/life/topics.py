"""What the demo's proposals are about: regions × themes, in both languages, and plausible numbers from a seed."""

from typing import NamedTuple


class Theme(NamedTuple):
    """A theme within one of the call's fields (B3)."""

    field: str
    zh: str
    en: str
    keywords: tuple[str, ...]


class Region(NamedTuple):
    zh: str
    en: str


REGIONS = [
    Region("中亚干旱区", "arid Central Asia"),
    Region("湄公河流域", "the Mekong basin"),
    Region("东非高原", "the East African highlands"),
    Region("南亚季风区", "monsoon South Asia"),
    Region("北非沿海", "coastal North Africa"),
    Region("黑海沿岸", "the Black Sea coast"),
    Region("安第斯山区", "the Andes"),
    Region("蒙古高原", "the Mongolian Plateau"),
]
THEMES = [
    Theme(
        "food-security",
        "小麦旱情早期预警与节水灌溉",
        "early warning of wheat drought and water-saving irrigation",
        ("旱情预警", "节水灌溉", "遥感"),
    ),
    Theme(
        "food-security",
        "山洪与泥石流灾害监测预报",
        "monitoring and forecasting of flash floods and debris flows",
        ("山洪", "泥石流", "监测预报"),
    ),
    Theme(
        "food-security",
        "沙漠蝗迁飞规律与绿色防控",
        "desert locust migration and its green control",
        ("沙漠蝗", "迁飞", "绿色防控"),
    ),
    Theme(
        "food-security",
        "盐碱地改良与耐盐作物筛选",
        "reclaiming saline land and selecting salt-tolerant crops",
        ("盐碱地", "耐盐作物"),
    ),
    Theme(
        "food-security",
        "水土保持与坡耕地高效利用",
        "soil conservation and efficient use of sloping farmland",
        ("水土保持", "坡耕地"),
    ),
    Theme(
        "life-health",
        "农村饮用水安全与低成本净化",
        "safe rural drinking water and low-cost purification",
        ("饮用水", "净化", "低成本"),
    ),
    Theme(
        "life-health",
        "登革热传播风险评估与媒介监测",
        "dengue transmission risk and vector surveillance",
        ("登革热", "媒介监测"),
    ),
    Theme(
        "life-health",
        "传统药用植物资源评价与质量标准",
        "evaluation and quality standards of medicinal plants",
        ("药用植物", "质量标准"),
    ),
    Theme(
        "life-health",
        "室内空气污染的健康影响与干预",
        "health effects of indoor air pollution and interventions",
        ("空气污染", "健康"),
    ),
    Theme(
        "low-carbon",
        "分布式太阳能与储能微电网示范",
        "demonstration of distributed solar and storage microgrids",
        ("太阳能", "微电网"),
    ),
    Theme("low-carbon", "农业废弃物资源化与减排", "recycling of farm waste and emission reduction", ("废弃物", "减排")),
    Theme(
        "low-carbon",
        "湖泊湿地碳汇监测与生态修复",
        "carbon sinks of lakes and wetlands and their restoration",
        ("碳汇", "湿地", "修复"),
    ),
]


def topic(number: int) -> tuple[str, str, Theme]:
    """Chinese title, English title and theme of the `number`-th proposal; the first 96 are all different."""
    theme = THEMES[number % len(THEMES)]
    region = REGIONS[(number // len(THEMES) + number) % len(REGIONS)]
    return f"{region.zh}{theme.zh}联合研究", f"Joint research on {theme.en} in {region.en}", theme


SURNAMES = [
    ("林", "Lin"),
    ("陈", "Chen"),
    ("赵", "Zhao"),
    ("钱", "Qian"),
    ("孙", "Sun"),
    ("李", "Li"),
    ("周", "Zhou"),
    ("吴", "Wu"),
    ("郑", "Zheng"),
    ("王", "Wang"),
    ("冯", "Feng"),
    ("褚", "Chu"),
    ("卫", "Wei"),
    ("蒋", "Jiang"),
    ("沈", "Shen"),
    ("韩", "Han"),
    ("杨", "Yang"),
    ("朱", "Zhu"),
    ("秦", "Qin"),
    ("许", "Xu"),
    ("欧阳", "Ouyang"),
]
GIVEN = [
    ("青禾", "Qinghe"),
    ("望舒", "Wangshu"),
    ("知远", "Zhiyuan"),
    ("若水", "Ruoshui"),
    ("明德", "Mingde"),
    ("思齐", "Siqi"),
    ("嘉木", "Jiamu"),
    ("景行", "Jingxing"),
    ("云舟", "Yunzhou"),
    ("秋实", "Qiushi"),
    ("怀瑾", "Huaijin"),
    ("南乔", "Nanqiao"),
    ("书白", "Shubai"),
]


def person(number: int) -> tuple[str, str]:
    """Chinese and Latin name of the `number`-th invented person; 273 differ."""
    surname = SURNAMES[number % len(SURNAMES)]
    given = GIVEN[number % len(GIVEN)]
    return surname[0] + given[0], f"{surname[1]} {given[1]}"


ABROAD_NAMES = [
    "Asha Gurung",
    "Wanjiru Otieno",
    "Nimal Perera",
    "Ayesha Malik",
    "Farid Rahimov",
    "Dilnoza Karimova",
    "Aigerim Sadykova",
    "Nguyen Thi Lan",
    "Somchai Wongsa",
    "Farah Ismail",
    "Mona Abdelrahman",
    "Youssef Alaoui",
    "Hanna Tesfaye",
    "Elif Kaya",
    "Ivan Petrov",
    "Ioana Popescu",
    "Luz Quispe",
    "Martín Sosa",
    "Bat-Erdene Dorj",
    "Olga Sokolova",
]
REVIEWERS = [
    ("Alice Moreau", "FR"),
    ("Benedikt Huber", "DE"),
    ("Carmen Ortiz", "ES"),
    ("Daniel Okafor", "NG"),
    ("Elena Fuentes", "CL"),
    ("Federica Bianchi", "IT"),
    ("George Whitfield", "GB"),
    ("Haruka Mori", "JP"),
]
