"""Pages of customers: the list, one customer, and the forms to make and change one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.customers import alike, arranged, forms, parts, policy, queries, service
from core.customers.fields import field_set
from core.customers.finding import find_customers
from core.customers.listing import Listing
from core.customers.models import Customer
from core.customers.profile import Profile
from core.customers.shown import Reader, ShownCustomer
from core.customers.table import Table
from core.db.base import db
from core.errors import Conflict, Invalid, NotFound, Stale
from core.lists import arranging
from core.timeline import queries as timeline
from core.web import looks
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of
from core.web.routes import Pages

pages = Pages("customers", __name__)
pages.nav(
    section="work", key="customers", label=_l("Customers"), icon="users", endpoint="customers.index",
    permission=policy.READ, tab=True, order=20,
)  # fmt: skip

COUNTED = 1000
"""The list counts its rows up to here: counting 200,000 of them behind row-level security would cost more than the page."""


@pages.page("/customers", permission=policy.READ)
def index() -> ResponseReturnValue:
    around = arranging.arranged(arranged.PLACE)
    if (elsewhere := around.elsewhere) is not None:
        return redirect(elsewhere)
    listing = _listing()
    after = request.args.get("after")
    page = queries.customer_page(
        db.session(), context=context(), after=after, sort=listing.sort, filters=listing.filters,
        extra=parts.mark_columns(), count_to=COUNTED, slots=listing.slots,
    )  # fmt: skip
    return render_template("customers/index.html", table=_table(listing, page), around=around, term=None)


@pages.page("/customers/condition", permission=policy.READ)
def condition() -> ResponseReturnValue:
    """The editor of the list's own condition; the address carries the rest of the list along."""
    listing = _listing()
    editor = listing.advanced if listing.where is None else listing.advanced.of_tree(listing.where)
    return render_template("customers/condition.html", editor=editor, listing=listing)


@pages.page("/customers/condition", permission=policy.READ, methods=["POST"], endpoint="set_condition",
            while_read_only="reads: the filter of a list")  # fmt: skip
def set_condition() -> ResponseReturnValue:
    listing = _listing()
    if (pressed := listing.advanced.pressed(request.form)) is not None:
        return render_template("customers/condition.html", editor=pressed, listing=listing)
    tree, editor = listing.advanced.of_form(request.form).tree()
    if editor.wrong:
        return render_template("customers/condition.html", editor=editor, listing=listing), Invalid.status
    return redirect(url_for("customers.index") + listing.with_condition(tree), code=303)


@pages.page(
    "/customers/search", permission=policy.READ, methods=["POST"], while_read_only="reads: terms travel by POST"
)
def search() -> ResponseReturnValue:
    """By POST: what somebody types about a customer stays out of addresses and logs."""
    term = request.form.get("q", "")
    page = find_customers(db.session(), context=context(), term=term, extra=parts.mark_columns())
    around = arranging.arranged(arranged.PLACE)
    body = render_template("customers/index.html", table=_table(_listing(), page), around=around, term=term)
    db.session.commit()
    return body


@pages.page("/customers/search", permission=policy.READ, endpoint="search_again")
def search_again() -> ResponseReturnValue:
    """Somebody reloaded or shared the address of a search, which holds no term."""
    return redirect(url_for("customers.index"))


@pages.page("/customers/<uuid:customer_id>", permission=policy.READ)
def show(customer_id: UUID) -> ResponseReturnValue:
    row = queries.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None or row.state == "merged":
        return _led_on(customer_id)
    wanted = timeline.wanted_of(request.args)
    told = timeline.entries(
        db.session(), context=context(), customer_id=customer_id, wanted=wanted, after=request.args.get("after")
    )
    profile = Profile(context=context(), view=catalog_view(), row=row, told=told, wanted=wanted)
    looks.showed(profile.names_shown, masked=profile.customer.hidden)
    return render_template("customers/show.html", profile=profile, parts=_parts(profile))


@pages.page("/customers/new", permission=policy.CREATE)
def new() -> ResponseReturnValue:
    return _edit_page(forms.blank(context(), catalog_view()))


@pages.page("/customers/new", permission=policy.CREATE, methods=["POST"])
def create() -> ResponseReturnValue:
    typed = forms.typed(context(), catalog_view(), request.form)
    try:
        values, attributes = typed.read()
        customer = alike.create_unless_alike(
            db.session(), context=context(), values=values, attributes=attributes, despite=request.form.get("despite")
        )
    except Invalid as error:
        return _edit_page(typed.wrong(errors_of(error))), error.status
    except alike.AlikeFound as error:
        return _edit_page(typed.resembling(_alike(error.found))), error.status
    number, customer_id = customer.number, customer.id
    db.session.commit()
    toast(_("Customer %(number)s was added", number=number))
    return redirect(url_for("customers.show", customer_id=customer_id), code=303)


