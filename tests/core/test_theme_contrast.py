"""Every pair of colours that the theme lets meet is readable, in both themes and with any brand."""

import re
from pathlib import Path

import pytest
import tinycss2
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from core.colour import DARK_SURFACES, LIGHT_SURFACES, Brand, brand_stylesheet, contrast, dark_brand, light_brand, parse

CSS = Path(settings.BASE_DIR) / "static" / "css"
TONES = ("block", "warn", "ok", "info")
TEXT = 4.5
SHAPE = 3.0


def declarations(tokens: list[object]) -> dict[str, str]:
    return {
        item.name: tinycss2.serialize(item.value).strip()
        for item in tinycss2.parse_blocks_contents(tokens)
        if item.type == "declaration" and item.name.startswith("--")
    }


def themes() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for rule in tinycss2.parse_stylesheet((CSS / "tokens.css").read_text(), skip_whitespace=True, skip_comments=True):
        selector = tinycss2.serialize(rule.prelude).strip() if rule.type != "error" else ""
        if rule.type == "qualified-rule" and selector == ":root":
            found["light"] = declarations(rule.content)
        elif rule.type == "qualified-rule" and selector == ':root[data-bs-theme="dark"]':
            found["dark by choice"] = declarations(rule.content)
        elif rule.type == "at-rule" and "dark" in selector:
            (inner,) = tinycss2.parse_rule_list(rule.content, skip_whitespace=True, skip_comments=True)
            found["dark by system"] = declarations(inner.content)
    return found


THEMES = themes()


def test_both_dark_blocks_say_the_same() -> None:
    assert THEMES["dark by choice"] == THEMES["dark by system"]


def test_dark_redefines_every_colour_of_light() -> None:
    colours = {name for name, value in THEMES["light"].items() if value.startswith(("#", "0 1px"))}
    assert colours == set(THEMES["dark by choice"])


def pairs() -> list[tuple[str, str, float]]:
    surfaces = ("--paper", "--surface", "--sunken")
    found = [(ink, surface, TEXT) for ink in ("--ink", "--ink-2", "--ink-3", "--brand-ink") for surface in surfaces]
    found += [(f"--{tone}-ink", surface, TEXT) for tone in TONES for surface in (*surfaces, f"--{tone}-soft")]
    found += [(ink, f"--{tone}-soft", TEXT) for ink in ("--ink", "--ink-2") for tone in (*TONES, "brand")]
    found += [
        ("--on-brand", "--brand", TEXT),
        ("--on-brand", "--brand-hover", TEXT),
        ("--brand-ink", "--brand-soft", TEXT),
    ]
    found += [("--rule-strong", surface, SHAPE) for surface in ("--paper", "--surface")]
    found += [("--focus", surface, SHAPE) for surface in surfaces]
    found += [("--block-rule", "--surface", SHAPE), ("--block-rule", "--paper", SHAPE)]
    return found


@pytest.mark.parametrize("theme", ["light", "dark by choice"])
@pytest.mark.parametrize(("ink", "surface", "least"), pairs())
def test_pair_is_readable(theme: str, ink: str, surface: str, least: float) -> None:
    colours = THEMES[theme]
    assert contrast(colours[ink], colours[surface]) >= least, (
        f"{ink} on {surface}: {contrast(colours[ink], colours[surface]):.2f}"
    )


def assert_readable(brand: Brand, surfaces: tuple[str, ...]) -> None:
    assert contrast(brand.on_fill, brand.fill) >= TEXT
    assert contrast(brand.on_fill, brand.hover) >= TEXT
    for surface in (*surfaces, brand.soft):
        assert contrast(brand.ink, surface) >= TEXT


colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
def test_any_brand_is_readable_in_both_themes(colour: str) -> None:
    assert_readable(light_brand(colour), LIGHT_SURFACES)
    assert_readable(dark_brand(colour), DARK_SURFACES)


def test_a_readable_brand_is_left_as_it_is() -> None:
    assert light_brand("#1d4e6b").fill == "#1d4e6b"


def test_the_surfaces_are_those_of_the_theme() -> None:
    for theme, surfaces in (("light", LIGHT_SURFACES), ("dark by choice", DARK_SURFACES)):
        assert {THEMES[theme][name] for name in ("--paper", "--surface", "--sunken")} == set(surfaces)


def test_brand_stylesheet_holds_nothing_but_colours() -> None:
    sheet = brand_stylesheet("#00793f")
    assert sheet.count("--brand:") == 3
    assert all(re.fullmatch(r"--[a-z-]+:#[0-9a-f]{6}", part) for part in re.findall(r"--[^;}]+", sheet))


@pytest.mark.parametrize("colour", ["red", "#12", "#12345g", "#1234567", ""])
def test_a_wrong_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="."):
        parse(colour)


def test_no_inline_styles_or_scripts_in_templates() -> None:
    """The Content-Security-Policy would drop them silently."""
    roots = [path for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html") if "pdf" not in path.parts]
    wrong = re.compile(r"""\sstyle=["']|<style|\son[a-z]+=["']|<script(?![^>]*\ssrc=)|hx-on""")
    found = [str(path.relative_to(settings.BASE_DIR)) for path in roots if wrong.search(path.read_text())]
    assert not found


def test_no_comment_shows_on_a_page() -> None:
    """Django prints a {# #} that spans lines."""
    roots = list((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
    found = [str(path) for path in roots for line in path.read_text().splitlines() if "{#" in line and "#}" not in line]
    assert not found
