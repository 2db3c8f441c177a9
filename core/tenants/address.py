"""Addresses of workspaces, as in /t/<address>: which are well formed, free and not to be taken for another's; how one changes.

An address that was given out is never given to somebody else: the old ones of a tenant redirect, those of a deleted one stay
reserved in its certificate.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Conflict, DomainError, Invalid

SLUG = re.compile(r"[a-z][a-z0-9-]{1,48}[a-z0-9]")
MALFORMED = N_("An address has 3 to 50 small letters, digits and hyphens, and begins with a letter.")
TAKEN = N_("The address %(slug)s is taken.")
ALIKE = N_("The address %(slug)s is taken, or looks like one that is.")
KEPT = N_("The address %(slug)s is kept for the platform itself.")

_RESERVED = (
    "about account accounts admin administrator api app apps assets auth billing blog brand certificate client "
    "contact dashboard deleted demo desk dev docs download email engagement example export favicon files gallery "
    "health help home hostmaster import info internal join kehub legal localhost log-in login logout mail me metrics "
    "new null oauth oidc operator passkey password platform postmaster preview pricing privacy provider public "
    "register reset robots root saml scim search security settings sign-in sign-up signin signup sso staff staging "
    "static status support system team tenant tenants terms test undefined user users webhook webhooks webmaster "
    "well-known workspace workspaces www"
)
RESERVED = frozenset(_RESERVED.split())
"""Addresses that somebody would take for the platform's own."""

_TAKEN = text("SELECT address_taken(:wanted, :sight, :own)").execution_options(**scope.PLATFORM)


def sight_of(slug: str) -> str:
    """The address as the eye takes it: two that look alike are one."""
    return slug.replace("-", "").translate(str.maketrans("01i", "oll")).replace("rn", "m")


_RESERVED_SIGHTS = frozenset(sight_of(each) for each in RESERVED)


def problem_with(session: Session, *, slug: str, own: UUID | None = None) -> DomainError | None:
    """Why an address cannot be taken by a tenant (`own`) or by somebody new; None where it can."""
    if not SLUG.fullmatch(slug):
        return Invalid(MALFORMED, field="slug")
    sight = sight_of(slug)
    if sight in _RESERVED_SIGHTS:
        return Conflict(KEPT, field="slug", slug=slug)
    if session.scalar(_TAKEN, {"wanted": slug, "sight": sight, "own": own}):
        return Conflict(ALIKE, field="slug", slug=slug)
    return None


def suggested(session: Session, *, name: str, email: str = "") -> str:
    """A free address made of a name, else of the part of the e-mail address that names the organisation. Empty without either."""
    for stem in _stems(name, email):
        for number in range(1, 20):
            slug = stem if number == 1 else f"{stem[:46].rstrip('-')}-{number}"
            if problem_with(session, slug=slug) is None:
                return slug
    return ""


def _stems(name: str, email: str) -> Iterator[str]:
    host = email.rpartition("@")[2].removeprefix("mail.")
    for words in (name, host.partition(".")[0]):
        plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")
        if SLUG.fullmatch(stem):
            yield stem


def change(session: Session, *, context: Context, slug: str) -> None:
    """Give the tenant another address; those it had redirect, and one of them can be taken up again.

    Raises Invalid, Conflict.
    """
    wanted = slug.strip().lower()
    if wanted == context.workspace:
        raise Conflict(N_("This is the address already."), field="slug")
    before = {row.slug for row in addresses(session)}
    if wanted in before:
        _take_up(session, wanted)
    else:
        problem = problem_with(session, slug=wanted, own=context.tenant_id)
        if problem is not None:
            raise problem
        _make(session, wanted)
    audit.append(session, context=context, action="tenant.address_changed", subject=("tenant", context.tenant_id),
                 fields=["address"])  # fmt: skip


def addresses(session: Session) -> Sequence[Any]:
    """The tenant's addresses, the current one first."""
    return session.execute(text("SELECT * FROM workspace_addresses()").execution_options(**scope.PLATFORM)).all()


def _make(session: Session, slug: str) -> None:
    call = text("SELECT workspace_create(:slug, NULL)").execution_options(**scope.PLATFORM)
    try:
        with session.begin_nested():
            session.execute(call, {"slug": slug})
    except IntegrityError:
        raise Conflict(TAKEN, field="slug", slug=slug) from None


def _take_up(session: Session, slug: str) -> None:
    session.execute(text("SELECT workspace_take_up(:slug)").execution_options(**scope.PLATFORM), {"slug": slug})
