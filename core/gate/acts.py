"""The gate before an act of a case or a record: the act is described, asked about, and refused with its evidence.

    decision = decide_act(session, context=..., view=..., act=Act(action="case_step", on="funeral.burial", step="close", ...))
    refuse(decision)

1. Where no rule is on the act, nothing is asked: `decide_act` answers None without a statement.
2. Otherwise the decision is stored, and `refuse` raises GateRefused unless it allows. The edge rolls the act back, then
   keeps the decision in a transaction of its own (`core.errors.keep_evidence`). Whoever refuses one of many acts inside
   a savepoint calls `error.evidence(session)` after rolling back to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.errors import N_, Conflict
from core.gate import findings
from core.gate.act_facts import gather_act
from core.gate.act_subject import PARTS, ActSubject, kept, make
from core.gate.act_verdicts import evaluate_act
from core.gate.answers import ALLOWING, Outcome
from core.gate.models import Finding, GateDecision
from core.gate.prepared import Prepared, Ready, prepared
from core.gate.storing import store, values_of
from core.plugin.catalog import CatalogView
from core.web.i18n import Spoken

ActKind = Literal["case_step", "record_change", "record_watch"]


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody is about to do. `on` is the qualified workflow or record type, `step` None on opening or creation.

    `case`: `{"id", "state", "target", "severity", "attributes"}`.
    `record`: `{"id", "type", "state", "attributes", "amount_minor", "currency", "occurred_at", "ends_at", "parents"}`;
    its parents have the same shape, the nearest first. `before` is the record as it was: `{"state", "attributes"}`.
    `readings` by counter: `{"value", "read_at", "status"}`, the newest first, at most 20. `children` by bare type:
    `{"state", "attributes", "occurred_at", "ends_at"}`, at most 200.
    `approved`: the holds a second person has lifted: `{"approval_id", "rules": [qualified keys]}`; they only warn.
    """

    action: ActKind
    on: str
    step: str | None = None
    customer_id: UUID | None = None
    case: Mapping[str, Any] | None = None
    record: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    readings: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    children: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    approved: Mapping[str, Any] | None = None


def decide_act(
    session: Session, *, context: Context, view: CatalogView, act: Act, at: datetime | None = None
) -> GateDecision | None:
    """The stored decision on an act. None where no rule is on it, which costs no statement.

    Raises NotFound for a customer that is absent or not leased.
    """
    ready = prepared(view)
    rules = ready.on_act(act.action, on=act.on, step=act.step)
    if not rules:
        return None
    moment = at.astimezone(UTC) if at is not None else datetime.now(UTC)
    subject, data_key = _subject(session, context=context, ready=ready, rules=rules, act=act, at=moment)
    outcome = evaluate_act(subject, view=view, rules=rules)
    return _store(session, context=context, view=view, act=act, outcome=outcome, subject=subject, data_key=data_key)


def _subject(
    session: Session, *, context: Context, ready: Prepared, rules: Sequence[Ready], act: Act, at: datetime
) -> tuple[ActSubject, bytes | None]:
    facts = gather_act(
        session,
        context=context,
        ready=ready,
        rules=rules,
        customer_id=act.customer_id,
        besides={"record": _id(act.record), "case": _id(act.case)},
        at=at,
    )
    parts = {name: getattr(act, name, None) for name in PARTS}
    parts |= {"customer": facts.customer, "attributes": facts.attributes, "consents": facts.consents}
    subject = make(parts, counts=facts.counts, at=at, zone=facts.zone, place=context.country)
    return subject, facts.data_key


def _store(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    act: Act,
    outcome: Outcome,
    subject: ActSubject,
    data_key: bytes | None,
) -> GateDecision:
    stored = kept(subject, view=view, tenant_id=context.tenant_id, data_key=data_key)
    values = values_of(
        outcome, context=context, action=act.action, subject=stored, at=subject.at, valid_until=subject.at
    )
    about = {"customer_id": act.customer_id, "case_id": _id(act.case), "record_id": _id(act.record)}
    decision = store(session, context=context, values={**values, **about})
    _ASKED_BY[decision] = context
    return decision


