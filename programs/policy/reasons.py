"""What is wrong with a policy file, in Chinese: the schema and pydantic speak English."""

import re
from collections.abc import Mapping
from typing import Any

Loc = tuple[int | str, ...]

# By pydantic's error type; braces are filled from the error's context.
_BY_TYPE = {
    "missing": "缺少这一项",
    "extra_forbidden": "这里没有叫这个名称的项",
    "string_type": "须为文字",
    "string_too_short": "不能为空",
    "string_too_long": "文字过长，最多 {max_length} 个字符",
    "string_pattern_mismatch": "写法不符合要求：{pattern}",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_parsing_size": "数值过大",
    "int_from_float": "须为整数，不能有小数",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_short": "至少须有 {min_length} 项",
    "literal_error": "只能是：{expected}",
    "enum": "只能是：{expected}",
    "date_type": "须为日期，如 2027-01-31",
    "date_parsing": "须为日期，如 2027-01-31",
    "date_from_datetime_parsing": "须为日期，如 2027-01-31",
    "date_from_datetime_inexact": "须为日期，不带时刻",
    "tuple_type": "须为列表",
    "dict_type": "须为表",
    "model_type": "须为表",
    "model_attributes_type": "须为表",
    "union_tag_invalid": "没有“{tag}”这一类条款",
    "union_tag_not_found": "缺少条款类别（kind）",
    "yuan": "金额须为不小于零的整数（元）",
}

# By what the schema's own checks say, whole.
_BY_WORDS = [
    (r"a question of the type (\S+) has options", r"类型为 \1 的问题须有选项"),
    (r"a question of the type (\S+) has no options", r"类型为 \1 的问题不能有选项"),
    (r"max_characters is for lines and texts", "字数上限只用于文字类问题"),
    (r"minimum and maximum are for numbers and money", "最小值和最大值只用于数字和金额"),
    (r"minimum is above maximum", "最小值大于最大值"),
    (r"'(.*)' is none of the answers", r"“\1”不在可选答案之中"),
    (r"the text needs \{number\} once", "文字中须出现一次 {number}"),
    (r"activities have no column '(.*)'", r"活动表没有“\1”这一列"),
    (r"activities, and nothing else, need zh, en and columns", "只有活动表须写明 zh、en 和 columns，其他项不写"),
    (r'a local time is written "(.*)"', r"当地时间的写法如“\1”"),
    (r"a number pattern needs (\{.*\}) once and no other braces", r"编号规则中须出现一次 \1，不得有其他花括号"),
    (r"a number pattern gives numbers of more than (\S+) characters", r"按此规则生成的编号超过 \1 个字符"),
    (
        r"a file name is made of \{lead\} and \{pi\}, without other braces",
        "文件名由 {lead} 和 {pi} 组成，不得有其他花括号",
    ),
    (r"the year is none from (\S+) to (\S+)", r"年份须在 \1 至 \2 之间"),
    (r"Nested too deeply", "TOML 语法错误：嵌套层数过多"),
    (r"not an IANA time zone", "不是 IANA 时区名称"),
    (r"the call closes before it opens", "截止时间早于开始时间"),
    (r"the call extends (\S+), not (\S+)", r"该指南属于 \1，而不是 \2"),
    (r"the programme already has article (\S+); a call can't reword it", r"项目政策已有条文 \1，指南不能改写"),
    (r"the programme has no review stage '(.*)'", r"项目政策没有评审环节“\1”"),
    (r"a dossier has no field '(.*)'", r"申请书中没有“\1”这一项"),
    (r"(\w+) have no column '(.*)'", r"\1 没有“\2”这一列"),
    (r"an amount clause needs min_yuan or max_yuan", "额度条款须写明下限或上限"),
    (r"min_(\w+) is above max_(\w+)", "下限大于上限"),
    (r"earliest_start_date is after latest_end_date", "最早开始日期晚于最迟结束日期"),
    (r"words_en: one for each of words, or none", "英文词须与中文词一一对应，或全部不写"),
    (r"article (\S+) is cited, but (.*) is missing", r"引用了条文 \1，但没有 \2"),
    (r"clause used twice: (.*)", r"条款重复：\1"),
    (r"key in (.*) used twice: (.*)", r"\1 中的标识重复：\2"),
    (r"answers\.(\S+) is used, but there is no such question", r"用到了 answers.\1，但没有这个问题"),
    (r"question (\S+) is on no page of the form", r"问题 \1 没有放进任何申请书页面"),
    (r"clause (\S+) (\S+) goes by the question (\S+), which there is not", r"条款 \1 \2 依据的问题 \3 不存在"),
    (r"review stage '(.*)' of a call needs criteria and anchors", r"指南的评审环节“\1”须有评审标准和分值含义"),
    (r"a step has one cut-off", "一个环节只能有一个截止时间"),
    (r"the programme's endorsement chain has no step '(.*)'", r"项目政策的推荐环节中没有“\1”"),
    (
        r"the step (.*) ends earlier in the programme; a call can't give it more time",
        r"项目政策规定环节 \1 的截止时间更早，指南不能放宽",
    ),
    (
        r"a cut-off is either days_before the closing of the call or a time in closes",
        "截止时间须写 days_before（指南截止前的天数）或 closes（时刻），二者只写其一",
    ),
    (r"extends (\S+), which doesn't exist", r"所属的项目政策 \1 不存在"),
    (r"the portal has no policy of this name", "系统中没有这个名称的政策"),
    (
        r"a cut-off is either days_before the closing of the call or a time in closes",
        "截止须写提前的天数或具体时间，二者择一",
    ),
    (r"a step has one cut-off", "一个环节只有一个截止"),
    (r"the programme's endorsement chain has no step '(.*)'", r"项目政策的推荐环节中没有“\1”"),
    (
        r"the step (\S+) ends earlier in the programme; a call can't give it more time",
        r"项目政策中环节 \1 截止更早，指南不能放宽",
    ),
    (
        r"the first step of the endorsement chain belongs to the lead institution, and has no unit",
        "推荐的第一个环节属于牵头单位，不写 unit",
    ),
    (
        r"step (\S+) of the endorsement chain needs a unit: which institution endorses",
        r"推荐环节 \1 须写明 unit，即由哪类单位办理",
    ),
    (
        r"step (\S+) of the endorsement chain is its institution's office's: its role is office",
        r"推荐环节 \1 由该单位的负责部门办理，role 须为 office",
    ),
    (r"unit used twice: (.*)", r"unit 重复：\1"),
    (r"one step at most counts as received", "至多一个环节计为受理"),
    (
        r"step (\S+): a time is for a call; a programme says days_before",
        r"环节 \1：具体时间由指南写，项目政策写提前的天数",
    ),
    (
        r"step (\S+) ends after the call closes, and the application is not received by then",
        r"环节 \1 在申报截止之后才截止，而此时申请尚未受理",
    ),
    (r"step (\S+) ends before the one in front of it", r"环节 \1 早于前一环节截止"),
    (r"[Aa] number is too large", "数值过大"),
    (r"can't be read: (.*)", r"无法读取：\1"),
]
_COMPILED = [(re.compile(pattern, re.DOTALL), chinese) for pattern, chinese in _BY_WORDS]


