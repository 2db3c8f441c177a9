"""Pages of segments: the list, one, the form that makes or changes one, how two overlap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.conditions import ConditionError
from core.db.base import db
from core.errors import Conflict, DomainError, Invalid, NotFound, Stale
from core.segments import counting, meaning, policy, service
from core.segments.meaning import Definition
from core.segments.models import Segment
from core.segments.screen import MODES, SegmentForm, SegmentPage
from core.web.current import afresh, catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, form_number
from core.web.routes import Pages

pages = Pages("segments", __name__)
pages.nav(
    section="work", key="segments", label=_l("Segments"), icon="pie", endpoint="segments.index", permission=policy.READ,
    order=22,
)  # fmt: skip


@pages.page("/segments", permission=policy.READ)
def index() -> str:
    archived = request.args.get("show") == "archived"
    sizes = counting.sizes(db.session())
    return render_template("segments/index.html", segments=_readable(archived=archived), archived=archived, sizes=sizes)


@pages.page("/segments/new", permission=policy.MANAGE)
def new() -> str:
    return _form(SegmentForm(context(), catalog_view()))


@pages.page("/segments/new", permission=policy.MANAGE, methods=["POST"])
def create() -> ResponseReturnValue:
    return _sent(SegmentForm(context(), catalog_view(), sent=request.form))


@pages.page("/segments/overlap", permission=policy.READ)
def overlap() -> ResponseReturnValue:
    """Two segments side by side: how many are in the one, in both, in the other."""
    known = _readable()
    one, other = (known.get(request.args.get(name, "")) for name in ("a", "b"))
    told, problem = None, ""
    if one is not None and other is not None:
        try:
            told = counting.overlap(db.session(), view=catalog_view(), one=one, other=other)
        except Conflict as error:
            problem = errors_of(error)[""]
    return render_template("segments/overlap.html", known=known, one=one, other=other, told=told, problem=problem)


@pages.page("/segments/<key>", permission=policy.READ)
def show(key: str) -> ResponseReturnValue:
    return render_template("segments/show.html", page=_page(key), modes=MODES)


@pages.page("/segments/<uuid:segment_id>/edit", permission=policy.MANAGE)
def edit(segment_id: UUID) -> str:
    return _form(SegmentForm(context(), catalog_view(), row=_row(segment_id)))


@pages.page("/segments/<uuid:segment_id>/edit", permission=policy.MANAGE, methods=["POST"])
def update(segment_id: UUID) -> ResponseReturnValue:
    return _sent(SegmentForm(context(), catalog_view(), row=_row(segment_id), sent=request.form))


@pages.page("/segments/<uuid:segment_id>/criteria", permission=policy.MANAGE, methods=["POST"])
def answer(segment_id: UUID) -> ResponseReturnValue:
    row = service.answer(
        db.session(), context=context(), segment_id=segment_id, version=form_number("version"), criteria=request.form
    )
    return _done(row, _("Saved"))


@pages.page("/segments/<uuid:segment_id>/take", permission=policy.MANAGE, methods=["POST"])
def take(segment_id: UUID) -> ResponseReturnValue:
    try:
        service.take(
            db.session(), context=context(), view=catalog_view(), segment_id=segment_id, version=form_number("version")
        )
    except Conflict as error:
        return _refused(segment_id, error)
    return _done(_row(segment_id), _("The members are being taken"))


@pages.page("/segments/<uuid:segment_id>/archive", permission=policy.MANAGE, methods=["POST"])
def archive(segment_id: UUID) -> ResponseReturnValue:
    back = request.form.get("back") == "1"
    row = service.archive(
        db.session(), context=context(), segment_id=segment_id, version=form_number("version"), back=back
    )
    return _done(row, _("Brought back") if back else _("Archived"))


@pages.page("/segments/<uuid:segment_id>/remove", permission=policy.MANAGE, methods=["POST"])
def remove(segment_id: UUID) -> ResponseReturnValue:
    try:
        service.remove(
            db.session(), context=context(), view=catalog_view(), segment_id=segment_id, version=form_number("version")
        )
    except Conflict as error:
        return _refused(segment_id, error)
    db.session.commit()
    toast(_("Removed"))
    return redirect(url_for("segments.index"), 303)


def _readable(*, archived: bool = False) -> dict[str, Definition]:
    found = meaning.definitions(db.session(), view=catalog_view(), archived=archived)
    shown = {key: each for key, each in found.items() if meaning.readable(each, context=context(), view=catalog_view())}
    return {key: each for key, each in shown.items() if each.state == "archived"} if archived else shown


def _row(segment_id: UUID) -> Segment:
    row = db.session().get(Segment, (context().tenant_id, segment_id))
    if row is None:
        raise NotFound
    return row


def _page(key: str) -> SegmentPage:
    """`key` is qualified, or the id of a row, as links have it."""
    try:
        row = _row(UUID(key))
    except ValueError:
        found = meaning.definition(db.session(), view=catalog_view(), key=key)
    else:
        found = meaning.of_row(row, types=meaning.types_of(catalog_view()))
    if not meaning.readable(found, context=context(), view=catalog_view()):
        raise NotFound
    return SegmentPage(db.session(), context(), catalog_view(), found)


def _sent(form: SegmentForm) -> ResponseReturnValue:
    """A button of the editor, a preview, or the form itself."""
    if (pressed := form.blank.pressed(request.form)) is not None:
        return _form(replace(form, drafted=pressed))
    tree, editor = form.blank.of_form(request.form).tree()
    form = replace(form, drafted=editor)
    if editor.wrong:
        return _form(form), Invalid.status
    if request.form.get("act") == "count" and tree is not None:
        return _form(replace(form, counted=counting.preview(db.session(), view=catalog_view(), tree=tree)))
    return _kept(form, tree)


def _kept(form: SegmentForm, tree: Any) -> ResponseReturnValue:
    try:
        row = _saved(form, tree)
    except ConditionError as error:
        return _form(replace(form, errors={"": str(error)})), error.status
    except (Invalid, Stale) as error:
        afresh(error)
        return _form(replace(form, errors=errors_of(error))), error.status
    return _done(row, _("Saved"))


def _saved(form: SegmentForm, tree: Any) -> Segment:
    session, who, view, held = db.session(), context(), catalog_view(), form.values
    asked: dict[str, Any] = {name: held[name] for name in ("name", "mode", "purpose")}
    if form.row is None:
        return service.make(session, context=who, view=view, condition=tree, key=held["key"], **asked)
    return service.change(
        session, context=who, view=view, segment_id=form.row.id, version=form.version, condition=tree, **asked
    )


def _form(form: SegmentForm) -> str:
    return render_template("segments/form.html", form=form, cap=counting.CAP)


def _done(row: Segment, said: str) -> ResponseReturnValue:
    to = url_for("segments.show", key=f"own.{row.key}")
    db.session.commit()
    toast(said)
    return redirect(to, 303)


def _refused(segment_id: UUID, error: DomainError) -> ResponseReturnValue:
    said = errors_of(error).get("", "")
    afresh(error)
    toast(said, tone="bad")
    return redirect(url_for("segments.show", key=str(segment_id)), 303)
