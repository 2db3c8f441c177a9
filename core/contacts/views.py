"""Small forms beside a customer: contact points and addresses, people, consents, do-not-contact entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.contacts import forms, people, points, policy, screens, service
from core.customers import policy as customer_policy
from core.customers import queries as customers
from core.customers.fields import field_set
from core.customers.shown import Reader, ShownCustomer
from core.db.base import db
from core.errors import Conflict, DomainError, Invalid, NotFound, Stale
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, filled, form_number
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


@pages.page("/customers/<uuid:customer_id>/addresses/new", permission=customer_policy.WRITE)
def new_address(customer_id: UUID) -> ResponseReturnValue:
    return _page(customer_id, forms.ADDRESS)


@pages.page("/customers/<uuid:customer_id>/addresses/new", permission=customer_policy.WRITE, methods=["POST"])
def add_address(customer_id: UUID) -> ResponseReturnValue:
    return _save(customer_id, forms.ADDRESS, points.add_address)


@pages.page("/customers/<uuid:customer_id>/people/new", permission=customer_policy.WRITE)
def new_person(customer_id: UUID) -> ResponseReturnValue:
    return _page(customer_id, forms.PERSON)


@pages.page("/customers/<uuid:customer_id>/people/new", permission=customer_policy.WRITE, methods=["POST"])
def add_person(customer_id: UUID) -> ResponseReturnValue:
    return _save(customer_id, forms.PERSON, people.add)


@pages.page("/customers/<uuid:customer_id>/consents", permission=customer_policy.READ)
def answers(customer_id: UUID) -> ResponseReturnValue:
    """Every answer with its evidence, and every do-not-contact entry, those that ended too."""
    return screens.answers_page(shown_customer(customer_id))


@pages.page("/do-not-contact/<uuid:do_not_contact_id>/end", permission=customer_policy.WRITE, methods=["POST"])
def end_do_not_contact(do_not_contact_id: UUID) -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    entry = service.end_do_not_contact(db.session(), context=context(), entry_id=do_not_contact_id, reason=reason)
    to = url_for("contacts.answers", customer_id=entry.customer_id)
    db.session.commit()
    toast(_("The entry holds no longer"))
    return redirect(to, code=303)


@pages.page("/contact-points/<uuid:point_id>", permission=customer_policy.WRITE)
def point(point_id: UUID) -> ResponseReturnValue:
    return screens.point_page(points.find(db.session(), point_id=point_id), shown_customer)


@pages.page("/contact-points/<uuid:point_id>", permission=customer_policy.WRITE, methods=["POST"])
def change_point(point_id: UUID) -> ResponseReturnValue:
    row = points.find(db.session(), point_id=point_id)
    try:
        points.change(
            db.session(), context=context(), point_id=point_id, version=form_number("version"),
            changes=screens.point_changes(row, request.form),
        )  # fmt: skip
    except (Invalid, Conflict, Stale) as error:
        return screens.point_page(row, shown_customer, error), error.status
    return _done(row.customer_id, _("Saved"))


@pages.page("/contact-points/<uuid:point_id>/verify", permission=customer_policy.WRITE, methods=["POST"])
def verify_point(point_id: UUID) -> ResponseReturnValue:
    row = points.verify(db.session(), context=context(), point_id=point_id, how=request.form.get("how", ""))
    return _done(row.customer_id, _("Noted as verified"))


@pages.page("/contact-points/<uuid:point_id>/stale", permission=customer_policy.WRITE, methods=["POST"])
def stale_point(point_id: UUID) -> ResponseReturnValue:
    row = points.mark_stale(db.session(), context=context(), point_id=point_id, reason=request.form.get("reason", ""))
    return _done(row.customer_id, _("Nobody is offered it any more"))


@pages.page("/contact-points/<uuid:point_id>/live", permission=customer_policy.WRITE, methods=["POST"])
def live_point(point_id: UUID) -> ResponseReturnValue:
    row = points.mark_live(db.session(), context=context(), point_id=point_id)
    return _done(row.customer_id, _("It is offered again"))


@pages.page("/contact-points/<uuid:point_id>/remove", permission=customer_policy.WRITE, methods=["POST"])
def remove_point(point_id: UUID) -> ResponseReturnValue:
    customer_id = points.find(db.session(), point_id=point_id).customer_id
    run = points.remove(db.session(), context=context(), point_id=point_id)
    return _done(customer_id, _("The contact point was removed"), undo=url_for("undo.begin", run_id=run.id))


@pages.page("/contacts/<uuid:contact_id>", permission=customer_policy.WRITE)
def person(contact_id: UUID) -> ResponseReturnValue:
    return screens.person_page(people.find(db.session(), contact_id=contact_id), shown_customer)


@pages.page("/contacts/<uuid:contact_id>", permission=customer_policy.WRITE, methods=["POST"])
def change_person(contact_id: UUID) -> ResponseReturnValue:
    row = people.find(db.session(), contact_id=contact_id)
    try:
        people.change(
            db.session(), context=context(), contact_id=contact_id, version=form_number("version"),
            changes=screens.person_changes(row, request.form),
        )  # fmt: skip
    except (Invalid, Stale) as error:
        return screens.person_page(row, shown_customer, error), error.status
    return _done(row.customer_id, _("Saved"))


@pages.page("/contacts/<uuid:contact_id>/points/new", permission=customer_policy.WRITE)
def new_point_of_person(contact_id: UUID) -> ResponseReturnValue:
    return _page(people.find(db.session(), contact_id=contact_id).customer_id, forms.POINT_OF_PERSON)


@pages.page("/contacts/<uuid:contact_id>/points/new", permission=customer_policy.WRITE, methods=["POST"])
def add_point_of_person(contact_id: UUID) -> ResponseReturnValue:
    customer_id = people.find(db.session(), contact_id=contact_id).customer_id
    return _save(customer_id, forms.POINT_OF_PERSON, partial(service.add_contact_point, contact_id=contact_id))


@pages.page("/contacts/<uuid:contact_id>/remove", permission=customer_policy.WRITE, methods=["POST"])
def remove_person(contact_id: UUID) -> ResponseReturnValue:
    customer_id = people.find(db.session(), contact_id=contact_id).customer_id
    run = people.remove(db.session(), context=context(), contact_id=contact_id)
    return _done(customer_id, _("The person was removed"), undo=url_for("undo.begin", run_id=run.id))


def _done(customer_id: UUID, text: str, *, undo: str = "") -> ResponseReturnValue:
    db.session.commit()
    toast(text, undo=undo)
    return redirect(url_for("customers.show", customer_id=customer_id), code=303)


def shown_customer(customer_id: UUID) -> ShownCustomer:
    row = customers.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    return Reader(context(), field_set(catalog_view(), region=context().country)).customer(row)


def _save(customer_id: UUID, form: forms.SmallForm, act: Callable[..., object]) -> ResponseReturnValue:
    try:
        values = form.read(request.form, context())
        act(db.session(), context=context(), customer_id=customer_id, **values)
    except (Invalid, Conflict) as error:
        return _page(customer_id, form, error), error.status
    db.session.commit()
    toast(form.done)
    return redirect(url_for("customers.show", customer_id=customer_id), code=303)


def _page(customer_id: UUID, form: forms.SmallForm, error: DomainError | None = None) -> str:
    customer = shown_customer(customer_id)
    errors = errors_of(error) if error else {}
    controls = filled(form.controls(), values=request.form or request.args, errors=errors)
    loose = [text for name, text in errors.items() if name not in {each.name for each in controls}]
    return render_template("contacts/form.html", customer=customer, form=form, controls=controls, also=loose)
