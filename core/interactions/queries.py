"""Read interactions and the gate's decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, literal, or_, select, true, tuple_
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.models import Customer
from core.db.keyset import Page, cursor, newest_first, read_cursor
from core.engagements.models import Engagement
from core.engagements.queries import leased
from core.gate.facts import PURPOSES
from core.gate.models import GateDecision
from core.gate.service import VALID_FOR
from core.identity.models import Participant
from core.interactions.models import Interaction

LIMIT = 200


_DECISION = (
    GateDecision.id, GateDecision.number, GateDecision.customer_id, GateDecision.purpose, GateDecision.channel,
    GateDecision.verdict, GateDecision.until, GateDecision.reasons, GateDecision.rules, GateDecision.decided_at,
    GateDecision.valid_until, GateDecision.party, GateDecision.participant_id,
)  # fmt: skip


def decision_page(
    session: Session,
    *,
    context: Context,
    verdict: str | None = None,
    purpose: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """The gate's decisions on contacts, the newest first, with the customer's number and name and who asked.

    A provider sees those of its own engagement on customers leased to it. Raises Invalid for a cursor that is none.
    """
    limit = max(1, min(limit, LIMIT))
    wanted = (
        select(
            *_DECISION, Customer.number.label("customer_number"), Customer.name.label("customer_name"),
            Participant.shown_name,
        )
        .join(Customer, Customer.id == GateDecision.customer_id)
        .outerjoin(Participant, Participant.id == GateDecision.participant_id)
        .where(GateDecision.action == "outbound_contact", leased(GateDecision.customer_id, context))
    )  # fmt: skip
    if verdict:
        wanted = wanted.where(GateDecision.verdict == verdict)
    if purpose:
        wanted = wanted.where(GateDecision.purpose == purpose)
    if after:
        moment, row_id = read_cursor(after)
        wanted = wanted.where(
            tuple_(GateDecision.decided_at, GateDecision.id) < tuple_(literal(moment), literal(row_id))
        )
    rows = session.execute(
        wanted.order_by(GateDecision.decided_at.desc(), GateDecision.id.desc()).limit(limit + 1)
    ).all()
    following = cursor(rows[limit - 1].decided_at, rows[limit - 1].id) if len(rows) > limit else None
    return Page(rows=rows[:limit], next=following)


def standing_decision(session: Session, *, context: Context, customer_id: UUID) -> Row[Any] | None:
    """The newest decision on a customer that is not older than an allowance may be, for the customer's page."""
    columns: list[Any] = [*_DECISION, GateDecision.subject, Interaction.id.label("used_by")]
    return session.execute(
        select(*columns)
        .outerjoin(Interaction, Interaction.gate_decision_id == GateDecision.id)
        .where(
            GateDecision.customer_id == customer_id,
            GateDecision.action == "outbound_contact",
            GateDecision.decided_at > datetime.now(UTC) - VALID_FOR,
            leased(GateDecision.customer_id, context),
        )
        .order_by(GateDecision.decided_at.desc(), GateDecision.id.desc())
        .limit(1)
    ).one_or_none()


def decision_row(session: Session, *, context: Context, decision_id: UUID) -> Row[Any] | None:
    """One decision; None if it is absent, another engagement's, or its customer is not leased."""
    return session.execute(
        select(*_DECISION, GateDecision.subject, Interaction.id.label("used_by"))
        .outerjoin(Interaction, Interaction.gate_decision_id == GateDecision.id)
        .where(
            GateDecision.id == decision_id,
            GateDecision.action == "outbound_contact",
            leased(GateDecision.customer_id, context),
        )
    ).one_or_none()


_SHOWN = (
    Interaction.id, Interaction.number, Interaction.customer_id, Interaction.contact_id, Interaction.contact_point_id,
    Interaction.case_id, Interaction.channel, Interaction.direction, Interaction.purpose, Interaction.started_at,
    Interaction.precision, Interaction.ended_at, Interaction.queued_s, Interaction.ring_s, Interaction.talk_s,
    Interaction.hold_s, Interaction.wrap_s, Interaction.disposition, Interaction.outcome, Interaction.next_step,
    Interaction.note, Interaction.gate_decision_id, Interaction.ungated, Interaction.party, Interaction.attributes,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class InteractionFilters:
    """`since` and `until` bound the beginning: from the one, before the other."""

    customer_id: UUID | None = None
    case_id: UUID | None = None
    channel: str | None = None
    direction: str | None = None
    purpose: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        equal = {name: getattr(self, name) for name in ("customer_id", "case_id", "channel", "direction", "purpose")}
        found = [getattr(Interaction, name) == value for name, value in equal.items() if value is not None]
        found += [Interaction.started_at >= self.since] if self.since is not None else []
        return found + ([Interaction.started_at < self.until] if self.until is not None else [])


def interaction_page(
    session: Session, *, context: Context, filters: InteractionFilters, after: str | None = None, limit: int = 50
) -> Page:
    """Contacts, the newest first. A provider sees the client's and its own engagement's, on customers leased to it."""
    wanted = select(*_SHOWN).where(_seen(context), *filters.conditions())
    return newest_first(session, wanted, moment=Interaction.started_at, key=Interaction.id, after=after, limit=limit)


def interaction_row(session: Session, *, context: Context, interaction_id: UUID) -> Row[Any] | None:
    """One contact, with its customer's number and name, who made it, and the numbers of its case and decision."""
    return session.execute(
        select(
            *_SHOWN, Customer.number.label("customer_number"), Customer.name.label("customer_name"),
            Participant.shown_name.label("agent"), GateDecision.number.label("decision_number"),
        )
        .join(Customer, Customer.id == Interaction.customer_id)
        .outerjoin(Participant, Participant.id == Interaction.agent_id)
        .outerjoin(GateDecision, GateDecision.id == Interaction.gate_decision_id)
        .where(Interaction.id == interaction_id, _seen(context))
    ).one_or_none()  # fmt: skip


def _seen(context: Context) -> ColumnElement[bool]:
    own = or_(Interaction.engagement_id.is_(None), Interaction.engagement_id == context.engagement_id)
    return and_(leased(Interaction.customer_id, context), own if context.party == "provider" else true())


def usual_purpose(session: Session, *, context: Context) -> str:
    """What contacts are about here unless somebody says otherwise: what a provider was engaged for."""
    if context.engagement_id is None:
        return "service"
    purpose = session.scalar(select(Engagement.purpose).where(Engagement.id == context.engagement_id))
    return purpose if purpose in PURPOSES else "service"


def interactions_of(session: Session, *, context: Context, customer_id: UUID, limit: int = 20) -> Sequence[Any]:
    """A customer's latest interactions. Mask `note` before showing it to a provider."""
    shown = (
        Interaction.id, Interaction.number, Interaction.channel, Interaction.direction, Interaction.purpose,
        Interaction.disposition, Interaction.outcome, Interaction.next_step, Interaction.started_at, Interaction.ended_at,
        Interaction.talk_s, Interaction.note,
        Interaction.ungated, Interaction.party, Interaction.gate_decision_id, Interaction.version,
    )  # fmt: skip
    return session.execute(
        select(*shown)
        .where(Interaction.customer_id == customer_id, leased(Interaction.customer_id, context))
        .order_by(Interaction.started_at.desc(), Interaction.id.desc())
        .limit(min(limit, LIMIT))
    ).all()
