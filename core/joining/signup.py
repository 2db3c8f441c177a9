"""Sign-up: what somebody types is kept sealed, a mail asks for its confirmation, and only then is there a tenant.

1. `ask` checks every field, spends from the budgets of sign-ups, keeps the words sealed and enqueues the mail. It never looks an
account up, so its answer is the same for an address that is known. 2. The link in the mail carries a secret made of the sign-up's
id; `waiting` opens it. 3. `confirm` asks for the password once more (whoever owns the mailbox but did not sign up does not know
it; who has an account already uses its own), makes tenant, account and administrator in one transaction, and begins the trial.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core.audit import keys
from core.context import Context
from core.db import scope
from core.db.base import new_id
from core.errors import N_, Conflict, FieldError, Invalid, NotFound
from core.identity import hashing, passwords, people
from core.identity import service as identity
from core.jobs.queue import enqueue
from core.joining.mailing import send_sign_up
from core.limits import service as limits
from core.plugin.catalog import Catalog
from core.tenants import address, life, organisation
from core.tenants import service as tenants

LASTS = timedelta(hours=48)
KINDS: Mapping[str, tuple[str, ...]] = {
    "client": ("client",),
    "provider": ("provider",),
    "both": ("client", "provider"),
}
FIRST_ROLE = "client_admin"
PURPOSE = "sign-up"

CLOSED = N_("This installation takes no sign-ups. Ask whoever runs it.")
OVER = N_(
    "This link is over: it was used, or 48 hours have passed. If you have confirmed it, sign in; else sign up again."
)
MAIL = N_("An e-mail address looks like name@example.com.")
WRONG = N_(
    "This is not the password. Enter the one you signed up with; if you had an account here before, its password."
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was typed. `password` is the clear one until it is kept, then its hash."""

    name: str
    slug: str
    kind: str
    country: str
    locale: str
    time_zone: str
    currency: str
    verticals: tuple[str, ...]
    person: str
    email: str
    password: str

    @property
    def made(self) -> Mapping[str, Any]:
        return {name: getattr(self, name) for name in ("name", "country", "locale", "time_zone", "currency")}


def ask(session: Session, *, engine: Engine, asked: Asked, catalog: Catalog, peer: str) -> UUID:
    """Keep a sign-up until its mail is answered. Raises Invalid with every fault, Spent. Its id is not told to anybody."""
    errors = faults(session, asked=asked, catalog=catalog)
    if errors:
        raise Invalid(N_("The organisation was not signed up yet."), errors=errors)
    limits.take(engine, budget="sign_up", whom=peer)
    sign_up_id = new_id()
    if not limits.allowed(engine, budget="sign_up_address", whom=identity.email_key(asked.email)):
        return sign_up_id  # the same answer; the mailbox is left in peace
    words = {**asdict(asked), "password": hashing.hashed_password(passwords.normal(asked.password))}
    sealed = keys.seal(orjson.dumps(words).decode(), purpose=PURPOSE)
    values = {"id": sign_up_id, "words": sealed, "until": datetime.now(UTC) + LASTS}
    session.execute(_KEEP, values)
    enqueue(session, task=send_sign_up, to="interactive", sign_up_id=sign_up_id, locale=asked.locale)
    return sign_up_id


def faults(session: Session, *, asked: Asked, catalog: Catalog) -> list[FieldError]:
    """Everything that is wrong, in the order of the form."""
    _, errors = organisation.checked(asked.made)
    taken = address.problem_with(session, slug=asked.slug)
    if taken is not None:
        errors.append(FieldError(field="slug", code="slug", message=taken.message, params=taken.params))
    if asked.kind not in KINDS:
        errors.append(FieldError(field="kind", code="kind", message=N_("Choose what the organisation does here.")))
    if any(key not in catalog.verticals for key in asked.verticals):
        errors.append(FieldError(field="verticals", code="verticals", message=N_("Choose sectors of the list.")))
    fault = organisation.name_fault(asked.person)
    if fault:
        params = {"longest": organisation.NAME_LIMIT}
        errors.append(FieldError(field="person", code=fault, message=organisation.MESSAGES[fault], params=params))
    if not well_formed(asked.email):
        errors.append(FieldError(field="email", code="email", message=MAIL))
    return errors + passwords.faults(asked.password, personal=[asked.person, asked.email, asked.name])


def well_formed(email: str) -> bool:
    local, at, host = email.partition("@")
    plain = email.isprintable() and not any(each.isspace() or each in '<>,;:"\\()[]' for each in email)
    return bool(local and at and plain and "@" not in host and "." in host.strip(".") and len(email) <= 254)


