"""Numbers of goods, places and shipping units by GS1, and its element strings as scanners read them."""

from __future__ import annotations

from collections.abc import Mapping

from biip import ParseError
from biip.gs1_messages import GS1Message
from stdnum import ean

from core.plugin.standards.checks import N_, compact, digits_of, folded, need_check
from core.plugin.types import Wrong

SYMBOLOGIES = ("]C1", "]e0", "]d2", "]Q3", "]J1")
CHECKED = {"00", "01", "02", "03", *(str(ai) for ai in range(410, 418))}
"""Application identifiers whose last digit is a GS1 check digit over all before it."""


def gtin(value: str) -> str:
    """Trade item: GTIN-8, -12 (UPC), -13 (EAN) or -14."""
    return _mod10(value, "gtin", (8, 12, 13, 14))


def gln(value: str) -> str:
    """Location or party."""
    return _mod10(value, "gln", (13,))


def sscc(value: str) -> str:
    """Shipping unit. The application identifier (00), printed before it on labels, is dropped."""
    text = compact(value).removeprefix("(00)")
    return _mod10(text[2:] if len(text) == 20 and text.startswith("00") else text, "sscc", (18,))


def gs1(value: str) -> str:
    """An element string, with its identifiers in brackets: `(01)...(10)...`."""
    return "".join(f"({ai}){content}" for ai, content in gs1_elements(value).items())


def gs1_elements(value: str) -> Mapping[str, str]:
    """The data of an element string by application identifier, as scanned or as printed. Raises Wrong."""
    text = folded(value.replace("\x1d", "\ue01d")).replace("\ue01d", "\x1d")
    for prefix in SYMBOLOGIES:
        text = text.removeprefix(prefix)
    try:
        read = GS1Message.parse_hri(text) if text.startswith("(") else GS1Message.parse(text)
    except ParseError:
        raise Wrong(
            "gs1.format", N_("This is no GS1 element string; an identifier is unknown or its data is not as long.")
        ) from None
    found: dict[str, str] = {}
    for each in read.element_strings:
        ai, content = each.ai.ai, each.value
        if found.get(ai, content) != content:
            raise Wrong("gs1.twice", N_("(%(ai)s) stands twice with different data."), ai=ai)
        if ai in CHECKED:
            need_check(f"gs1.{ai}", found=content[-1], expected=str(ean.calc_check_digit(content[:-1])))
        found[ai] = content
    return found


def _mod10(value: str, code: str, lengths: tuple[int, ...]) -> str:
    number = digits_of(value, code, lengths)
    need_check(code, found=number[-1], expected=str(ean.calc_check_digit(number[:-1])))
    return number
