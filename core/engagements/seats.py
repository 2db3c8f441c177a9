"""Sites, seats and the people's qualifications: what a data grant may ask of the place and the person.

The provider registers a site and its seats; the client lets each seat in (`waiting` → `active`). A seat is known by its network,
by a device that was enrolled at it, or by both. Its country is its site's, and must be one that a grant includes.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.engagements import policy
from core.engagements.granting import LIVE
from core.engagements.models import DataGrant, Engagement
from core.engagements.seat_models import SEAT_STATES, SITE_KINDS, AgentProfile, Seat, Site
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.identity.models import Participant
from core.identity.service import hashed

NAME_LIMIT = 80
CHANGES: Mapping[str, tuple[str, ...]] = {
    "waiting": ("active", "blocked"),
    "active": ("blocked",),
    "blocked": ("active",),
}


def add_site(
    session: Session, *, context: Context, engagement_id: UUID, name: str, country: str, city: str = "",
    kind: str = "provider_site",
) -> Site:  # fmt: skip
    """Register a place. Raises Denied, NotFound, Invalid, Conflict."""
    _allowed(context)
    _engagement(session, engagement_id)
    title, code = name.strip(), country.strip().upper()
    if not 0 < len(title) <= NAME_LIMIT or len(city) > NAME_LIMIT:
        raise Invalid(N_("A name has 1 to %(longest)s characters."), field="name", longest=NAME_LIMIT)
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise Invalid(N_("A country is two letters, such as CN (ISO 3166)."), field="country")
    if kind not in SITE_KINDS:
        raise Invalid(N_("This is not one of the choices."), field="kind")
    taken = select(Site.id).where(Site.engagement_id == engagement_id, Site.name == title)
    if session.scalar(taken) is not None:
        raise Conflict(N_("There is a site of this name already."))
    row = Site(engagement_id=engagement_id, name=title, country=code, city=city.strip(), kind=kind)
    session.add(row)
    session.flush()
    audit.append(
        session, context=context, action="site.registered", subject=("site", row.id), details={"country": code}
    )
    return row


def add_seat(
    session: Session, *, context: Context, engagement_id: UUID, site_id: UUID, label: str, network: str = "",
    needs_device: bool = False,
) -> Seat:  # fmt: skip
    """Register a seat of a site. Raises Denied, NotFound, Conflict and Invalid: its country must be in a grant."""
    _allowed(context)
    site = session.scalar(
        select(Site).where(Site.id == site_id, Site.engagement_id == engagement_id, Site.closed_at.is_(None))
    )
    if site is None:
        raise NotFound
    title = label.strip()
    if not 0 < len(title) <= NAME_LIMIT:
        raise Invalid(N_("A name has 1 to %(longest)s characters."), field="label", longest=NAME_LIMIT)
    if not network.strip() and not needs_device:
        raise Invalid(N_("Say how the seat is known: by its network, by its device, or by both."), field="network")
    _refuse_outside(session, site)
    taken = select(Seat.id).where(Seat.engagement_id == site.engagement_id, Seat.label == title)
    if session.scalar(taken) is not None:
        raise Conflict(N_("There is a seat of this name already."))
    row = Seat(
        engagement_id=site.engagement_id, site_id=site.id, label=title, country=site.country,
        network=_network(network), needs_device=needs_device, state="waiting",
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="seat.registered", subject=("seat", row.id),
                 details={"country": row.country, "site_id": str(site.id)})  # fmt: skip
    return row


def _network(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return str(ipaddress.ip_network(text.strip(), strict=True))
    except ValueError:
        raise Invalid(
            N_("This is no network such as 203.0.113.0/24 (an address alone ends in /32)."), field="network"
        ) from None


def _refuse_outside(session: Session, site: Site) -> None:
    """A seat where nothing is granted would only be refused at the door."""
    granted = session.execute(
        select(DataGrant.countries).where(
            DataGrant.engagement_id == site.engagement_id, DataGrant.state.in_(("requested", "dpo_check", *LIVE))
        )
    ).all()
    if granted and all(row.countries and site.country not in row.countries for row in granted):
        raise Invalid(
            N_("No data grant of this engagement includes %(country)s, so a seat there would see nothing."),
            field="site_id", country=site.country,
        )  # fmt: skip


def set_seat(session: Session, *, context: Context, engagement_id: UUID, seat_id: UUID, state: str) -> Seat:
    """Let a seat in (the client), or block it (either side). Raises Denied, NotFound, Conflict."""
    _allowed(context)
    row = _seat(session, engagement_id, seat_id)
    if state not in SEAT_STATES or state not in CHANGES[row.state]:
        raise Conflict(N_("The seat is not at this step any more."))
    if state == "active" and context.party == "provider":
        raise Denied(N_("The client lets a seat in."))
    row.state = state
    session.flush()
    audit.append(session, context=context, action=f"seat.{'let_in' if state == 'active' else 'blocked'}",
                 subject=("seat", row.id))  # fmt: skip
    return row


def enrol(session: Session, *, context: Context, engagement_id: UUID, seat_id: UUID) -> str:
    """A new key for the device at which this is asked: it goes into the device's cookie, its SHA-256 stays here."""
    _allowed(context)
    row = _seat(session, engagement_id, seat_id)
    if not row.needs_device:
        raise Conflict(N_("This seat is known by its network; it takes no device."))
    key = secrets.token_urlsafe(32)
    row.device, row.enrolled_at = hashed(key), datetime.now(UTC)
    if context.party == "provider":
        row.state = "waiting"  # another device is another seat: the client looks again
    session.flush()
    audit.append(session, context=context, action="seat.enrolled", subject=("seat", row.id))
    return key


