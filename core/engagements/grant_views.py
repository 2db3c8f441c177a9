"""Pages of data grants: ask, one grant as both sides see it, check, approve, revoke, and the agreement made from it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from core.context import Context
from core.db.base import db
from core.engagements import dpa, grants, policy, proofs, queries, seat_queries
from core.engagements.terms import MEASURES, METHODS, POLICIES, Terms, grantable, sensitive_clear
from core.engagements.views import end_of_day
from core.errors import N_, Conflict, Denied, DomainError, Invalid, NotFound, Stale
from core.web.current import afresh, catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, form_number
from core.web.i18n import language
from core.web.routes import Pages

pages = Pages("grants", __name__)


@pages.page("/engagements/<uuid:engagement_id>/grants/new", permission=policy.REQUEST)
def new(engagement_id: UUID) -> ResponseReturnValue:
    """`?widens=` names the grant in force that is to be replaced by a wider one."""
    return _form(engagement_id, widens=_wider(request.args.get("widens")))


@pages.page("/engagements/<uuid:engagement_id>/grants", permission=policy.REQUEST, methods=["POST"])
def ask(engagement_id: UUID) -> ResponseReturnValue:
    widens = _wider(request.form.get("widens"))
    try:
        row = grants.ask(
            db.session(), context=context(), view=catalog_view(), engagement_id=engagement_id, terms=_terms(context()),
            widens=widens,
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        afresh(error)
        return _form(engagement_id, error=error, widens=widens), error.status
    db.session.commit()
    toast(_("Asked. The data protection officer checks it next"))
    return redirect(url_for("grants.show", grant_id=row.id), code=303)


@pages.page("/grants/<uuid:grant_id>", permission=policy.READ)
def show(grant_id: UUID) -> ResponseReturnValue:
    return _page(grant_id)


@pages.page("/grants/<uuid:grant_id>/check", permission=policy.CHECK, methods=["POST"])
def check(grant_id: UUID) -> ResponseReturnValue:
    form = request.form
    passed = form.get("decision") == "pass"
    try:
        grants.check(
            db.session(), context=context(), view=catalog_view(), grant_id=grant_id, passed=passed,
            note=form.get("note", ""), version=form_number("version"), sensitive=bool(form.get("sensitive")),
        )  # fmt: skip
    except (Invalid, Conflict, Stale, Denied) as error:
        return _again(grant_id, error)
    return _done(grant_id, _("Passed. Somebody else approves it") if passed else _("Refused"), ok=passed)


@pages.page("/grants/<uuid:grant_id>/approval", permission=policy.APPROVE, methods=["POST"])
def approve(grant_id: UUID) -> ResponseReturnValue:
    form = request.form
    approved = form.get("decision") == "approve"
    try:
        grants.approve(
            db.session(), context=context(), grant_id=grant_id, approved=approved, note=form.get("note", ""),
            version=form_number("version"),
        )  # fmt: skip
    except (Invalid, Conflict, Stale, Denied) as error:
        return _again(grant_id, error)
    return _done(grant_id, _("Approved") if approved else _("Refused"), ok=approved)


@pages.page("/grants/<uuid:grant_id>/revoke", permission=policy.REVOKE, methods=["POST"])
def revoke(grant_id: UUID) -> ResponseReturnValue:
    try:
        grants.revoke(db.session(), context=context(), grant_id=grant_id, reason=request.form.get("reason", ""))
    except (Invalid, Conflict, Stale) as error:
        return _again(grant_id, error)
    return _done(grant_id, _("Revoked. The provider's people see nothing under it any more"), ok=True)


@pages.page("/grants/<uuid:grant_id>/withdraw", permission=policy.REQUEST, methods=["POST"])
def withdraw(grant_id: UUID) -> ResponseReturnValue:
    try:
        grants.withdraw(db.session(), context=context(), grant_id=grant_id)
    except (Conflict, Denied) as error:
        return _again(grant_id, error)
    return _done(grant_id, _("Taken back"), ok=True)


@pages.page("/grants/<uuid:grant_id>/proof", permission=policy.READ, methods=["POST"])
def prove(grant_id: UUID) -> ResponseReturnValue:
    """The service asks for the permission of the side."""
    form = request.form
    try:
        row = proofs.prove_purge(
            db.session(), context=context(), grant_id=grant_id, note=form.get("note", ""),
            confirmed=bool(form.get("confirmed")),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _again(grant_id, error)
    db.session.commit()
    toast(_("Signed"))
    return redirect(url_for("lists.proof", proof_id=row.id), code=303)


@pages.page("/grants/<uuid:grant_id>/agreement.txt", permission=policy.READ)
def agreement(grant_id: UUID) -> ResponseReturnValue:
    row, actor = _row(grant_id), context()
    language = "en" if request.args.get("language") == "en" else "zh-CN"
    text = dpa.text(
        row, language=language, client=actor.tenant_name, provider=row.provider_name, fields=grantable(catalog_view()),
        zone=actor.zone, sites=_sites(row.engagement_id),
    )  # fmt: skip
    return Response(text, mimetype="text/plain; charset=utf-8")


def _wider(text: str | None) -> UUID | None:
    """The grant that is to be widened. Raises NotFound for what is no id."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


