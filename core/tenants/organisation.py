"""The organisation's own data: names, registration numbers, language, zone, money, and the country whose calendar it keeps."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import list_currencies
from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum import lei as lei_number
from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from core.audit import service as audit
from core.context import Context
from core.errors import N_, FieldError, Invalid, NotFound, Stale
from core.tenants.models import Tenant

NAME_LIMIT = 120
LOCALES = ("zh-CN", "en")
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
"""Alphabets whose letters look alike: a name is written in one of them."""

FIELDS = ("name", "legal_name", "uscc", "lei", "locale", "time_zone", "currency", "country")

MESSAGES: Mapping[str, str] = {
    "name": N_("A name has 1 to %(longest)s characters."),
    "hidden": N_("The name holds characters that cannot be seen. Type it anew."),
    "mixed": N_("The name mixes alphabets whose letters look alike. Write it in one."),
    "uscc": N_("This is no unified social credit code: it has 18 characters, the last of which checks the others."),
    "lei": N_("This is no LEI: it has 20 characters, the last two of which check the others."),
    "locale": N_("Choose a language of the list."),
    "time_zone": N_("Choose a time zone of the list."),
    "currency": N_("Choose a currency of the list."),
    "country": N_("Choose a country of the list."),
}


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """A tenant as its own people and its API see it."""

    id: UUID
    name: str
    legal_name: str | None
    uscc: str | None
    lei: str | None
    kinds: list[str]
    state: str
    state_since: datetime
    trial_ends_at: datetime | None
    erase_after: datetime | None
    country: str
    locale: str
    time_zone: str
    currency: str
    created_at: datetime
    updated_at: datetime
    version: int


def organisation(session: Session, *, context: Context) -> Organisation:
    """The scope's tenant. Raises NotFound."""
    columns = [getattr(Tenant, name) for name in Organisation.__dataclass_fields__]
    row = session.execute(select(*columns).where(Tenant.id == context.tenant_id)).one_or_none()
    if row is None:
        raise NotFound
    return Organisation(**row._mapping)


def change(session: Session, *, context: Context, values: Mapping[str, Any], version: int) -> Organisation:
    """Set what is given (of `FIELDS`). Raises Stale, and Invalid with every fault."""
    given, errors = checked(values)
    if errors:
        raise Invalid(errors=errors)
    tenant = session.scalar(select(Tenant).where(Tenant.id == context.tenant_id).with_for_update())
    if tenant is None:
        raise NotFound
    if tenant.version != version:
        raise Stale
    changed = [name for name, value in given.items() if getattr(tenant, name) != value]
    for name in changed:
        setattr(tenant, name, given[name])
    if "country" in given and not tenant.settings.get("calendar"):
        tenant.settings = {**tenant.settings, "calendar": True}  # somebody has looked at whose holidays count
        changed = [*changed, "calendar"]
    if changed:
        tenant.version += 1
        session.flush()
        audit.append(session, context=context, action="tenant.updated", subject=("tenant", context.tenant_id),
                     fields=changed)  # fmt: skip
    return organisation(session, context=context)


def checked(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """The values as they are stored, and every fault."""
    given: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name in FIELDS:
        if name not in values:
            continue
        text = unicodedata.normalize("NFC", str(values[name] or "")).strip()
        fault, params, kept = _check(name, text)
        if fault:
            errors.append(FieldError(field=name, code=fault, message=MESSAGES[fault], params=params))
        given[name] = kept
    return given, errors


def _check(name: str, text: str) -> tuple[str, dict[str, Any], str | None]:
    """What is wrong (a key of MESSAGES, or nothing), with which numbers, and the value to store."""
    if name in ("name", "legal_name"):
        if not text and name == "legal_name":
            return "", {}, None
        fault = name_fault(text)
        return fault, {"longest": NAME_LIMIT} if fault == "name" else {}, text
    if name in ("uscc", "lei"):
        return _registered(name, text)
    if name == "locale":
        return "" if text in LOCALES else "locale", {}, text
    if name == "time_zone":
        return "" if text in available_timezones() else "time_zone", {}, text
    known = text.upper() in (list_currencies() if name == "currency" else Locale("en").territories)
    return "" if known and (name == "currency" or len(text) == 2) else name, {}, text.upper()


def name_fault(text: str) -> str:
    """A key of MESSAGES, or nothing."""
    if not 0 < len(text) <= NAME_LIMIT:
        return "name"
    if any(unicodedata.category(each) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp") for each in text):
        return "hidden"
    scripts = {script for each in text for script in SCRIPTS if unicodedata.name(each, "").startswith(script)}
    return "mixed" if len(scripts) > 1 else ""


def _registered(name: str, text: str) -> tuple[str, dict[str, Any], str | None]:
    """A registration number with its check digits (GB 32100-2015, ISO 17442)."""
    if not text:
        return "", {}, None
    try:
        return "", {}, str((uscc_number if name == "uscc" else lei_number).validate(text))
    except ValidationError:
        return name, {}, text
