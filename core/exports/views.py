"""Pages of exports: ask for rows as a file, what one asked for, what waits for a second person, and the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import DomainError, NotFound
from core.exports import policy, screen, service
from core.exports.sources import SOURCES, Asker
from core.exports.writing import MEDIA
from core.gate.acts import GateRefused
from core.lists.arranging import sent_arguments, ticked
from core.lists.places import place_of
from core.web.current import afresh, catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of
from core.web.routes import Pages

pages = Pages("exports", __name__)
pages.nav(
    section="engagement", key="exports", label=_l("Exports"), icon="download", endpoint="exports.index",
    permission=policy.ASK, order=80,
)  # fmt: skip
READS = "reads: a file of what is there"


@pages.page("/exports", permission=policy.ASK)
def index() -> ResponseReturnValue:
    everybodys = request.args.get("show") == "all" and context().may(policy.APPROVE)
    rows = service.requests(db.session(), context=context(), everybodys=everybodys)
    return render_template("exports/index.html", rows=rows, everybodys=everybodys, screen=screen)


@pages.page("/exports/new", permission=policy.ASK)
def new() -> ResponseReturnValue:
    """The address carries what the list's address said; what it does not know is left out."""
    return _form(screen.Form.of_address(_asker(), request.args))


@pages.page("/exports/rows", permission=policy.ASK, methods=["POST"], while_read_only=READS)
def choose() -> ResponseReturnValue:
    """From a list: those ticked, or all that its conditions find."""
    place, args = place_of(catalog_view(), context(), request.form.get("target", "")), sent_arguments(request.form)
    rows = ticked(request.form) if request.form.get("of") == "ticked" else None
    if rows == []:
        toast(_("Tick the rows first, or choose all that these conditions find."), tone="warn")
        return redirect(f"{place.url}?{request.form.get('query', '')}", code=303)
    return _form(screen.Form.of_list(_asker(), place.target, args, rows))


@pages.page("/exports/rows", permission=policy.ASK, endpoint="choose_again")
def choose_again() -> ResponseReturnValue:
    """Somebody reloaded or shared the address of a form that came from a list."""
    return redirect(url_for("exports.new"))


@pages.page("/exports/new", permission=policy.ASK, methods=["POST"], while_read_only=READS)
def ask() -> ResponseReturnValue:
    form = screen.Form.sent(_asker(), request.form)
    try:
        made = service.ask(db.session(), context=context(), view=catalog_view(), **form.values)
    except DomainError as error:
        if error.evidence is None and not error.errors:
            raise
        afresh(error)
        return _form(
            form.wrong(errors_of(error), refused=error if isinstance(error, GateRefused) else None)
        ), error.status
    number, export_id = made.number, made.id
    db.session.commit()
    toast(_("Export %(number)s waits for another person's decision", number=number))
    return redirect(url_for("exports.show", export_id=export_id), code=303)


@pages.page("/exports/<uuid:export_id>", permission=None)
def show(export_id: UUID) -> ResponseReturnValue:
    row = service.find(db.session(), context=context(), export_id=export_id)
    source = SOURCES[row.what]
    if not context().may(source.permission):
        raise NotFound
    return render_template("exports/show.html", row=row, page=screen.Shown(row, _asker()))


@pages.page("/exports/<uuid:export_id>/file", permission=policy.ASK, step_up=True)
def take(export_id: UUID) -> ResponseReturnValue:
    path, row = service.take(db.session(), context=context(), export_id=export_id)
    media, ending = MEDIA[row.format]
    name = f"kehub-export-{row.number}.{ending}"
    db.session.commit()
    answer = send_file(path, mimetype=media, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asker() -> Asker:
    return Asker(db.session(), context(), catalog_view())


def _form(form: Any) -> str:
    shown: Mapping[str, Any] = {"form": form, "screen": screen}
    return render_template("exports/new.html", **shown)
