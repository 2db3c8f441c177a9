"""Pages of making contact: ask the gate, see its answer, record what came of it; and the list of what it decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.customers import queries as customers
from core.customers.fields import field_set
from core.customers.shown import Reader, ShownCustomer
from core.db.base import db
from core.errors import Conflict, Invalid, NotFound
from core.fields.masks import shown_as
from core.gate import policy as gate_policy
from core.gate import service as gate
from core.interactions import desk, policy, queries, service
from core.interactions.fields import field_controls, sent_values
from core.interactions.shown import ShownInteraction
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of
from core.web.routes import Pages

pages = Pages("interactions", __name__)
pages.nav(
    section="engagement", key="gate", label=_l("Gate decisions"), icon="shield", endpoint="interactions.decisions",
    permission=gate_policy.READ, order=30,
)  # fmt: skip


@pages.page("/customers/<uuid:customer_id>/contact", permission=gate_policy.DECIDE)
def contact(customer_id: UUID) -> ResponseReturnValue:
    decision = request.args.get("decision")
    usual = {"purpose": queries.usual_purpose(db.session(), context=context()), "channel": "phone"}
    asked = {**usual, **request.args}
    return _contact_page(customer_id, asked=asked, decision=_decision(customer_id, decision))


@pages.page("/customers/<uuid:customer_id>/gate", permission=gate_policy.DECIDE, methods=["POST"])
def ask(customer_id: UUID) -> ResponseReturnValue:
    """A deny commits too: it is an answer, and evidence."""
    purpose, channel = request.form.get("purpose", ""), request.form.get("channel", "")
    try:
        decision = gate.decide(
            db.session(), context=context(), view=catalog_view(), customer_id=customer_id, purpose=purpose,
            channel=channel,
        )  # fmt: skip
    except Invalid as error:
        return _contact_page(customer_id, asked=request.form, errors=errors_of(error)), error.status
    decision_id = decision.id
    db.session.commit()
    return redirect(url_for("interactions.contact", customer_id=customer_id, decision=decision_id), code=303)


@pages.page("/customers/<uuid:customer_id>/interactions", permission=policy.RECORD, methods=["POST"])
def record(customer_id: UUID) -> ResponseReturnValue:
    try:
        outcome = desk.outcome_of(request.form, context())
        values = sent_values(catalog_view(), request.form)
        service.record(
            db.session(), context=context(), customer_id=customer_id, view=catalog_view(), values=values, **outcome
        )
    except (Invalid, Conflict) as error:
        return _again(customer_id, errors_of(error)), error.status
    db.session.commit()
    toast(_("The contact was recorded"))
    return redirect(url_for("customers.show", customer_id=customer_id), code=303)


@pages.page("/customers/<uuid:customer_id>/interactions/outcomes", permission=policy.RECORD, methods=["POST"])
def outcomes(customer_id: UUID) -> ResponseReturnValue:
    """The lower levels of the tree again, after a choice above; nothing is kept. By POST, since the form holds a note."""
    return render_template(
        "interactions/_tree.html", tree=desk.tree_controls(request.form, errors={}), customer_id=customer_id
    )


@pages.page("/customers/<uuid:customer_id>/interactions/new", permission=policy.RECORD)
def new(customer_id: UUID) -> ResponseReturnValue:
    return _log_page(customer_id, errors={})


@pages.page("/interactions/<uuid:interaction_id>", permission=policy.READ)
def show(interaction_id: UUID) -> ResponseReturnValue:
    row = queries.interaction_row(db.session(), context=context(), interaction_id=interaction_id)
    if row is None:
        raise NotFound
    return render_template("interactions/show.html", touch=ShownInteraction(row, catalog_view(), context()))


@pages.page("/gate", permission=gate_policy.READ)
def decisions() -> ResponseReturnValue:
    verdict, purpose = request.args.get("verdict"), request.args.get("purpose")
    page = queries.decision_page(
        db.session(), context=context(), verdict=verdict, purpose=purpose, after=request.args.get("after")
    )
    lines = [(row, _name(row.customer_name), desk.Banner(row, catalog_view(), "")) for row in page.rows]
    return render_template(
        "interactions/decisions.html", page=page, lines=lines, chosen={"verdict": verdict, "purpose": purpose}
    )


def _name(name: str) -> str:
    return str(shown_as("name", name, name="name", sight=context().sight))


def _again(customer_id: UUID, errors: Mapping[str, str]) -> str:
    """The form that was sent, with what is wrong with it."""
    if not request.form.get("decision"):
        return _log_page(customer_id, errors=errors)
    decision = _decision(customer_id, request.form["decision"])
    return _contact_page(customer_id, asked=request.form, decision=decision, errors=errors)


def _log_page(customer_id: UUID, *, errors: Mapping[str, str]) -> str:
    return render_template(
        "interactions/log.html",
        customer=_customer(customer_id),
        question=desk.question_controls(request.form, errors=errors),
        outcome=desk.outcome_controls(request.form, context(), errors=errors),
        tree=desk.tree_controls(request.form, errors=errors),
        timings=desk.timing_controls(request.form, errors=errors),
        fields=field_controls(catalog_view(), sent_values(catalog_view(), request.form), context(), errors=errors),
        dispositions=desk.dispositions(reached=True),
        wrong=errors,
    )


def _contact_page(
    customer_id: UUID, *, asked: Mapping[str, str], decision: Any = None, errors: Mapping[str, str] | None = None
) -> str:
    customer = _customer(customer_id)
    banner = desk.Banner(decision, catalog_view(), customer.name) if decision is not None else None
    return render_template(
        "interactions/contact.html",
        customer=customer,
        banner=banner,
        question=desk.question_controls(asked, errors=errors or {}),
        outcome=desk.outcome_controls(request.form, context(), errors=errors or {}),
        tree=desk.tree_controls(request.form, errors=errors or {}),
        timings=desk.timing_controls(request.form, errors=errors or {}),
        fields=field_controls(
            catalog_view(), sent_values(catalog_view(), request.form), context(), errors=errors or {}
        ),
        dispositions=desk.dispositions(),
        wrong=errors or {},
    )


def _customer(customer_id: UUID) -> ShownCustomer:
    row = customers.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    return Reader(context(), field_set(catalog_view(), region=context().country)).customer(row)


def _decision(customer_id: UUID, text: str | None) -> Any:
    """The decision an address or form names, if it is one of this customer. Raises NotFound."""
    if not text:
        return None
    try:
        row = queries.decision_row(db.session(), context=context(), decision_id=UUID(text))
    except ValueError:
        raise NotFound from None
    if row is None or row.customer_id != customer_id:
        raise NotFound
    return row
