"""The fields of the application form. `{% load draft %}`.

Written here and not in templates, as a page has hundreds of them and a template for each cost more than all the rest
of the page. Whatever somebody typed, and every path, which holds keys of rows, is escaped here."""

from html import escape

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from proposals.forms.fields import Kind
from proposals.forms.showing import ShownField, ShownRow, Slot

register = template.Library()

ROWS = 7
"""Lines of a long text that are seen at once."""
_LINES = (Kind.TEXT, Kind.LONG_LINE)
_KEYBOARDS = {Kind.AMOUNT: ' inputmode="decimal"', Kind.WHOLE: ' inputmode="numeric"'}
_COLUMNS = {Kind.AMOUNT: "edit num", Kind.WHOLE: "edit num", Kind.FLAG: "edit tick"}


@register.simple_tag
def remarks_at(place: Slot) -> SafeString:
    """What is said about a place of the form, where scripts put what autosave says of it."""
    return mark_safe(_remarks(place))


@register.simple_tag
def control(field: ShownField, rows: int = ROWS) -> SafeString:
    """The input alone, for a field whose label the template writes; `rows` is the height of a long text."""
    return mark_safe(_control(field, escape(field.path), rows=rows))


@register.simple_tag
def draft_field(field: ShownField, rows: int = ROWS, known: str = "") -> SafeString:
    """A field with label, help, input and remarks. One that is `known` from the directory can't be typed over."""
    path, label = escape(field.path), escape(field.label)
    wrong = " has-error" if field.is_invalid else ""
    place = f'id="field-{path}" data-field="{path}"'
    required = f'<span class="req">{_("required")}</span>' if field.is_required else ""
    text = f'<p class="help" id="help-{path}">{escape(field.help)}</p>' if field.help else ""
    box, said = _control(field, path, rows=rows, is_known=bool(known)), _remarks(field)
    if field.is_group:
        return mark_safe(
            f'<fieldset class="field{wrong}" {place} aria-describedby="at-{path}"><legend>{label}{required}</legend>'
            f"{text}{box}{said}</fieldset>"
        )
    if field.spec.kind is Kind.FLAG:
        return mark_safe(
            f'<div class="field form-check{wrong}" {place}>{box}<label class="form-check-label" for="in-{path}">'
            f"{label}</label>{text}{said}</div>"
        )
    return mark_safe(
        f'<div class="field{wrong}" {place}><label for="in-{path}">{label}{required}</label>{text}{box}{said}</div>'
    )


@register.simple_tag
def cells(row: ShownRow, path: str) -> SafeString:
    """The cells of a grid's row with their remarks, in the first one those of the whole row; `path` is the list's."""
    return mark_safe(_cells(row, path, [_remarks(field) for field in row.cells], _remarks(row)))


@register.simple_tag
def bare_cells(row: ShownRow, path: str) -> SafeString:
    """The cells of a row whose remarks stand in a row of their own."""
    return mark_safe(_cells(row, path, [""] * len(row.cells), ""))


@register.simple_tag
def remarks_of_row(row: ShownRow) -> SafeString:
    """What is said about a row and each of its cells."""
    return mark_safe(_remarks(row) + "".join(_remarks(field) for field in row.cells))


def _cells(row: ShownRow, path: str, said: list[str], of_row: str) -> str:
    key = f'<input type="hidden" name="{escape(path)}" value="{escape(row.key)}">'
    parts = []
    for field, remarks in zip(row.cells, said, strict=True):
        at, label = escape(field.path), escape(field.label)
        box = _control(field, at, cell=label)
        parts.append(
            f'<td class="{_COLUMNS.get(field.spec.kind, "edit")}" id="field-{at}" data-label="{label}" '
            f'data-field="{at}">{key}{box}{remarks}{of_row}</td>'
        )
        key = of_row = ""
    return "".join(parts)


def _control(field: ShownField, path: str, *, cell: str = "", rows: int = ROWS, is_known: bool = False) -> str:
    """The input; `path` and `cell`, its name where only a column's heading gives it, are escaped already."""
    if field.is_group:
        return render_to_string("proposals/draft/_choices.html", {"f": field})
    helped = f"help-{path} " if field.help and not cell else ""
    named = f' aria-label="{cell}"' if cell else ""
    wrong = ' aria-invalid="true"' if field.is_invalid else ""
    about = f'name="{path}" id="in-{path}" aria-describedby="{helped}at-{path}"{named}{wrong}'
    kind = field.spec.kind
    if kind is Kind.CHOICE:
        nothing = "–" if cell else _("Please choose")
        locked = " disabled" if is_known else ""
        return (
            f'<select class="form-select" {about}{locked}><option value="">{nothing}</option>'
            f"{field.options_html}</select>"
        )
    if kind is Kind.FLAG:
        checked = " checked" if field.is_checked else ""
        return (
            f'<input type="hidden" name="{path}" value=""><input class="form-check-input" type="checkbox" {about} '
            f'value="on"{checked}>'
        )
    language = f' lang="{field.lang}"' if field.lang else ""
    if kind in _LINES:
        height = 1 if cell or kind is Kind.LONG_LINE else rows
        # The first line end in a textarea is dropped by browsers: one of the text itself would be.
        return f'<textarea class="form-control" {about} rows="{height}"{language}>\n{escape(field.value)}</textarea>'
    locked = " readonly" if is_known else ""
    return (
        f'<input class="form-control" type="{field.input_type}" {about} value="{escape(field.value)}"'
        f"{_KEYBOARDS.get(kind, '')}{language}{locked}>"
    )


def _remarks(place: Slot) -> str:
    path = escape(place.path)
    said = render_to_string("proposals/draft/_remarks.html", {"remarks": place.remarks}) if place.remarks else ""
    return f'<div class="remarks" id="at-{path}" data-at="{path}">{said}</div>'
