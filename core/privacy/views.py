"""Pages of reveals: ask for one value, see it for a minute; who saw what, how unusual, frozen grants, how many people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.customers.policy import READ as CUSTOMER_READ
from core.db.base import db
from core.errors import DomainError, Invalid, NotFound
from core.gate.acts import GateRefused
from core.privacy import jobs, parts, policy, queries, screens, search, service
from core.web.current import afresh, catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of
from core.web.routes import Pages

pages = Pages("privacy", __name__)
pages.nav(
    section="engagement", key="reveals", label=_l("Data seen"), icon="eye", endpoint="privacy.index",
    permission=policy.READ, order=70,
)  # fmt: skip


@pages.page("/customers/<uuid:customer_id>/reveal", permission=policy.MAKE)
def ask(customer_id: UUID) -> ResponseReturnValue:
    return _ask({"customer_id": customer_id, "record_id": None})


@pages.page("/records/<uuid:record_id>/reveal", permission=policy.MAKE)
def ask_of_record(record_id: UUID) -> ResponseReturnValue:
    return _ask({"customer_id": None, "record_id": record_id})


@pages.page("/customers/<uuid:customer_id>/reveal", permission=policy.MAKE, methods=["POST"])
def show(customer_id: UUID) -> ResponseReturnValue:
    return _show({"customer_id": customer_id, "record_id": None})


@pages.page("/records/<uuid:record_id>/reveal", permission=policy.MAKE, methods=["POST"])
def show_of_record(record_id: UUID) -> ResponseReturnValue:
    return _show({"customer_id": None, "record_id": record_id})


@pages.page("/cases/<uuid:case_id>/reveal", permission=policy.MAKE)
def ask_of_case(case_id: UUID) -> ResponseReturnValue:
    return _ask({"customer_id": None, "record_id": None, "case_id": case_id})


@pages.page("/cases/<uuid:case_id>/reveal", permission=policy.MAKE, methods=["POST"])
def show_of_case(case_id: UUID) -> ResponseReturnValue:
    return _show({"customer_id": None, "record_id": None, "case_id": case_id})


def _ask(
    about: dict[str, UUID | None], *, sent: Any = None, errors: dict[str, str] | None = None, refused: Any = None
) -> str:
    asked = sent or request.args
    screen = screens.asked(db.session(), context=context(), view=catalog_view(), field=asked.get("field", ""), **about)
    controls = screen.controls(asked, errors=errors or {})
    return render_template("privacy/ask.html", screen=screen, controls=controls, refused=refused, wrong=errors or {})


def _show(about: dict[str, UUID | None]) -> ResponseReturnValue:
    try:
        shown = service.reveal(
            db.session(), context=context(), view=catalog_view(), wish=screens.wish_of(request.form, **about)
        )
    except GateRefused as error:
        afresh(error)
        return _ask(about, sent=request.form, refused=error), error.status
    except Invalid as error:
        return _ask(about, sent=request.form, errors=errors_of(error)), error.status
    back = screens.back(about)
    answer = make_response(render_template("privacy/shown.html", shown=shown, back=back, seconds=shown.seconds))
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Refresh"] = f"{shown.seconds}; url={back}"
    db.session.commit()
    return answer


@pages.page("/reveals", permission=policy.READ)
def index() -> ResponseReturnValue:
    return render_template("privacy/index.html", board=screens.Board(db.session(), context()), wrong={})


@pages.page("/reveals/count", permission=policy.READ, methods=["POST"])
def recount() -> ResponseReturnValue:
    jobs.ask(db.session(), context=context())
    db.session.commit()
    toast(_("Counting again"), detail=_("The numbers follow in a few seconds, with their new data cut."))
    return redirect(url_for("privacy.index"), code=303)


@pages.page("/reveals/people/<uuid:participant_id>", permission=policy.READ)
def person(participant_id: UUID) -> ResponseReturnValue:
    who = queries.person(db.session(), participant_id=participant_id)
    if who is None:
        raise NotFound
    page = queries.reveals(db.session(), participant_id=participant_id, after=request.args.get("after"))
    score = queries.score_of(db.session(), participant_id=participant_id)
    lines = [screens.Line(row, context(), catalog_view()) for row in page.rows]
    return render_template("privacy/person.html", who=who, page=page, lines=lines, score=score)


@pages.page("/customers/<uuid:customer_id>/seen", permission=policy.READ)
def seen(customer_id: UUID) -> ResponseReturnValue:
    """Who saw what of one customer."""
    found = screens.found(db.session(), context=context(), view=catalog_view(), ids=[customer_id])
    if not found or context().party == "provider":
        raise NotFound
    rows = queries.seen_by(db.session(), customer_id=customer_id)
    looks = [parts.told(row, context(), catalog_view()) for row in rows]
    return render_template("privacy/seen.html", customer=found[0], looks=looks)


@pages.page("/grants/<uuid:data_grant_id>/freeze", permission=policy.FREEZE, methods=["POST"])
def freeze(data_grant_id: UUID) -> ResponseReturnValue:
    return _stop(service.freeze, _("The grant is frozen"), data_grant_id=data_grant_id)


@pages.page("/freezes/<uuid:freeze_id>/lift", permission=policy.FREEZE, methods=["POST"])
def lift(freeze_id: UUID) -> ResponseReturnValue:
    return _stop(service.lift, _("The grant is released"), freeze_id=freeze_id)


def _stop(act: Any, done: str, **about: UUID) -> ResponseReturnValue:
    try:
        act(db.session(), context=context(), reason=request.form.get("reason", ""), **about)
    except NotFound:
        raise
    except DomainError as error:
        afresh(error)
        board = screens.Board(db.session(), context())
        return render_template("privacy/index.html", board=board, wrong=errors_of(error)), error.status
    db.session.commit()
    toast(done)
    return redirect(url_for("privacy.index"), code=303)


@pages.page("/find", permission=CUSTOMER_READ)
def find() -> ResponseReturnValue:
    return render_template("privacy/find.html", controls=screens.find_controls({}, errors={}), asked=False, found=[])


@pages.page("/find", permission=CUSTOMER_READ, methods=["POST"], endpoint="found")
def find_number() -> ResponseReturnValue:
    sent = request.form
    try:
        ids = search.find_exactly(
            db.session(), context=context(), view=catalog_view(), kind=sent.get("kind", ""), value=sent.get("value", "")
        )
    except Invalid as error:
        controls = screens.find_controls({"kind": sent.get("kind", "")}, errors=errors_of(error))
        return render_template("privacy/find.html", controls=controls, asked=False, found=[]), error.status
    lines = screens.found(db.session(), context=context(), view=catalog_view(), ids=ids)
    controls = screens.find_controls({"kind": sent.get("kind", "")}, errors={})
    body = render_template("privacy/find.html", controls=controls, asked=True, found=lines)
    db.session.commit()
    return body
