"""The visible mark of a signature, drawn once as an image: a CJK font inside the stamp costs 57 ms a signature."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from documents.book import EMPTY, Label
from documents.fonts import SOURCES_DIR

DOTS_PER_MM: Final = 8  # about 200 dpi
SEAL_RED: Final = (190, 30, 35)
INK: Final = (25, 25, 25)
GREY: Final = (95, 95, 95)
SC_IN_COLLECTION: Final = 2  # the order of Debian's collections is JP, KR, SC, TC, HK
BEIJING: Final = ZoneInfo("Asia/Shanghai")

Font = ImageFont.FreeTypeFont


@lru_cache(maxsize=256)
def stamp(name: Label, institution: Label, day: str, *, width_mm: int, height_mm: int) -> Image.Image:
    """The image: a red seal with the Chinese name (the institution's, or initials), names, institution and date."""
    width, height = width_mm * DOTS_PER_MM, height_mm * DOTS_PER_MM
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    side = min(height - 16, int(width * 0.3))
    _seal(draw, (8, (height - side) // 2, side), name)
    _lines(draw, name, institution, day, left=side + 24, width=width - side - 32, height=height)
    return image.convert("P", palette=Image.Palette.ADAPTIVE, colors=32)


def signed_on(at: datetime) -> str:
    """The instant as printed on the stamp: to the second, in Beijing time."""
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S} (UTC+8)"


def _seal(draw: ImageDraw.ImageDraw, box: tuple[int, int, int], name: Label) -> None:
    left, top, side = box
    edge = [left, top, left + side, top + side]
    draw.rounded_rectangle(edge, radius=side // 10, outline=SEAL_RED, width=5)
    characters = [char for char in name.zh if not char.isspace()] or [part[0] for part in name.en.split() if part]
    rows = _seal_rows(characters[:9])
    cell = min((side - 16) // max(len(rows), 1), (side - 16) // max(map(len, rows), default=1))
    font = font_for("".join(characters), "serif-700", int(cell * 0.9))
    top += (side - cell * len(rows)) // 2
    for row in rows:
        x = left + (side - cell * len(row)) // 2
        for char in row:
            draw.text((x + cell / 2, top + cell / 2), char, font=font, fill=SEAL_RED, anchor="mm")
            x += cell
        top += cell


def _seal_rows(characters: Sequence[str]) -> list[Sequence[str]]:
    """Two, three or more characters to a row, so that the block is about square."""
    per_row = 1 if len(characters) == 1 else 2 if len(characters) <= 4 else 3
    return [characters[start : start + per_row] for start in range(0, len(characters), per_row)] or [()]


def _lines(
    draw: ImageDraw.ImageDraw, name: Label, institution: Label, day: str, *, left: int, width: int, height: int
) -> None:
    texts = [
        ("数字签名 Digitally signed", 19, GREY, "sans-400"),
        (" ".join(dict.fromkeys(part for part in name if part)), 34, INK, "sans-700"),
        (institution.zh, 23, INK, "sans-400"),
        (institution.en if institution.en != institution.zh else "", 20, INK, "sans-400"),
        (day, 22, INK, "sans-400"),
    ]
    shown = [entry for entry in texts if entry[0]]
    y = (height - sum(int(size * 1.45) for _, size, _, _ in shown)) / 2
    for text, size, colour, face in shown:
        fitted, font = _fit(draw, text, face, size, width)
        draw.text((left, y + size * 0.72), fitted, font=font, fill=colour, anchor="lm")
        y += int(size * 1.45)


def _fit(draw: ImageDraw.ImageDraw, text: str, face: str, size: int, width: int) -> tuple[str, Font]:
    """The text at the largest size up to `size` that fits; below two thirds of it, cut with an ellipsis."""
    for smaller in range(size, size * 2 // 3, -1):
        font = font_for(text, face, smaller)
        if draw.textlength(text, font=font) <= width:
            return text, font
    while text and draw.textlength(text + "…", font=font) > width:
        text = text[:-1]
    return text + "…", font


def font_for(text: str, face: str, size: int) -> Font:
    """The built face, or the full Debian font where the built one isn't there or lacks a character."""
    built = Path(settings.FONTS_DIR) / f"{face}.ttf"
    if built.is_file() and {ord(char) for char in text} <= _characters(built):
        return _font(built, size, 0)
    family, weight = face.split("-")
    collection = f"Noto{family.capitalize()}CJK-{'Bold' if weight == '700' else 'Regular'}.ttc"
    return _font(SOURCES_DIR / collection, size, SC_IN_COLLECTION)


@lru_cache(maxsize=8)
def _characters(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=128)
def _font(path: Path, size: int, index: int) -> Font:
    return ImageFont.truetype(path, size, index)


__all__ = ["BEIJING", "DOTS_PER_MM", "EMPTY", "font_for", "signed_on", "stamp"]