def watch(session: Session, *, context: Context, view: CatalogView, act: Act) -> Sequence[Finding]:
    """Ask the watching rules after a record changed or one of its clocks fired: their findings that are open now.

    A rule that holds opens a finding, or keeps the one that is open; one that does not hold settles its own. In a
    provider's session nothing is settled: the finding is the client's, and its next watch does it.
    """
    ready = prepared(view)
    rules = ready.on_act("record_watch", on=act.on, step=act.step)
    record_id = _id(act.record)
    if not rules or record_id is None:
        return ()
    act, now = replace(act, action="record_watch"), datetime.now(UTC)
    subject, data_key = _subject(session, context=context, ready=ready, rules=rules, act=act, at=now)
    outcome = evaluate_act(subject, view=view, rules=rules)
    about = findings.About(subject=("record", record_id), customer_id=act.customer_id, case_id=_id(act.case))

    def evidence() -> UUID:
        return _store(
            session, context=context, view=view, act=act, outcome=outcome, subject=subject, data_key=data_key
        ).id

    active = {each.key: each.rule for each in rules if each.mode == "on"}
    return findings.follow(
        session, context=context, rules=active, answers=outcome.findings, about=about, evidence=evidence
    )


def _id(part: Mapping[str, Any] | None) -> UUID | None:
    found = part.get("id") if part else None
    return UUID(str(found)) if found is not None else None


class GateRefused(Conflict):
    """The gate stops an act: it holds or defers it. `evidence` stores the decision once the act has been rolled back."""

    code = "gate_refused"

    def __init__(self, decision: GateDecision, context: Context) -> None:
        first = decision.reasons[0]
        super().__init__(_WORDS[decision.verdict], reason=Spoken(first["text"]), citation=first["citation"])
        self.verdict = decision.verdict
        self.until = decision.until
        self.reasons = list(decision.reasons)
        self.decision_id = decision.id
        self.evidence = _Evidence(context, decision)

    @property
    def approvable(self) -> list[str]:
        """The rules whose hold a second person may lift; none where something stricter stands, or a rule cannot be asked."""
        if self.verdict != "hold" or any(each["code"] in FAULTS for each in self.reasons):
            return []
        return [each["rule"] for each in self.reasons if each["verdict"] == "hold"]


class GateDenied(GateRefused):
    """The gate stops an act for good."""

    code = "gate_denied"
    status = 403


FAULTS = frozenset({"core.rule_failed", "core.parameter_missing"})
_WORDS = {
    "deny": N_("This is not allowed: %(reason)s"),
    "hold": N_("This is held until somebody has looked at it: %(reason)s"),
    "defer": N_("This is not possible yet: %(reason)s"),
}


class _Evidence:
    """The decision's columns, since its row goes with the act. Numbered anew: the number went back as well."""

    def __init__(self, context: Context, decision: GateDecision) -> None:
        self._context = context
        columns = (each.key for each in inspect(GateDecision).column_attrs)
        self._values = {name: getattr(decision, name) for name in columns if name not in _STAMPED}

    def __call__(self, session: Session) -> None:
        if "scope" not in session.info:  # a run of many acts goes on in its own, after a savepoint
            scope.enter(session, self._context)
        store(session, context=self._context, values=self._values)


_STAMPED = frozenset({"number", "tenant_id", "created_at", "created_by", "updated_at", "version"})


def refuse(decision: GateDecision | None) -> None:
    """Raises GateDenied or GateRefused where the decision, just made by `decide_act`, does not allow the act."""
    if decision is not None and decision.verdict not in ALLOWING:
        raise (GateDenied if decision.verdict == "deny" else GateRefused)(decision, _ASKED_BY[decision])


def asked_by(decision: GateDecision, context: Context) -> None:
    """Note who asked for a decision that was made elsewhere, so that `refuse` can keep its evidence."""
    _ASKED_BY[decision] = context


_ASKED_BY: WeakKeyDictionary[GateDecision, Context] = WeakKeyDictionary()
"""Who asked for a decision, as long as its row is in somebody's hands: its evidence is stored in their name."""