def save_profile(
    session: Session, *, context: Context, engagement_id: UUID, participant_id: UUID, values: Mapping[str, Any]
) -> AgentProfile:
    """Write down what a provider's person is trained for.

    `values`: skills, languages, certificates `[{"key", "valid_to"}]`, nda_signed_on, checked_on, site_id. Raises Invalid.
    """
    _allowed(context)
    person = session.scalar(
        select(Participant).where(Participant.id == participant_id, Participant.engagement_id == engagement_id)
    )
    if person is None:
        raise NotFound
    row = session.scalar(select(AgentProfile).where(AgentProfile.participant_id == participant_id).with_for_update())
    if row is None:
        row = AgentProfile(engagement_id=engagement_id, participant_id=participant_id)
        session.add(row)
    row.skills, row.languages = _words(values.get("skills"), "skills"), _words(values.get("languages"), "languages")
    row.certificates = _certificates(values.get("certificates") or ())
    row.nda_signed_on, row.checked_on = values.get("nda_signed_on"), values.get("checked_on")
    row.site_id = _site_of(session, engagement_id, values.get("site_id"))
    if row.nda_signed_on is not None and row.nda_signed_on > datetime.now(UTC).date():
        raise Invalid(N_("This day is still ahead."), field="nda_signed_on")
    session.flush()
    audit.append(session, context=context, action="agent_profile.saved", subject=("participant", participant_id),
                 fields=["skills", "languages", "certificates", "nda_signed_on", "checked_on", "site_id"])  # fmt: skip
    return row


def _words(given: Any, field: str) -> list[str]:
    words = sorted({str(each).strip().lower() for each in given or () if str(each).strip()})
    if len(words) > 30 or any(len(each) > 40 for each in words):
        raise Invalid(N_("At most 30 entries of 40 characters."), field=field)
    return words


def _certificates(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    made = []
    for each in given:
        try:
            day = date.fromisoformat(str(each["valid_to"]))
        except (KeyError, ValueError):
            raise Invalid(N_("Each certificate needs the day until which it is valid."), field="certificates") from None
        made.append({"key": str(each.get("key", "")).strip().lower()[:40], "valid_to": day.isoformat()})
    return made[:30]


def _site_of(session: Session, engagement_id: UUID, site_id: Any) -> UUID | None:
    if not site_id:
        return None
    found = session.scalar(select(Site.id).where(Site.id == site_id, Site.engagement_id == engagement_id))
    if found is None:
        raise Invalid(N_("Choose sites of this engagement."), field="site_id")
    return found


def _seat(session: Session, engagement_id: UUID, seat_id: UUID) -> Seat:
    wanted = select(Seat).where(Seat.id == seat_id, Seat.engagement_id == engagement_id)
    row = session.scalar(wanted.with_for_update())
    if row is None:
        raise NotFound
    return row


def _engagement(session: Session, engagement_id: UUID) -> None:
    if session.scalar(select(Engagement.id).where(Engagement.id == engagement_id)) is None:
        raise NotFound


def _allowed(context: Context) -> None:
    if context.party != "system" and not context.may(policy.SEATS):
        raise Denied(N_("Your role does not include this."), permission=policy.SEATS)
