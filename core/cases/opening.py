"""The form that opens a case: workflow, the record it is about, title and note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.cases import service
from core.cases.definitions import qualified
from core.cases.models import Case
from core.context import Context
from core.customers import queries as customers
from core.customers.fields import field_set
from core.customers.shown import Reader
from core.errors import Invalid, NotFound
from core.plugin.catalog import CatalogView
from core.records.queries import records_of
from core.web.forms import Control, control
from core.web.i18n import label


def opened(session: Session, *, context: Context, view: CatalogView, customer_id: UUID) -> Case:
    """Open the case that the form describes. Raises what `service.open_case` raises."""
    sent = request.form
    workflow = sent.get("workflow", "")
    if workflow not in view.workflows:
        raise Invalid(field="workflow")
    try:
        record_id = UUID(sent["record_id"]) if sent.get("record_id") else None
    except ValueError:
        raise Invalid(field="record_id") from None
    return service.open_case(
        session, context=context, view=view, customer_id=customer_id, workflow=workflow, record_id=record_id,
        title=sent.get("title"), note=sent.get("note"),
    )  # fmt: skip


def form(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    customer_id: UUID,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page as text. Raises NotFound."""
    row = customers.customer_row(session, context=context, customer_id=customer_id)
    if row is None:
        raise NotFound
    wrong = errors or {}
    customer = Reader(context, field_set(view, region=context.country)).customer(row)
    return render_template(
        "cases/new.html", customer=customer, also=wrong.get(""), bound=_bound(view),
        controls=_controls(session, context, view, customer_id, wrong),
    )  # fmt: skip


def _bound(view: CatalogView) -> list[str]:
    """Workflows that need a record, by name."""
    return [label(flow.label) for flow in view.workflows.values() if flow.record_required]


def _controls(
    session: Session, context: Context, view: CatalogView, customer_id: UUID, wrong: Mapping[str, str]
) -> list[Control]:
    sent, asked = request.form, request.args
    workflows = [(key, flow.label) for key, flow in view.workflows.items()]
    chosen = sent.get("workflow") or asked.get("workflow") or (workflows[0][0] if len(workflows) == 1 else None)
    made = [
        control("workflow", _("Workflow"), kind="select", options=workflows, required=True, value=chosen,
                error=wrong.get("workflow")),
    ]  # fmt: skip
    records = _records(session, context, view, customer_id)
    if records:
        made.append(
            control("record_id", _("About"), kind="select", options=records, placeholder=_("The customer as a whole"),
                    value=sent.get("record_id") or asked.get("record_id"), error=wrong.get("record_id"))
        )  # fmt: skip
    made += [
        control("title", _("Title"), maxlength=service.TITLE_LIMIT, value=sent.get("title"), error=wrong.get("title"),
                help=_("What it is about in a few words; without one, the workflow's name"), autocomplete="off"),
        control("note", _("Note"), kind="textarea", rows=3, maxlength=service.NOTE_LIMIT, value=sent.get("note"),
                error=wrong.get("note")),
    ]  # fmt: skip
    return made


def _records(session: Session, context: Context, view: CatalogView, customer_id: UUID) -> list[tuple[str, Any]]:
    """Records of the customer that a case of some workflow may be about."""
    types = {
        qualified(flow.record_type, key.partition(".")[0])
        for key, flow in view.workflows.items()
        if flow.record_type is not None
    }
    rows = records_of(session, context=context, customer_id=customer_id) if types else []
    return [
        (str(row.id), f"{label(view.record_types[row.type].label)} {row.number}")
        for row in rows
        if row.type in types and row.type in view.record_types
    ]
