"""Ask somebody into a workspace by mail, and let them in.

1. An invitation names an address, roles and a unit; giving is checked as for anybody (`people.check`). 2. Its link carries a
secret that is derived from the installation's key, so that the mail can be written without keeping it; the database has its
SHA-256. Sending again makes another secret, and the earlier link dies. 3. It is good once, for seven days, and for that address
only: who is signed in as somebody else is refused, and that is noted. Somebody without an account gives a name and a password.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.identity import passwords, people
from core.identity.accounts import Account
from core.identity.door import hashed
from core.identity.events import PersonInvited
from core.identity.models import Invitation, Participant
from core.identity.people import Grant
from core.identity.role_book import role_book
from core.identity.service import create_user, email_key
from core.tenants.models import Unit
from core.tenants.service import system_context

LASTS = timedelta(days=7)
MOST_ROUNDS = 20
ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
ADDRESS_LENGTH = 254
HERE = N_("This address is in the workspace already.")
OVER = N_("This invitation is over. Ask whoever invited you for a new one.")
OTHER = N_("This invitation was sent to another address. Sign out, and sign in with the address it was sent to.")


class Gone(NotFound):
    """The link is used, too old, withdrawn, or none of ours: one answer."""

    code = "invitation_over"
    default = OVER


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An invitation as whoever holds its link sees it. `user_id`: the address has an account."""

    invitation_id: UUID
    tenant_id: UUID
    tenant_name: str
    workspace: str
    engagement_id: UUID | None
    engagement_name: str | None
    provider_name: str | None
    party: str
    inviter: str | None
    email: str
    email_key: str
    shown_name: str
    locale: str
    expires_at: datetime
    user_id: UUID | None


def invite(
    session: Session,
    *,
    context: Context,
    email: str,
    shown_name: str,
    grants: Sequence[Grant],
    unit_id: UUID | None = None,
    locale: str | None = None,
) -> Invitation:
    """Ask somebody onto the reader's own side. Raises Invalid, Denied, DutiesMeet; Conflict for who is here or asked already."""
    email, shown_name = email.strip(), shown_name.strip()
    errors = []
    if not ADDRESS.fullmatch(email) or len(email) > ADDRESS_LENGTH:
        errors.append(FieldError(field="email", code="format", message=N_("This is no e-mail address.")))
    if not 0 < len(shown_name) <= people.NAME:
        errors.append(FieldError(field="shown_name", code="length", message=N_("A name has 1 to %(longest)s characters."),
                                 params={"longest": people.NAME}))  # fmt: skip
    if errors:
        raise Invalid(errors=errors)
    party = "provider" if context.engagement_id else "client"
    people.check(session, context=context, party=party, grants=grants, new=grants)
    if (
        unit_id is not None
        and session.scalar(select(Unit.id).where(Unit.id == unit_id, Unit.archived_at.is_(None))) is None
    ):
        raise Invalid(N_("There is no such unit."), field="unit_id")
    _refuse_known(session, context, email)
    row = Invitation(
        party=party, engagement_id=context.engagement_id, email=email, email_key=email_key(email), shown_name=shown_name,
        locale=locale or context.locale, unit_id=unit_id, grants=[_stored(each) for each in grants], round=1,
        secret_hash=b"", expires_at=datetime.now(UTC) + LASTS,
    )  # fmt: skip
    row.secret_hash = hashed(secret_of(row, tenant_id=context.tenant_id))
    session.add(row)
    session.flush()
    _send(session, context, row)
    audit.append(session, context=context, action="person.invited", subject=("invitation", row.id),
                 details={"roles": sorted({each.role for each in grants})})  # fmt: skip
    return row


def _refuse_known(session: Session, context: Context, email: str) -> None:
    asked = session.scalar(
        select(Invitation.id).where(
            Invitation.email_key == email_key(email),
            Invitation.engagement_id.is_not_distinct_from(context.engagement_id),
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > datetime.now(UTC),
        )
    )
    if asked is not None:
        raise Conflict(
            N_("This address is invited already. Send that invitation again, or withdraw it."), field="email"
        )
    if session.scalar(text("SELECT address_here(:key)").execution_options(**scope.PLATFORM), {"key": email_key(email)}):
        raise Conflict(HERE, field="email")


def _stored(grant: Grant) -> dict[str, Any]:
    values = {name: value for name, value in asdict(grant).items() if value is not None}
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
        for name, value in values.items()
    }


def grants_of(row: Any) -> list[Grant]:
    """The roles that an invitation gives."""
    found = []
    for each in row.grants:
        values = dict(each)
        for name in ("starts_at", "ends_at"):
            values[name] = datetime.fromisoformat(values[name]) if name in values else None
        values["unit_id"] = UUID(values["unit_id"]) if "unit_id" in values else None
        found.append(Grant(**values))
    return found


def secret_of(row: Invitation, *, tenant_id: UUID) -> str:
    """The secret of the link as it was last sent."""
    made = keys.digest(f"{row.id}:{row.round}", tenant_id=tenant_id, purpose="invitation")
    return base64.urlsafe_b64encode(bytes.fromhex(made)).decode().rstrip("=")


def _send(session: Session, context: Context, row: Invitation) -> None:
    """Whoever hears of it writes the mail (`core.notify`)."""
    event = PersonInvited(context=context, subject=row.id, round=row.round, engagement_id=row.engagement_id)
    bus.emit(session, event)


