"""Pages of attachments: attach, save, share, remove."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.attachments import policy, service
from core.attachments.answers import download
from core.db.base import db
from core.errors import Conflict, Invalid
from core.web.current import context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled
from core.web.links import link_to
from core.web.routes import Pages

pages = Pages("attachments", __name__)
ACCEPT = ".pdf,.png,.jpg,.jpeg,.gif,.webp,.txt,.csv,.docx,.xlsx,.pptx,.odt,.ods,.odp,.mp3,.wav"


@pages.page("/customers/<uuid:customer_id>/attachments/new", permission=policy.ADD)
def new(customer_id: UUID) -> ResponseReturnValue:
    service.HOLDERS["customer"](db.session(), customer_id)
    return _page(customer_id=customer_id)


@pages.page("/customers/<uuid:customer_id>/attachments/new", permission=policy.ADD, methods=["POST"])
def create(customer_id: UUID) -> ResponseReturnValue:
    return _attach(customer_id=customer_id)


@pages.page("/cases/<uuid:case_id>/attachments/new", permission=policy.ADD)
def new_on_case(case_id: UUID) -> ResponseReturnValue:
    service.HOLDERS["case"](db.session(), case_id)
    return _page(case_id=case_id)


@pages.page("/cases/<uuid:case_id>/attachments/new", permission=policy.ADD, methods=["POST"])
def create_on_case(case_id: UUID) -> ResponseReturnValue:
    return _attach(case_id=case_id)


@pages.page("/attachments/<uuid:attachment_id>", permission=policy.READ)
def save(attachment_id: UUID) -> ResponseReturnValue:
    """The bytes, for saving."""
    answer = download(service.found(db.session(), attachment_id=attachment_id))
    db.session.commit()
    return answer


@pages.page("/attachments/<uuid:attachment_id>/share", permission=policy.MANAGE, methods=["POST"])
def share(attachment_id: UUID) -> ResponseReturnValue:
    row = service.found(db.session(), attachment_id=attachment_id)
    shared = request.form.get("shared") == "1"
    service.change(
        db.session(), context=context(), attachment_id=attachment_id, version=row.version, changes={"shared": shared}
    )
    return _done(row, _("The provider sees it now") if shared else _("The provider does not see it any more"))


@pages.page("/attachments/<uuid:attachment_id>/remove", permission=policy.MANAGE, methods=["POST"])
def remove(attachment_id: UUID) -> ResponseReturnValue:
    row = service.found(db.session(), attachment_id=attachment_id)
    run = service.remove(db.session(), context=context(), attachment_id=attachment_id)
    return _done(row, _("The attachment was removed"), undo=url_for("undo.begin", run_id=run.id))


def _attach(**holder: UUID) -> ResponseReturnValue:
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Invalid(service.CHOOSE, field="file")
        row = service.attach(
            db.session(), context=context(), stream=sent.stream, name=sent.filename, note=request.form.get("note"),
            shared=bool(request.form.get("shared")), **holder,
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _page(errors_of(error), **holder), error.status
    return _done(row, _("Attached"))


def _done(row: Any, text: str, *, undo: str = "") -> ResponseReturnValue:
    subject = (
        ("case", row.case_id) if request.form.get("on") == "case" and row.case_id else ("customer", row.customer_id)
    )
    to = link_to(*subject) or url_for("customers.index")
    db.session.commit()
    toast(text, undo=undo)
    return redirect(to + "#attachments", code=303)


def _page(errors: dict[str, str] | None = None, **holder: UUID) -> str:
    ((key, holder_id),) = holder.items()
    subject = key.removesuffix("_id")
    controls = filled(_controls(), values=request.form, errors=errors or {})
    loose = [text for name, text in (errors or {}).items() if name not in {each.name for each in controls}]
    return render_template(
        "attachments/new.html",
        controls=controls,
        also=loose,
        on=subject,
        back=link_to(subject, holder_id),
        failed=bool(errors),
    )


def _controls() -> list[Control]:
    made = [
        control("file", _("File"), kind="file", required=True, accept=ACCEPT,
                help=_("PDF, pictures, sound, text, and office documents without macros, up to 25 MB.")),
        control("note", _("What it is"), autocomplete="off", maxlength=500, help=_("For example contract of 12 March, signed")),
    ]  # fmt: skip
    if context().party == "client":
        made.append(control("shared", _("The provider may see it"), kind="checkbox"))
    return made
