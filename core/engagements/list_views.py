"""Pages of lists: lend one, look at one, extend, take back, return with proof, and what invented customers gave away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.db.base import db
from core.engagements import canaries, closing, lists, policy, proofs, queries, screen
from core.engagements.grants import PURPOSES
from core.engagements.numbers import read_file, read_numbers, written
from core.engagements.views import end_of_day
from core.errors import Conflict, DomainError, Invalid, NotFound, Stale
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import errors_of
from core.web.routes import Pages

pages = Pages("lists", __name__)


@pages.page("/engagements/<uuid:engagement_id>/lists/new", permission=policy.LEASE)
def new(engagement_id: UUID) -> ResponseReturnValue:
    return _form(engagement_id)


@pages.page("/engagements/<uuid:engagement_id>/lists", permission=policy.LEASE, methods=["POST"])
def lend(engagement_id: UUID) -> ResponseReturnValue:
    """`act=preview` counts and shows the form again; `act=lend` lends."""
    try:
        asked = _asked(engagement_id)
        if request.form.get("act") != "lend":
            counted = lists.preview(db.session(), context=context(), **asked)
            return _form(engagement_id, counted=counted, numbers=written(asked["numbers"]))
        row = lists.lend(db.session(), context=context(), name=request.form.get("name", ""), **asked)
    except (Invalid, Conflict) as error:
        afresh(error)
        return _form(engagement_id, error=error), error.status
    db.session.commit()
    toast(_("The list is being lent") if row.state == "lending" else _("The list is lent"))
    return redirect(url_for("lists.show", list_id=row.id), code=303)


def _asked(engagement_id: UUID) -> dict[str, Any]:
    form, file = request.form, request.files.get("file")
    segment = form.get("segment", "")
    if segment and lists.SEGMENTS and not form.get("numbers", "").strip():
        numbers = list(lists.SEGMENTS[0][1](db.session(), context(), segment))
    else:
        numbers = read_file(file.read()) if file and file.filename else read_numbers(form.get("numbers", ""))
    until = end_of_day(form.get("until", ""), context())
    return {"engagement_id": engagement_id, "purpose": form.get("purpose", ""), "until": until, "numbers": numbers}


@pages.page("/lists/<uuid:list_id>", permission=policy.READ)
def show(list_id: UUID) -> ResponseReturnValue:
    return _page(list_id)


@pages.page("/lists/<uuid:list_id>/extend", permission=policy.LEASE, methods=["POST"])
def extend(list_id: UUID) -> ResponseReturnValue:
    try:
        until = end_of_day(request.form.get("until", ""), context())
        lists.extend(db.session(), context=context(), list_id=list_id, until=until)
    except (Invalid, Conflict, Stale) as error:
        return _again(list_id, error)
    return _done(list_id, _("Extended"))


@pages.page("/lists/<uuid:list_id>/take-back", permission=policy.LEASE, methods=["POST"])
def take_back(list_id: UUID) -> ResponseReturnValue:
    try:
        lists.take_back(db.session(), context=context(), list_id=list_id, reason=request.form.get("reason", ""))
    except (Invalid, Conflict, Stale) as error:
        return _again(list_id, error)
    return _done(list_id, _("Taken back. The provider owes the proof of deletion"))


@pages.page("/lists/<uuid:list_id>/resume", permission=policy.LEASE, methods=["POST"])
def resume(list_id: UUID) -> ResponseReturnValue:
    try:
        lists.again(db.session(), context=context(), list_id=list_id)
    except (Invalid, Conflict, Stale) as error:
        return _again(list_id, error)
    return _done(list_id, _("The leasing goes on"))


@pages.page("/lists/<uuid:list_id>/return", permission=policy.READ, methods=["POST"])
def give_back(list_id: UUID) -> ResponseReturnValue:
    """The service asks for the permission of the side."""
    form = request.form
    try:
        row = proofs.return_list(
            db.session(), context=context(), list_id=list_id, note=form.get("note", ""),
            confirmed=bool(form.get("confirmed")),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _again(list_id, error)
    db.session.commit()
    toast(_("Returned and signed"))
    return redirect(url_for("lists.proof", proof_id=row.id), code=303)


@pages.page("/proofs/<uuid:proof_id>", permission=policy.READ)
def proof(proof_id: UUID) -> ResponseReturnValue:
    row = proofs.proof(db.session(), context=context(), proof_id=proof_id)
    own = queries.engagement(db.session(), engagement_id=row.engagement_id) is not None
    return render_template("engagements/proof.html", row=row, whole=proofs.whole(row), own=own)


@pages.page("/proofs/<uuid:proof_id>/statement.txt", permission=policy.READ)
def statement(proof_id: UUID) -> ResponseReturnValue:
    """The signed statement as a file, the same for both parties."""
    row = proofs.proof(db.session(), context=context(), proof_id=proof_id)
    answer = Response(proofs.statement(row), mimetype="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="kehub-proof-{row.id.hex[-12:]}.txt"'
    return answer


@pages.page("/closed-engagements/<uuid:engagement_id>", permission=policy.ACCEPT)
def closed(engagement_id: UUID) -> ResponseReturnValue:
    return _closed(engagement_id)


@pages.page("/closed-engagements/<uuid:engagement_id>", permission=policy.ACCEPT, methods=["POST"], endpoint="close")
def sign_closed(engagement_id: UUID) -> ResponseReturnValue:
    """The provider, in its own workspace: nothing of a whole engagement is held any more."""
    form = request.form
    try:
        proof_id = closing.sign(
            db.session(), context=context(), engagement_id=engagement_id, note=form.get("note", ""),
            confirmed=bool(form.get("confirmed")),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        afresh(error)
        return _closed(engagement_id, error=error), error.status
    db.session.commit()
    toast(_("Signed. The client has it, too"))
    return redirect(url_for("lists.proof", proof_id=proof_id), code=303)


def _closed(engagement_id: UUID, *, error: DomainError | None = None) -> str:
    rows = closing.owed(db.session(), context=context())
    row = next((each for each in rows if each.engagement_id == engagement_id), None)
    if row is None:
        raise NotFound
    return render_template(
        "engagements/closed.html",
        row=row,
        declared=proofs.DECLARED,
        wrong=errors_of(error) if error else {},
        typed=request.form,
    )


@pages.page("/lists/<uuid:list_id>/canaries", permission=policy.CANARIES, methods=["POST"])
def seed(list_id: UUID) -> ResponseReturnValue:
    text = request.form.get("count", "")
    try:
        canaries.seed(
            db.session(),
            context=context(),
            list_id=list_id,
            count=int(text) if text.isdecimal() and len(text) < 4 else 0,
        )
    except (Invalid, Conflict) as error:
        return _again(list_id, error)
    return _done(list_id, _("Invented customers are in the list"))


@pages.page("/engagements/<uuid:engagement_id>/canaries", permission=policy.CANARIES, methods=["POST"])
def report(engagement_id: UUID) -> ResponseReturnValue:
    form = request.form
    try:
        canaries.report(db.session(), context=context(), reached=form.get("reached", ""), note=form.get("note", ""))
    except Invalid as error:
        return screen.again(engagement_id, tab="leases", error=error), error.status
    db.session.commit()
    toast(_("The alarm is raised"), tone="warn")
    return redirect(url_for("engagements.show", engagement_id=engagement_id, tab="leases"), code=303)


def _again(list_id: UUID, error: DomainError) -> ResponseReturnValue:
    afresh(error)
    return _page(list_id, error=error), error.status


def _done(list_id: UUID, said: str) -> ResponseReturnValue:
    db.session.commit()
    toast(said)
    return redirect(url_for("lists.show", list_id=list_id), code=303)


def _page(list_id: UUID, *, error: DomainError | None = None) -> str:
    found = queries.list_rows(db.session(), list_id=list_id)
    engagement = queries.engagement(db.session(), engagement_id=found[0].engagement_id) if found else None
    if engagement is None:
        raise NotFound
    own = context().party == "client" and context().may(policy.CANARIES)
    run = lists.run_of(db.session(), list_id=list_id) if found[0].state == "lending" else None
    return render_template(
        "engagements/list.html",
        row=found[0],
        engagement=engagement,
        run=run,
        worked=None if run else lists.worked(db.session(), context=context(), list_id=list_id),
        canaries=canaries.of_list(db.session(), list_id=list_id) if own else [],
        declared=proofs.DECLARED,
        wrong=errors_of(error) if error else {},
        typed=request.form,
    )


def _form(
    engagement_id: UUID,
    *,
    counted: lists.Preview | None = None,
    numbers: str | None = None,
    error: DomainError | None = None,
) -> str:
    row = queries.engagement(db.session(), engagement_id=engagement_id)
    if row is None:
        raise NotFound
    live = queries.grant_rows(db.session(), engagement_id=engagement_id, live=True)
    return render_template(
        "engagements/list_new.html",
        row=row,
        grants=live,
        segments=lists.SEGMENTS[0][0](db.session(), context()) if lists.SEGMENTS else [],
        purposes=PURPOSES,
        counted=counted,
        numbers=numbers if numbers is not None else request.form.get("numbers", ""),
        wrong=errors_of(error) if error else {},
        typed=request.form,
    )