def resend(session: Session, *, context: Context, invitation_id: UUID, version: int | None = None) -> Invitation:
    """Send it anew with another link, good for another seven days. Raises NotFound, Stale, Conflict."""
    row = _open(session, context, invitation_id, version=version)
    if row.round >= MOST_ROUNDS:
        raise Conflict(N_("This was sent %(times)s times. Withdraw it and invite anew."), times=row.round)
    grants = grants_of(row)
    people.check(session, context=context, party=row.party, grants=grants, new=grants)
    row.round += 1
    row.secret_hash, row.expires_at = hashed(secret_of(row, tenant_id=row.tenant_id)), datetime.now(UTC) + LASTS
    session.flush()
    _send(session, context, row)
    audit.append(session, context=context, action="invitation.resent", subject=("invitation", row.id),
                 details={"round": row.round})  # fmt: skip
    return row


def withdraw(session: Session, *, context: Context, invitation_id: UUID, version: int | None = None) -> Invitation:
    """Take it back: the link dies at once. Raises NotFound, Stale, Conflict."""
    row = _open(session, context, invitation_id, version=version)
    row.withdrawn_at = datetime.now(UTC)
    session.flush()
    audit.append(session, context=context, action="invitation.withdrawn", subject=("invitation", row.id))
    return row


def _open(session: Session, context: Context, invitation_id: UUID, *, version: int | None) -> Invitation:
    row = session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.engagement_id.is_not_distinct_from(context.engagement_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    if row.accepted_at is not None or row.withdrawn_at is not None:
        raise Conflict(N_("This invitation was accepted or withdrawn."))
    return row


def offer(session: Session, *, secret: str) -> Offer:
    """What a link offers. Raises Gone."""
    row = session.execute(
        text("SELECT * FROM invitation_find(:secret)").execution_options(**scope.PLATFORM), {"secret": hashed(secret)}
    ).one_or_none()
    if row is None or row.accepted_at or row.withdrawn_at or row.expires_at <= datetime.now(UTC):
        raise Gone
    return Offer(**{name: getattr(row, name) for name in Offer.__dataclass_fields__})


def refuse_other(session: Session, *, offered: Offer, account: Account) -> None:
    """Raises Denied for who is signed in with another address; that is noted where the invitation belongs."""
    if email_key(account.email) == offered.email_key:
        return
    context = system_context(session, workspace=offered.workspace)
    error = Denied(OTHER)
    details = {"account": str(account.user_id)}

    def note(later: Session) -> None:
        audit.refusal(later.get_bind().engine, context=context, action="invitation.accepted", reason="another address",
                      subject=("invitation", offered.invitation_id), details=details)  # fmt: skip

    error.evidence = note
    raise error


def accept(session: Session, *, secret: str, account: Account) -> Participant:
    """Let a signed-in person in whose address was invited. The scope is then the tenant's. Raises Gone, Denied, Conflict."""
    offered = offer(session, secret=secret)
    refuse_other(session, offered=offered, account=account)
    return _join(session, offered, user_id=account.user_id)


def accept_new(session: Session, *, secret: str, name: str, password: str) -> Participant:
    """Let somebody in who has no account, and make it. Raises Gone, Invalid, Conflict where the address has one by now."""
    offered, name = offer(session, secret=secret), name.strip()
    if offered.user_id is not None:
        raise Conflict(N_("This address has an account. Sign in, then open the link again."))
    errors = []
    if not 0 < len(name) <= people.NAME:
        errors.append(FieldError(field="name", code="length", message=N_("A name has 1 to %(longest)s characters."),
                                 params={"longest": people.NAME}))  # fmt: skip
    personal = [name, offered.email, offered.tenant_name, offered.provider_name or ""]
    errors += passwords.faults(password, personal=personal)
    if errors:
        raise Invalid(errors=errors)
    user_id = create_user(session, address=offered.email, name=name, password=passwords.normal(password))
    return _join(session, offered, user_id=user_id)


def _join(session: Session, offered: Offer, *, user_id: UUID) -> Participant:
    """Of two who open the link at once, one joins."""
    context = system_context(session, workspace=offered.workspace)
    scope.enter(session, context)
    row = session.scalar(select(Invitation).where(Invitation.id == offered.invitation_id).with_for_update())
    if row is None or row.accepted_at is not None or row.withdrawn_at is not None:
        raise Gone
    person = _person(session, row, user_id=user_id)
    row.accepted_at, row.participant_id = datetime.now(UTC), person.id
    session.flush()
    audit.append(session, context=context, action="person.joined", subject=("participant", person.id),
                 details={"invitation": str(row.id), "roles": sorted(each["role"] for each in row.grants)})  # fmt: skip
    people.joined(session, context=context, person=person)
    return person


def _person(session: Session, row: Invitation, *, user_id: UUID) -> Participant:
    """A new participant, or the one whose access had ended. Roles that may not be given by now are refused as ever."""
    book = role_book(session)
    grants = [each for each in grants_of(row) if book.given(each.role, party=row.party)]
    known = session.scalar(
        select(Participant)
        .where(Participant.user_id == user_id, Participant.engagement_id.is_not_distinct_from(row.engagement_id))
        .with_for_update()
    )
    if known is None:
        return people.add_participant(
            session, user_id=user_id, shown_name=row.shown_name, roles=grants, party=row.party,
            engagement_id=row.engagement_id, unit_id=row.unit_id,
        )  # fmt: skip
    if known.ended_at is None:
        raise Conflict(HERE)
    known.ended_at, known.unit_id, known.shown_name = None, row.unit_id, row.shown_name
    people.give(session, person=known, grants=grants)
    return known