@pages.page("/customers/<uuid:customer_id>/edit", permission=policy.WRITE)
def edit(customer_id: UUID) -> ResponseReturnValue:
    return _edit_page(forms.of_row(context(), catalog_view(), _row(customer_id)))


@pages.page("/customers/<uuid:customer_id>/edit", permission=policy.WRITE, methods=["POST"])
def update(customer_id: UUID) -> ResponseReturnValue:
    typed = forms.typed(context(), catalog_view(), request.form, row=_row(customer_id))
    try:
        values, attributes = typed.read()
        service.update_customer(
            db.session(), context=context(), customer_id=customer_id, version=typed.version, changes=values,
            attributes=attributes, fields=typed.fields,
        )  # fmt: skip
    except Invalid as error:
        return _edit_page(typed.wrong(errors_of(error))), error.status
    except Stale as error:
        return _edit_page(typed.overtaken()), error.status
    db.session.commit()
    toast(_("Saved"))
    return redirect(url_for("customers.show", customer_id=customer_id), code=303)


@pages.page("/customers/<uuid:customer_id>/numbers/new", permission=policy.WRITE)
def new_number(customer_id: UUID) -> ResponseReturnValue:
    return _number_page(_row(customer_id))


@pages.page("/customers/<uuid:customer_id>/numbers/new", permission=policy.WRITE, methods=["POST"])
def add_number(customer_id: UUID) -> ResponseReturnValue:
    row = _row(customer_id)
    scheme, value = request.form.get("scheme", ""), request.form.get("value", "")
    try:
        service.add_identifier(
            db.session(), context=context(), customer_id=customer_id, scheme=scheme, value=value, source="page"
        )
    except (Invalid, Conflict) as error:
        return _number_page(row, errors=errors_of(error)), error.status
    db.session.commit()
    toast(_("The number was added"))
    return redirect(url_for("customers.show", customer_id=customer_id), code=303)


@pages.page("/customers/<uuid:customer_id>/numbers", permission=policy.WRITE)
def numbers(customer_id: UUID) -> ResponseReturnValue:
    """Document numbers in clear, for the client only; the look is audited."""
    row = _row(customer_id)
    clear = service.reveal_numbers(db.session(), context=context(), customer_id=customer_id)
    profile = Profile(context=context(), view=catalog_view(), row=row, told=timeline.TimelinePage(rows=[]))
    body = render_template("customers/numbers.html", customer=profile.customer, numbers=profile.numbers, clear=clear)
    db.session.commit()
    return body


def _led_on(customer_id: UUID) -> ResponseReturnValue:
    """A merged customer leads to the one that it was merged into."""
    survivor = alike.survivor_of(db.session(), customer_id=customer_id)
    if survivor is None:
        raise NotFound
    toast(_("This customer was merged into the one you see now"), tone="info")
    return redirect(url_for("customers.show", customer_id=survivor), code=303)


def _listing() -> Listing:
    return arranged.listing_of(request.args)


def _table(listing: Listing, page: queries.Page) -> Table:
    looks.counted(len(page.rows))
    return Table(listing=listing, page=page, reader=_reader(), counted=COUNTED, grades=arranged.grades_of(listing))


def _reader() -> Reader:
    return Reader(context(), field_set(catalog_view(), region=context().country))


def _row(customer_id: UUID) -> Any:
    row = queries.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    return row


def _parts(profile: Profile) -> dict[str, list[str]]:
    return {
        placement: parts.parts_at(placement, context=context(), customer=profile.customer)
        for placement in parts.PLACEMENTS
    }


def _alike(found: Sequence[alike.Alike]) -> list[tuple[alike.Alike, ShownCustomer]]:
    """Those that a new customer resembles, as the reader may see them."""
    ids = [each.customer_id for each in found]
    rows = queries.customer_page(
        db.session(), context=context(), filters=queries.Filters(where=[Customer.id.in_(ids)])
    ).rows
    shown = {row.id: _reader().customer(row) for row in rows}
    return [(each, shown[each.customer_id]) for each in found if each.customer_id in shown]


def _edit_page(form: forms.CustomerForm) -> str:
    return render_template("customers/edit.html", form=form)


def _number_page(row: Any, *, errors: dict[str, str] | None = None) -> str:
    customer = _reader().customer(row)
    controls = forms.number_controls(request.form, errors=errors or {})
    return render_template("customers/number.html", customer=customer, controls=controls, also=(errors or {}).get(""))
