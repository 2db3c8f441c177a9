"""A dry run: what one rule would have said on the decisions of a past period, also a rule that is off or with other numbers.

1. `start_trial` begins a run (`core.jobs`); its slices read stored decisions in order of their numbers.
2. The rule is asked on the facts that each decision kept. What it would not have let pass is a row; `was` is what the gate
   said then, so that a page tells what is new.
3. A decision that did not keep a fact the rule looks for proves nothing: it is counted as `unknown`, with the fact's name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, FieldError, Invalid, NotFound
from core.gate import act_subject, exports
from core.gate import subject as subjects
from core.gate.act_facts import needs_customer
from core.gate.answers import ALLOWING, Answer, answer_of
from core.gate.models import GateDecision, RuleTrialRow
from core.gate.prepared import Places, Prepared, Ready, concerns, qualified
from core.gate.storing import opened
from core.gate.subject import CORE_TYPES
from core.identity.reach import refuse_narrowed
from core.jobs import service as runs
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.plugin import Parameter
from core.plugin.catalog import CatalogView
from core.tenants.queries import filled_context

KIND = "rule.trial"
BATCH = 200
LONGEST = timedelta(days=400)
COUNTED = ("asked", "elsewhere", "unknown", "silent", "allow", "warn", "defer", "hold", "deny", "stopped")
"""Asked of this action; of another purpose, channel, workflow or type; without a fact; did not apply; by verdict; newly stopped."""

ViewOf = Callable[[Session, Context], CatalogView]
KeySource = Callable[[Session, Sequence[UUID]], Mapping[UUID, bytes | None]]
KEYS: list[KeySource] = []
"""The source of customers' data keys, set at boot: it opens the personal facts that decisions keep sealed."""

_READ = (
    GateDecision.tenant_id, GateDecision.id, GateDecision.number, GateDecision.action, GateDecision.customer_id,
    GateDecision.verdict, GateDecision.subject, GateDecision.decided_at,
)  # fmt: skip


class Tried(Prepared):
    """A view's rules with other values for some parameters, whatever the place and day."""

    def __init__(self, view: CatalogView, values: Mapping[str, Any]) -> None:
        super().__init__(view)
        self._values = values

    def number(self, key: str, *, places: Places, on: date) -> Parameter | None:
        found = super().number(key, places=places, on=on)
        if found is None or key not in self._values:
            return found
        return replace(found, value=self._values[key], set_by_tenant=True)


def start_trial(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    rule: str,
    since: date,
    until: date,
    parameters: Mapping[str, str] | None = None,
) -> BulkRun:
    """A run that has begun. `parameters` are other values by bare key, as people write them.

    Raises NotFound and Invalid, and Denied for who does not reach all rows: a trial counts decisions about everybody.
    """
    refuse_narrowed(session)
    declared = view.all_rules().get(rule)
    if declared is None:
        raise NotFound
    zone = ZoneInfo(context.zone)
    begin, end = (
        datetime.combine(day, time_of_day(), zone).astimezone(UTC) for day in (since, until + timedelta(days=1))
    )
    if not begin < end <= begin + LONGEST:
        raise Invalid(N_("Choose a period that begins before it ends, of 400 days at most."), field="until")
    values = _values(view, rule, declared.parameters, parameters or {})
    settings = {
        "rule": rule, "since": begin.isoformat(), "until": end.isoformat(), "days": [since.isoformat(), until.isoformat()],
        "parameters": values, "version": view.verticals[rule.partition(".")[0]].version,
    }  # fmt: skip
    total = session.scalar(select(func.count()).select_from(GateDecision).where(*_period(declared.action, begin, end)))
    run = runs.create_run(session, kind=KIND, settings=settings, total=total or 0)
    run.counts = {"done": 0, **dict.fromkeys(COUNTED, 0), "missing": {}}
    details = {"rule": rule, "decisions": total or 0}
    audit.append(session, context=context, action="rule.tried", subject=("bulk_run", run.id), details=details)
    set_going(session, context=context, run=run)
    return run


def _period(action: str, begin: datetime, end: datetime) -> list[ColumnElement[bool]]:
    return [GateDecision.action == action, GateDecision.decided_at >= begin, GateDecision.decided_at < end]


def _values(view: CatalogView, rule: str, names: Sequence[str], given: Mapping[str, str]) -> dict[str, Any]:
    """Other values in the form JSON keeps. Raises Invalid."""
    owner = rule.partition(".")[0]
    found: dict[str, Any] = {}
    errors = []
    for name in names:
        written = str(given.get(name, "")).strip()
        model = next((row for row in view.parameters[owner].rows if row.key == name), None)
        if not written or model is None:
            continue
        try:
            found[name] = str(read_value(written, model))
        except (ValueError, InvalidOperation):
            errors.append(FieldError(field=name, code="value", message=N_("This is not a value of this parameter.")))
    if errors:
        raise Invalid(errors=errors)
    return found


def read_value(written: str, model: Parameter) -> Any:
    """A value as written, in the type of the parameter. Raises ValueError or InvalidOperation."""
    if isinstance(model.value, bool):
        return {"true": True, "false": False}[written.lower()] if written.lower() in ("true", "false") else _no(written)
    if isinstance(model.value, int):
        return int(written)
    if isinstance(model.value, Decimal):
        number = Decimal(written)
        return number if number.is_finite() else _no(written)
    if model.unit == "local_time":
        time_of_day.fromisoformat(written)
    return written


