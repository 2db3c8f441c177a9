"""What was said with customers in the last weeks, and what the gate had decided before each outbound contact.

The decisions are the gate's own: its rules look at the facts as they were at that moment. What it did not allow did
not happen, so only the decision is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.contacts.facts import consents_at, refused_at
from core.contacts.labels import CHANNEL_LABELS, PURPOSE_LABELS
from core.contacts.models import DoNotContact
from core.context import Context
from core.demo.crowd import Member, Stage, consent, tell
from core.errors import N_
from core.gate import subject as subjects
from core.gate.answers import ALLOWING
from core.gate.facts import SELLING, Question
from core.gate.models import GateDecision
from core.gate.service import VALID_FOR
from core.gate.verdicts import Outcome, evaluate
from core.interactions.labels import DISPOSITIONS
from core.interactions.models import Interaction

DAYS = 60
OPENS, CLOSES = time(9, 5), time(20, 20)
LATE = 0.03
"""Attempts after hours, which the gate puts off."""

OUTCOMES = {
    "connected_right_party": 0.60, "connected_third_party": 0.07, "no_answer": 0.23, "busy": 0.06, "invalid": 0.02,
    "refused_dnc": 0.02,
}  # fmt: skip
NOTES = {
    "service": ("客户询问账单构成，已逐项说明。", "已告知办理进度，客户无异议。", "客户反映使用不便，已登记并承诺回访。"),
    "retention": ("已介绍续约优惠，客户表示考虑。", "客户对资费有异议，要求到期前再联系。", "客户同意本周内答复。"),
    "survey": ("客户评价满意。", "客户建议延长服务时间。"),
}  # fmt: skip
GATED = {
    "allow": (N_("Gate: allowed to make contact by %(channel)s about %(purpose)s"), "ok", "ok"),
    "warn": (N_("Gate: allowed with a warning to make contact by %(channel)s about %(purpose)s"), "warn", "alert"),
    "defer": (N_("Gate: not yet; contact by %(channel)s about %(purpose)s"), "warn", "clock"),
    "hold": (N_("Gate: held; contact by %(channel)s about %(purpose)s"), "warn", "pause"),
    "deny": (N_("Gate: denied; contact by %(channel)s about %(purpose)s"), "bad", "stop"),
}
SPOKEN = {
    "outbound": N_("Outbound contact by %(channel)s about %(purpose)s: %(disposition)s"),
    "inbound": N_("Inbound contact by %(channel)s about %(purpose)s: %(disposition)s"),
}


@dataclass(frozen=True, kw_only=True)
class Touch:
    """One attempt. `by` made it or took the call; `outcome` is drawn where it is not given."""

    at: datetime
    by: Context
    direction: str
    purpose: str
    channel: str = "phone"
    outcome: str | None = None
    case_id: UUID | None = None
    note: str | None = None


def moment(random: Random, stage: Stage, *, days: float) -> datetime | None:
    """A working moment about that many days ago in the client's zone; None where today is not that far yet."""
    zone = stage.zone
    day = (stage.now - timedelta(days=days)).astimezone(zone).date()
    if day.weekday() >= 5 and random.random() < 0.6:
        return None
    opens, closes = (CLOSES, time(21, 50)) if random.random() < LATE else (OPENS, CLOSES)
    first = datetime.combine(day, opens, zone)
    found = first + random.random() * (datetime.combine(day, closes, zone) - first)
    return found.replace(microsecond=0) if found < stage.now - timedelta(minutes=20) else None


def of_leased(stage: Stage, member: Member, agents: Sequence[Context]) -> list[Touch]:
    """A provider's agents call now and then, more of late; sometimes the customer calls."""
    random = stage.random("leased", member.number)
    purposes = {"retention": 0.55, "service": 0.30, "survey": 0.15}
    found = []
    for _ in range(random.choice((2, 3, 3, 4, 5))):
        at = moment(random, stage, days=DAYS * random.random() ** 1.8)
        inbound = random.random() < 0.2
        purpose = "service" if inbound else random.choices(list(purposes), weights=list(purposes.values()))[0]
        if at is not None:
            direction = "inbound" if inbound else "outbound"
            found.append(Touch(at=at, by=random.choice(agents), direction=direction, purpose=purpose))
    return found


def of_others(stage: Stage, member: Member) -> list[Touch]:
    """Customers the client serves itself: a call to its own line, or a text message about a service."""
    random = stage.random("own", member.number)
    at = moment(random, stage, days=DAYS * random.random() ** 1.3)
    if at is None or random.random() < 0.55:
        return []
    if random.random() < 0.7:
        return [Touch(at=at, by=stage.context, direction="inbound", purpose="service")]
    return [
        Touch(
            at=at,
            by=stage.context,
            direction="outbound",
            purpose="service",
            channel="sms",
            outcome="connected_right_party",
        )
    ]


def play(stage: Stage, member: Member, touches: Sequence[Touch], *, leased_until: datetime | None) -> int:
    """Let them happen in order of time: ask the gate, then talk. How many it allowed."""
    random = stage.random("talk", member.number, len(member.outbound))
    happened = 0
    for touch in sorted(touches, key=lambda each: each.at):
        decision_id = None
        if touch.direction == "outbound":
            decision_id, verdict = _ask(stage, member, touch, leased_until)
            if verdict not in ALLOWING:
                continue
            member.outbound.append((touch.at, touch.purpose))
        _talk(stage, member, touch, decision_id, random)
        happened += 1
    return happened


