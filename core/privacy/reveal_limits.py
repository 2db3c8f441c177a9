"""The tenant's own quotas of reveals: for everybody, for one engagement's people, for one role. They tighten the product's numbers.

1. A lower number holds at once. 2. A higher one than holds now, or the end of one, loosens: a second person approves it
(`core.approvals`) and it holds from then on. 3. Nothing is overwritten: the row that held is ended, with who, when and why.
Of all that fit a person the least counts, and never more than the product's own number.
4. A reminder comes before its limit, else it never comes: one that would not is refused, and so is a limit at or below a
reminder that the tenant set. (The product's own reminder gives way to a tighter limit.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.approvals.service import Change
from core.audit import service as audit
from core.context import Context
from core.engagements.models import Engagement
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound
from core.identity.models import Participant
from core.identity.roles import ROLES
from core.plugin.types import Label
from core.privacy import policy
from core.privacy.models import LIMITS, RevealLimit
from core.privacy.numbers import parameter

KIND = "reveal_limit.loosen"
REASON_LIMIT = 500
ASKED = N_("Loosen a quota of reveals: %(what)s")
NAMES: Mapping[str, Label] = {
    "soft_hour": {"zh-CN": "每小时提醒", "en": "Warned, in an hour"},
    "hard_hour": {"zh-CN": "每小时上限", "en": "At most, in an hour"},
    "soft_day": {"zh-CN": "每 24 小时提醒", "en": "Warned, in 24 hours"},
    "hard_day": {"zh-CN": "每 24 小时上限", "en": "At most, in 24 hours"},
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A number for a quota. Without role and engagement it is everybody's."""

    key: str
    value: int | None
    role: str = ""
    engagement_id: UUID | None = None
    reason: str = ""


def product(key: str, *, context: Context) -> int:
    """The product's own number of a quota: no tenant has more."""
    return int(str(parameter(f"reveal_{key}", context=context).value))


def own_numbers(session: Session, *, context: Context) -> dict[str, int]:
    """The least of the tenant's own numbers that hold for the person, by key. One statement."""
    fits = [or_(RevealLimit.engagement_id.is_(None), RevealLimit.engagement_id == context.engagement_id)]
    fits += [RevealLimit.role.in_(("", *sorted(context.roles))), RevealLimit.ended_at.is_(None)]
    rows = session.execute(select(RevealLimit.key, func.min(RevealLimit.value)).where(*fits).group_by(RevealLimit.key))
    return {row[0]: row[1] for row in rows}


def standing(session: Session) -> Sequence[Any]:
    """What holds now, with the name of the engagement it is for."""
    return _rows(session, RevealLimit.ended_at.is_(None))


def history(session: Session) -> Sequence[Any]:
    """What held before, the latest end first."""
    return _rows(session, RevealLimit.ended_at.is_not(None))


def _rows(session: Session, which: Any) -> Sequence[Any]:
    held = RevealLimit
    return session.execute(
        select(
            held.id, held.key, held.value, held.role, held.engagement_id, held.reason, held.begins_at, held.set_name,
            held.approved_name, held.ended_at, held.ended_name, held.end_reason, Engagement.name.label("engagement"),
            Engagement.provider_name,
        )
        .outerjoin(Engagement, Engagement.id == held.engagement_id)
        .where(which)
        .order_by(held.ended_at.desc().nulls_first(), held.key, Engagement.name, held.role)
        .limit(200)
    ).all()  # fmt: skip


def set_limit(session: Session, *, context: Context, wanted: Wanted) -> RevealLimit | Approval:
    """Set a number: at once where it tightens, else ask a second person. Raises Denied, NotFound, Conflict, Invalid."""
    _may(context)
    value = _checked(session, context, wanted)
    held = _held(session, wanted)
    if held is not None and held.value == value:
        raise Conflict(N_("This is the number that holds already."))
    if held is not None and value > held.value:
        return _ask_second(session, context, held, value=value, reason=wanted.reason)
    if held is not None:
        _end(session, context, held, reason=wanted.reason)
    return _begin(session, context, wanted, value=value, set_name=context.shown_name)


def end_limit(session: Session, *, context: Context, limit_id: UUID, reason: str) -> Approval:
    """Ask to let a number go, so that the wider one holds: that loosens. Raises Denied, NotFound, Conflict, Invalid."""
    _may(context)
    held = session.scalar(
        select(RevealLimit).where(RevealLimit.id == limit_id, RevealLimit.ended_at.is_(None)).with_for_update()
    )
    if held is None:
        raise NotFound
    return _ask_second(session, context, held, value=None, reason=_reason(reason))


def approved(session: Session, context: Context, asked: Approval) -> Mapping[str, Any]:
    """The second person agrees: the number that held is ended, the higher one begins."""
    held = session.scalar(
        select(RevealLimit)
        .where(RevealLimit.id == UUID(asked.payload["limit"]), RevealLimit.ended_at.is_(None))
        .with_for_update()
    )
    if held is None:
        raise Conflict(N_("This number was changed meanwhile. Look at what holds now and ask again."))
    reason, value = asked.reason or "", asked.payload["value"]
    wanted = Wanted(key=held.key, value=value, role=held.role, engagement_id=held.engagement_id, reason=reason)
    if value is not None:
        _refuse_mute(session, context, wanted, value=value)  # the other numbers may have changed since it was asked
    asker = session.scalar(select(Participant.shown_name).where(Participant.id == asked.requested_by))
    _end(session, context, held, reason=reason)
    if value is not None:
        _begin(session, context, wanted, value=value, set_name=asker or "", approved_name=context.shown_name)
    return {"value": value}


