"""The fonts documents are set in: Noto's simplified Chinese faces, cut to GB 2312 and Latin and turned into TrueType.

A face of 65,535 glyphs costs each PDF tens of kilobytes and most of the time; one of 8,000 doesn't. Characters beyond
the cut come from the full Debian font, which the style sheet names second.
"""

import io
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable

from documents.harfbuzz import SubsettingFailed, subset_face

SOURCES_DIR: Final = Path("/usr/share/fonts/opentype/noto")
# Face built -> (Debian's collection in fonts-noto-cjk, PostScript name of the simplified Chinese face in it).
SOURCES: Final = {
    "sans-400": ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular"),
    "sans-700": ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold"),
    "serif-400": ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular"),
    "serif-700": ("NotoSerifCJK-Bold.ttc", "NotoSerifCJKsc-Bold"),
}
# Latin with all European, Turkish and pinyin letters, Greek, Cyrillic, punctuation, currency, arrows, mathematics,
# boxes, circled numbers, CJK punctuation and full-width forms.
EXTRA_RANGES: Final = (
    (0x20, 0x7E),
    (0xA0, 0x24F),
    (0x2B0, 0x2FF),
    (0x370, 0x45F),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0x20A0, 0x20BF),
    (0x2100, 0x214F),
    (0x2150, 0x218F),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
    (0x2460, 0x24FF),
    (0x25A0, 0x26FF),
    (0x2700, 0x27BF),
    (0x3000, 0x303F),
    (0x3200, 0x33FF),
    (0xFF00, 0xFFEF),
)
MAX_ERROR_UNITS: Final = 1.0
DROPPED_TABLES: Final = ["BASE", "DSIG", "VORG", "vhea", "vmtx", "GSUB"]


class FontsMissing(Exception):
    """The Debian fonts to cut from are not installed; the message says which package to install."""


def gb2312_characters() -> set[int]:
    """The code points of the GB 2312 set: 6,763 Chinese characters and 682 signs."""
    characters: set[int] = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                characters.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return characters


def wanted_characters() -> set[int]:
    """All code points a built face should have, as far as its source has them."""
    return gb2312_characters() | {code for first, last in EXTRA_RANGES for code in range(first, last + 1)}


def build_face(stem: str, fonts_dir: Path, *, sources_dir: Path = SOURCES_DIR) -> Path:
    """Cut one face and write it as `<stem>.ttf`, whole or not at all. Takes about 15 s of CPU. Raises FontsMissing."""
    file_name, postscript_name = SOURCES[stem]
    path = sources_dir / file_name
    if not path.is_file():
        raise FontsMissing(f"{path} is missing. Install it: sudo apt-get install fonts-noto-cjk")
    with TTCollection(path, lazy=True) as collection:
        names = [font["name"].getDebugName(6) for font in collection.fonts]
    if postscript_name not in names:
        raise FontsMissing(f"{path} has no face {postscript_name}. Reinstall it: sudo apt-get install fonts-noto-cjk")
    face = _cut(path, names.index(postscript_name))
    _to_truetype(face)
    target = fonts_dir / f"{stem}.ttf"
    fonts_dir.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=fonts_dir, suffix=".part")
    os.close(handle)
    face.save(temporary)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(target)
    return target


def build_missing(fonts_dir: Path, *, sources_dir: Path = SOURCES_DIR, processes: int = 2) -> list[Path]:
    """Build the faces that aren't there yet and return them. Raises FontsMissing."""
    todo = [stem for stem in SOURCES if not (fonts_dir / f"{stem}.ttf").is_file()]
    if not todo:
        return []
    with ProcessPoolExecutor(max_workers=min(processes, len(todo))) as pool:
        return list(pool.map(partial(build_face, fonts_dir=fonts_dir, sources_dir=sources_dir), todo))


def _cut(path: Path, index: int) -> TTFont:
    try:
        return TTFont(io.BytesIO(subset_face(path, index, wanted_characters(), DROPPED_TABLES)))
    except SubsettingFailed:
        return _cut_slowly(path, index)


def _cut_slowly(path: Path, index: int) -> TTFont:
    """The same by fontTools, for machines without libharfbuzz-subset: most of a minute a face."""
    face = TTFont(path, fontNumber=index, lazy=True)
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk"]
    options.drop_tables += DROPPED_TABLES
    options.hinting = False
    options.desubroutinize = True
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted_characters())
    cutter.subset(face)
    return face


def _to_truetype(face: TTFont) -> None:
    """Replace the cubic outlines of the face by quadratic ones, to within MAX_ERROR_UNITS of 1,000."""
    order = face.getGlyphOrder()
    source = face.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(source)
        source[name].draw(Cu2QuPen(pen, MAX_ERROR_UNITS, reverse_direction=True))
        glyphs[name] = pen.glyph()
    face["loca"] = newTable("loca")
    table = face["glyf"] = newTable("glyf")
    table.glyphOrder = order
    table.glyphs = glyphs
    # The horizontal metrics must agree with the new outlines' left edges.
    for name, glyph in glyphs.items():
        glyph.recalcBounds(table)
        width, _ = face["hmtx"][name]
        face["hmtx"][name] = (width, getattr(glyph, "xMin", 0))
    maxima = face["maxp"]
    maxima.tableVersion = 0x00010000
    for attribute in ("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs"):
        setattr(maxima, attribute, 0)
    for attribute in ("maxStackElements", "maxSizeOfInstructions", "maxComponentElements"):
        setattr(maxima, attribute, 0)
    maxima.maxZones = 1
    maxima.compile(face)
    face["post"].formatType = 3.0
    face["head"].glyphDataFormat = 0
    del face["CFF "]
    face.sfntVersion = "\000\001\000\000"