def in_chinese(reason: str, kind: str = "", context: Mapping[str, Any] | None = None) -> str:
    """The reason in Chinese, by pydantic's error type or by its own words; the English one where there is none."""
    if (chinese := _BY_TYPE.get(kind)) is not None:
        return chinese.format_map(_Known(context or {}))
    for pattern, chinese in _COMPILED:
        if found := pattern.fullmatch(reason):
            return found.expand(chinese)
    return f"TOML 语法错误：{reason}" if kind == "toml" else reason


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def whereabouts(reason: str, data: Any) -> Loc:
    """The place in a policy's data that a contradiction is about; empty: the policy as a whole."""
    if found := re.match(r"article (\S+) is cited", reason):
        return next(_holders(data, "article", found[1]), ())
    if found := re.match(r"question (\S+) is on no page", reason):
        return _row(data, "questions", lambda row: row.get("key") == found[1])
    if found := re.match(r"clause (\S+) \S+ goes by the question (\S+),", reason):
        article, key = found[1], found[2]
        return _row(data, "clauses", lambda row: row.get("article") == article and key in map(str, row.values()))
    return ()


def _holders(data: Any, name: str, value: str, here: Loc = ()) -> Any:
    if isinstance(data, dict):
        for key, inner in data.items():
            if key == name and inner == value:
                yield (*here, key)
            else:
                yield from _holders(inner, name, value, (*here, key))
    elif isinstance(data, list):
        for number, inner in enumerate(data):
            yield from _holders(inner, name, value, (*here, number))


def _row(data: Any, name: str, is_meant: Any) -> Loc:
    rows = data.get(name) if isinstance(data, dict) else None
    for number, row in enumerate(rows or []):
        if isinstance(row, dict) and is_meant(row):
            return (name, number)
    return ()
