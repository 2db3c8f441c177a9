"""Addresses in parts: how a country writes them on one line, and what of them who sees masks is told.

The parts are country, region (province, state), city, district, street and postal code. A mask keeps them down to the district.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.context import Sight
from core.errors import N_, FieldError, Invalid
from core.fields.masks import HIDDEN, policy_for

PARTS = ("country", "region", "city", "district", "street", "postal_code")
TO_DISTRICT = ("country", "region", "city", "district")
LONGEST = 200

BIG_FIRST = frozenset({"CN", "TW", "HK", "MO", "JP", "KR"})
"""Countries that write the largest part first, without anything between where it is Chinese or Japanese."""
CODE_BEFORE_CITY = frozenset({"DE", "FR", "AT", "CH", "NL", "BE", "ES", "IT", "SE", "NO", "DK", "FI", "PL"})
REGION_THEN_CODE = frozenset({"US", "CA", "AU"})
POSTAL_CODES: Mapping[str, str] = {
    "CN": r"\d{6}", "JP": r"\d{3}-?\d{4}", "KR": r"\d{5}", "SG": r"\d{6}", "TW": r"\d{3}(?:\d{2,3})?", "DE": r"\d{5}",
    "FR": r"\d{5}", "AT": r"\d{4}", "CH": r"\d{4}", "NL": r"\d{4} ?[A-Z]{2}", "US": r"\d{5}(?:-\d{4})?",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "AU": r"\d{4}", "IN": r"\d{6}",
}  # fmt: skip
HAN_END = re.compile("[\u3040-\u30ff\u4e00-\u9fff]$")


def checked(given: Mapping[str, Any], *, country: str) -> dict[str, str]:
    """The parts that are there, tidied. Raises Invalid with every one that is wrong."""
    errors = [
        FieldError(field=name, code="unknown", message=N_("There is no such field."))
        for name in sorted(set(given) - set(PARTS))
    ]
    parts = {name: " ".join(str(given.get(name) or "").split()) for name in PARTS}
    parts["country"] = (parts["country"] or country).upper()
    parts["postal_code"] = parts["postal_code"].upper()
    if not re.fullmatch("[A-Z]{2}", parts["country"]):
        errors.append(
            FieldError(field="country", code="format", message=N_("A country is two letters, such as CN (ISO 3166)."))
        )
    if not parts["street"]:
        errors.append(FieldError(field="street", code="required", message=N_("This must be filled in.")))
    if not parts["city"] and not parts["region"]:
        errors.append(FieldError(field="city", code="required", message=N_("This must be filled in.")))
    pattern = POSTAL_CODES.get(parts["country"])
    if parts["postal_code"] and pattern and not re.fullmatch(pattern, parts["postal_code"]):
        errors.append(
            FieldError(field="postal_code", code="format", message=N_("This is no postal code of that country."))
        )
    errors += [
        FieldError(field=name, code="length", message=N_("This must be filled in, with at most 500 characters."))
        for name, text in parts.items()
        if len(text) > LONGEST
    ]
    if errors:
        raise Invalid(errors=errors)
    return {name: text for name, text in parts.items() if text}


def one_line(parts: Mapping[str, str], *, home: str) -> str:
    """As the country writes it. The country itself is named where it is not the tenant's own."""
    country = parts.get("country", home)
    region, city, district, street, code = (parts.get(name, "") for name in PARTS[1:])
    if country in BIG_FIRST:
        places = [region, *([] if city == region else [city]), district, street]
        text = "".join(_joined(place) for place in places if place).strip()
        return f"{text} {code}".strip()
    if country in CODE_BEFORE_CITY:
        last = [street, district, f"{code} {city}".strip(), region]
    elif country in REGION_THEN_CODE:
        last = [street, district, city, f"{region} {code}".strip()]
    else:
        last = [street, district, city, region, code]
    return ", ".join([part for part in last if part] + ([country] if country != home else []))


def _joined(place: str) -> str:
    return place if HAN_END.search(place) else f"{place} "


def shown_parts(parts: Mapping[str, str] | None, *, sight: Sight) -> dict[str, str] | None:
    """The parts as the reader may see them: masked, down to the district."""
    if parts is None:
        return None
    policy = policy_for("personal", "address", name="address", sight=sight)
    if policy == "clear":
        return dict(parts)
    if policy == "hidden":
        return None
    return {**{name: text for name, text in parts.items() if name in TO_DISTRICT}, "street": HIDDEN}


def shown_line(parts: Mapping[str, str], *, sight: Sight, home: str) -> str:
    """One line of what `shown_parts` leaves."""
    left = shown_parts(parts, sight=sight)
    return HIDDEN if left is None else one_line(left, home=home)
