"""The page of units: the tree, with its people, and what may be done with each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import N_, DomainError, Invalid
from core.identity import policy, units
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.routes import Pages

pages = Pages("units", __name__)
pages.nav(
    section="people", key="units", label=_l("Units"), icon="branch", endpoint="units.index", permission=policy.PEOPLE,
    order=14,
)  # fmt: skip


@pages.page("/settings/units", permission=policy.PEOPLE)
def index() -> ResponseReturnValue:
    return _page()


@pages.page("/settings/units", permission=policy.UNITS, methods=["POST"])
def create() -> ResponseReturnValue:
    try:
        name, key = request.form.get("name", ""), request.form.get("key", "")
        row = units.make_unit(db.session(), context=context(), name=name, parent_id=_parent(), key=key)
    except DomainError as error:
        return _failed(error)
    name = row.name
    db.session.commit()
    toast(_("%(name)s is added", name=name))
    return redirect(url_for("units.index"), code=303)


@pages.page("/settings/units/<uuid:unit_id>", permission=policy.UNITS, methods=["POST"])
def change(unit_id: UUID) -> ResponseReturnValue:
    try:
        units.change_unit(
            db.session(), context=context(), unit_id=unit_id, name=request.form.get(f"name-{unit_id}", ""),
            parent_id=_parent(f"parent-{unit_id}"), moved=True, version=form_number("version"),
        )  # fmt: skip
    except DomainError as error:
        return _failed(error, unit_id=unit_id)
    db.session.commit()
    toast(_("Saved"))
    return redirect(url_for("units.index"), code=303)


@pages.page("/settings/units/<uuid:unit_id>/archive", permission=policy.UNITS, methods=["POST"])
def archive(unit_id: UUID) -> ResponseReturnValue:
    try:
        row = units.archive_unit(db.session(), context=context(), unit_id=unit_id, version=form_number("version"))
    except DomainError as error:
        return _failed(error, unit_id=unit_id)
    name = row.name
    db.session.commit()
    toast(_("%(name)s is archived", name=name))
    return redirect(url_for("units.index"), code=303)


def _parent(name: str = "parent_id") -> UUID | None:
    text = request.form.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(N_("There is no such unit."), field="parent_id") from None


def _failed(error: DomainError, *, unit_id: UUID | None = None) -> ResponseReturnValue:
    afresh(error)
    return _page(error=error, unit_id=unit_id), error.status


def _page(*, error: DomainError | None = None, unit_id: UUID | None = None) -> str:
    rows = units.unit_tree(db.session(), context=context())
    wrong = errors_of(error) if error is not None else {}
    typed = request.form if error is not None and unit_id is None else {}
    return render_template(
        "identity/units.html", rows=rows, error=error, wrong_unit=unit_id,
        controls=filled(_controls(rows), values=typed, errors=wrong if unit_id is None else {}),
        edit={row.id: _edit(rows, row) for row in rows},
    )  # fmt: skip


def _controls(rows: Any) -> list[Control]:
    return [
        control("name", _l("Name"), required=True, maxlength=units.NAME, autocomplete="off"),
        control("parent_id", _l("Hangs under"), kind="select", options=[(str(row.id), row.full) for row in rows]),
        control("key", _l("Code"), maxlength=40, autocomplete="off",
                help=_l("Small letters, digits and hyphens, as other systems name it; made up if empty")),
    ]  # fmt: skip


def _edit(rows: Any, row: units.UnitRow) -> list[Control]:
    """The controls of one unit's dialog; it may not hang under itself or what lies below."""
    beside = [each for each in rows if each.id != row.id and each.full[: len(row.full) + 3] != f"{row.full} / "]
    return [
        control(f"name-{row.id}", _l("Name"), required=True, maxlength=units.NAME, value=row.name, autocomplete="off"),
        control(f"parent-{row.id}", _l("Hangs under"), kind="select", value=str(row.parent_id or ""),
                options=[(str(each.id), each.full) for each in beside]),
    ]  # fmt: skip
