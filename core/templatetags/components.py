"""The design system's tags; each renders the template of its name in templates/_components/.

`{% load components %}`. Their look and inputs: templates/styleguide.html shows them all."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from core.differences import Piece, pieces
from core.templatetags.portal import yuan

register = template.Library()

CHOICES = (CheckboxSelectMultiple, RadioSelect)


def _findings_at(findings: Iterable[Any] | None, path: str) -> list[Any]:
    """Those that point at `path` or at something inside it."""
    return [one for one in findings or () if one.field == path or one.field.startswith(f"{path}.")]


def _describe(bound: BoundField, findings: list[Any], help_text: str) -> str:
    marks = [f"{bound.auto_id}_help"] if help_text else []
    marks += [f"{bound.auto_id}_error"] if bound.errors else []
    marks += [f"{bound.auto_id}_finding"] if findings else []
    return " ".join(marks)


def _attributes(bound: BoundField, findings: list[Any], help_text: str, mark: str) -> dict[str, Any]:
    widget = bound.field.widget
    attributes: dict[str, Any] = {}
    if isinstance(widget, CheckboxInput):
        attributes["class"] = "form-check-input"
    elif isinstance(widget, Select):
        attributes["class"] = "form-select"
    elif not isinstance(widget, CHOICES):
        attributes["class"] = "form-control"
    if own := widget.attrs.get("class"):
        attributes["class"] = f"{attributes.get('class', '')} {own}".strip()
    if isinstance(widget, Textarea) and "rows" not in widget.attrs:
        attributes["rows"] = 5
    if described := _describe(bound, findings, help_text):
        attributes["aria-describedby"] = described
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if mark:
        attributes["lang"] = "zh-Hans" if mark == "zh" else "en"
    return attributes


@register.inclusion_tag("_components/field.html")
def field(
    bound: BoundField,
    findings: Iterable[Any] | None = None,
    path: str = "",
    mark: str = "",
    hint: str = "",
    after: str = "",
) -> dict[str, Any]:
    """`{% field form.title_zh findings=findings path="title_zh" %}`: label, help, widget, error, findings beside it.

    `path` is the dossier path whose findings belong here (default: the field's name); `mark` "zh" or "en" for the
    halves of a pair; `hint` replaces the help text; `after` is a small remark below."""
    here = _findings_at(findings, path or bound.name)
    help_text = hint or str(bound.help_text)
    widget = bound.field.widget
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=_attributes(bound, here, help_text, mark)),
        "findings": here,
        "help": help_text,
        "mark": mark,
        "after": after,
        "is_group": isinstance(widget, CHOICES),
        "is_check": isinstance(widget, CheckboxInput),
    }


@register.inclusion_tag("_components/field_pair.html")
def field_pair(form: BaseForm, name: str, findings: Iterable[Any] | None = None, path: str = "") -> dict[str, Any]:
    """`{% field_pair form "title" findings=findings %}`: `title_zh` and `title_en` side by side."""
    base = path or name
    return {
        "zh": form[f"{name}_zh"],
        "en": form[f"{name}_en"],
        "zh_path": f"{base}_zh",
        "en_path": f"{base}_en",
        "findings": findings,
    }


@register.inclusion_tag("_components/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """`{% error_summary form %}` above a form: what to correct, each linked to its field; takes the focus."""
    entries: list[tuple[str, str]] = []
    for form in forms:
        entries += [("", str(message)) for message in form.non_field_errors()]
        for bound in form:
            target = "" if bound.is_hidden else (bound.id_for_label or bound.auto_id)
            entries += [(target, f"{bound.label}: {message}") for message in bound.errors]
    return {"entries": entries}


@register.inclusion_tag("_components/findings.html")
def findings(
    items: Iterable[Any],
    edit_url: str = "",
    title: str = "",
    level: int = 2,
    none: str = "",
    live: bool = False,
    id: str = "findings",
) -> dict[str, Any]:
    """`{% findings findings edit_url=… title=… %}`: all unmet conditions, blocking ones first.

    `edit_url` + '#field-<path>' is where each is put right; `none` replaces the sentence of the empty state."""
    rows = sorted(items, key=lambda one: one.severity != "block")
    blocks = sum(1 for one in rows if one.severity == "block" and not getattr(one, "waived", False))
    return {
        "rows": rows, "blocks": blocks, "warnings": len(rows) - blocks, "edit_url": edit_url, "title": title,
        "level": level, "none": none, "live": live, "id": id,
    }  # fmt: skip


@register.simple_tag
def diff_value(change: Any, side: str) -> SafeString:
    """The side "before" or "after" of a change: an amount, or the text with what went or came marked in it."""
    value = getattr(change, side)
    if change.is_amount:
        if value is None:
            return mark_safe("–")
        tag = "del" if side == "before" else "ins"
        return format_html('<{0} class="amount">{1}</{0}>', tag, yuan(value))
    if change.kind == "changed":
        return diff_text(change.before, change.after, side)
    return diff_text(value, "", side) if side == "before" else diff_text("", value, side)


@register.simple_tag
def diff_text(before: Any, after: Any, side: str = "") -> SafeString:
    """The change marked in the text; `side` "before" or "after" shows only what belongs to that side."""
    keep = {"before": {"same", "removed"}, "after": {"same", "added"}}.get(side, {"same", "removed", "added"})
    return mark_safe(
        "".join(_marked(piece) for piece in pieces(str(before or ""), str(after or "")) if piece.kind in keep)
    )


def _marked(piece: Piece) -> str:
    text = conditional_escape(piece.text)
    return {"same": "{}", "removed": "<del>{}</del>", "added": "<ins>{}</ins>"}[piece.kind].format(text)


@register.simple_block_tag
def panel(content: str, title: str = "", level: int = 2, tone: str = "", id: str = "") -> SafeString:
    """`{% panel _("Budget") %}…{% endpanel %}`: a titled surface. Written here, as pages consist of them."""
    head = format_html('<div class="panel-head"><h{0}>{1}</h{0}></div>', level, title) if title else ""
    place = format_html(' id="{}"', id) if id else ""
    return format_html(
        '<section class="panel{}{}"{}>{}{}</section>', " tone-" if tone else "", tone, place, head, content
    )


@register.simple_block_tag(takes_context=True)
def notice(context: template.Context, content: str, tone: str = "info", title: str = "", role: str = "") -> str:
    """`{% notice "warn" title=_("…") %}…{% endnotice %}`; tones: info, ok, warn, block, quiet."""
    return render_to_string("_components/notice.html", {"content": content, "tone": tone, "title": title, "role": role})


@register.simple_block_tag(takes_context=True)
def decision(
    context: template.Context, content: str, title: str, submit: str, action: str = "", effect: str = "",
    tone: str = "", name: str = "", value: str = "", findings: Iterable[Any] | None = None, enabled: bool = True,
) -> str:  # fmt: skip
    """`{% decision title submit action=url effect=… %}fields{% enddecision %}`: the panel that confirms a decision.

    It is a POST form with CSRF token and double-submit guard. `effect` says what happens next. With `findings` or
    `enabled=False` the button is left out and the reasons stand in its place."""
    return render_to_string(
        "_components/decision.html",
        {
            "content": content, "title": title, "submit": submit, "action": action, "effect": effect, "tone": tone,
            "name": name, "value": value, "findings": findings, "enabled": enabled and not findings,
        },
        request=context.get("request"),
    )  # fmt: skip


@register.filter
def control(bound: BoundField) -> SafeString:
    """The bare widget with the theme's class, for filter bars and grids."""
    return bound.as_widget(attrs=_attributes(bound, [], "", ""))
