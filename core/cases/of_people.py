"""What people and units have to do with customers and work: what stands in a unit, what a person leaves behind, and the editor of
a role's condition over a customer's fields."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.context import Context
from core.customers.fields import condition_fields
from core.customers.models import Customer
from core.fields.editor import ConditionEditor
from core.fields.fieldset import FieldSet
from core.identity.people_parts import OpenWork
from core.records.models import Record
from core.web.current import catalog_view, context

COUNTED = 999
SHOWN = 10


def in_unit(session: Session, unit_id: UUID) -> int:
    """Customers, records and open cases that stand in a unit, each counted up to COUNTED."""
    found = 0
    for model, more in ((Customer, ()), (Record, ()), (Case, (Case.closed_at.is_(None),))):
        some = select(literal(1)).select_from(model).where(model.unit_id == unit_id, *more).limit(COUNTED).subquery()
        found += session.scalar(select(func.count()).select_from(some)) or 0
    return found


def left_with(session: Session, reader: Context, participant_id: UUID) -> OpenWork:
    """The open cases that a person has."""
    wanted = (Case.assignee_id == participant_id, Case.closed_at.is_(None))
    some = select(literal(1)).select_from(Case).where(*wanted).limit(COUNTED).subquery()
    rows = session.execute(
        select(Case.id, Case.number, Case.title).where(*wanted).order_by(Case.due_at.nulls_last(), Case.id).limit(SHOWN)
    )
    return OpenWork(
        label=_l("Open cases"),
        count=session.scalar(select(func.count()).select_from(some)) or 0,
        href=url_for("cases.index", assignee=participant_id),
        rows=tuple((row.number, row.title, url_for("cases.show", case_id=row.id)) for row in rows)
        if reader.may("case.read")
        else (),
    )


def reach_editor() -> ConditionEditor:
    """Over what nobody sees masked: whoever reads the condition learns nothing of a customer from it."""
    known = condition_fields(catalog_view())
    offered = {name: each for name, each in known.fields.items() if each.sensitivity == "plain" and each.mask is None}
    columns = {name: column for name, column in known.columns.items() if name in offered}
    made = ConditionEditor(root="where", offered=FieldSet(fields=offered, columns=columns))
    return replace(made, zone=ZoneInfo(context().zone), currency=context().currency)
