"""The form as a Word template: headings, help, one marked place for each value, lists as tables."""

from io import BytesIO
from typing import Final

from django.utils.translation import gettext as _
from docx import Document
from docx.document import Document as Paper
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from programs.language import pick
from programs.policy.short import in_short
from proposals.forms.fields import Field, Kind
from proposals.forms.showing import Choices
from proposals.office.controls import Controls, around, paragraph, run
from proposals.office.marker import Marker, Numbers
from proposals.office.plan import Chapter, Entry, Line, Plan, Table, how_to

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PIECE: Final = "form-"
MOST_LISTED: Final = 30
"""Choices of a table's column that are also told above it; countries aren't."""
PIECE_LENGTH: Final = 240  # Word keeps 255 characters of a property
_NAMESPACES: Final = f'{nsdecls("w")} xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
_PROPERTIES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VARIANTS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_INK, _QUIET, _RULE, _FILL = RGBColor(0x1F, 0x2A, 0x37), RGBColor(0x5B, 0x67, 0x75), "9AA5B1", "F3F6FA"
_UPRIGHT, _WIDE = (11906, 16838), (16838, 11906)
_MARGIN = 1134
_WEIGHTS: Final = {Kind.TEXT: 3, Kind.LONG_LINE: 3, Kind.LINE: 2, Kind.CHOICE: 2, Kind.FLAG: 1}


def word_of(plan: Plan, marker: Marker) -> bytes:
    """The template as a .docx."""
    paper = Document()
    _shed(paper)
    _styles(paper)
    body = paper.element.body
    last = body[-1]
    writer = _Writer(plan)
    for element in list(parse_xml(f"<w:body {_NAMESPACES}>{writer.all()}</w:body>")):
        last.addprevious(element)
    body.replace(last, parse_xml(_section(wide=writer.is_wide, namespaces=_NAMESPACES)))
    _footer(paper, plan)
    _name(paper, plan, marker)
    target = BytesIO()
    paper.save(target)
    return target.getvalue()


