"""Numbers by which customers are known: their canonical form, and the key under which equal ones are equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from core.audit import keys
from core.errors import N_, Invalid
from core.fields.normalise import identifier_key
from core.plugin.standards import ric, uscc
from core.plugin.types import MaskKind, Wrong

SCHEME = re.compile(r"[a-z][a-z0-9_.:-]{0,59}")
SEALED: Mapping[str, MaskKind] = {"document": "document", "card": "card"}
"""Families of schemes (`document:ric`) of which only digest, ciphertext and masked form are kept."""
DOCUMENTS: Mapping[str, Callable[[str], str]] = {"ric": ric, "uscc": uscc}


def sealed_as(scheme: str) -> MaskKind | None:
    """The mask of a scheme whose numbers are kept sealed; None where they are kept as they are."""
    return SEALED.get(scheme.partition(":")[0])


def canonical(scheme: str, value: str) -> str:
    """The number as it is compared and kept. Raises Invalid, and never repeats it."""
    family, _, kind = scheme.partition(":")
    if not SCHEME.fullmatch(scheme) or (family in SEALED and not kind):
        raise Invalid(N_("This is no scheme of numbers such as account or document:passport."), field="scheme")
    try:
        checked = DOCUMENTS[kind](value) if family == "document" and kind in DOCUMENTS else value
    except Wrong as wrong:
        raise Invalid(wrong.message, field="value", **wrong.params) from None
    number = identifier_key(kind or scheme, checked)
    if number is None or len(number) > 200:
        raise Invalid(N_("This must be filled in, with at most 200 characters."), field="value")
    return number


def equality_key(scheme: str, number: str, *, tenant_id: UUID) -> str:
    """What equality is asked on: a keyed digest of a document or card number, else the number itself."""
    return keys.digest(number, tenant_id=tenant_id) if sealed_as(scheme) else number
