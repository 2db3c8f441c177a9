"""Pages of fields: those of the verticals and the tenant's own by what they are on, with their order, labels and indexes."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.db.base import db
from core.errors import Conflict, Invalid, NotFound, Stale
from core.fields import own, policy, settings
from core.fields.controls import controls
from core.fields.fieldset import FieldSet
from core.fields.forms import OwnForm, SettingForm
from core.fields.models import FieldSetting, TenantField
from core.fields.screen import Screen
from core.fields.targets import known_targets
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of
from core.web.routes import Pages

pages = Pages("fields", __name__)
pages.nav(
    section="settings", key="fields", label=_l("Fields"), icon="columns", endpoint="fields.index",
    permission=policy.CONFIGURE, order=71,
)  # fmt: skip


@pages.page("/settings/fields", permission=policy.CONFIGURE)
def index() -> ResponseReturnValue:
    return render_template("fields/index.html", screen=_screen())


@pages.page("/settings/fields/preview", permission=policy.CONFIGURE)
def preview() -> ResponseReturnValue:
    """The form as people will see it; nothing can be sent from here."""
    target = _target()
    made = controls(FieldSet.of(catalog_view(), target=target), {}, zone=ZoneInfo(context().zone))
    return render_template("fields/preview.html", target=target, targets=known_targets(catalog_view()), controls=made)


@pages.page("/settings/fields/new", permission=policy.CONFIGURE)
def new() -> ResponseReturnValue:
    return _own_page(OwnForm(context=context(), view=catalog_view(), target=_target()))


@pages.page("/settings/fields/new", permission=policy.CONFIGURE, methods=["POST"])
def create() -> ResponseReturnValue:
    form = OwnForm(context=context(), view=catalog_view(), target=_target(), sent=request.form)
    if (pressed := form.after_button()) is not None:
        return _own_page(pressed)
    try:
        own.create_field(
            db.session(), context=context(), view=catalog_view(), target=form.target, key=form.key, wanted=form.read(),
            indexed=bool(request.form.get("indexed")),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _own_page(form.wrong(errors_of(error))), error.status
    return _saved(_("The field was added"), form.target)


@pages.page("/settings/fields/own/<uuid:field_id>", permission=policy.CONFIGURE)
def edit(field_id: UUID) -> ResponseReturnValue:
    return _own_page(_form_of(field_id))


@pages.page("/settings/fields/own/<uuid:field_id>", permission=policy.CONFIGURE, methods=["POST"])
def change(field_id: UUID) -> ResponseReturnValue:
    form = _form_of(field_id, sent=request.form)
    if (pressed := form.after_button()) is not None:
        return _own_page(pressed)
    try:
        own.change_field(
            db.session(), context=context(), view=catalog_view(), field_id=field_id, version=form.version,
            wanted=form.read(),
        )  # fmt: skip
    except (Invalid, Conflict, Stale) as error:
        return _own_page(form.wrong(errors_of(error))), error.status
    return _saved(_("Saved"), form.target)


@pages.page("/settings/fields/own/<uuid:field_id>/retire", permission=policy.CONFIGURE, methods=["POST"])
def retire(field_id: UUID) -> ResponseReturnValue:
    target = _own(field_id).target
    own.retire_field(db.session(), context=context(), view=catalog_view(), field_id=field_id)
    return _saved(_("The field was retired; its values are kept"), target)


@pages.page("/settings/fields/own/<uuid:field_id>/restore", permission=policy.CONFIGURE, methods=["POST"])
def restore(field_id: UUID) -> ResponseReturnValue:
    target = _own(field_id).target
    own.restore_field(db.session(), context=context(), field_id=field_id)
    return _saved(_("The field is there again, with its values"), target)


@pages.page("/settings/fields/shown", permission=policy.CONFIGURE)
def setting() -> ResponseReturnValue:
    return _setting_page(_setting_form())


@pages.page("/settings/fields/shown", permission=policy.CONFIGURE, methods=["POST"], endpoint="set_setting")
def set_setting() -> ResponseReturnValue:
    form, target = _setting_form(sent=request.form), _target()
    try:
        settings.set_field(
            db.session(), context=context(), view=catalog_view(), target=target, name=_name(), **form.values
        )
    except Invalid as error:
        return _setting_page(_setting_form(sent=request.form, errors=errors_of(error))), error.status
    return _saved(_("Saved"), target)


@pages.page("/settings/fields/move", permission=policy.CONFIGURE, methods=["POST"])
def move() -> ResponseReturnValue:
    screen = _screen()
    names = screen.moved(_name(), by=-1 if request.form.get("to") == "up" else 1)
    settings.order_fields(db.session(), context=context(), view=catalog_view(), target=screen.target, names=names)
    return _saved(_("The order was changed"), screen.target)


@pages.page("/settings/fields/order", permission=policy.CONFIGURE, methods=["POST"])
def forget_order() -> ResponseReturnValue:
    target = _target()
    settings.forget_order(db.session(), context=context(), view=catalog_view(), target=target)
    return _saved(_("The fields are in the order of their verticals again"), target)


@pages.page("/settings/fields/index", permission=policy.CONFIGURE, methods=["POST"])
def set_index() -> ResponseReturnValue:
    target, on = _target(), request.form.get("indexed") == "1"
    try:
        own.set_indexed(
            db.session(), context=context(), view=catalog_view(), target=target, name=_name(), indexed=on
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        db.session.rollback()
        toast("; ".join(errors_of(error).values()), tone="bad")
        return redirect(url_for("fields.index", on=target), code=303)
    return _saved(_("The column is being filled") if on else _("The index is being taken off"), target)


def _screen() -> Screen:
    return Screen(db.session(), catalog_view(), _target())


def _target() -> str:
    asked: str = request.values.get("on", "customer")
    if asked not in known_targets(catalog_view()):
        raise NotFound
    return asked


def _name() -> str:
    name: str = request.values.get("field", "")
    if name not in catalog_view().all_fields(on=_target()):
        raise NotFound
    return name


def _own(field_id: UUID) -> TenantField:
    row = db.session().scalar(select(TenantField).where(TenantField.id == field_id))
    if row is None or row.target not in known_targets(catalog_view()):
        raise NotFound
    return row


def _form_of(field_id: UUID, *, sent: Any = None) -> OwnForm:
    row = _own(field_id)
    return OwnForm(context=context(), view=catalog_view(), target=row.target, row=row, sent=sent)


def _own_page(form: OwnForm) -> str:
    return render_template("fields/own.html", form=form, targets=known_targets(catalog_view()))


def _setting_form(*, sent: Any = None, errors: dict[str, str] | None = None) -> SettingForm:
    target, name = _target(), _name()
    field = settings.declared_field(catalog_view(), target=target, name=name)
    kept = select(FieldSetting).where(FieldSetting.target == target, FieldSetting.field == name)
    return SettingForm(field=field, row=db.session().scalar(kept), sent=sent, errors=errors)


def _setting_page(form: SettingForm) -> str:
    return render_template("fields/setting.html", form=form, target=_target(), name=_name())


def _saved(text: str, target: str) -> ResponseReturnValue:
    db.session.commit()
    toast(text)
    return redirect(url_for("fields.index", on=target), code=303)
