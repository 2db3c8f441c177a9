"""Pages of notices: the bell, what one was told, how one wishes to be told, and the outbox of mails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from core.context import Context
from core.db.base import db
from core.errors import Conflict, NotFound
from core.notify import policy, queries, service
from core.notify.kinds import KINDS
from core.web.current import context
from core.web.flash import toast
from core.web.links import link_to
from core.web.routes import Pages
from core.web.sentences import sentence

pages = Pages("notify", __name__)
pages.nav(
    section="settings", key="preferences", label=_l("How I am told"), icon="bell", endpoint="notify.preferences", order=80,
)  # fmt: skip
pages.nav(
    section="settings", key="outbox", label=_l("Outbox"), icon="mail", endpoint="notify.outbox",
    permission=policy.OUTBOX, order=85,
)  # fmt: skip

MAIL_CHOICES = {"off": _l("No mail"), "now": _l("At once"), "daily": _l("Once a day, at 08:00")}
MAIL_STATES = {
    "waiting": (_l("Not sent yet"), "info"),
    "sent": (_l("Sent"), "ok"),
    "failed": (_l("Failed"), "bad"),
}


def unread(context: Context) -> int:
    return queries.unread_count(db.session(), context=context)


@pages.page("/notifications/bell", permission=None)
def bell() -> ResponseReturnValue:
    """The bell alone, asked for every minute while somebody looks."""
    return render_template("notify/bell.html")


@pages.page("/notifications", permission=None)
def index() -> ResponseReturnValue:
    chosen = request.args.get("kind") if request.args.get("kind") in KINDS else None
    every = request.args.get("show") == "all"
    page = queries.notice_page(
        db.session(), context=context(), unread=not every, kind=chosen, after=request.args.get("after")
    )
    return render_template(
        "notify/index.html", page=page, every=every, kind=chosen, kinds=KINDS, until=datetime.now(UTC),
        notices=[(row, sentence(row.message, row.values)) for row in page.rows],
    )  # fmt: skip


@pages.page("/notifications/<uuid:notification_id>", permission=None, methods=["POST"],
            while_read_only="opens one's own notice: of the suspension itself, too")  # fmt: skip
def read(notification_id: UUID) -> ResponseReturnValue:
    """Mark it as read; and go where it leads, unless only marking was asked."""
    row = service.mark_read(db.session(), context=context(), notification_id=notification_id)
    there = link_to(row.subject_type, row.subject_id) if request.form.get("go") else None
    db.session.commit()
    return redirect(there or url_for("notify.index", show=request.form.get("show") or None), code=303)


@pages.page("/notifications/read", permission=None, methods=["POST"], while_read_only="one's own notices are seen")
def read_all() -> ResponseReturnValue:
    count = service.mark_all_read(db.session(), context=context(), until=_moment(request.form.get("until", "")))
    db.session.commit()
    toast(ngettext("%(num)s notice marked as read", "%(num)s notices marked as read", count))
    return redirect(url_for("notify.index"), code=303)


@pages.page("/notifications/preferences", permission=None)
def preferences() -> ResponseReturnValue:
    return render_template(
        "notify/preferences.html",
        kinds=KINDS,
        wishes=queries.wishes(db.session(), context=context()),
        choices=MAIL_CHOICES,
        sends=_sends(),
    )


@pages.page("/notifications/preferences", permission=None, methods=["POST"])
def prefer() -> ResponseReturnValue:
    chosen = {
        key: (f"bell:{key}" in request.form, request.form.get(f"mail:{key}", kind.mail)) for key, kind in KINDS.items()
    }
    service.set_preferences(db.session(), context=context(), chosen=chosen)
    db.session.commit()
    toast(_("Saved: this is how you are told"))
    return redirect(url_for("notify.preferences"), code=303)


@pages.page("/outbox", permission=policy.OUTBOX)
def outbox() -> ResponseReturnValue:
    state = request.args.get("state") if request.args.get("state") in MAIL_STATES else None
    page = queries.mail_page(db.session(), state=state, after=request.args.get("after"))
    return render_template("notify/outbox.html", page=page, state=state, states=MAIL_STATES, sends=_sends())


@pages.page("/outbox/<uuid:mail_id>", permission=policy.OUTBOX)
def mail(mail_id: UUID) -> ResponseReturnValue:
    row = queries.mail_row(db.session(), mail_id=mail_id)
    if row is None:
        raise NotFound
    return render_template("notify/mail.html", row=row, states=MAIL_STATES, sends=_sends())


@pages.page("/outbox/<uuid:mail_id>/again", permission=policy.OUTBOX, methods=["POST"])
def again(mail_id: UUID) -> ResponseReturnValue:
    service.send_again(db.session(), context=context(), mail_id=mail_id)
    db.session.commit()
    toast(_("The mail is on its way again"))
    return redirect(url_for("notify.mail", mail_id=mail_id), code=303)


def _sends() -> bool:
    """Whether a mail server is configured."""
    config: Any = current_app.extensions["kehub"]["config"]
    return config.smtp_url is not None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Conflict from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
