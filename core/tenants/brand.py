"""The tenant's own looks: an accent colour that can be read in light and dark, and a logo on its pages, at its door, in mails."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Invalid
from core.files import pictures
from core.files import service as files
from core.files.models import StoredFile
from core.tenants.colour import COLOUR, LEAST, lowest, passing
from core.tenants.models import Tenant

LOGO_BYTES = 512 * 1024
LOGO_POINTS = 2000
PURPOSE = "brand.logo"

NO_COLOUR = N_("A colour is written like #2a5ad1.")
PALE = N_(
    "This colour has a contrast of %(found)s : 1 on our light pages, it needs 4.5. %(better)s is the nearest that has."
)
DIM = N_(
    "This colour has a contrast of %(found)s : 1 on our dark pages, it needs 4.5. %(better)s is the nearest that has."
)

_DOOR = text("SELECT * FROM workspace_door(:wanted)").execution_options(**scope.PLATFORM)


@dataclass(frozen=True, kw_only=True)
class Door:
    """How a tenant is recognised by who is not signed in, if it wishes so."""

    tenant_id: UUID
    name: str
    slug: str
    accent: str
    accent_dark: str
    logo: str


def brand_now(session: Session, *, context: Context) -> dict[str, Any]:
    """The stored brand: `accent`, `accent_dark`, `logo` (its version), `door`, and the logo's file and type."""
    found = session.scalar(select(Tenant.settings["brand"]).where(Tenant.id == context.tenant_id))
    return {"accent": "", "accent_dark": "", "logo": "", "door": False, **(found or {})}


def set_colours(session: Session, *, context: Context, accent: str, accent_dark: str, door: bool) -> None:
    """Set the accent; without a dark one it is derived. Empty is Kehub's own. Raises Invalid with a shade that would do."""
    light, dark = accent.strip().lower(), accent_dark.strip().lower()
    if light:
        light = _readable(light, dark=False)
        dark = _readable(dark, dark=True) if dark else passing(light, dark=True)
    elif dark:
        raise Invalid(N_("Give the colour of the light pages too."), field="accent")
    _set(session, context, {"accent": light, "accent_dark": dark, "door": door}, ["accent", "door"])


def _readable(colour: str, *, dark: bool) -> str:
    field = "accent_dark" if dark else "accent"
    if not COLOUR.fullmatch(colour):
        raise Invalid(NO_COLOUR, field=field)
    found = lowest(colour, dark=dark)
    if found < LEAST:
        raise Invalid(DIM if dark else PALE, field=field, found=f"{found:.1f}", better=passing(colour, dark=dark))
    return colour


def set_logo(session: Session, *, context: Context, raw: bytes) -> None:
    """Take a picture as the tenant's logo, rid of everything but the image. Raises Invalid."""
    if len(raw) > LOGO_BYTES:
        raise Invalid(N_("The picture is larger than %(limit)s KB."), field="logo", limit=LOGO_BYTES // 1024)
    picture = pictures.cleaned(raw, most=LOGO_POINTS)
    _forget_logo(session)
    kept = files.keep(session, stream=io.BytesIO(picture.body), name="logo", media_type=picture.media_type, purpose=PURPOSE,
                      limit=LOGO_BYTES)  # fmt: skip
    version = hashlib.sha256(picture.body).hexdigest()[:12]
    _set(session, context, {"logo": version, "file": str(kept.id), "type": picture.media_type}, ["logo"])


def remove_logo(session: Session, *, context: Context) -> None:
    _forget_logo(session)
    _set(session, context, {"logo": "", "file": "", "type": ""}, ["logo"])


def logo_file(session: Session, *, context: Context) -> tuple[Path, str] | None:
    """Where the logo lies and its type."""
    brand = brand_now(session, context=context)
    return (files.path_of(context.tenant_id, UUID(brand["file"])), brand["type"]) if brand.get("file") else None


def door_of(session: Session, *, slug: str) -> Door | None:
    """How the tenant of an address is recognised from outside; None where it does not wish to be."""
    row = session.execute(_DOOR, {"wanted": slug}).one_or_none()
    if row is None:
        return None
    brand = row.brand or {}
    shown = {name: brand.get(name, "") for name in ("accent", "accent_dark", "logo")}
    return Door(tenant_id=row.tenant_id, name=row.name, slug=row.slug, **shown)


def door_logo(session: Session, *, slug: str) -> tuple[Path, str] | None:
    """The logo that is shown outside: where it lies and its type."""
    row = session.execute(_DOOR, {"wanted": slug}).one_or_none()
    brand = (row.brand or {}) if row is not None else {}
    if row is None or not brand.get("file"):
        return None
    return files.path_of(row.tenant_id, UUID(brand["file"])), brand["type"]


def stylesheet(accent: str, accent_dark: str) -> str:
    """The tenant's colours; it comes after ours and stands in no layer, so it wins. The values were checked when stored."""
    if not (COLOUR.fullmatch(accent) and COLOUR.fullmatch(accent_dark)):
        return ""
    return f":root {{ --brand: light-dark({accent}, {accent_dark}); --focus: light-dark({accent}, {accent_dark}); }}\n"


def _set(session: Session, context: Context, changed: dict[str, Any], fields: list[str]) -> None:
    tenant = session.scalar(select(Tenant).where(Tenant.id == context.tenant_id).with_for_update())
    assert tenant is not None
    tenant.settings = {**tenant.settings, "brand": {**(tenant.settings.get("brand") or {}), **changed}}
    tenant.version += 1
    session.flush()
    audit.append(session, context=context, action="tenant.brand_changed", subject=("tenant", context.tenant_id),
                 fields=fields)  # fmt: skip


def _forget_logo(session: Session) -> None:
    for kept in session.scalars(select(StoredFile).where(StoredFile.purpose == PURPOSE)):
        files.forget(session, file=kept)
