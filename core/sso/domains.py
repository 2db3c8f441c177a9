"""Domains that a tenant has proved to be its own, by a TXT record in the DNS.

Several tenants may prove the same domain (a group of companies): each speaks for its own memberships only.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import dns.exception
import dns.name
import dns.resolver
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Conflict, Invalid, NotFound, Unavailable
from core.sso.models import EmailDomain, IdentityProvider

LABEL = "_kehub"
PREFIX = "kehub-domain="
PATIENCE = 5.0
MOST = 50
ABSENT = N_("There is no TXT record %(name)s with %(value)s yet. New records can take an hour to be seen.")


def domain_of(address: str) -> str:
    return address.strip().rpartition("@")[2].casefold()


def verified(session: Session) -> frozenset[str]:
    """The proved domains of the scope's tenant."""
    return frozenset(session.scalars(select(EmailDomain.domain).where(EmailDomain.verified_at.is_not(None))))


def rows(session: Session) -> Sequence[EmailDomain]:
    return session.scalars(select(EmailDomain).order_by(EmailDomain.domain)).all()


def add(session: Session, *, context: Context, domain: str) -> EmailDomain:
    """Name a domain, which is to be proved then. Raises Invalid, Conflict."""
    name = _name(domain)
    held = rows(session)
    if any(each.domain == name for each in held):
        raise Conflict(N_("This domain is here already."), field="domain")
    if len(held) >= MOST:
        raise Conflict(N_("There are %(most)s domains already."), field="domain", most=MOST)
    row = EmailDomain(domain=name, token=secrets.token_hex(16))
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="email_domain.added", subject=("email_domain", row.id),
                 details={"domain": name})  # fmt: skip
    return row


def _name(domain: str) -> str:
    """As the DNS writes it (IDNA). Raises Invalid."""
    text = domain.strip().rstrip(".").rpartition("@")[2]
    try:
        name = dns.name.from_text(text).canonicalize()
        found = name.to_text(omit_final_dot=True)
    except (dns.exception.DNSException, UnicodeError, ValueError):
        name, found = dns.name.root, ""
    if len(name.labels) < 3 or not found.replace("-", "").replace(".", "").isalnum():
        raise Invalid(N_("A domain is like example.com."), field="domain")
    return found


def record_of(row: EmailDomain) -> tuple[str, str]:
    """Name and text of the record that proves the domain."""
    return f"{LABEL}.{row.domain}", f"{PREFIX}{row.token}"


def prove(session: Session, *, context: Context, domain_id: UUID, resolver: dns.resolver.Resolver) -> EmailDomain:
    """Ask the DNS. Raises NotFound, Conflict where the record is not there, Unavailable where nobody answers."""
    row = found(session, domain_id=domain_id)
    name, wanted = record_of(row)
    try:
        answer = resolver.resolve(name, "TXT", lifetime=PATIENCE)
        texts = {b"".join(each.strings).decode("ascii", "replace") for each in answer}
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        texts = set()
    except dns.exception.DNSException as error:
        raise Unavailable(N_("The DNS does not answer: %(reason)s."), reason=type(error).__name__) from None
    row.checked_at = datetime.now(UTC)
    if wanted not in texts:
        raise Conflict(ABSENT, name=name, value=wanted)
    if row.verified_at is None:
        row.verified_at = row.checked_at
        audit.append(session, context=context, action="email_domain.verified", subject=("email_domain", row.id),
                     details={"domain": row.domain})  # fmt: skip
    session.flush()
    return row


def found(session: Session, *, domain_id: UUID) -> EmailDomain:
    row = session.scalar(select(EmailDomain).where(EmailDomain.id == domain_id).with_for_update())
    if row is None:
        raise NotFound
    return row


def remove(session: Session, *, context: Context, domain_id: UUID) -> None:
    """Forget a domain. Raises NotFound, and Conflict for the last proved one while a provider is in use."""
    row = found(session, domain_id=domain_id)
    used = session.scalar(select(IdentityProvider.id).where(IdentityProvider.enabled.is_(True)).limit(1))
    if row.verified_at is not None and used is not None and verified(session) == {row.domain}:
        raise Conflict(N_("An identity provider is in use and this is the only proved domain. Switch it off first."))
    audit.append(session, context=context, action="email_domain.removed", subject=("email_domain", row.id),
                 details={"domain": row.domain})  # fmt: skip
    session.delete(row)
    session.flush()


_AT = text("SELECT * FROM sso_of_domain(:domain)").execution_options(**scope.PLATFORM)


def workspaces_at(session: Session, *, address: str) -> Sequence[tuple[str, str]]:
    """Address and name of the tenants whose provider vouches for a domain."""
    return [(row.workspace, row.tenant_name) for row in session.execute(_AT, {"domain": domain_of(address)})]


def resolver(server: str | None) -> dns.resolver.Resolver:
    """Of the machine, or one server `host:port`."""
    if server is None:
        return dns.resolver.Resolver()
    found, (host, _, port) = dns.resolver.Resolver(configure=False), server.rpartition(":")
    found.nameservers, found.port = [host], int(port)
    return found