def _no(written: str) -> Any:
    raise ValueError(written)


class Trial:
    """A slice of a dry run. `view_of` gives the tenant's view of the catalog."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        filled = filled_context(session, context=context)
        view = self._view_of(session, filled)
        asked = run.settings
        if asked["rule"] not in view.all_rules():
            raise NotFound
        tried = _tried(view, asked)
        rule = tried.rule(asked["rule"]).in_mode("on")
        begin, end = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
        counts = {**run.counts, "missing": dict(run.counts["missing"])}
        more = True
        while more and time.monotonic() < until:
            rows = session.execute(
                select(*_READ)
                .where(GateDecision.number > run.cursor, *_period(rule.rule.action, begin, end))
                .order_by(GateDecision.number)
                .limit(BATCH)
            ).all()
            _ask(session, run, rows, tried, rule, counts)
            run.cursor = rows[-1].number if rows else run.cursor
            more = len(rows) == BATCH
        run.counts = counts
        return more


def _tried(view: CatalogView, asked: Mapping[str, Any]) -> Tried:
    owner = asked["rule"].partition(".")[0]
    rows = {row.key: row for row in view.parameters[owner].rows}
    given = asked["parameters"].items()
    return Tried(view, {f"{owner}.{name}": read_value(value, rows[name]) for name, value in given if name in rows})


def _ask(
    session: Session, run: BulkRun, rows: Sequence[Row[Any]], tried: Tried, rule: Ready, counts: dict[str, Any]
) -> None:
    sealed = [row.customer_id for row in rows if row.customer_id is not None and row.subject.get("sealed")]
    held = KEYS[0](session, sealed) if sealed and KEYS else {}
    for row in rows:
        counts["done"] += 1
        answer, missing = _answer(row, tried, rule, held.get(row.customer_id))
        if missing is not None and not missing:
            counts["elsewhere"] += 1
            continue
        counts["asked"] += 1
        if missing:
            counts["unknown"] += 1
            for name in missing:
                counts["missing"][name] = counts["missing"].get(name, 0) + 1
        elif answer is None:
            counts["silent"] += 1
        else:
            _count(session, run, row, answer, counts)


def _count(session: Session, run: BulkRun, row: Row[Any], answer: Answer, counts: dict[str, Any]) -> None:
    counts[answer.verdict] += 1
    if answer.verdict == "allow":
        return
    counts["stopped"] += row.verdict in ALLOWING and answer.verdict not in ALLOWING
    session.add(
        RuleTrialRow(
            run_id=run.id,
            decision_id=row.id,
            customer_id=row.customer_id,
            was=row.verdict,
            verdict=answer.verdict,
            reason=answer.stored(),
        )
    )


def _answer(row: Row[Any], tried: Tried, rule: Ready, data_key: bytes | None) -> tuple[Answer | None, list[str] | None]:
    """The rule's answer; the facts it looked for in vain, or an empty list where it is not asked about such an act."""
    kept = row.subject
    if row.action == exports.ACTION:  # whatever the rule says of one customer
        return exports.unaskable(rule.key), None
    personal = opened(kept, tenant_id=row.tenant_id, data_key=data_key)
    if row.action in act_subject.ACTIONS:
        if not concerns(rule, on=kept["on"], step=kept["step"]):
            return None, []
        act = act_subject.from_kept(kept, personal=personal)
        answer = answer_of(rule, act, numbers=tried.numbers(act.places, act.values["local_date"]))
        looked = {f"{holder} {name}" for holder, name in act.read}
        lacking = [*_lacking(looked, kept, opened=bool(personal)), *_not_loaded(rule, row, kept)]
        return answer, lacking or None
    purposes, channels = rule.rule.purposes, rule.rule.channels
    if (purposes and kept["purpose"] not in purposes) or (channels and kept["channel"] not in channels):
        return None, []
    contact = subjects.from_kept(kept, personal=personal)
    places = (contact.values["customer"]["country"], kept["place"])
    on = contact.at.astimezone(contact.zone).date()
    answer = answer_of(rule, contact, numbers=tried.numbers(places, on))
    return answer, _lacking(contact.read - CORE_TYPES.keys(), kept, opened=bool(personal)) or None


def _lacking(looked: set[str], kept: Mapping[str, Any], *, opened: bool) -> list[str]:
    """Attributes that the rule looked for and nobody had looked at then, or that are sealed for good."""
    known = set(kept.get("read", ()))
    if kept.get("sealed") and not opened:
        known &= set(kept["attributes"])
    return sorted(looked - known)


def _not_loaded(rule: Ready, row: Row[Any], kept: Mapping[str, Any]) -> list[str]:
    """Facts that no rule on the act needed then, so that nobody loaded them."""
    found = []
    if row.customer_id is not None and kept["customer"] is None and needs_customer(rule):
        found.append("customer")
    have = kept["counts"].get(rule.owner, {})
    found += [f"counts.{each.key}" for each in rule.rule.counts if each.key not in have]
    bare = {qualified(rule.owner, each) for each in kept["children"]}
    found += [f"children.{each}" for each in rule.rule.children if qualified(rule.owner, each) not in bare]
    return found
