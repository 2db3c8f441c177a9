"""Read findings, rules with how often they spoke, and dry runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, literal, select, true
from sqlalchemy.orm import Session

from core.context import Context
from core.db.keyset import Page, newest_first
from core.engagements.queries import leased
from core.gate import rules as core_rules
from core.gate.models import Finding, GateDecision, RuleTrialRow
from core.gate.prepared import Places, prepared
from core.gate.trials import KIND
from core.identity.models import Participant
from core.jobs.models import BulkRun
from core.plugin import Label, Parameter, Rule
from core.plugin.catalog import CatalogView

LATELY = timedelta(days=30)
NEWEST = 20_000
"""How many of the latest decisions are looked through to count how often rules spoke."""
COUNT_LIMIT = 99

_FINDING = (
    Finding.id, Finding.number, Finding.rule, Finding.severity, Finding.subject_type, Finding.subject_id,
    Finding.customer_id, Finding.case_id, Finding.engagement_id, Finding.decision_id, Finding.reason, Finding.state,
    Finding.settled_at, Finding.note, Finding.created_at, Finding.version,
)  # fmt: skip


def finding_page(
    session: Session,
    *,
    context: Context,
    state: str | None = "open",
    severity: str | None = None,
    rule: str | None = None,
    customer_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """Findings, the newest first. A provider sees its own engagement's, of customers leased to it.

    Raises Invalid for a cursor that is none.
    """
    wanted = select(*_FINDING)
    if context.party == "provider":
        wanted = wanted.where(Finding.engagement_id == context.engagement_id, leased(Finding.customer_id, context))
    given = {Finding.state: state, Finding.severity: severity, Finding.rule: rule, Finding.customer_id: customer_id}
    wanted = wanted.where(*(column == value for column, value in given.items() if value))
    return newest_first(session, wanted, moment=Finding.created_at, key=Finding.id, after=after, limit=limit)


def finding_row(session: Session, *, context: Context, finding_id: UUID) -> Row[Any] | None:
    """One finding, with who settled it; None if absent or not to be seen."""
    wanted = (
        select(*_FINDING, Participant.shown_name.label("settled_by_name"))
        .outerjoin(Participant, Participant.id == Finding.settled_by)
        .where(Finding.id == finding_id)
    )
    if context.party == "provider":
        wanted = wanted.where(Finding.engagement_id == context.engagement_id, leased(Finding.customer_id, context))
    return session.execute(wanted).one_or_none()


def open_count(session: Session, *, context: Context) -> int:
    """Open findings, counted up to COUNT_LIMIT: for the navigation."""
    found = select(literal(1)).select_from(Finding).where(Finding.state == "open")
    if context.party == "provider":
        found = found.where(Finding.engagement_id == context.engagement_id)
    return session.scalar(select(func.count()).select_from(found.limit(COUNT_LIMIT).subquery())) or 0


def rules_found(session: Session) -> Sequence[str]:
    """The rules that ever found something, for the filter."""
    return session.scalars(select(Finding.rule).distinct().order_by(Finding.rule)).all()


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """A rule as the list shows it. `spoke` counts what it said besides allow in 30 days; `shadow` without effect."""

    key: str
    label: Label
    action: str
    mode: str
    mandatory: bool
    citation: str
    severity: str | None
    parameters: Sequence[Parameter | str]
    spoke: int = 0
    shadow: int = 0


def rule_rows(session: Session, *, context: Context, view: CatalogView, on: date) -> Mapping[str, list[RuleRow]]:
    """Rules by vertical in the order of declaration, the core's own first."""
    spoke, shadow = spoken(session), spoken(session, shadow=True)
    places = (context.country, context.country)
    found = {
        "core": [
            RuleRow(
                key=key, label=label, action="outbound_contact", mode="on", mandatory=True, severity=None,
                citation=_CORE_CITATIONS.get(key, ""), parameters=(), spoke=spoke.get(key, 0),
            )
            for key, label in core_rules.LABELS.items()
        ]
    }  # fmt: skip
    for key, rule in view.all_rules().items():
        row = _rule_row(key, rule, view=view, places=places, on=on, spoke=spoke, shadow=shadow)
        found.setdefault(key.partition(".")[0], []).append(row)
    return found


_CORE_CITATIONS = {rule.key: rule.citation for rule in core_rules.CORE_RULES}


def _rule_row(
    key: str,
    rule: Rule,
    *,
    view: CatalogView,
    places: Places,
    on: date,
    spoke: Mapping[str, int],
    shadow: Mapping[str, int],
) -> RuleRow:
    ready, owner = prepared(view), key.partition(".")[0]
    return RuleRow(
        key=key,
        label=rule.label,
        action=rule.action,
        mode=view.rule_mode(key),
        mandatory=rule.mandatory,
        citation=rule.citation,
        severity=rule.severity,
        parameters=[ready.number(f"{owner}.{name}", places=places, on=on) or name for name in rule.parameters],
        spoke=spoke.get(key, 0),
        shadow=shadow.get(key, 0),
    )


def spoken(session: Session, *, shadow: bool = False) -> dict[str, int]:
    """How often each rule said something stricter than allow, in the latest decisions of 30 days."""
    said = GateDecision.shadow["reasons"] if shadow else GateDecision.reasons
    recent = select(said.label("reasons")).where(GateDecision.decided_at > datetime.now(UTC) - LATELY)
    if shadow:
        recent = recent.where(GateDecision.shadow.is_not(None))
    latest = recent.order_by(GateDecision.decided_at.desc(), GateDecision.id.desc()).limit(NEWEST).subquery()
    each = func.jsonb_array_elements(latest.c.reasons).table_valued("value", name="reason").render_derived()
    rule, verdict = each.c.value.op("->>")("rule"), each.c.value.op("->>")("verdict")
    rows = session.execute(
        select(rule.label("rule"), func.count().label("times"))
        .select_from(latest)
        .join(each, true())
        .where(verdict != "allow")
        .group_by(rule)
    )
    return {row.rule: row.times for row in rows}


def trial_runs(session: Session, *, rule: str, limit: int = 10) -> Sequence[BulkRun]:
    """The latest dry runs of a rule."""
    return session.scalars(
        select(BulkRun)
        .where(BulkRun.kind == KIND, BulkRun.settings["rule"].astext == rule)
        .order_by(BulkRun.created_at.desc())
        .limit(limit)
    ).all()


def trial_run(session: Session, *, run_id: UUID) -> BulkRun | None:
    return session.scalar(select(BulkRun).where(BulkRun.kind == KIND, BulkRun.id == run_id))


def trial_page(
    session: Session, *, run_id: UUID, verdict: str | None = None, after: str | None = None, limit: int = 50
) -> Page:
    """What the rule would have said, the newest decision first. Raises Invalid for a cursor that is none."""
    wanted = (
        select(
            RuleTrialRow.verdict, RuleTrialRow.was, RuleTrialRow.reason, RuleTrialRow.customer_id,
            GateDecision.id, GateDecision.number, GateDecision.decided_at, GateDecision.purpose, GateDecision.channel,
            GateDecision.case_id, GateDecision.record_id,
        )
        .join(GateDecision, GateDecision.id == RuleTrialRow.decision_id)
        .where(RuleTrialRow.run_id == run_id)
    )  # fmt: skip
    if verdict:
        wanted = wanted.where(RuleTrialRow.verdict == verdict)
    return newest_first(session, wanted, moment=GateDecision.decided_at, key=GateDecision.id, after=after, limit=limit)