def waiting(session: Session, *, limit_id: UUID) -> Approval | None:
    """The request to loosen a number that nobody has decided on."""
    return approvals.open_for(session, ("reveal_limit", limit_id), kind=KIND)


def _may(context: Context) -> None:
    if context.party == "provider" or not context.may(policy.LIMIT):
        raise Denied(N_("Your role does not include this."), permission=policy.LIMIT)


def _checked(session: Session, context: Context, wanted: Wanted) -> int:
    errors = []
    if wanted.key not in LIMITS:
        errors.append(FieldError(field="key", code="choice", message=N_("This is not one of the choices.")))
    elif wanted.value is None or not 0 <= wanted.value <= product(wanted.key, context=context):
        message = N_("From 0 to %(most)s: the product's own number, which yours may only tighten.")
        most = product(wanted.key, context=context)
        errors.append(FieldError(field="value", code="range", message=message, params={"most": most}))
    if wanted.role and wanted.role not in ROLES:
        errors.append(FieldError(field="role", code="choice", message=N_("This is not one of the choices.")))
    if wanted.engagement_id is not None and session.get(Engagement, (context.tenant_id, wanted.engagement_id)) is None:
        errors.append(FieldError(field="engagement_id", code="choice", message=N_("This is not one of the choices.")))
    if not 0 < len(wanted.reason.strip()) <= REASON_LIMIT:
        errors.append(FieldError(field="reason", code="required", message=N_("Say why, in at most 500 characters.")))
    if errors:
        raise Invalid(errors=errors)
    assert wanted.value is not None
    _refuse_mute(session, context, wanted, value=wanted.value)
    return wanted.value


def _refuse_mute(session: Session, context: Context, wanted: Wanted, *, value: int) -> None:
    """Raise Invalid where with this number a reminder would never come: nothing is revealed any more when its limit is reached."""
    kind, span = wanted.key.split("_")
    if kind == "soft":
        own = _reaching(session, wanted, key=f"hard_{span}", wider=True)
        limit = min([product(f"hard_{span}", context=context), *own])
        if value >= limit:
            raise Invalid(
                N_("The reminder would never come: at %(limit)s reveals the limit stops them. Choose less than %(limit)s."),
                field="value", limit=limit,
            )  # fmt: skip
        return
    reminders = [each for each in _reaching(session, wanted, key=f"soft_{span}", wider=False) if each >= value]
    if reminders:
        raise Invalid(
            N_("A reminder stands at %(reminder)s, and with this limit it would never come. Set the reminder to less first."),
            field="value", reminder=max(reminders),
        )  # fmt: skip


def _reaching(session: Session, wanted: Wanted, *, key: str, wider: bool) -> Sequence[int]:
    """The tenant's own numbers of a key that hold for all that this one is for (`wider`), or whose people this one is for too."""
    held = RevealLimit
    fits: list[ColumnElement[bool]]
    if wider:
        fits = [held.role.in_(("", wanted.role))]
        fits += [or_(held.engagement_id.is_(None), held.engagement_id == wanted.engagement_id)]
    else:
        fits = [held.role == wanted.role] if wanted.role else []
        fits += [held.engagement_id == wanted.engagement_id] if wanted.engagement_id is not None else []
    return session.scalars(select(held.value).where(held.key == key, held.ended_at.is_(None), *fits)).all()


def _reason(text: str) -> str:
    if not 0 < len(text.strip()) <= REASON_LIMIT:
        raise Invalid(N_("Say why, in at most 500 characters."), field="reason")
    return text.strip()


def _held(session: Session, wanted: Wanted) -> RevealLimit | None:
    return session.scalar(
        select(RevealLimit)
        .where(
            RevealLimit.key == wanted.key,
            RevealLimit.role == wanted.role,
            RevealLimit.engagement_id.is_not_distinct_from(wanted.engagement_id),
            RevealLimit.ended_at.is_(None),
        )
        .with_for_update()
    )


def _ask_second(session: Session, context: Context, held: RevealLimit, *, value: int | None, reason: str) -> Approval:
    after = value if value is not None else product(held.key, context=context)
    return approvals.request(
        session, context=context, kind=KIND, permission=policy.LIMIT, message=ASKED,
        values={"what": dict(NAMES[held.key])}, subject=("reveal_limit", held.id),
        payload={"limit": str(held.id), "value": value}, reason=_reason(reason),
        changes=[Change(name=NAMES[held.key], before=held.value, after=after)],
    )  # fmt: skip


def _begin(
    session: Session, context: Context, wanted: Wanted, *, value: int, set_name: str, approved_name: str = ""
) -> RevealLimit:
    row = RevealLimit(
        key=wanted.key, value=value, role=wanted.role, engagement_id=wanted.engagement_id, reason=wanted.reason.strip(),
        begins_at=datetime.now(UTC), set_name=set_name, approved_name=approved_name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, context, row, "reveal_limit.set")
    return row


def _end(session: Session, context: Context, row: RevealLimit, *, reason: str) -> None:
    row.ended_at, row.ended_name, row.end_reason = datetime.now(UTC), context.shown_name, reason.strip()
    session.flush()
    _note(session, context, row, "reveal_limit.ended")


def _note(session: Session, context: Context, row: RevealLimit, action: str) -> None:
    details = {"key": row.key, "value": row.value, "role": row.role}
    if row.engagement_id is not None:
        details["engagement_id"] = str(row.engagement_id)
    audit.append(session, context=context, action=action, subject=("reveal_limit", row.id), details=details)
