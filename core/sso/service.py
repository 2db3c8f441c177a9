"""A tenant's identity providers: named and changed by its people, and used at the door.

1. `begin` sends a browser to the provider; what must come back is kept as a ceremony of ten minutes. 2. `finish` hears the
provider and finds the person: by the subject it has named before, else by an address in a domain that the tenant has proved.
3. A session of theirs then holds the proof "sso" of this tenant. It opens no other tenant's workspace, and changes nothing of the
account: a provider vouches for its own tenant's memberships, never for the person everywhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Conflict, FieldError, Invalid, NotFound, Stale
from core.identity import accounts, door, entering, people
from core.identity.door import Visit
from core.identity.models import Participant
from core.identity.service import create_user
from core.sso import domains, oidc
from core.sso.models import ExternalIdentity, IdentityProvider
from core.sso.oidc import Registration, SsoRefused
from core.tenants import service as tenants

NAME, CLIENT_ID = 80, 200
SEALED_FOR = "identity provider"
MOST = 10


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A provider as the form has it. `secret` None keeps the one there is; empty means a public client."""

    name: str
    issuer: str
    client_id: str
    secret: str | None = None
    makes_people: bool = False
    roles: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Site:
    """Our own side: where providers send browsers back to, and whether providers may be on a private network."""

    callback: str
    private: bool


# -- the provider -------------------------------------------------------------------------------------------------------


def providers(session: Session) -> Sequence[IdentityProvider]:
    return session.scalars(select(IdentityProvider).order_by(IdentityProvider.name, IdentityProvider.id)).all()


def found(session: Session, *, provider_id: UUID, version: int | None = None) -> IdentityProvider:
    """Raises NotFound, Stale."""
    row = session.scalar(select(IdentityProvider).where(IdentityProvider.id == provider_id).with_for_update())
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return row


def add(session: Session, *, context: Context, settings: Settings, site: Site) -> IdentityProvider:
    """A new provider, off until it is switched on. Raises Invalid, Unavailable, Denied, Conflict."""
    if len(providers(session)) >= MOST:
        raise Conflict(N_("There are %(most)s identity providers already."), most=MOST)
    _check(session, context, settings, site)
    row = IdentityProvider(
        name=settings.name.strip(),
        issuer=settings.issuer.strip(),
        client_id=settings.client_id.strip(),
        roles=list(settings.roles),
    )
    row.makes_people = settings.makes_people
    row.secret = keys.seal(settings.secret, purpose=_purpose(context.tenant_id)) if settings.secret else None
    session.add(row)
    session.flush()
    _note(session, context, row, "added", [])
    return row


def change(
    session: Session, *, context: Context, provider_id: UUID, settings: Settings, site: Site, version: int | None = None
) -> IdentityProvider:
    """Raises NotFound, Stale, Invalid, Unavailable, Denied."""
    row = found(session, provider_id=provider_id, version=version)
    _check(session, context, settings, site, now=row)
    wanted = {
        "name": settings.name.strip(), "issuer": settings.issuer.strip(), "client_id": settings.client_id.strip(),
        "makes_people": settings.makes_people, "roles": list(settings.roles),
    }  # fmt: skip
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if settings.secret is not None:
        row.secret = keys.seal(settings.secret, purpose=_purpose(context.tenant_id)) if settings.secret else None
        changed.append("secret")
    session.flush()
    if changed:
        _note(session, context, row, "changed", changed)
    return row


def switch(session: Session, *, context: Context, provider_id: UUID, on: bool, version: int | None = None) -> None:
    """Use a provider at the door, or no more. Raises NotFound, Stale, and Conflict while no domain is proved."""
    row = found(session, provider_id=provider_id, version=version)
    if on and not domains.verified(session):
        raise Conflict(N_("Prove a domain first: only people with an address in it are let in by the provider."))
    if row.enabled != on:
        row.enabled = on
        session.flush()
        _note(session, context, row, "enabled" if on else "disabled", [])


def remove(session: Session, *, context: Context, provider_id: UUID, version: int | None = None) -> None:
    """Forget a provider and whom it called what; the people stay. Raises NotFound, Stale."""
    row = found(session, provider_id=provider_id, version=version)
    _note(session, context, row, "removed", [])
    session.delete(row)
    session.flush()