def _row(grant_id: UUID) -> Any:
    found = queries.grant_rows(db.session(), grant_id=grant_id)
    if not found:
        raise NotFound
    return found[0]


def _sites(engagement_id: UUID) -> dict[str, str]:
    return {str(each.id): each.name for each in seat_queries.sites(db.session(), engagement_id=engagement_id)}


def _again(grant_id: UUID, error: DomainError) -> ResponseReturnValue:
    afresh(error)
    return _page(grant_id, error=error), error.status


def _done(grant_id: UUID, said: str, *, ok: bool) -> ResponseReturnValue:
    db.session.commit()
    toast(said, tone="ok" if ok else "warn")
    return redirect(url_for("grants.show", grant_id=grant_id), code=303)


def _page(grant_id: UUID, *, error: DomainError | None = None) -> str:
    row, view, actor = _row(grant_id), catalog_view(), context()
    fields = grantable(view)
    sites = _sites(row.engagement_id)
    before = queries.grant_rows(db.session(), grant_id=row.widens_id) if row.widens_id else []
    return render_template(
        "engagements/grant.html",
        row=row,
        before=before[0] if before else None,
        fields=fields,
        named={each.key: each.label for each in fields},
        sensitive=sensitive_clear(row.fields, view),
        site_names=_(", ").join(sites.get(each, each) for each in row.site_ids),
        agreement=dpa.items(row, language=language() if language() in dpa.HEADS else "en", fields=fields,
                            zone=actor.zone, sites=sites),
        mine=actor.user_id in (row.asked_user_id, row.checked_user_id) and actor.user_id is not None,
        declared=proofs.DECLARED,
        wrong=errors_of(error) if error else {},
        typed=request.form,
    )  # fmt: skip


def _form(engagement_id: UUID, *, error: DomainError | None = None, widens: UUID | None = None) -> str:
    row = queries.engagement(db.session(), engagement_id=engagement_id)
    if row is None:
        raise NotFound
    former = _row(widens) if widens is not None else None
    today = datetime.now(ZoneInfo(context().zone)).date()
    last = min(
        today + timedelta(days=180),
        row.ends_at.date() - timedelta(days=1) if row.ends_at else today.replace(year=today.year + 1),
    )
    return render_template(
        "engagements/grant_new.html",
        row=row,
        fields=grantable(catalog_view()),
        sites=[each for each in seat_queries.sites(db.session(), engagement_id=engagement_id) if each.closed_at is None],
        purposes=grants.PURPOSES if former is None else (former.purpose,),
        former=former,
        methods=METHODS,
        measures=MEASURES,
        policies=POLICIES,
        proposal={"from": today.isoformat(), "until": last.isoformat(), "countries": context().country},
        wrong=errors_of(error) if error else {},
        typed=request.form if request.form or former is None else _as_typed(former),
    )  # fmt: skip


def _as_typed(row: Any) -> MultiDict[str, str]:
    """A grant in force as its own form would send it, to be changed."""
    zone = ZoneInfo(context().zone)
    until = (row.ends_at - timedelta(seconds=1)).astimezone(zone).date().isoformat()
    pairs = [(f"field.{key}", how) for key, how in row.fields.items()]
    pairs += [("site", each) for each in row.site_ids] + [("method", each) for each in row.methods or Terms.methods]
    pairs += [("measure", each) for each in row.measures or Terms.measures]
    pairs += [("purpose", row.purpose), ("from", datetime.now(zone).date().isoformat()), ("until", until)]
    pairs += [("budget", str(row.row_budget or "")), ("countries", ", ".join(row.countries))]
    return MultiDict([*pairs, ("skills", ", ".join(row.skills))])


def _terms(actor: Context) -> Terms:
    form = request.form
    chosen = {key[6:]: how for key, how in form.items() if key.startswith("field.") and how}
    begin = _start(form.get("from", ""), actor)
    return Terms(
        purpose=form.get("purpose", ""),
        fields=chosen,
        countries=[
            each.strip().upper() for each in form.get("countries", "").replace("，", ",").split(",") if each.strip()
        ],
        site_ids=form.getlist("site"),
        skills=[each.strip().lower() for each in form.get("skills", "").replace("，", ",").split(",") if each.strip()],
        methods=form.getlist("method"),
        measures=form.getlist("measure"),
        row_budget=_budget(form.get("budget", "")),
        starts_at=begin,
        ends_at=end_of_day(form.get("until", ""), actor),
        reason=form.get("reason", ""),
    )


def _budget(text: str) -> int | None:
    given = text.strip().replace(",", "")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 10):
        raise Invalid(N_("This is no whole number."), field="row_budget")
    return int(given)


def _start(text: str, actor: Context) -> datetime:
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        raise Invalid(N_("Give the first day as a date."), field="starts_at") from None
    return datetime.combine(day, time(), ZoneInfo(actor.zone)).astimezone(UTC)
