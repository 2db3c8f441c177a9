"""The card of a customer's page that says whose it is, and lets it be given to others."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.context import Context
from core.customers import placing, policy, service
from core.customers.models import Customer
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer
from core.customers.views import pages
from core.db.base import db
from core.errors import N_, Invalid
from core.identity import directory, units
from core.identity.models import Participant
from core.tenants.models import Unit
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number


def place_card(reader: Context, customer: ShownCustomer) -> str:
    """Of the client's people only: whose customer it is is no business of a provider."""
    if reader.party != "client":
        return ""
    row = (
        db.session()
        .execute(
            select(Participant.shown_name, Unit.name)
            .select_from(Customer)
            .outerjoin(Participant, Participant.id == Customer.owner_id)
            .outerjoin(Unit, Unit.id == Customer.unit_id)
            .where(Customer.id == customer.id)
        )
        .one()
    )
    return drawn("customers/place.html", customer=customer, row=row, gives=reader.may(policy.WRITE))


def _controls(reader: Context, owner_id: UUID | None, unit_id: UUID | None) -> list[Control]:
    people = directory.colleagues(db.session(), context=reader, permission=policy.READ)
    return [
        control("owner_id", _l("Looked after by"), kind="select", value=str(owner_id or ""),
                options=[(str(each.id), each.shown_name) for each in people]),
        control("unit_id", _l("Unit"), kind="select", value=str(unit_id or ""),
                options=[(str(each.id), each.full) for each in units.unit_tree(db.session(), context=reader)]),
    ]  # fmt: skip


@pages.page("/customers/<uuid:customer_id>/place", permission=policy.WRITE)
def choose_place(customer_id: UUID) -> ResponseReturnValue:
    """A page of its own: all colleagues and units are read when somebody chooses, not with each look at a customer."""
    service.client_only(context())
    return _choices(customer_id)


def _choices(customer_id: UUID, error: Invalid | None = None) -> str:
    """As it stands, or as it was typed and what is wrong with it."""
    customer = service.find(db.session(), customer_id=customer_id)
    controls = _controls(context(), customer.owner_id, customer.unit_id)
    if error is not None:
        controls = filled(controls, values=request.form, errors=errors_of(error))
    return render_template("customers/choose_place.html", customer=customer, controls=controls)


@pages.page("/customers/<uuid:customer_id>/place", permission=policy.WRITE, methods=["POST"])
def place(customer_id: UUID) -> ResponseReturnValue:
    try:
        placing.place_customer(
            db.session(), context=context(), customer_id=customer_id, version=form_number("version"),
            owner_id=_id("owner_id"), unit_id=_id("unit_id"),
        )  # fmt: skip
    except Invalid as error:
        afresh(error)
        return _choices(customer_id, error), error.status
    db.session.commit()
    toast(_("Saved"))
    return redirect(url_for("customers.show", customer_id=customer_id), code=303)


def _id(name: str) -> UUID | None:
    text = request.form.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(N_("This is not one of the choices."), field=name) from None


PAGE_PARTS: Sequence[PagePart] = (PagePart(key="place", placement="aside", render=place_card, order=60),)
