"""Find customers by what somebody typed: a number, a name's beginning, a phone number, a document.

Each way is one index scan for a handful of ids; the union is read as one page, without a next one: who finds too many types
more. Who sees masks finds names only by the part the mask shows, so a search tells no more than the list does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.customers.identifiers import SEALED
from core.customers.models import Customer, CustomerIdentifier
from core.customers.parts import FINDERS
from core.customers.queries import Filters, Page, conditions, customer_page, name_range
from core.fields.masks import HIDDEN, mask
from core.fields.normalise import DOCUMENT_SCHEMES, identifier_key, name_key

LIMIT = 50
HEARD: list[Callable[..., None]] = []
"""Who is told of each search before it is answered, and may refuse it: `(session, context, term, found)`."""
LAST_DIGITS = 4
LONGEST_TERM = 200


def find_customers(session: Session, *, context: Context, term: str, extra: Sequence[ColumnElement[Any]] = ()) -> Page:
    """Up to 50 customers that the reader may see, by name's beginning or exactly; `next` is set where there are more.

    The search of whoever sees masks is audited with a digest of the term.
    """
    wanted = term.strip()[:LONGEST_TERM]
    ways = [way for way in _ways(wanted, context=context) if way is not None] if name_key(wanted) else []
    if not ways:
        return Page(rows=[])
    ids = union(*(select(way.subquery()) for way in ways)).subquery()
    where = [Customer.id.in_(select(ids.c[0]))]
    page = customer_page(
        session, context=context, limit=LIMIT, sort="name", filters=Filters(state=None, where=where), extra=extra
    )
    for heard in HEARD:
        heard(session, context=context, term=wanted, found=len(page.rows))
    if context.masked:
        audit.append(
            session,
            context=context,
            action="customers.searched",
            subject=("customer", None),
            details={"term": keys.digest(name_key(wanted), tenant_id=context.tenant_id), "found": len(page.rows)},
        )
    return page


def _ways(term: str, *, context: Context) -> list[Select[Any] | None]:
    ways = [_by_number(term, context), _by_identifier(term, context), *(find(term, context) for find in FINDERS)]
    if context.masked:
        return [*ways, _by_visible_name(term, context), _by_last_digits(term, context)]
    return [*ways, _customers(context, name_range(name_key(term)))]


def _customers(context: Context, *where: ColumnElement[bool]) -> Select[Any]:
    return select(Customer.id).where(*where, *conditions(context, Filters(state=None))).limit(LIMIT + 1)


def _by_number(term: str, context: Context) -> Select[Any] | None:
    digits = term.removeprefix("#")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        return None
    return _customers(context, Customer.number == int(digits))


def _by_identifier(term: str, context: Context) -> Select[Any] | None:
    """Exactly, in any scheme: as other systems write numbers, and as documents and cards are kept."""
    kept = CustomerIdentifier
    forms = {identifier_key("", term), *(identifier_key(scheme, term) for scheme in DOCUMENT_SCHEMES)} - {None}
    if not forms:
        return None
    written = [form for form in forms if form is not None]
    digests = [keys.digest(form, tenant_id=context.tenant_id) for form in written] if SEALED else []
    return select(kept.customer_id).where(kept.value_key.in_([*written, *digests])).limit(LIMIT + 1)


def _by_visible_name(term: str, context: Context) -> Select[Any] | None:
    shown = mask("name", term)
    prefix = name_key(term)[:1] if shown == HIDDEN else name_key(shown.rstrip("*"))
    return _customers(context, name_range(prefix)) if prefix and not prefix.isdigit() else None


def _by_last_digits(term: str, context: Context) -> Select[Any] | None:
    if not (term.isascii() and term.isdigit()) or len(term) != LAST_DIGITS:
        return None
    return _customers(context, func.right(Customer.phone, LAST_DIGITS) == term)
