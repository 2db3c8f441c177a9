"""Pages of the gate: findings with what was done about them, rules with their modes, and dry runs on history."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.approvals import service as approvals
from core.context import Context
from core.db.base import db
from core.errors import Conflict, Denied, DomainError, Invalid, NotFound, Stale
from core.gate import findings, labels, modes, policy, queries, screens, trials
from core.web.current import catalog_view, context
from core.web.errors import is_partial
from core.web.flash import toast
from core.web.forms import Control, errors_of, filled
from core.web.links import link_to
from core.web.routes import Pages


def unsettled(context: Context) -> int:
    return queries.open_count(db.session(), context=context)


pages = Pages("gate", __name__)
pages.nav(
    section="work", key="findings", label=_l("Findings"), icon="alert", endpoint="gate.index",
    permission=policy.FINDING_READ, count=unsettled, order=45,
)  # fmt: skip
pages.nav(
    section="settings", key="rules", label=_l("Rules"), icon="law", endpoint="gate.rules",
    permission=policy.RULE_READ, order=72,
)  # fmt: skip


@pages.page("/findings", permission=policy.FINDING_READ)
def index() -> ResponseReturnValue:
    chosen = screens.chosen(request.args)
    page = queries.finding_page(
        db.session(), context=context(), state=None if chosen["state"] == "all" else chosen["state"],
        severity=chosen["severity"], rule=chosen["rule"], after=request.args.get("after"),
    )  # fmt: skip
    view = catalog_view()
    rules = {key: screens.rule_label(key, view) for key in queries.rules_found(db.session())}
    shown = [screens.ShownFinding(row, view) for row in page.rows]
    return render_template("gate/findings.html", page=page, findings=shown, chosen=chosen, rules=rules, labels=labels)


@pages.page("/findings/<uuid:finding_id>", permission=policy.FINDING_READ)
def finding(finding_id: UUID) -> ResponseReturnValue:
    return _finding(finding_id, [screens.note_control()])


@pages.page("/findings/<uuid:finding_id>/settle", permission=policy.FINDING_SETTLE, methods=["POST"])
def settle(finding_id: UUID) -> ResponseReturnValue:
    version, note = request.form.get("version", 0, type=int), request.form.get("note", "")
    try:
        findings.settle(db.session(), context=context(), finding_id=finding_id, version=version, note=note)
    except (Invalid, Stale, Conflict) as error:
        db.session.expire_all()
        controls = filled([screens.note_control()], values=request.form, errors=errors_of(error))
        return _finding(finding_id, controls, failed=error), error.status
    db.session.commit()
    toast(_("The finding is settled"), tone="ok")
    return redirect(url_for("gate.finding", finding_id=finding_id), code=303)


def _finding(finding_id: UUID, controls: list[Control], failed: DomainError | None = None) -> str:
    row = queries.finding_row(db.session(), context=context(), finding_id=finding_id)
    if row is None:
        raise NotFound
    shown = screens.ShownFinding(row, catalog_view())
    customer = link_to("customer", row.customer_id)
    return render_template(
        "gate/finding.html",
        shown=shown,
        row=row,
        controls=controls,
        failed=failed,
        customer_href=customer,
        labels=labels,
    )


@pages.page("/rules", permission=policy.RULE_READ)
def rules() -> ResponseReturnValue:
    view = catalog_view()
    found = queries.rule_rows(db.session(), context=context(), view=view, on=_today())
    return render_template("gate/rules.html", groups=screens.grouped(found, view), labels=labels, amount=screens.amount)


@pages.page("/rules/<key>", permission=policy.RULE_READ)
def rule(key: str) -> ResponseReturnValue:
    return _rule(key)


@pages.page("/rules/<key>/mode", permission=policy.RULE_MANAGE, methods=["POST"])
def ask_mode(key: str) -> ResponseReturnValue:
    try:
        with db.session.begin_nested():
            asked = modes.request_rule_mode(
                db.session(), context=context(), view=catalog_view(), rule=key, mode=request.form.get("mode", ""),
                reason=request.form.get("reason", ""),
            )  # fmt: skip
    except (Invalid, Conflict, Denied) as error:
        return _rule(key, mode_error=error), error.status
    where = url_for("approvals.show", approval_id=asked.id)
    db.session.commit()
    toast(_("A second person is asked for approval"))
    return redirect(where, code=303)


@pages.page("/rules/<key>/trials", permission=policy.RULE_MANAGE, methods=["POST"])
def start_trial(key: str) -> ResponseReturnValue:
    form = request.form
    try:
        with db.session.begin_nested():
            run = trials.start_trial(
                db.session(), context=context(), view=catalog_view(), rule=key, since=screens.day(form, "since"),
                until=screens.day(form, "until"), parameters=screens.numbers(form),
            )  # fmt: skip
    except Invalid as error:
        return _rule(key, trial_error=error), error.status
    where = url_for("gate.trial", key=key, run_id=run.id)
    db.session.commit()
    return redirect(where, code=303)


@pages.page("/rules/<key>/trials/<uuid:run_id>", permission=policy.RULE_READ)
def trial(key: str, run_id: UUID) -> ResponseReturnValue:
    run = queries.trial_run(db.session(), run_id=run_id)
    declared = catalog_view().all_rules().get(key)
    if run is None or declared is None or run.settings["rule"] != key:
        raise NotFound
    verdict = request.args.get("verdict")
    page = queries.trial_page(db.session(), run_id=run_id, verdict=verdict, after=request.args.get("after"))
    template = "gate/_trial.html" if is_partial() else "gate/trial.html"
    return render_template(
        template, run=run, rule=declared, key=key, page=page, verdict=verdict, link_to=link_to, labels=labels
    )


def _rule(key: str, *, mode_error: DomainError | None = None, trial_error: Invalid | None = None) -> str:
    """The page of one rule, with what was wrong in either form."""
    view = catalog_view()
    found = queries.rule_rows(db.session(), context=context(), view=view, on=_today())
    row = next((each for rows in found.values() for each in rows if each.key == key), None)
    if row is None or key not in view.all_rules():
        raise NotFound
    asked: Any = approvals.open_for(db.session(), ("rule", modes.rule_id(key)), kind=modes.KIND)
    return render_template(
        "gate/rule.html",
        row=row,
        amount=screens.amount,
        rule=view.all_rules()[key],
        vertical=view.verticals[key.partition(".")[0]],
        asked=asked,
        mode_controls=screens.mode_controls(row, request.form, mode_error),
        trial_controls=screens.trial_controls(row, _today(), request.form, trial_error),
        mode_error=mode_error,
        trial_error=trial_error,
        runs=queries.trial_runs(db.session(), rule=key),
        labels=labels,
    )


def _today() -> date:
    return datetime.now(ZoneInfo(context().zone)).date()
