"""Tables of the gate: decisions kept so that they can be shown and replayed, findings, a tenant's settings and trials of rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, Index, TypeDecorator, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import ENGAGEMENT, Walls, lease_exists


class WhatWasSaid(TypeDecorator[Mapping[str, Mapping[str, str]]]):
    """Of every rule that was asked `{"version", "verdict"}`, and its `mode` unless that is on.

    Kept by what was said, `{"said": [{"version", "verdict", "mode", "of": "<rule> <rule> ..."}]}`: sixty rules say two or
    three different things, and as JSON objects of their own they were most of a decision's bytes. Decisions of earlier
    days have an object for each rule; both are read.
    """

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Mapping[str, str]] | None, _dialect: Any) -> Any:
        if not value:
            return value
        same: dict[int, list[str]] = {}  # one object for all of which the same was said, mostly
        for rule, said in value.items():
            same.setdefault(id(said), []).append(rule)
        by_said: dict[tuple[str, ...], list[str]] = {}
        for of in same.values():
            said = value[of[0]]
            by_said.setdefault((said["version"], said["verdict"], said.get("mode", "on")), []).extend(of)
        return {"said": [dict(zip(_SAID, (*said, " ".join(of)), strict=True)) for said, of in by_said.items()]}

    def process_result_value(self, value: Any, _dialect: Any) -> Mapping[str, Mapping[str, str]] | None:
        if not value or not isinstance(value.get("said"), list):
            return cast(Mapping[str, Mapping[str, str]] | None, value)
        return {rule: _said(each) for each in value["said"] for rule in each["of"].split(" ")}


_SAID = ("version", "verdict", "mode", "of")


def _said(kept: Mapping[str, str]) -> Mapping[str, str]:
    found = {name: kept[name] for name in ("version", "verdict")}
    return found if kept["mode"] == "on" else {**found, "mode": kept["mode"]}


class GateDecision(TenantModel):
    """A verdict is a value: a deny commits. `reasons` are `[{rule, verdict, code, text, citation, parameters}]`.

    `shadow` is what rules in shadow mode would have said besides: `{"verdict", "reasons"}`, or nothing.
    """

    __tablename__ = "gate_decision"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement",
        extra=f"customer_id IS NULL OR {lease_exists('gate_decision', 'customer_id')}",
        provider_writes=("INSERT",),
        append_only=True,
    )
    __merge__: ClassVar[Merge] = Merge(
        how="stay", reason="sealed with the key of the customer it was about, and replayed with it"
    )
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        one_of("verdict", "allow", "warn", "defer", "hold", "deny"),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_gate_decision_customer", "tenant_id", "customer_id", "decided_at"),
        Index("ix_gate_decision_time", "tenant_id", "decided_at", "id", postgresql_include=["verdict"]),
    )

    number: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    customer_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    record_id: Mapped[UUID | None]
    action: Mapped[str]
    purpose: Mapped[str | None]
    channel: Mapped[str | None]
    verdict: Mapped[str]
    until: Mapped[datetime | None]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    subject: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    rules: Mapped[Mapping[str, Mapping[str, str]]] = mapped_column(WhatWasSaid(), server_default=text("'{}'::jsonb"))
    shadow: Mapped[dict[str, Any] | None]
    decided_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    party: Mapped[str]
    participant_id: Mapped[UUID | None]
    engagement_id: Mapped[UUID | None]


class RuleSetting(TenantModel):
    """How a tenant runs one rule: `on`, in `shadow` (asked and stored, without effect) or `off`. No row means on."""

    __tablename__ = "rule_setting"
    __walls__: ClassVar[Walls] = Walls(provider="tenant", deletable=False)
    __table_args__ = (one_of("mode", "on", "shadow", "off"), UniqueConstraint("tenant_id", "rule"))

    rule: Mapped[str]
    mode: Mapped[str]
    reason: Mapped[str | None]
    approval_id: Mapped[UUID | None]
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]


class RuleTrialRow(TenantModel):
    """What a dry run of one rule would have said on one past decision. `run_id` is its bulk run."""

    __tablename__ = "rule_trial_row"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("gate_decision", "decision_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        Index("ix_rule_trial_row_run", "tenant_id", "run_id", "verdict", "decision_id"),
    )

    run_id: Mapped[UUID]
    decision_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    was: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[dict[str, Any] | None]


class Finding(TenantModel):
    """Something a person must look at: what a watching rule saw, or a contact made past the gate.

    Kept while it holds: the same `rule` on the same subject has at most one open finding.
    """

    __tablename__ = "finding"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased", extra=f"engagement_id = {ENGAGEMENT}", provider_writes=("INSERT",), deletable=False
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        one_of("state", "open", "settled"),
        one_of("severity", "low", "medium", "high"),
        UniqueConstraint("tenant_id", "number"),
        Index(
            "uq_finding_open", "tenant_id", "rule", "subject_id", unique=True, postgresql_where=text("state = 'open'")
        ),
        Index("ix_finding_recent", "tenant_id", "state", "created_at", "id"),
        Index("ix_finding_subject", "tenant_id", "subject_id"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    rule: Mapped[str]
    severity: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    engagement_id: Mapped[UUID | None]
    decision_id: Mapped[UUID | None]
    reason: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    state: Mapped[str] = mapped_column(server_default="open")
    settled_by: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    note: Mapped[str | None]