def _check(
    session: Session, context: Context, wanted: Settings, site: Site, now: IdentityProvider | None = None
) -> None:
    wrong = []
    for name, value, longest in (("name", wanted.name, NAME), ("client_id", wanted.client_id, CLIENT_ID)):
        if not 0 < len(value.strip()) <= longest:
            message = N_("1 to %(longest)s characters.")
            wrong.append(FieldError(field=name, code="length", message=message, params={"longest": longest}))
    issuer = urlsplit(wanted.issuer.strip())
    schemes = {"https", "http"} if site.private else {"https"}
    if issuer.scheme not in schemes or not issuer.hostname or issuer.query or issuer.fragment:
        message = N_("An address like https://login.example.com, as the provider gives it.")
        wrong.append(FieldError(field="issuer", code="url", message=message))
    taken = select(IdentityProvider.id).where(
        IdentityProvider.issuer == wanted.issuer.strip(), IdentityProvider.client_id == wanted.client_id.strip()
    )
    if any(each != (now.id if now else None) for each in session.scalars(taken)):
        wrong.append(FieldError(field="client_id", code="taken", message=N_("This client is here already.")))
    if wanted.makes_people and not wanted.roles:
        wrong.append(FieldError(field="roles", code="required", message=N_("Say which roles new people get.")))
    if wrong:
        raise Invalid(errors=wrong)
    if wanted.roles:
        grants = [people.usual(each, "client") for each in wanted.roles]
        people.check(session, context=context, party="client", grants=grants, new=grants)
    if now is None or now.issuer != wanted.issuer.strip():
        oidc.described(wanted.issuer.strip(), private=site.private)


def _purpose(tenant_id: UUID) -> str:
    return f"{SEALED_FOR} {tenant_id}"


def _note(session: Session, context: Context, row: IdentityProvider, what: str, fields: Sequence[str]) -> None:
    audit.append(
        session, context=context, action=f"identity_provider.{what}", subject=("identity_provider", row.id),
        fields=fields, details={"issuer": row.issuer},
    )  # fmt: skip


def registration(row: IdentityProvider, *, site: Site) -> Registration:
    secret = keys.unseal(row.secret, purpose=_purpose(row.tenant_id)) if row.secret else None
    return Registration(
        issuer=row.issuer, client_id=row.client_id, secret=secret, redirect_uri=site.callback, private=site.private
    )


# -- the door -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where somebody may sign in: a workspace and a provider of its tenant."""

    workspace: str
    tenant_name: str
    provider_id: UUID
    provider: str


def ways(session: Session, *, workspace: str) -> list[Way]:
    """The providers at the door of a workspace; none for one that is not there. Ends the transaction."""
    try:
        context = _tenant(session, workspace)
    except NotFound:
        session.rollback()
        return []
    scope.enter(session, context)
    rows = [row for row in providers(session) if row.enabled]
    ways = [
        Way(workspace=workspace, tenant_name=context.tenant_name, provider_id=row.id, provider=row.name) for row in rows
    ]
    session.rollback()
    return ways


def _tenant(session: Session, workspace: str) -> Context:
    """A tenant's own workspace; what a provider sees of an engagement has no identity provider. Raises NotFound."""
    if tenants.find_workspace(session, workspace=workspace).engagement_id is not None:
        raise NotFound
    return tenants.system_context(session, workspace=workspace)


def begin(
    session: Session, *, workspace: str, provider_id: UUID, site: Site, then: str, hint: str | None, again: bool
) -> tuple[str, str]:
    """Where the browser goes, and the secret of what must come back. Raises NotFound, SsoRefused, Unavailable; commits.

    The provider is asked between two transactions, so that a slow one holds nothing.
    """
    context = _tenant(session, workspace)
    scope.enter(session, context)
    row = session.scalar(select(IdentityProvider).where(IdentityProvider.id == provider_id))
    if row is None:
        raise NotFound
    if not row.enabled:
        raise SsoRefused("off")
    who = registration(row, site=site)
    session.rollback()
    begun = oidc.begin(who, hint=hint, again=again)
    data = {
        "workspace": workspace, "provider": str(provider_id), "state": begun.state, "nonce": begun.nonce,
        "verifier": begun.verifier, "then": then,
    }  # fmt: skip
    secret = door.begin(session, purpose="sso", user_id=None, data=data)
    session.commit()
    return begun.url, secret


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back with the browser."""

    state: str
    code: str = ""
    error: str = ""
    issuer: str = ""


def finish(session: Session, *, secret: str | None, answer: Answer, site: Site, visit: Visit) -> tuple[str, str]:
    """A session's secret for the person, and where they wanted to go. Raises SsoRefused; commits. A refusal is kept as evidence."""
    begun = door.take(session, purpose="sso", secret=secret)
    session.commit()
    if begun is None or not secrets.compare_digest(answer.state.encode(), begun.data["state"].encode()):
        raise SsoRefused("state")
    context = _tenant(session, begun.data["workspace"])
    scope.enter(session, context)
    row = session.scalar(select(IdentityProvider).where(IdentityProvider.id == UUID(begun.data["provider"])))
    about = ("identity_provider", row.id if row else None)
    try:
        who = _still(row, answer, site)
        session.rollback()
        person = oidc.finish(who, code=answer.code, nonce=begun.data["nonce"], verifier=begun.data["verifier"])
        scope.enter(session, context)
        token = _let_in(session, context, UUID(begun.data["provider"]), person, visit)
    except SsoRefused as error:
        _keep(session, context, about, error, visit)
        raise
    session.commit()
    return token, begun.data["then"]


