"""Record a touch with a customer on any channel, made by either party.

1. An outbound one rests on a gate decision: same customer, purpose and channel, allowing, in time, used once.
2. Without a decision it is kept all the same, marked ungated, and is a finding, which somebody settles.
3. A refusal of commercial contact is obeyed in the same transaction: do-not-contact entry and withdrawn consent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.contacts import service as contacts
from core.contacts.labels import CHANNEL_LABELS, PURPOSE_LABELS
from core.context import Context
from core.customers.models import Customer
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound
from core.events import bus
from core.gate.answers import ALLOWING
from core.gate.events import GateDecided
from core.gate.facts import CHANNELS, PURPOSES
from core.gate.findings import raise_finding
from core.gate.models import GateDecision
from core.interactions.events import InteractionRecorded
from core.interactions.fields import attributes_of
from core.interactions.labels import DIRECTIONS, DISPOSITIONS, NEXT_STEPS, OUTCOMES, outcomes_after, steps_after
from core.interactions.models import PRECISIONS, Interaction
from core.interactions.named import check_named
from core.plugin.catalog import CatalogView
from core.plugin.types import LOCALES, Label
from core.timeline import service as timeline

CLOCK_TOLERANCE = timedelta(minutes=5)
NOTE_LIMIT = 4000


def record(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    channel: str,
    direction: str,
    purpose: str,
    disposition: str,
    started_at: datetime,
    ended_at: datetime | None = None,
    queued_s: int | None = None,
    ring_s: int | None = None,
    talk_s: int | None = None,
    hold_s: int | None = None,
    wrap_s: int | None = None,
    outcome: str | None = None,
    next_step: str | None = None,
    note: str | None = None,
    gate_decision_id: UUID | None = None,
    contact_id: UUID | None = None,
    contact_point_id: UUID | None = None,
    case_id: UUID | None = None,
    precision: str = "second",
    view: CatalogView | None = None,
    values: Mapping[str, Any] | None = None,
) -> Interaction:
    """The stored interaction. Durations are whole seconds; `outcome` and `next_step` follow the tree in `labels.py`.

    With a `view`, `values` are the fields that its verticals and the tenant declare, by qualified name.

    Raises NotFound (customer absent or not leased), Invalid (a value), Denied (the decision does not allow it) and
    Conflict (the decision is of another contact, used or over).
    """
    interaction = Interaction(
        customer_id=customer_id, channel=channel, direction=direction, purpose=purpose, disposition=disposition,
        started_at=started_at, ended_at=ended_at, queued_s=queued_s, ring_s=ring_s, talk_s=talk_s, hold_s=hold_s,
        wrap_s=wrap_s, outcome=outcome or None, next_step=next_step or None,
        note=(note or "").strip() or None, gate_decision_id=gate_decision_id, contact_id=contact_id,
        contact_point_id=contact_point_id, case_id=case_id, party=context.party, agent_id=context.participant_id,
        engagement_id=context.engagement_id, ungated=direction == "outbound" and gate_decision_id is None,
        precision=precision, attributes=attributes_of(view, values or {}, context=context) if view is not None else {},
    )  # fmt: skip
    _check(interaction)
    if session.scalar(select(Customer.id).where(Customer.id == customer_id)) is None:
        raise NotFound
    check_named(session, interaction)
    if gate_decision_id is not None:
        _check_decision(session, interaction, gate_decision_id)
    _store(session, interaction)
    _tell(session, context, interaction)
    if interaction.ungated:
        _find(session, context, interaction)
    if disposition == "refused_dnc":
        _obey_refusal(session, context, interaction)
    return interaction


def _check(interaction: Interaction) -> None:
    """Raises Invalid with every wrong value."""
    choices: Mapping[str, Collection[str]] = {
        "channel": CHANNELS, "direction": DIRECTIONS, "purpose": PURPOSES, "disposition": DISPOSITIONS,
        "precision": PRECISIONS,
    }  # fmt: skip
    errors = [
        FieldError(field=name, code="choice", message=N_("Choose one of the values."))
        for name, allowed in choices.items()
        if getattr(interaction, name) not in allowed
    ]
    errors += _off_the_tree(interaction)
    ended = interaction.ended_at
    if interaction.started_at > datetime.now(UTC) + CLOCK_TOLERANCE:
        errors.append(FieldError(field="started_at", code="future", message=N_("This is in the future.")))
    if ended is not None and ended < interaction.started_at:
        errors.append(FieldError(field="ended_at", code="order", message=N_("This ends before it begins.")))
    for name in ("queued_s", "ring_s", "talk_s", "hold_s", "wrap_s"):
        seconds = getattr(interaction, name)
        if seconds is not None and not 0 <= seconds <= 24 * 3600:
            errors.append(FieldError(field=name, code="range", message=N_("Between 0 seconds and a day.")))
    if interaction.note is not None and len(interaction.note) > NOTE_LIMIT:
        message = N_("At most %(limit)s characters.")
        errors.append(FieldError(field="note", code="too_long", message=message, params={"limit": NOTE_LIMIT}))
    if errors:
        raise Invalid(errors=errors)


def _off_the_tree(interaction: Interaction) -> list[FieldError]:
    """An outcome that the reach cannot have, a next step that the outcome does not lead to."""
    reach, outcome, step = interaction.disposition, interaction.outcome, interaction.next_step
    if outcome is not None and outcome not in outcomes_after(reach):
        message = N_("This outcome does not go with how far the contact got.")
        return [FieldError(field="outcome", code="tree", message=message)]
    if step is not None and outcome is None:
        return [FieldError(field="outcome", code="required", message=N_("Choose the outcome that this step follows."))]
    if step is not None and step not in steps_after(reach, outcome):
        message = N_("This step does not follow that outcome.")
        return [FieldError(field="next_step", code="tree", message=message)]
    return []


def _check_decision(session: Session, interaction: Interaction, decision_id: UUID) -> None:
    """A decision is good for the very contact it was asked for, in its time. Raises NotFound, Conflict or Denied."""
    decision = session.execute(
        select(
            GateDecision.customer_id, GateDecision.purpose, GateDecision.channel, GateDecision.verdict,
            GateDecision.decided_at, GateDecision.valid_until,
        ).where(GateDecision.id == decision_id)
    ).one_or_none()  # fmt: skip
    if decision is None:
        raise NotFound
    asked = (decision.customer_id, decision.purpose, decision.channel, "outbound")
    if asked != (interaction.customer_id, interaction.purpose, interaction.channel, interaction.direction):
        raise Conflict(N_("This gate decision was made for another contact. Ask the gate again."))
    if decision.verdict not in ALLOWING:
        raise Denied(N_("The gate did not allow this contact, so it cannot be recorded as made with its consent."))
    begun = decision.decided_at - CLOCK_TOLERANCE
    if not begun <= interaction.started_at <= decision.valid_until:
        raise Conflict(N_("The gate decision was not valid when the contact began. Ask the gate again."))
    early = decision.decided_at - interaction.started_at
    if early > timedelta(0):  # a form asks for minutes, and clocks differ; nothing begins before it was allowed
        interaction.started_at += early
        interaction.ended_at = interaction.ended_at + early if interaction.ended_at is not None else None


def _store(session: Session, interaction: Interaction) -> None:
    interaction.number = func.next_number("interaction", 1)
    try:
        with session.begin_nested():
            session.add(interaction)
    except IntegrityError as error:
        if "gate_decision_id" in str(error.orig) and "uq_" in str(error.orig):
            raise Conflict(N_("This gate decision is already used. Ask the gate again.")) from None
        raise


def _tell(session: Session, context: Context, interaction: Interaction) -> None:
    disposition = DISPOSITIONS[interaction.disposition]
    timeline.tell(
        session,
        context=context,
        customer_id=interaction.customer_id,
        kind="interaction.recorded",
        message=_MESSAGES[interaction.direction],
        values={
            "channel": CHANNEL_LABELS[interaction.channel],
            "purpose": PURPOSE_LABELS[interaction.purpose],
            "disposition": _said(interaction),
        },
        note=interaction.note,
        tone="bad" if interaction.ungated else disposition.tone,
        icon=_ICONS[interaction.channel],
        subject=("interaction", interaction.id),
        channel=interaction.channel,
        occurred_at=interaction.started_at,
    )
    audit.append(
        session,
        context=context,
        action="interaction.ungated" if interaction.ungated else "interaction.recorded",
        subject=("interaction", interaction.id),
        details={
            "customer_id": str(interaction.customer_id),
            "channel": interaction.channel,
            "direction": interaction.direction,
            "purpose": interaction.purpose,
        },
    )
    event = InteractionRecorded(
        context=context,
        subject=interaction.id,
        customer_id=interaction.customer_id,
        channel=interaction.channel,
        direction=interaction.direction,
        purpose=interaction.purpose,
        disposition=interaction.disposition,
        ungated=interaction.ungated,
    )
    bus.emit(session, event)


def _said(interaction: Interaction) -> Label:
    """The levels of the tree that are known, in one line of each language."""
    found = [DISPOSITIONS[interaction.disposition].label]
    found += [OUTCOMES[interaction.outcome]] if interaction.outcome else []
    found += [NEXT_STEPS[interaction.next_step]] if interaction.next_step else []
    return {locale: " → ".join(each[locale] for each in found) for locale in LOCALES}


def _find(session: Session, context: Context, interaction: Interaction) -> None:
    """Who makes contact past the gate is asked why."""
    raise_finding(
        session, context=context, rule=UNGATED, severity="high", subject=("interaction", interaction.id),
        customer_id=interaction.customer_id, case_id=interaction.case_id,
        reason={"text": UNGATED_TEXT, "citation": UNGATED_CITATION},
    )  # fmt: skip


UNGATED = "core.ungated"
UNGATED_TEXT: Label = {
    "zh-CN": "外呼接触没有许可判定。请说明原因；今后先申请许可再联络。",
    "en": "An outbound contact was made without a decision of the gate. Say why; ask the gate first from now on.",
}
UNGATED_CITATION = "《个人信息保护法》第二十一条；接触前须先判定"

_MESSAGES = {
    "outbound": N_("Outbound contact by %(channel)s about %(purpose)s: %(disposition)s"),
    "inbound": N_("Inbound contact by %(channel)s about %(purpose)s: %(disposition)s"),
}
_ICONS = {"phone": "phone", "sms": "chat", "email": "mail", "post": "mail", "chat": "chat", "visit": "home"}


_REFUSED_ZH, _REFUSED_EN = "客户在接触 {} 中要求不再营销联络", "The customer asked for it in contact {}"
"""Evidence is written down once, in the language of who records it."""


def _obey_refusal(session: Session, context: Context, interaction: Interaction) -> None:
    evidence = (_REFUSED_ZH if context.locale.startswith("zh") else _REFUSED_EN).format(interaction.number)
    contacts.add_do_not_contact(
        session,
        context=context,
        customer_id=interaction.customer_id,
        purpose="marketing",
        reason=evidence,
        source="interaction",
    )
    contacts.record_consent(
        session,
        context=context,
        customer_id=interaction.customer_id,
        purpose="marketing",
        channel="any",
        status="withdrawn",
        captured_at=interaction.started_at,
        evidence=evidence,
        source="interaction",
    )


def note_decision(session: Session, event: GateDecided) -> None:
    """Tell a decision on a contact on the customer's timeline (wired in `app.py`: the gate lies below the timeline)."""
    if event.customer_id is None or event.purpose is None or event.channel is None:
        return
    words, tone, icon = _VERDICTS[event.verdict]
    timeline.tell(
        session,
        context=event.context,
        customer_id=event.customer_id,
        kind="gate.decided",
        message=words,
        values={
            "purpose": PURPOSE_LABELS[event.purpose],
            "channel": CHANNEL_LABELS[event.channel],
        },
        tone=tone,
        icon=icon,
        subject=("gate_decision", event.subject),
        occurred_at=event.occurred_at,
        channel=event.channel if event.channel in CHANNELS else None,
    )


_VERDICTS = {
    "allow": (N_("Gate: allowed to make contact by %(channel)s about %(purpose)s"), "ok", "ok"),
    "warn": (N_("Gate: allowed with a warning to make contact by %(channel)s about %(purpose)s"), "warn", "alert"),
    "defer": (N_("Gate: not yet; contact by %(channel)s about %(purpose)s"), "warn", "clock"),
    "hold": (N_("Gate: held; contact by %(channel)s about %(purpose)s"), "warn", "pause"),
    "deny": (N_("Gate: denied; contact by %(channel)s about %(purpose)s"), "bad", "stop"),
}