def secret_of(sign_up_id: UUID) -> str:
    """What the mailed link carries: the id and a proof that we wrote it."""
    return f"{sign_up_id.hex}{_proof(sign_up_id)}"


def _proof(sign_up_id: UUID) -> str:
    return keys.digest(sign_up_id.hex, tenant_id=None, purpose="sign-up link")[:40]


def waiting(session: Session, *, secret: str, locked: bool = False) -> tuple[UUID, Asked]:
    """The sign-up behind a link. Raises NotFound for one that is over, or that we did not write."""
    try:
        sign_up_id = UUID(hex=secret[:32])
    except ValueError:
        raise NotFound(OVER) from None
    if not hmac.compare_digest(_proof(sign_up_id).encode(), secret[32:].encode()):
        raise NotFound(OVER)
    row = session.execute(_FIND, {"id": sign_up_id, "locked": locked}).one_or_none()
    if row is None:
        raise NotFound(OVER)
    return sign_up_id, opened(row.sealed)


def opened(sealed: bytes) -> Asked:
    words = orjson.loads(keys.unseal(sealed, purpose=PURPOSE))
    return Asked(**{**words, "verticals": tuple(words["verticals"])})


def confirm(session: Session, *, engine: Engine, secret: str, password: str, days: int, slug: str | None = None) -> str:
    """Make what was asked for. `slug`: another address, where the one that was asked for is taken by now. The address made.

    Raises NotFound, Invalid for a wrong password, Conflict for an address that is taken, Spent.
    """
    sign_up_id, asked = waiting(session, secret=secret, locked=True)
    limits.take(engine, budget="sign_up_confirm", whom=str(sign_up_id))
    known = session.execute(_KNOWN, {"wanted": identity.email_key(asked.email)}).one()
    if not hashing.matches(known.password_hash or asked.password, passwords.normal(password)):
        raise Invalid(WRONG, field="password")
    wanted = (slug or asked.slug).strip().lower()
    taken = address.problem_with(session, slug=wanted)
    if taken is not None:
        raise taken
    context = _open(session, asked, slug=wanted, days=days)
    session.execute(_END, {"id": sign_up_id, "sent": False})
    return context.workspace


def _open(session: Session, asked: Asked, *, slug: str, days: int) -> Context:
    """Tenant, verticals, trial, account and administrator."""
    tenants.create_tenant(
        session, slug=slug, name=asked.name, kinds=KINDS[asked.kind], locale=asked.locale, zone=asked.time_zone,
        currency=asked.currency, country=asked.country,
    )  # fmt: skip
    context = tenants.system_context(session, workspace=slug)
    scope.enter(session, context)
    life.begin_trial(session, context=context, days=days)
    for key in asked.verticals:
        tenants.set_vertical(session, context=context, key=key, enabled=True)
    made = {"id": new_id(), "address": asked.email, "key": identity.email_key(asked.email), "name": asked.person,
            "hash": asked.password}  # fmt: skip
    user_id = session.scalar(_ACCOUNT, made)
    assert user_id is not None
    people.add_participant(session, user_id=user_id, shown_name=asked.person, roles=[FIRST_ROLE], party="client")
    return context


def still_waiting(session: Session) -> Sequence[tuple[datetime, datetime | None, Asked, str]]:
    """Sign-ups that wait, with the secret of their link: for the operator of a platform without a mail server."""
    return [(row.created_at, row.sent_at, opened(row.sealed), secret_of(row.id)) for row in session.execute(_WAITING)]


def note_sent(session: Session, *, sign_up_id: UUID) -> None:
    session.execute(_END, {"id": sign_up_id, "sent": True})


def refuse_closed(*, open_to_all: bool) -> None:
    if not open_to_all:
        raise Conflict(CLOSED)


_KEEP = text("SELECT sign_up_keep(:id, :words, :until)").execution_options(**scope.PLATFORM)
_FIND = text("SELECT * FROM sign_up_find(:id, :locked)").execution_options(**scope.PLATFORM)
_END = text("SELECT sign_up_end(:id, :sent)").execution_options(**scope.PLATFORM)
_WAITING = text("SELECT * FROM sign_ups_waiting()").execution_options(**scope.PLATFORM)
_KNOWN = text(
    "SELECT password_hash FROM login_find(:wanted, cast('{}' AS bytea[]), interval '1 minute')"
).execution_options(**scope.PLATFORM)
_ACCOUNT = text("SELECT user_create(:id, :address, :key, :name, :hash)").execution_options(**scope.PLATFORM)
