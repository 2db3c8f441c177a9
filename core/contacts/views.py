"""Small forms beside a customer: a contact point, a consent, a do-not-contact entry."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.contacts import forms, policy, service
from core.customers import policy as customer_policy
from core.customers import queries as customers
from core.customers.fields import field_set
from core.customers.shown import Reader
from core.db.base import db
from core.errors import DomainError, Invalid, NotFound
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, filled
from core.web.routes import Pages

pages = Pages("contacts", __name__)


@pages.page("/customers/<uuid:customer_id>/points/new", permission=customer_policy.WRITE)
def new_point(customer_id: UUID) -> ResponseReturnValue:
    return _page(customer_id, forms.POINT)


@pages.page("/customers/<uuid:customer_id>/points/new", permission=customer_policy.WRITE, methods=["POST"])
def add_point(customer_id: UUID) -> ResponseReturnValue:
    return _save(customer_id, forms.POINT, service.add_contact_point)


@pages.page("/customers/<uuid:customer_id>/consents/new", permission=policy.CONSENT_WRITE)
def new_consent(customer_id: UUID) -> ResponseReturnValue:
    return _page(customer_id, forms.CONSENT)


@pages.page("/customers/<uuid:customer_id>/consents/new", permission=policy.CONSENT_WRITE, methods=["POST"])
def add_consent(customer_id: UUID) -> ResponseReturnValue:
    return _save(customer_id, forms.CONSENT, service.record_consent)


@pages.page("/customers/<uuid:customer_id>/do-not-contact/new", permission=policy.CONSENT_WRITE)
def new_do_not_contact(customer_id: UUID) -> ResponseReturnValue:
    return _page(customer_id, forms.DO_NOT_CONTACT)


@pages.page("/customers/<uuid:customer_id>/do-not-contact/new", permission=policy.CONSENT_WRITE, methods=["POST"])
def add_do_not_contact(customer_id: UUID) -> ResponseReturnValue:
    return _save(customer_id, forms.DO_NOT_CONTACT, service.add_do_not_contact)


def _save(customer_id: UUID, form: forms.SmallForm, act: Callable[..., object]) -> ResponseReturnValue:
    try:
        values = form.read(request.form, context())
        act(db.session(), context=context(), customer_id=customer_id, **values)
    except Invalid as error:
        return _page(customer_id, form, error), error.status
    db.session.commit()
    toast(form.done)
    return redirect(url_for("customers.show", customer_id=customer_id), code=303)


def _page(customer_id: UUID, form: forms.SmallForm, error: DomainError | None = None) -> str:
    row = customers.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    customer = Reader(context(), field_set(catalog_view(), region=context().country)).customer(row)
    errors = errors_of(error) if error else {}
    controls = filled(form.controls(), values=request.form, errors=errors)
    loose = [text for name, text in errors.items() if name not in {each.name for each in controls}]
    return render_template("contacts/form.html", customer=customer, form=form, controls=controls, also=loose)
