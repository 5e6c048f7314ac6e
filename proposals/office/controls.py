"""Content controls of WordprocessingML: places that are filled in, each with a mark that says which one it is.

Everything here is text of XML; whatever somebody typed is escaped on its way in."""

from datetime import date
from html import escape
from typing import Final

from django.utils.translation import gettext as _

from proposals.forms.fields import Kind
from proposals.office.plan import Entry
from proposals.office.texts import ON, writable

BOX, TICKED_BOX = "☐", "☒"
_NO_STATE: Final = '<w:rFonts w:ascii="MS Gothic" w:eastAsia="MS Gothic" w:hAnsi="MS Gothic" w:hint="eastAsia"/>'
_MOST_TITLE = 60


def run(text: str, properties: str = "") -> str:
    """One run; lines ended by breaks."""
    marks = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    pieces = '</w:t><w:br/><w:t xml:space="preserve">'.join(
        '</w:t><w:tab/><w:t xml:space="preserve">'.join(_safe(part) for part in line.split("\t"))
        for line in text.split("\n")
    )
    return f'<w:r>{marks}<w:t xml:space="preserve">{pieces}</w:t></w:r>'


def paragraph(text: str, style: str, *, keeps: bool = False) -> str:
    """A paragraph of one run."""
    return around(run(text) if text else "", style, keeps=keeps)


def around(inside: str, style: str, *, keeps: bool = False) -> str:
    """A paragraph of ready runs; one that `keeps` stays on the page of the next."""
    stays = "<w:keepNext/>" if keeps else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{stays}</w:pPr>{inside}</w:p>'


def _safe(text: str) -> str:
    return escape(writable(text))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Controls:
    """Makes controls, each with a number of its own."""

    def __init__(self) -> None:
        self._last = 100_000

    def fixed(self, mark: str, text: str, properties: str = "") -> str:
        """Words that carry a mark and can be neither changed nor deleted."""
        return self._control(mark, text, run(text, properties), "", lock="sdtContentLocked")

    def block(self, mark: str, entry: Entry, style: str) -> str:
        """A place of its own between paragraphs."""
        if entry.field.kind is Kind.TEXT and entry.text:
            lines = "".join(paragraph(line, style) for line in entry.text.split("\n"))
            return self._control(mark, entry.label, lines, "")
        if entry.field.kind is Kind.TEXT:
            hint = around(run(_("Click here and write"), '<w:rStyle w:val="Hint"/>'), style)
            return self._control(mark, entry.label, hint, "", is_hint=True)
        return around(self.inline(mark, entry), style)

    def inline(self, mark: str, entry: Entry, hint: str | None = None, *, lock: str = "sdtLocked") -> str:
        """A place within a paragraph; `hint` stands in it while it is empty."""
        if entry.field.kind is Kind.FLAG:
            return self.tick(mark, entry.label, is_on=entry.text == ON, lock=lock)
        if not entry.words:
            text = self._hint(entry) if hint is None else hint
            shown = run(text, '<w:rStyle w:val="Hint"/>')
            return self._control(mark, entry.label, shown, self._kind(entry), is_hint=True, lock=lock)
        return self._control(mark, entry.label, run(entry.words), self._kind(entry), lock=lock)

    def cell(self, mark: str, entry: Entry) -> str:
        """A place in a row that may be deleted as a whole, which a lock would forbid."""
        return self.inline(mark, entry, hint="…", lock="unlocked")

    def tick(self, mark: str, title: str, *, is_on: bool, lock: str = "sdtLocked") -> str:
        """A box to tick."""
        kind = (
            f'<w14:checkbox><w14:checked w14:val="{int(is_on)}"/>'
            '<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
            '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox>'
        )
        return self._control(mark, title, run(TICKED_BOX if is_on else BOX, _NO_STATE), kind, lock=lock)

    def _hint(self, entry: Entry) -> str:
        match entry.field.kind:
            case Kind.CHOICE if entry.options:
                return _("Choose from the list")
            case Kind.DAY:
                return _("Year-month-day, such as 2022-01-31")
            case _:
                return _("Click here and write")

    def _kind(self, entry: Entry) -> str:
        match entry.field.kind:
            case Kind.CHOICE if entry.options:
                items = "".join(
                    f'<w:listItem w:displayText="{_safe(one.label)}" w:value="{_safe(one.value)}"/>'
                    for one in entry.options
                )
                # A box that also takes other words: a partner's name that isn't in the list yet.
                return f"<w:comboBox>{items}</w:comboBox>"
            case Kind.DAY:
                day = f' w:fullDate="{entry.text}T00:00:00Z"' if _is_day(entry.text) else ""
                return (
                    f'<w:date{day}><w:dateFormat w:val="yyyy-MM-dd"/><w:lid w:val="zh-CN"/>'
                    '<w:storeMappedDataAs w:val="dateTime"/><w:calendar w:val="gregorian"/></w:date>'
                )
            case Kind.TEXT:
                return '<w:text w:multiLine="1"/>'
            case _:
                return "<w:text/>"

    def _control(
        self, mark: str, title: str, inside: str, kind: str, *, is_hint: bool = False, lock: str = "sdtLocked"
    ) -> str:
        self._last += 1
        name = _safe(title[:_MOST_TITLE])
        hint = "<w:showingPlcHdr/>" if is_hint else ""
        return (
            f'<w:sdt><w:sdtPr><w:alias w:val="{name}"/><w:tag w:val="{_safe(mark)}"/><w:id w:val="{self._last}"/>'
            f'<w:lock w:val="{lock}"/>{hint}{kind}</w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>'
        )
