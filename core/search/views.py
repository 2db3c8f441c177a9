"""Search from anywhere: what comes up under the field as somebody types, the page of all that was found, and what they open."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.customers.policy import READ
from core.db.base import db
from core.search import screen, service
from core.web.current import catalog_view, context
from core.web.forms import form_number
from core.web.links import link_to
from core.web.routes import Pages

pages = Pages("search", __name__)
READS = "reads: terms travel by POST"
CHINESE = "\u2e80"
"""One character from here on begins a name as a whole word does; one letter would only make the list jump."""


@pages.page("/search", permission=READ)
def index() -> ResponseReturnValue:
    """The page without a term: somebody reloaded or shared its address, which holds none."""
    return render_template("search/index.html", term="", kind=None, shelves=None, recent=_recent(), capped=False)


@pages.page("/search", permission=READ, methods=["POST"], while_read_only=READS)
def found() -> ResponseReturnValue:
    """By POST: what somebody types about a customer stays out of addresses and logs."""
    term, kind = request.form.get("q", ""), request.form.get("kind") or None
    skip = form_number("after") or 0
    answer = service.find(db.session(), context=context(), view=catalog_view(), term=term, kind=kind, skip=skip)
    shelves = screen.shelves(answer, context=context(), view=catalog_view())
    body = render_template(
        "search/index.html", term=term.strip(), kind=kind, shelves=shelves, recent=(), capped=answer.capped
    )
    db.session.commit()
    return body


@pages.page("/search/suggest", permission=READ, methods=["POST"], while_read_only=READS)
def suggest() -> ResponseReturnValue:
    """Under the field: what was opened last, and for who sees no masks what they are typing. Others press Enter: it is counted."""
    term = request.form.get("q", "").strip()
    shelves = None
    if (len(term) > 1 or term > CHINESE) and not context().masked:
        answer = service.find(db.session(), context=context(), view=catalog_view(), term=term)
        shelves = screen.shelves(answer, context=context(), view=catalog_view())
    body = render_template("search/suggest.html", term=term, shelves=shelves, recent=() if term else _recent())
    db.session.commit()
    return body


@pages.page("/search/customers/<uuid:customer_id>", permission=READ)
def open_customer(customer_id: UUID) -> ResponseReturnValue:
    return _open("customers", customer_id)


@pages.page("/search/contacts/<uuid:contact_id>", permission=READ)
def open_contact(contact_id: UUID) -> ResponseReturnValue:
    return _open("contacts", contact_id)


@pages.page("/search/records/<uuid:record_id>", permission=READ)
def open_record(record_id: UUID) -> ResponseReturnValue:
    return _open("records", record_id)


@pages.page("/search/cases/<uuid:case_id>", permission=READ)
def open_case(case_id: UUID) -> ResponseReturnValue:
    return _open("cases", case_id)


def _open(kind: str, subject_id: UUID) -> ResponseReturnValue:
    """On to the page of what was found, which is remembered."""
    row = service.open_found(db.session(), context=context(), view=catalog_view(), kind=kind, subject_id=subject_id)
    to = link_to("customer", row.customer_id) if kind == "contacts" else link_to(kind.removesuffix("s"), subject_id)
    db.session.commit()
    return redirect(to or url_for("search.index"))


def _recent() -> list[screen.Hit]:
    kept = service.recent(db.session(), context=context(), view=catalog_view())
    return [screen.hit(kind, row, context=context(), view=catalog_view()) for kind, row in kept]
