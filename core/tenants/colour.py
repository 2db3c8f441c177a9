"""An accent colour that people can read: its contrast by WCAG 2.2, in light and dark, and the nearest shade that passes."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence

COLOUR = re.compile(r"#[0-9a-f]{6}")
LEAST = 4.5
"""WCAG 2.2, 1.4.3: text on its ground."""

LIGHT: Sequence[str] = ("#ffffff", "#f4f6f9", "#f0f3f7")
DARK: Sequence[str] = ("#141b27", "#0d131c", "#1b2433")
"""Card, page and well of the two themes (`tokens.css`)."""

ON_LIGHT = "#ffffff"
ON_DARK = "#0c1424"
"""The text on a button of the accent."""


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lowest(colour: str, *, dark: bool) -> float:
    """The lowest contrast of the accent on any ground of a theme, and of the text on it."""
    grounds = (*DARK, ON_DARK) if dark else (*LIGHT, ON_LIGHT)
    return min(contrast(colour, ground) for ground in grounds)


def passing(colour: str, *, dark: bool) -> str:
    """The same hue, darker (light theme) or lighter (dark theme), until it can be read."""
    red, green, blue = _parts(colour)
    hue, light, full = colorsys.rgb_to_hls(red, green, blue)
    for step in range(201):
        moved = light + (1 - light) * step / 200 if dark else light * (1 - step / 200)
        shade = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, moved, full))
        if lowest(shade, dark=dark) >= LEAST:
            return shade
    return "#ffffff" if dark else "#000000"


def _parts(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))  # type: ignore[return-value]


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
