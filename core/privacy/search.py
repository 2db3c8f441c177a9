"""A provider's person looks for a customer by one exact number. Absent and not lent are the same answer.

1. The quota of the hour is asked under a lock; a search beyond it is refused, and the refusal kept.  2. One statement looks the
whole number up, in the form in which it is kept; row-level security leaves what is lent.  3. The search is kept with a keyed
digest of what was typed, and in the trail. What was typed goes into no answer, address or log.

Other searches of a provider (by what a mask shows, of records) count against the same quota: `note_search` is their hook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.contacts.models import ContactPoint
from core.context import Context
from core.customers.models import Customer, CustomerIdentifier
from core.db import driver, scope
from core.engagements.queries import leased
from core.errors import N_, Invalid, TooMany
from core.fields.normalise import DOCUMENT_SCHEMES, identifier_key, name_key, phone_key
from core.plugin.catalog import CatalogView
from core.privacy.models import ExactSearch
from core.privacy.numbers import number
from core.privacy.quota import lock_person
from core.records.models import Record, RecordIdentifier
from core.records.queries import visible

HOUR = timedelta(hours=1)
LONGEST = 200
MOST = 10
KINDS = ("phone", "document", "card", "account", "plate")


def find_exactly(session: Session, *, context: Context, view: CatalogView, kind: str, value: str) -> Sequence[UUID]:
    """The customers with exactly this number that this reader may see. Raises Invalid and TooMany."""
    term = value.strip()[:LONGEST]
    if kind not in KINDS:
        raise Invalid(N_("Choose the kind of number."), field="kind")
    if not name_key(term):
        raise Invalid(N_("Type the whole number."), field="value")
    if context.party == "provider":
        _within_quota(session, context=context, kind=kind, term=term)
    asked = _WAYS[kind](term, context, view)
    wanted = select(Customer.id).where(Customer.id.in_(asked), leased(Customer.id, context, alone=True))
    with driver.prepared(session):
        found = session.scalars(wanted.order_by(Customer.id).limit(MOST)).all()
    _keep(session, context=context, kind=kind, term=term, found=bool(found))
    audit.append(
        session, context=context, action="customers.searched", subject=("customer", None),
        details={"term": _digest(context, term), "kind": kind, "found": len(found)},
    )  # fmt: skip
    return found


def note_search(session: Session, *, context: Context, term: str, found: int) -> None:
    """Count a search made elsewhere by a provider's person. Raises TooMany."""
    if context.party != "provider" or context.participant_id is None:
        return
    _within_quota(session, context=context, kind="any", term=term)
    _keep(session, context=context, kind="any", term=term, found=found > 0)


def _within_quota(session: Session, *, context: Context, kind: str, term: str) -> None:
    lock_person(session, context.participant_id, act="search")
    most = number("search_hour", context=context)
    used = session.scalar(
        select(func.count()).where(
            ExactSearch.participant_id == context.participant_id, ExactSearch.created_at > datetime.now(UTC) - HOUR
        )
    )
    if (used or 0) < most:
        return
    digest = _digest(context, term)
    error = TooMany(
        N_("You have searched %(used)s times in the last hour; %(most)s are allowed."), used=used, most=most
    )
    error.evidence = lambda after: _keep_refusal(after, context, kind, digest)
    raise error


def _keep_refusal(session: Session, context: Context, kind: str, digest: str) -> None:
    if "scope" not in session.info:
        scope.enter(session, context)
    audit.append(
        session, context=context, action="customers.search_refused", subject=("customer", None),
        details={"term": digest, "kind": kind},
    )  # fmt: skip


def _keep(session: Session, *, context: Context, kind: str, term: str, found: bool) -> None:
    if context.participant_id is None:
        return
    session.add(
        ExactSearch(
            participant_id=context.participant_id, engagement_id=context.engagement_id, kind=kind,
            digest=_digest(context, term), found=found,
        )
    )  # fmt: skip
    session.flush()


def _digest(context: Context, term: str) -> str:
    return keys.digest(name_key(term), tenant_id=context.tenant_id, purpose="search")


def _phone(term: str, context: Context, _view: CatalogView) -> Select[Any]:
    key = phone_key(term, region=context.country) or ""
    return select(ContactPoint.customer_id).where(ContactPoint.kind == "phone", ContactPoint.value_key == key)


def _document(term: str, context: Context, _view: CatalogView) -> Select[Any]:
    forms = {identifier_key(scheme, term) for scheme in DOCUMENT_SCHEMES} - {None}
    digests = [keys.digest(form, tenant_id=context.tenant_id) for form in forms if form is not None]
    return select(CustomerIdentifier.customer_id).where(CustomerIdentifier.value_key.in_(digests))


def _account(term: str, context: Context, view: CatalogView) -> Select[Any]:
    """A number of another system, of a record, or the customer's own."""
    key = identifier_key("", term) or ""
    own = term.removeprefix("#")
    numbers = [int(own)] if own.isascii() and own.isdigit() and len(own) <= 18 else []
    kept = select(CustomerIdentifier.customer_id).where(CustomerIdentifier.value_key == key)
    return select(Customer.id).where(
        or_(Customer.number.in_(numbers), Customer.id.in_(kept), Customer.id.in_(_of_records(term, context, view)))
    )


def _of_records(term: str, context: Context, view: CatalogView) -> Select[Any]:
    kept = RecordIdentifier
    asked: list[ColumnElement[bool]] = [
        and_(kept.type == name, kept.scheme == scheme, kept.value_key == key)
        for name, kind in view.record_types.items()
        for scheme in kind.identifiers
        if (key := identifier_key(scheme, term)) is not None
    ]
    return select(Record.customer_id).where(
        Record.id.in_(select(kept.record_id).where(or_(*asked) if asked else kept.id.is_(None))),
        Record.customer_id.is_not(None),
        visible(context),
    )


def _card(term: str, context: Context, view: CatalogView) -> Select[Any]:
    return select(Customer.id).where(
        or_(Customer.id.in_(_document(term, context, view)), Customer.id.in_(_of_records(term, context, view)))
    )


_WAYS: Mapping[str, Callable[[str, Context, CatalogView], Select[Any]]] = {
    "phone": _phone,
    "document": _document,
    "card": _card,
    "account": _account,
    "plate": lambda term, context, view: _of_records(term, context, view),
}
