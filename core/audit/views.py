"""Pages of the trail: what was done and looked at, one entry with its proof, verification, and evidence packs."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.audit import jobs, packs, policy, queries, words
from core.audit.screens import Detail, Trail, filters_of
from core.db.base import db
from core.errors import Conflict, Invalid, NotFound
from core.web.current import context
from core.web.flash import toast
from core.web.links import link_to
from core.web.routes import Pages
from core.web.ui import with_args

pages = Pages("audit", __name__)
pages.nav(
    section="engagement", key="audit", label=_l("Audit trail"), icon="shield", endpoint="audit.index",
    permission=policy.READ, order=80,
)  # fmt: skip


@pages.page("/audit", permission=policy.READ)
def index() -> ResponseReturnValue:
    if "" in request.args.values():
        return redirect(with_args(**{key: None for key, value in request.args.items() if not value}))
    trail = Trail(db.session(), context(), request.args)
    return render_template(
        "audit/index.html", trail=trail, chosen=trail.chosen, checking=packs.latest_check(db.session()), kinds=words.KINDS,
        faults=words.FAULTS,
    )  # fmt: skip


@pages.page("/audit/<uuid:entry_id>", permission=policy.READ)
def show(entry_id: UUID) -> ResponseReturnValue:
    row = queries.entry(db.session(), context=context(), entry_id=entry_id)
    if row is None:
        raise NotFound
    return render_template("audit/show.html", detail=Detail(db.session(), context(), row), link_to=link_to)


@pages.page("/audit/verify", permission=policy.EXPORT, methods=["POST"])
def verify() -> ResponseReturnValue:
    try:
        jobs.begin_check(db.session(), context=context())
        db.session.commit()
    except Conflict as error:
        db.session.rollback()
        toast(_(error.message), tone="warn")
    return redirect(url_for("audit.index"), code=303)


@pages.page("/audit/verification", permission=policy.READ)
def verification() -> ResponseReturnValue:
    """The card of the chain's state, which draws itself anew while a verification runs. A provider has none."""
    trail = Trail(db.session(), context(), request.args)
    if trail.chain is None:
        raise NotFound
    checking = packs.latest_check(db.session())
    return render_template("audit/_chain.html", trail=trail, checking=checking, faults=words.FAULTS)


@pages.page("/audit/packs", permission=policy.EXPORT)
def pack_list() -> ResponseReturnValue:
    return render_template("audit/packs.html", packs=packs.recent(db.session()), asked_words=words.ASKED)


@pages.page("/audit/packs", permission=policy.EXPORT, methods=["POST"])
def make_pack() -> ResponseReturnValue:
    asked = filters_of(db.session(), request.form, context()).stored()
    try:
        jobs.begin_pack(db.session(), context=context(), asked=asked, note=request.form.get("note", "")[:200])
    except Invalid as error:
        db.session.rollback()
        toast(_(error.message, **error.params), tone="bad")
        return redirect(f"{url_for('audit.index')}?{urlencode(request.form)}", code=303)
    db.session.commit()
    return redirect(url_for("audit.pack_list"), code=303)


@pages.page("/audit/packs/<uuid:run_id>/file", permission=policy.EXPORT)
def pack_file(run_id: UUID) -> ResponseReturnValue:
    file = packs.opened(db.session(), context=context(), run_id=run_id)
    answer = send_file(file.path, mimetype="application/zip", as_attachment=True, download_name=file.name)
    db.session.commit()
    return answer
