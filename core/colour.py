"""Colour arithmetic for tenants' brands: whatever colour a funder has, its text stays readable (WCAG 2.2, 1.4.3)."""

from dataclasses import dataclass
from functools import lru_cache

TEXT = 4.5  # the contrast WCAG AA asks of text
LIGHT_SURFACES = ("#ffffff", "#f5f6f4", "#edf0ed")
DARK_SURFACES = ("#1a201f", "#111615", "#232b29")
WHITE, BLACK = "#ffffff", "#101514"

Rgb = tuple[int, int, int]


def parse(colour: str) -> Rgb:
    """'#1d4e6b' → (29, 78, 107). Raises ValueError for anything but six hexadecimal digits."""
    digits = colour.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"not a colour: {colour!r}")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def to_hex(rgb: Rgb) -> str:
    """(29, 78, 107) → '#1d4e6b'."""
    return "#" + "".join(f"{channel:02x}" for channel in rgb)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, 0 for black to 1 for white."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in parse(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` in it."""
    one, two = parse(colour), parse(other)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, two, strict=True))
    return to_hex((red, green, blue))


def readable(colour: str, surfaces: tuple[str, ...], towards: str, least: float = TEXT) -> str:
    """`colour`, moved towards `towards` only as far as it takes to reach `least` on every one of `surfaces`."""
    for step in range(51):
        tried = mix(colour, towards, step / 50)
        if all(contrast(tried, surface) >= least for surface in surfaces):
            return tried
    return towards


@dataclass(frozen=True)
class Brand:
    """The five brand colours of one theme."""

    fill: str
    on_fill: str
    hover: str
    ink: str
    soft: str

    def declarations(self) -> str:
        """As CSS custom properties."""
        return (
            f"--brand:{self.fill};--on-brand:{self.on_fill};--brand-hover:{self.hover};"
            f"--brand-ink:{self.ink};--brand-soft:{self.soft};"
        )


@lru_cache(256)
def light_brand(colour: str) -> Brand:
    """The brand on light surfaces: darkened until white text reads on it and it reads as text."""
    ink = readable(colour, (*LIGHT_SURFACES, mix(colour, WHITE, 0.9)), BLACK)
    return Brand(fill=ink, on_fill=WHITE, hover=mix(ink, BLACK, 0.22), ink=ink, soft=mix(colour, WHITE, 0.9))


@lru_cache(256)
def dark_brand(colour: str) -> Brand:
    """The brand on dark surfaces: lightened as text; as a fill only dark enough for white text."""
    soft = mix(colour, DARK_SURFACES[0], 0.8)
    ink = readable(colour, (*DARK_SURFACES, soft), WHITE)
    fill = readable(mix(colour, WHITE, 0.18), (WHITE,), BLACK)
    return Brand(fill=fill, on_fill=WHITE, hover=readable(mix(fill, WHITE, 0.1), (WHITE,), BLACK), ink=ink, soft=soft)


def brand_stylesheet(colour: str) -> str:
    """The small stylesheet that a tenant's pages load after the portal's own."""
    light, dark = light_brand(colour).declarations(), dark_brand(colour).declarations()
    return (
        f":root{{{light}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-bs-theme=light]){{{dark}}}}}"
        f":root[data-bs-theme=dark]{{{dark}}}\n"
    )
