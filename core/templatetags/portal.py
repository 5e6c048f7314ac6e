"""Display filters and tags that every page may use: money, local dates, icons, lists' addresses, paired fields.

`{% load portal %}` — no queries, no domain."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core import clock, money

register = template.Library()


def is_chinese() -> bool:
    """Is the page being rendered in Chinese?"""
    return (get_language() or "").startswith("zh")


# ---------------------------------------------------------------- money
@register.filter
def yuan(fen: int | None) -> str:
    """150000000 fen → '1,500,000.00'; nothing for None."""
    return "" if fen is None else money.format_yuan(int(fen))


@register.filter
def wan(fen: int | None) -> str:
    """150000000 fen → '150 万元' or, in English, 'CNY 1,500,000' (whole yuan unless there are fen)."""
    if fen is None:
        return ""
    if is_chinese():
        return f"{money.format_wan(int(fen))} 万元"
    return f"CNY {money.format_yuan(int(fen)).removesuffix('.00')}"


@register.filter
def percent(part: float | None, whole: float | None = None) -> str:
    """`{{ 0.853|percent }}` → '85.3 %'; `{{ spent|percent:planned }}` → the share; an en dash without a whole."""
    if part is None or (whole is not None and not whole):
        return "–"
    share = part if whole is None else part / whole
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


# ---------------------------------------------------------------- dates
def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """2021年7月30日 / 30 July 2021, in the tenant's zone; nothing for None."""
    if value is None or value == "":
        return ""
    return _formatted(_local(value).date() if isinstance(value, datetime) else value, "DATE_FORMAT", get_language())


@register.filter
def moment(value: datetime | None) -> str:
    """2021年7月30日 16:05 / 30 July 2021, 16:05, in the tenant's zone."""
    return "" if not value else _formatted(_local(value).replace(tzinfo=None), "DATETIME_FORMAT", get_language())


@lru_cache(2048)
def _formatted(value: date | datetime, style: str, language: str | None) -> str:
    # Without a zone: instants that are equal in two zones are the same key.
    return formats.date_format(value, style)


@register.filter
def precise(value: datetime | None) -> str:
    """To the second, with the zone, for receipts: 2021-07-30 23:59:59 UTC+08:00."""
    if not value:
        return ""
    local = _local(value)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:]}"


@register.filter
def until(value: datetime | None) -> str:
    """An exclusive end as people write it: next day's 00:00 is '24:00' of the day before (B6)."""
    if not value:
        return ""
    local = _local(value)
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return moment(value)
    before = formats.date_format((local - timedelta(days=1)).date(), "DATE_FORMAT")
    return f"{before} 24:00" if is_chinese() else f"{before}, 24:00"


@register.filter
def iso(value: date | datetime | None) -> str:
    """For the `datetime` attribute of <time>; nothing for what is no date."""
    if not isinstance(value, date):
        return ""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value.isoformat()


@register.filter
def urgency(value: datetime | None) -> str:
    """'overdue', 'today', 'soon' (within three days), 'later' or ''."""
    if not value:
        return ""
    left = value - clock.now()
    if left <= timedelta():
        return "overdue"
    if _local(value - timedelta(microseconds=1)).date() == _local(clock.now()).date():
        return "today"
    return "soon" if left <= timedelta(days=3) else "later"


@register.filter
def time_left(value: datetime | None) -> str:
    """The urgency in words: 'due in 3 days', 'due today, in 5 hours', 'overdue by 2 days'."""
    if not value:
        return ""
    left = value - clock.now()
    late = left <= timedelta()
    span = abs(left)
    hours = int(span.total_seconds() // 3600)
    if late:
        if span.days:
            return ngettext("overdue by %(n)d day", "overdue by %(n)d days", span.days) % {"n": span.days}
        return (
            ngettext("overdue by %(n)d hour", "overdue by %(n)d hours", hours) % {"n": hours}
            if hours
            else _("just passed")
        )
    if span.days >= 1:
        days = (_local(value - timedelta(microseconds=1)).date() - _local(clock.now()).date()).days
        return ngettext("due in %(n)d day", "due in %(n)d days", days) % {"n": days}
    if hours:
        return ngettext("due in %(n)d hour", "due in %(n)d hours", hours) % {"n": hours}
    minutes = max(1, int(span.total_seconds() // 60))
    return ngettext("due in %(n)d minute", "due in %(n)d minutes", minutes) % {"n": minutes}


# ---------------------------------------------------------------- paired fields
def paired(thing: Any, name: str) -> str:
    """`name_zh` or `name_en` of an object or mapping by the active language, the other one where it is empty."""

    def get(suffix: str) -> str:
        key = f"{name}_{suffix}"
        value = thing.get(key) if isinstance(thing, Mapping) else getattr(thing, key, "")
        return str(value or "")

    zh, en = get("zh"), get("en")
    return (zh or en) if is_chinese() else (en or zh)


@register.simple_tag
def local(thing: Any, name: str) -> str:
    """`{% local call "title" %}`; a text in the other language is marked with its `lang`."""
    text = paired(thing, name)
    own = "zh" if is_chinese() else "en"
    value = thing.get(f"{name}_{own}") if isinstance(thing, Mapping) else getattr(thing, f"{name}_{own}", "")
    if text and not value:
        return format_html('<span lang="{}">{}</span>', "en" if own == "zh" else "zh-Hans", text)
    return text


@register.filter
def in_language(thing: Any, name: str) -> str:
    """`{{ finding|in_language:"message" }}`: as `local`, as plain text for attributes and includes."""
    return paired(thing, name)


# ---------------------------------------------------------------- icons
@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """An icon of static/img/icons.svg: decorative, or with `label` an image with that name."""
    return _icon(name, str(label), extra)


@lru_cache(1024)
def _icon(name: str, label: str, extra: str) -> SafeString:
    address = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}"/></svg>', extra, label, address
        )
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}"/></svg>', extra, address)


# ---------------------------------------------------------------- lists keep their state in the URL
@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The present query string with `changes` (None or '' removes); the pager starts anew unless it is named.

    `<a href="{% query sort='-amount' %}">`"""
    request = context.get("request")
    parameters = request.GET.copy() if request is not None else None
    if parameters is None:
        return "?"
    if not {"after", "before"} & changes.keys():
        parameters.pop("after", None)
        parameters.pop("before", None)
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"


@register.simple_tag(takes_context=True)
def sort_header(context: template.Context, key: str, label: str, extra: str = "", default: str = "") -> SafeString:
    """A `<th>` whose link sorts by `?sort=key`, then `-key`; `default` is the order without a parameter."""
    request = context.get("request")
    present = (request.GET.get("sort") if request is not None else None) or default
    if present == key:
        state, following, mark = "ascending", f"-{key}", icon("sort-up")
    elif present == f"-{key}":
        state, following, mark = "descending", key, icon("sort-down")
    else:
        state, following, mark = "none", key, icon("sort")
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a class="sorter" href="{}">{} {}</a></th>',
        extra, state, query(context, sort=following), label, mark,
    )  # fmt: skip


@register.filter
def get(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """`{{ mapping|get:key }}`."""
    return mapping.get(key) if mapping else None
