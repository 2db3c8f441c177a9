"""How a tenant shows the fields of its verticals: hidden, required, under another label, in another order.

A vertical's word stands: what it requires stays required and cannot be hidden. Each act is audited and refreshes the view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, FieldError, Invalid, NotFound
from core.fields.changes import changed
from core.fields.models import FieldSetting
from core.fields.own import LONGEST_LABEL
from core.fields.targets import known_targets
from core.plugin import Field
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.plugin.types import LOCALES, Label


def set_field(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    target: str,
    name: str,
    shown: bool,
    required: bool,
    label: Label,
) -> None:
    """Tailor a field of a vertical. An empty label keeps the vertical's. Raises NotFound and Invalid."""
    field = declared_field(view, target=target, name=name)
    own_label = {locale: text.strip() for locale, text in label.items() if text.strip()}
    errors = [
        FieldError(field=f"label.{locale}", code="too_long", message=N_("At most %(limit)s characters."),
                   params={"limit": LONGEST_LABEL})
        for locale, text in own_label.items() if len(text) > LONGEST_LABEL or locale not in LOCALES
    ]  # fmt: skip
    if field.required and not shown:
        message = N_("The vertical requires this field, so it cannot be hidden.")
        errors.append(FieldError(field="shown", code="required", message=message))
    if required and not shown:
        message = N_("A field that is hidden cannot be required.")
        errors.append(FieldError(field="required", code="hidden", message=message))
    if errors:
        raise Invalid(errors=errors)
    row = _row(session, target, name)
    asked = {"shown": shown, "required": required and not field.required, "label": own_label}
    names = [key for key, value in asked.items() if getattr(row, key) != value]
    if not names:
        return
    for key, value in asked.items():
        setattr(row, key, value)
    session.add(row)
    session.flush()
    _note(session, context, row.id, "field.tailored", names, {"target": target, "field": name})


def reset_field(session: Session, *, context: Context, view: CatalogView, target: str, name: str) -> None:
    """As the vertical declares it; its place in the order stays."""
    declared_field(view, target=target, name=name)
    set_field(session, context=context, view=view, target=target, name=name, shown=True, required=False, label={})


def order_fields(session: Session, *, context: Context, view: CatalogView, target: str, names: Sequence[str]) -> None:
    """All fields of a target, own ones too, in this order. Raises Invalid unless each is named once."""
    if target not in known_targets(view):
        raise NotFound
    if sorted(names) != sorted(view.all_fields(on=target)):
        raise Invalid(N_("The order must name every field once. Somebody may have added one: look again."))
    rows = {row.field: row for row in session.scalars(select(FieldSetting).where(FieldSetting.target == target))}
    for place, name in enumerate(names):
        row = rows.get(name) or _new(target, name)
        row.position = place
        session.add(row)
    session.flush()
    _note(session, context, None, "fields.ordered", [], {"target": target})


def forget_order(session: Session, *, context: Context, view: CatalogView, target: str) -> None:
    """Back to the order in which the verticals declare their fields."""
    if target not in known_targets(view):
        raise NotFound
    for row in session.scalars(select(FieldSetting).where(FieldSetting.target == target)):
        row.position = None
    session.flush()
    plain = (FieldSetting.shown.is_(True), FieldSetting.required.is_(False), FieldSetting.label == {})
    session.execute(delete(FieldSetting).where(FieldSetting.target == target, *plain))
    _note(session, context, None, "fields.ordered", [], {"target": target})


def declared_field(view: CatalogView, *, target: str, name: str) -> Field:
    """The field as its vertical declares it. Raises NotFound, also for an own field: that is changed itself."""
    field = view.all_fields(on=target).get(name)
    if target not in known_targets(view) or field is None or name.startswith(f"{OWN}."):
        raise NotFound
    return field


def _row(session: Session, target: str, name: str) -> FieldSetting:
    wanted = select(FieldSetting).where(FieldSetting.target == target, FieldSetting.field == name).with_for_update()
    return session.scalar(wanted) or _new(target, name)


def _new(target: str, name: str) -> FieldSetting:
    return FieldSetting(target=target, field=name, shown=True, required=False, label={}, position=None)


def _note(
    session: Session, context: Context, row_id: Any, action: str, names: Sequence[str], details: dict[str, Any]
) -> None:
    audit.append(
        session, context=context, action=action, subject=("field_setting", row_id), fields=names, details=details
    )
    changed(session, context=context)