def _ask(stage: Stage, member: Member, touch: Touch, leased_until: datetime | None) -> tuple[UUID, str]:
    """The gate's decision at that moment, kept as `gate.service.decide` keeps it."""
    asked = touch.at - timedelta(seconds=40)
    question = Question(
        context=touch.by,
        view=stage.view,
        customer_ids=[member.id],
        purpose=touch.purpose,
        channel=touch.channel,
        at=asked,
    )
    subject = subjects.from_facts(_facts(stage, member, question, leased_until), question)
    outcome = evaluate(subject, view=stage.view, action="outbound_contact", country=stage.context.country)
    kept = subjects.kept(subject, view=stage.view, data_key=member.data_key, question=question)
    found = stage.rows.add(
        GateDecision, customer_id=member.id, action="outbound_contact", purpose=touch.purpose, channel=touch.channel,
        verdict=outcome.verdict, until=outcome.until, reasons=[each.stored() for each in outcome.findings],
        subject=kept | {"place": stage.context.country}, rules={name: dict(said) for name, said in outcome.rules.items()},
        decided_at=asked, valid_until=_valid_until(asked, outcome, leased_until), party=touch.by.party,
        participant_id=touch.by.participant_id, engagement_id=touch.by.engagement_id, created_at=asked,
    )  # fmt: skip
    words, tone, icon = GATED[outcome.verdict]
    values = {"purpose": PURPOSE_LABELS[touch.purpose], "channel": CHANNEL_LABELS[touch.channel]}
    tell(stage, member, asked, "gate.decided", words, values, tone, icon, by=touch.by, subject=("gate_decision", found))
    return found, outcome.verdict


def _facts(stage: Stage, member: Member, question: Question, leased_until: datetime | None) -> dict[str, Any]:
    zone = member.person.time_zone or stage.context.zone
    today = question.at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "customer": {
            "kind": member.person.kind, "state": "active", "country": stage.context.country, "time_zone": zone,
        },
        "attributes": member.attributes,
        "data_key": member.data_key,
        "contact_points": set(member.points),
        "consents": consents_at(member.consents, at=question.at),
        "do_not_contact": refused_at(member.refusals, channel=question.channel, at=question.at),
        "leased_until": leased_until if question.context.party == "provider" else None,
        "interactions": {
            **_counted(member, today),
            "same_purpose": _counted(member, today, purpose=question.purpose),
        },
    }  # fmt: skip


def _counted(member: Member, today: datetime, *, purpose: str | None = None) -> dict[str, int]:
    starts = {"day": today, "week": today - timedelta(days=6), "month": today - timedelta(days=29)}
    made = [at for at, about in member.outbound if purpose in (None, about)]
    return {span: sum(at >= start for at in made) for span, start in starts.items()}


def _valid_until(asked: datetime, outcome: Outcome, leased_until: datetime | None) -> datetime:
    ends = [asked + VALID_FOR]
    if outcome.verdict in ALLOWING:
        ends += [end for end in (outcome.closes, leased_until) if end is not None]
    return min(ends)


def _talk(stage: Stage, member: Member, touch: Touch, decision_id: UUID | None, random: Random) -> None:
    outcome = touch.outcome or _outcome(random, touch)
    reached = DISPOSITIONS[outcome].reached
    spoken = touch.channel == "phone"
    ring, talk = random.randint(4, 28), random.randint(35, 420) if reached else 0
    note = touch.note or (random.choice(NOTES[touch.purpose]) if reached and spoken and random.random() < 0.7 else None)
    found = stage.rows.add(
        Interaction, customer_id=member.id, case_id=touch.case_id, channel=touch.channel, direction=touch.direction,
        purpose=touch.purpose, started_at=touch.at, ended_at=touch.at + timedelta(seconds=ring + talk),
        queued_s=random.randint(2, 55) if touch.direction == "inbound" else None, ring_s=ring if spoken else None,
        talk_s=talk if spoken else None, wrap_s=random.randint(10, 70) if reached and spoken else None,
        disposition=outcome, resolution=random.choice(("yes", "yes", "no", "unknown")) if reached else "unknown",
        note=note, gate_decision_id=decision_id, party=touch.by.party, agent_id=touch.by.participant_id,
        engagement_id=touch.by.engagement_id, created_at=touch.at, updated_at=touch.at,
    )  # fmt: skip
    values = {
        "channel": CHANNEL_LABELS[touch.channel],
        "purpose": PURPOSE_LABELS[touch.purpose],
        "disposition": DISPOSITIONS[outcome].label,
    }
    tone, icon = DISPOSITIONS[outcome].tone, "phone" if spoken else "chat"
    tell(
        stage, member, touch.at, "interaction.recorded", SPOKEN[touch.direction], values, tone, icon,
        by=touch.by, note=note, subject=("interaction", found),
    )  # fmt: skip
    if outcome == "refused_dnc":
        _obey(stage, member, touch.at)


def _outcome(random: Random, touch: Touch) -> str:
    if touch.direction == "inbound":
        return "connected_right_party"
    drawn = random.choices(list(OUTCOMES), weights=list(OUTCOMES.values()))[0]
    return "no_answer" if drawn == "refused_dnc" and touch.purpose not in SELLING else drawn


def _obey(stage: Stage, member: Member, at: datetime) -> None:
    """Who asks not to be contacted is not contacted."""
    member.refusals.append(("marketing", "any", None))
    stage.rows.add(
        DoNotContact, customer_id=member.id, purpose="marketing", channel="any", reason="通话中要求不再联系",
        source="interaction", created_at=at,
    )  # fmt: skip
    consent(stage, member, at, channel="any", status="withdrawn", evidence="通话中要求不再联系")