def _still(row: IdentityProvider | None, answer: Answer, site: Site) -> Registration:
    if row is None or not row.enabled:
        raise SsoRefused("off")
    if answer.issuer and answer.issuer != row.issuer:  # RFC 9207
        raise SsoRefused("wrong_issuer")
    if answer.error or not answer.code:
        raise SsoRefused("provider_refused", detail=answer.error[:60] or "no code")
    return registration(row, site=site)


def _keep(session: Session, context: Context, about: tuple[str, UUID | None], error: SsoRefused, visit: Visit) -> None:
    session.rollback()
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    audit.refusal(engine, context=context, action="session.opened", reason=f"sso: {error.reason}", subject=about)
    door.note(session, kind="sign_in", visit=visit, user_id=None, method="sso", denied=error.reason)
    session.commit()


def _let_in(session: Session, context: Context, provider_id: UUID, said: oidc.Person, visit: Visit) -> str:
    known = session.execute(
        select(ExternalIdentity, Participant)
        .join(Participant, Participant.id == ExternalIdentity.participant_id)
        .where(ExternalIdentity.provider_id == provider_id, ExternalIdentity.subject == said.subject)
    ).one_or_none()
    if known is not None:
        identity, person = known
    else:
        person = _by_address(session, context, provider_id, said)
        identity = ExternalIdentity(provider_id=provider_id, participant_id=person.id, subject=said.subject)
        session.add(identity)
    if person.ended_at is not None:
        raise SsoRefused("person_ended")
    identity.seen_at = datetime.now(UTC)
    row = session.scalar(select(IdentityProvider).where(IdentityProvider.id == provider_id))
    if row is not None and row.proved_at is None:
        row.proved_at = identity.seen_at
    session.flush()
    assert person.user_id is not None
    acting = replace(context, participant_id=person.id, user_id=person.user_id, party="client")
    audit.append(session, context=acting, action="session.opened", subject=("participant", person.id),
                 details={"method": "sso", "provider": str(provider_id)})  # fmt: skip
    return _session_of(session, person.user_id, context.tenant_id, visit)


def _session_of(session: Session, user_id: UUID, tenant_id: UUID, visit: Visit) -> str:
    """The session that the browser has, with this proof too where it is the same person's; else a new one."""
    if visit.previous:
        here = accounts.account(session, token=visit.previous)
        if here is not None and here.user_id == user_id:
            return entering.renew(session, token=visit.previous, method="sso", tenant_id=tenant_id)
    return entering.open_session(session, user_id=user_id, methods=["sso"], tenant_id=tenant_id, visit=visit)


_FIND = text("SELECT * FROM participant_by_address(:address)").execution_options(**scope.PLATFORM)


def _by_address(session: Session, context: Context, provider_id: UUID, said: oidc.Person) -> Participant:
    """The member whom an address names, or a new one. Raises SsoRefused: an address outside the proved domains names nobody."""
    if said.address is None:
        raise SsoRefused("no_address")
    domain = domains.domain_of(said.address)
    if domain not in domains.verified(session):
        raise SsoRefused("foreign_domain", domain=domain)
    row = session.execute(_FIND, {"address": entering.email_key(said.address)}).one_or_none()
    if row is not None:
        person = session.scalar(select(Participant).where(Participant.id == row.participant_id))
        assert person is not None
        return person
    provider = session.scalar(select(IdentityProvider).where(IdentityProvider.id == provider_id))
    if provider is None or not provider.makes_people:
        raise SsoRefused("unknown_person")
    return newcomer(session, context=context, address=said.address, name=said.name, roles=provider.roles, by="sso")


def newcomer(
    session: Session, *, context: Context, address: str, name: str, roles: Sequence[str], by: str
) -> Participant:
    """A member whom an identity provider or a SCIM client names. The account of the address is made if new, never changed."""
    user_id = create_user(session, address=address, name=name, password=None)
    person = people.add_participant(session, user_id=user_id, shown_name=name, roles=list(roles), party="client")
    audit.append(session, context=context, action="person.joined", subject=("participant", person.id),
                 details={"by": by, "roles": sorted(roles)})  # fmt: skip
    return person
