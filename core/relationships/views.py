"""Pages of relationships: add one, change its days, remove it; and who pays for a household."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.customers import queries as customers
from core.customers.fields import field_set
from core.customers.shown import Reader, ShownCustomer
from core.db.base import db
from core.errors import Conflict, DomainError, Invalid, NotFound, Stale
from core.relationships import forms, policy, queries, service
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, filled, form_number
from core.web.routes import Pages

pages = Pages("relationships", __name__)


@pages.page("/customers/<uuid:customer_id>/relationships/new", permission=policy.WRITE)
def new(customer_id: UUID) -> ResponseReturnValue:
    return _new_page(_customer(customer_id))


@pages.page("/customers/<uuid:customer_id>/relationships/new", permission=policy.WRITE, methods=["POST"])
def create(customer_id: UUID) -> ResponseReturnValue:
    customer = _customer(customer_id)
    try:
        chosen = forms.read_new(db.session(), context=context(), customer_id=customer_id, sent=request.form)
        service.relate(
            db.session(), context=context(), customer_id=chosen.customer_id, other_id=chosen.other_id, role=chosen.role,
            starts_on=chosen.starts_on, ends_on=chosen.ends_on, note=chosen.note, source="page",
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _new_page(customer, error), error.status
    return _done(customer_id, _("The relationship was added"))


@pages.page("/customers/<uuid:customer_id>/relationships/<uuid:relationship_id>", permission=policy.WRITE)
def edit(customer_id: UUID, relationship_id: UUID) -> ResponseReturnValue:
    return _edit_page(customer_id, relationship_id)


@pages.page(
    "/customers/<uuid:customer_id>/relationships/<uuid:relationship_id>", permission=policy.WRITE, methods=["POST"]
)
def update(customer_id: UUID, relationship_id: UUID) -> ResponseReturnValue:
    _related(customer_id, relationship_id)
    try:
        service.change(
            db.session(), context=context(), relationship_id=relationship_id, version=form_number("version"),
            changes=forms.read_days(request.form),
        )  # fmt: skip
    except (Invalid, Conflict, Stale) as error:
        return _edit_page(customer_id, relationship_id, error), error.status
    return _done(customer_id, _("Saved"))


@pages.page(
    "/customers/<uuid:customer_id>/relationships/<uuid:relationship_id>/remove",
    permission=policy.WRITE,
    methods=["POST"],
)
def remove(customer_id: UUID, relationship_id: UUID) -> ResponseReturnValue:
    _related(customer_id, relationship_id)
    run = service.remove(db.session(), context=context(), relationship_id=relationship_id)
    return _done(customer_id, _("The relationship was removed"), undo=url_for("undo.begin", run_id=run.id))


@pages.page("/customers/<uuid:customer_id>/payer", permission=policy.WRITE, methods=["POST"])
def set_payer(customer_id: UUID) -> ResponseReturnValue:
    """Of a household: who pays from today on."""
    _customer(customer_id)
    sent = request.form.get("payer", "")
    today = datetime.now(UTC).astimezone(ZoneInfo(context().zone)).date()
    try:
        payer_id = UUID(sent) if sent else None
        service.set_payer(db.session(), context=context(), household_id=customer_id, payer_id=payer_id, on=today)
    except (ValueError, Invalid):
        raise NotFound from None
    return _done(customer_id, _("Saved"))


def _done(customer_id: UUID, text: str, *, undo: str = "") -> ResponseReturnValue:
    db.session.commit()
    toast(text, undo=undo)
    return redirect(url_for("customers.show", customer_id=customer_id) + "#relationships", code=303)


def _new_page(customer: ShownCustomer, error: DomainError | None = None) -> str:
    errors = errors_of(error) if error else {}
    found = error.found if isinstance(error, forms.Several) else ()
    sent = request.form or request.args
    controls = forms.new_controls(customer, sent, sight=context().sight, errors=errors, found=found)
    loose = [
        text for name, text in errors.items() if name not in {each.name for each in controls} and name != "other_id"
    ]
    if "other_id" in errors:
        controls = filled(controls, values=sent, errors={**errors, "other": errors["other_id"]})
    return render_template("relationships/new.html", customer=customer, controls=controls, also=loose)


def _edit_page(customer_id: UUID, relationship_id: UUID, error: DomainError | None = None) -> str:
    customer, row = _customer(customer_id), _related(customer_id, relationship_id)
    errors = errors_of(error) if error else {}
    values = request.form or {"starts_on": row.starts_on, "ends_on": row.ends_on, "note": row.note}
    controls = filled(forms.day_controls(), values=values, errors=errors)
    loose = [text for name, text in errors.items() if name not in {each.name for each in controls}]
    stale = isinstance(error, Stale)
    return render_template(
        "relationships/edit.html", customer=customer, row=row, controls=controls, also=loose, stale=stale
    )


def _related(customer_id: UUID, relationship_id: UUID) -> queries.Related:
    rows = queries.related(db.session(), context=context(), customer_id=customer_id, ended=True)
    row = next((each for each in rows if each.id == relationship_id), None)
    if row is None:
        raise NotFound
    return row


def _customer(customer_id: UUID) -> ShownCustomer:
    row = customers.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    return Reader(context(), field_set(catalog_view(), region=context().country)).customer(row)
