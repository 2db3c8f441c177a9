"""Pages of lists: an act on many rows from its choice to its report, and the saved views of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import true
from werkzeug.datastructures import MultiDict

from core.db.base import db
from core.errors import Conflict, Invalid, NotFound
from core.jobs import service as jobs
from core.jobs.tasks import set_going
from core.lists import acts, saved
from core.lists.arranging import sent_arguments, ticked
from core.lists.places import Place, place_of
from core.lists.screen import ActScreen
from core.undo import parts as undo_parts
from core.web.current import afresh, catalog_view, context
from core.web.errors import is_partial
from core.web.flash import toast
from core.web.forms import errors_of, form_number
from core.web.routes import Pages

pages = Pages("list_acts", __name__)


@pages.page("/many", permission="customer.read", methods=["POST"])
def choose() -> ResponseReturnValue:
    """Keep which rows are meant: those ticked, or all that the list's conditions find. Who may act is the act's to say."""
    place, args = _place(), sent_arguments(request.form)
    try:
        run = acts.choose(db.session(), context=context(), target=place.target, **_meant(place, args))
    except Invalid as error:
        toast(errors_of(error).popitem()[1], tone="warn")
        return redirect(f"{place.url}?{request.form.get('query', '')}", 303)
    return _done(run.id)


def _meant(place: Place, args: MultiDict[str, str]) -> dict[str, Any]:
    if request.form.get("of") == "filter":
        found = acts.target_named(place.target).found
        return {"where": [true(), *found(db.session(), context(), catalog_view(), args)]}
    return {"ids": ticked(request.form)}


@pages.page("/many/<uuid:run_id>", permission="customer.read")
def show(run_id: UUID) -> ResponseReturnValue:
    return _page(run_id)


@pages.page("/many/<uuid:run_id>/preview", permission="customer.read", methods=["POST"])
def preview(run_id: UUID) -> ResponseReturnValue:
    session, who = db.session(), context()
    run = acts.found_run(session, context=who, run_id=run_id, version=form_number("version"))
    try:
        sent = request.form.to_dict()
        if not acts.try_out(session, context=who, view=catalog_view(), run=run, act=sent.get("act", ""), sent=sent):
            set_going(session, context=who, run=run)
    except (Invalid, Conflict) as error:
        afresh(error)
        return _page(run_id, errors=errors_of(error)), error.status
    return _done(run_id)


@pages.page("/many/<uuid:run_id>/start", permission="customer.read", methods=["POST"])
def start(run_id: UUID) -> ResponseReturnValue:
    run = acts.found_run(db.session(), context=context(), run_id=run_id, version=form_number("version"))
    acts.start(db.session(), context=context(), run=run)
    set_going(db.session(), context=context(), run=run)
    return _done(run_id)


@pages.page("/many/<uuid:run_id>/cancel", permission="customer.read", methods=["POST"])
def cancel(run_id: UUID) -> ResponseReturnValue:
    acts.found_run(db.session(), context=context(), run_id=run_id)
    jobs.cancel(db.session(), run_id=run_id)
    return _done(run_id)


@pages.page("/views", permission="customer.read", methods=["POST"])
def save() -> ResponseReturnValue:
    """The list as its address now asks, under a name. `query` is that address's."""
    place, args = (
        _place(),
        [each for each in sent_arguments(request.form).items(multi=True) if each[0] not in saved.LEFT_OUT],
    )
    try:
        view_id = _saved(place, args)
    except (Invalid, Conflict) as error:
        db.session.rollback()
        toast(" ".join(errors_of(error).values()), tone="bad")
        return redirect(f"{place.url}?{urlencode(args)}", 303)
    return _back(place, _("The view is saved"), args=[("view", str(view_id)), *args])


def _saved(place: Place, args: list[tuple[str, str]]) -> UUID:
    form, session, who = request.form, db.session(), context()
    row = saved.save(
        session, context=who, target=place.target, name=form.get("name", ""), args=args, roles=form.getlist("roles"),
        view_id=_id(form.get("view_id", "")),
    )  # fmt: skip
    if form.get("default"):
        saved.set_default(session, context=who, target=place.target, view_id=row.id)
    return row.id


@pages.page("/views/<uuid:view_id>", permission="customer.read", methods=["POST"])
def change(view_id: UUID) -> ResponseReturnValue:
    """Rename, share, open the list with it, take it away, bring it back."""
    act, place = request.form.get("act", ""), _place()
    try:
        _changed(view_id, act, place)
    except Invalid as error:
        db.session.rollback()
        toast(" ".join(errors_of(error).values()), tone="bad")
        return redirect(f"{place.url}?view={view_id}", 303)
    return _removed(view_id) if act == "remove" else _back(place, _("Saved"), args=[("view", str(view_id))])


def _changed(view_id: UUID, act: str, place: Place) -> None:
    session, who, form = db.session(), context(), request.form
    if act in ("default", "no_default"):
        chosen = view_id if act == "default" else None
        saved.set_default(session, context=who, target=place.target, view_id=chosen)
    elif act in ("remove", "restore"):
        saved.remove(session, context=who, view_id=view_id, back=act == "restore")
    else:
        saved.rename(session, context=who, view_id=view_id, name=form.get("name", ""), roles=form.getlist("roles"))


@pages.page("/views/<uuid:view_id>/removed", permission="customer.read")
def removed(view_id: UUID) -> ResponseReturnValue:
    """The way back, for whoever removed the wrong one."""
    row = saved.own(db.session(), context=context(), view_id=view_id)
    if row.removed_at is None:
        raise NotFound
    return render_template("lists/removed.html", row=row, place=place_of(catalog_view(), context(), row.target))


def _place() -> Place:
    return place_of(catalog_view(), context(), request.form.get("target", ""))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


def _page(run_id: UUID, *, errors: Mapping[str, str] | None = None) -> str:
    run = acts.found_run(db.session(), context=context(), run_id=run_id)
    screen = ActScreen(db.session(), context=context(), view=catalog_view(), run=run, errors=errors or {})
    card = undo_parts.card(db.session(), context=context(), run=run) if screen.ended else ""
    return render_template("lists/_many.html" if is_partial() else "lists/many.html", screen=screen, undo_card=card)


def _done(run_id: UUID) -> ResponseReturnValue:
    to = url_for("list_acts.show", run_id=run_id)
    db.session.commit()
    return redirect(to, 303)


def _back(place: Place, said: str, *, args: list[tuple[str, str]]) -> ResponseReturnValue:
    to = f"{place.url}?{urlencode(args)}"
    db.session.commit()
    toast(said)
    return redirect(to, 303)


def _removed(view_id: UUID) -> ResponseReturnValue:
    to = url_for("list_acts.removed", view_id=view_id)
    db.session.commit()
    return redirect(to, 303)