class _Writer:
    """Writes the body; sections change where a table needs the paper's longer side."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.numbers = Numbers.of(plan)
        self.controls = Controls()
        self.is_wide = False
        """How the paper lies at the place that is reached."""

    def all(self) -> str:
        """The whole body but for the last section's own properties."""
        parts = [self._front()]
        for number, chapter in enumerate(self.plan.chapters, start=1):
            if chapter.is_wide != self.is_wide:
                parts.append(f"<w:p><w:pPr>{_section(wide=self.is_wide)}</w:pPr></w:p>")
                self.is_wide = chapter.is_wide
            parts.append(self._chapter(number, chapter))
        return "".join(parts)

    def _front(self) -> str:
        desk = self.plan.desk
        call = desk.proposal.call
        said = [paragraph(call.title, "Title")]
        if desk.proposal.pk:
            lead = _("Lead institution: %(lead)s") % {"lead": desk.proposal.lead_institution.display_name}
            pi = _("Principal investigator: %(pi)s") % {"pi": desk.proposal.pi.display_name}
            said += [paragraph(lead, "Subtitle"), paragraph(pi, "Subtitle")]
        said.append(paragraph(_("How to fill it in"), "Heading1", keeps=True))
        said += [paragraph(text, "ListBullet") for text in how_to(has_rows=True)]
        if rules := in_short(desk.policy.clauses):
            said.append(paragraph(_("In short"), "Heading1", keeps=True))
        for rule in rules:
            said.append(paragraph(f"{rule.summary} ({desk.policy.articles[rule.article].label})", "ListBullet"))
        return "".join(said)

    def _chapter(self, number: int, chapter: Chapter) -> str:
        said = [paragraph(f"{number}. {chapter.page.label}", "Heading1", keeps=True)]
        if chapter.page.help_text:
            said.append(paragraph(chapter.page.help_text, "Help"))
        for part in chapter.parts:
            if isinstance(part, Entry):
                said.append(self._entry(part))
            elif isinstance(part, Table):
                said.append(self._list(part, wide=chapter.is_wide))
            else:
                said += self._elsewhere(part)
        return "".join(said)

    def _elsewhere(self, path: str) -> list[str]:
        """What stands in the form, but isn't written here."""
        desk = self.plan.desk
        if path == "lead" and desk.proposal.pk:
            return [
                paragraph(
                    _("Lead institution: %(lead)s") % {"lead": desk.proposal.lead_institution.display_name}, "Normal"
                )
            ]
        if path != "attachments":
            return []
        said = [paragraph(_("Upload these files on the portal:"), "Help", keeps=True)]
        kinds = desk.policy.attachment_kinds
        return said + [
            paragraph(f"{one.file.label} ({desk.policy.articles[one.article].label})", "ListBullet") for one in kinds
        ]

    def _entry(self, entry: Entry) -> str:
        required = run(" *", "<w:b/>") if entry.is_required else ""
        said = around(run(entry.label) + required, "Heading2", keeps=True)
        if entry.help:
            said += paragraph(entry.help, "Help", keeps=True)
        number = self.numbers.fields[entry.name]
        if entry.field.kind is Kind.CHOICES:
            return said + self._ticks(number, entry)
        if entry.field.kind is Kind.CHOICE and any(one.help for one in entry.options):
            said += "".join(paragraph(_explained(one.label, one.help), "ListBullet") for one in entry.options)
        elif entry.field.kind is Kind.CHOICE and entry.options:
            said += paragraph(_listed(_("Choices"), entry.options), "Help", keeps=True)
        return said + self.controls.block(f"f{number}", entry, "Answer")

    def _ticks(self, number: int, entry: Entry) -> str:
        chosen = set(entry.text.split(","))
        said = []
        for place, one in enumerate(entry.options):
            tick = self.controls.tick(f"o{number}:{place}", one.label, is_on=one.value in chosen)
            said.append(around(tick + run(f" {_explained(one.label, one.help)}"), "Answer"))
        return "".join(said)

    # ------------------------------------------------------------ lists
    def _list(self, table: Table, *, wide: bool = False) -> str:
        said = paragraph(table.label, "Heading2", keeps=True)
        if table.help:
            said += paragraph(table.help, "Help", keeps=True)
        for column in table.columns:
            options = self.plan.options(column, table.spec.name)
            if column.kind is Kind.CHOICE and 0 < len(options) <= MOST_LISTED:
                said += paragraph(_listed(str(column.label), options), "Help", keeps=True)
        if table.has_cards:
            return said + "".join(self._card(table, number, line) for number, line in enumerate(table.lines, start=1))
        return said + self._grid(table, wide=wide)

    def _card(self, table: Table, number: int, line: Line) -> str:
        width = _room(wide=False)
        widths = [width // 4, width - width // 4]
        row = self.numbers.rows[line.name]
        title = f"{table.label} {number}"
        rows = []
        for entry in line.entries:
            place = self.controls.inline(f"r{row}:{entry.field.name}", entry)
            cells = [
                _cell(widths[0], paragraph(entry.label, "ColumnHead"), fill=_FILL),
                _cell(widths[1], around(place, "CellText")),
            ]
            rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
        inner = "".join(
            paragraph(f"{title} · {one.label}", "Heading3", keeps=True) + self._grid(one) for one in line.tables
        )
        return paragraph(title, "Heading3", keeps=True) + _table(widths, "".join(rows)) + inner

    def _grid(self, table: Table, *, wide: bool = False) -> str:
        widths = _widths(table.columns, _room(wide=wide))
        place = self.numbers.lists[table.name]
        heads = "".join(
            _cell(
                width,
                around(self.controls.fixed(f"c{place}:{column.name}", str(column.label), "<w:b/>"), "ColumnHead"),
                fill=_FILL,
            )
            for width, column in zip(widths, table.columns, strict=True)
        )
        rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>"]
        for line in table.lines:
            mark = f"r{self.numbers.rows[line.name]}"
            cells = "".join(
                _cell(width, around(self.controls.cell(mark, entry), "CellText"))
                for width, entry in zip(widths, line.entries, strict=True)
            )
            rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
        return _table(widths, "".join(rows))


def _listed(label: str, options: Choices) -> str:
    return pick(f"{label}：", f"{label}: ") + pick("；", "; ").join(one.label for one in options)


def _explained(label: str, text: str) -> str:
    return f"{label}: {text}" if text else label


# ---------------------------------------------------------------- paper
def _room(*, wide: bool) -> int:
    return (_WIDE if wide else _UPRIGHT)[0] - 2 * _MARGIN


def _section(*, wide: bool, namespaces: str = "") -> str:
    width, height = _WIDE if wide else _UPRIGHT
    turned = ' w:orient="landscape"' if wide else ""
    return (
        f'<w:sectPr {namespaces}><w:pgSz w:w="{width}" w:h="{height}"{turned}/><w:pgMar w:top="{_MARGIN}" '
        f'w:right="{_MARGIN}" w:bottom="{_MARGIN}" w:left="{_MARGIN}" w:header="567" w:footer="567" w:gutter="0"/>'
        "</w:sectPr>"
    )


def _widths(columns: tuple[Field, ...], room: int) -> list[int]:
    weights = [_WEIGHTS.get(column.kind, 2) for column in columns]
    return [room * weight // sum(weights) for weight in weights]


def _table(widths: list[int], rows: str) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>{paragraph("", "Normal")}'
    )


def _cell(width: int, inside: str, fill: str = "") -> str:
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>{inside}</w:tc>'


def _styles(paper: Paper) -> None:
    styles = paper.styles
    for name, size, is_bold in (
        ("Normal", 10.5, False), ("Title", 20, True), ("Subtitle", 11, False), ("Heading 1", 15, True),
        ("Heading 2", 11.5, True), ("Heading 3", 10.5, True), ("List Bullet", 10, False),
    ):  # fmt: skip
        _dress(styles[name], size, bold=is_bold, heading=is_bold)
    for name, size, is_bold in (
        ("Help", 9.5, False),
        ("Answer", 10.5, False),
        ("CellText", 9.5, False),
        ("ColumnHead", 9.5, True),
    ):
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = styles["Normal"]
        _dress(made, size, bold=is_bold)
        made.paragraph_format.space_after = Pt(0 if name in ("CellText", "ColumnHead") else 4)
    styles["Help"].font.color.rgb = _QUIET
    hint = styles.add_style("Hint", WD_STYLE_TYPE.CHARACTER)
    hint.font.color.rgb = _QUIET
    frame = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="4" w:color="{_RULE}"/>'
        for side in ("top", "left", "bottom", "right")
    )
    properties = styles["Answer"].element.get_or_add_pPr()
    properties.insert_element_before(
        parse_xml(f"<w:pBdr {_NAMESPACES}>{frame}</w:pBdr>"), "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
    properties.insert_element_before(
        parse_xml(f'<w:shd {_NAMESPACES} w:val="clear" w:color="auto" w:fill="{_FILL}"/>'),
        "w:spacing",
        "w:ind",
        "w:jc",
        "w:rPr",
    )
    properties.insert_element_before(parse_xml(f'<w:ind {_NAMESPACES} w:left="113" w:right="113"/>'), "w:jc", "w:rPr")


def _shed(paper: Paper) -> None:
    """Drop what the library's own template brings: a second set of styles that would contradict ours, a picture."""
    for rels in (paper.part.rels, paper.part.package.rels):
        for number, rel in list(rels.items()):
            if rel.reltype.endswith(("/stylesWithEffects", "/thumbnail")):
                del rels[number]


def _dress(style: object, size: float, *, bold: bool, heading: bool = False) -> None:
    """One pair of typefaces throughout: the themes of Word have none for Chinese."""
    font = style.font  # type: ignore[attr-defined]
    font.size, font.bold, font.italic, font.color.rgb = Pt(size), bold, False, _INK
    font.name = "Calibri"
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()  # type: ignore[attr-defined]
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    fonts.set(qn("w:eastAsia"), "黑体" if heading else "宋体")


def _footer(paper: Paper, plan: Plan) -> None:
    """The call's title and the page's number on each page."""
    line = paper.sections[0].footer.paragraphs[0]
    line._p.append(parse_xml(run(f"{plan.desk.proposal.call.title} · ").replace("<w:r>", f"<w:r {_NAMESPACES}>", 1)))
    line._p.append(parse_xml(f'<w:fldSimple {_NAMESPACES} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'))


def _name(paper: Paper, plan: Plan, marker: Marker) -> None:
    """What the file says of itself, and the marker, as properties that Word shows nowhere on the paper."""
    core = paper.core_properties
    core.title, core.author, core.comments = plan.desk.proposal.call.title[:250], "", ""
    core.language = "zh-CN" if marker.language.startswith("zh") else "en"
    items = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{PIECE}{number - 2}">'
        f"<vt:lpwstr>{piece}</vt:lpwstr></property>"
        for number, piece in enumerate(marker.dump(PIECE_LENGTH), start=2)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    data = f'{head}<Properties xmlns="{_PROPERTIES}" xmlns:vt="{_VARIANTS}">{items}</Properties>'
    package = paper.part.package
    part = Part(
        PackURI("/docProps/custom.xml"),
        "application/vnd.openxmlformats-officedocument.custom-properties+xml",
        data.encode(),
        package,
    )
    package.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties")
