"""What other features tell: which event becomes which notice, for whom. `app.py` subscribes these handlers.

The features stand beside or above this one, so an event is known here by what it says, not by its class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.notify.service import tell
from core.plugin.types import Label


@dataclass(frozen=True, kw_only=True)
class About:
    """What a notice says of a subject, and who looks after it. `label` names its kind, as a workflow's name."""

    number: int
    label: Label
    people: Sequence[UUID] = ()
    engagement_id: UUID | None = None


SUBJECTS: dict[str, Callable[[Session, Any, UUID], About | None]] = {}
"""How to learn about a subject by its type (`case`, `record`), filled by `app.py`: session, event, id."""


FALLBACK = "client_manager"
"""Who is told of what nobody looks after."""


def on_approval_requested(session: Session, event: Any) -> None:
    """Those who may decide, and who stands in for them."""
    tell(
        session, context=event.context, kind="approval.requested", values={"number": event.number},
        subject=("approval", event.subject), cause=f"approval.requested:{event.subject}",
        permission=event.permission, engagement_id=event.engagement_id,
    )  # fmt: skip


def on_approval_decided(session: Session, event: Any) -> None:
    """The person who asked."""
    if event.requested_by is not None:
        values = {"number": event.number, "state": {"word": ["approval_state", event.state]}}
        _to_asker(session, event, kind="approval.decided", values=values)


def on_approval_expired(session: Session, event: Any) -> None:
    if event.requested_by is not None:
        _to_asker(session, event, kind="approval.expired", values={"number": event.number})


def _to_asker(session: Session, event: Any, *, kind: str, values: Mapping[str, Any]) -> None:
    refused = getattr(event, "state", None) == "refused"
    tell(
        session, context=event.context, kind=kind, values=values, subject=("approval", event.subject),
        cause=f"{kind}:{event.subject}", participants=[event.requested_by], tone="warn" if refused else None,
    )  # fmt: skip


def on_clock(session: Session, event: Any) -> None:
    """Who has the case, and the roles that the timer names; the client's managers where that is nobody."""
    subject = ("case", event.case_id) if event.case_id is not None else ("record", event.record_id)
    about = _about(session, event, subject)
    if about is None:
        return
    people, roles = list(about.people) if event.to_assignee else [], list(event.roles)
    values = {
        "number": about.number, "name": about.label, "percent": event.percent, "due": {"datetime": event.due_at.isoformat()},
    }  # fmt: skip
    cause = f"{event.name}:{event.subject}:{event.told_for.isoformat()}"
    _to(session, event, subject, about, kind=event.name, values=values, cause=cause, people=people, roles=roles)


def on_finding(session: Session, event: Any) -> None:
    """Who has the case that it is about; the client's managers where nobody has it."""
    about = _about(session, event, (event.about_type, event.about_id))
    _to(
        session, event, ("finding", event.subject), about, kind="finding.raised",
        values={"number": event.number, "rule": event.rule}, cause=f"finding.raised:{event.subject}",
        people=list(about.people) if about is not None else [], roles=[],
    )  # fmt: skip


def _to(
    session: Session,
    event: Any,
    subject: tuple[str, UUID],
    about: About | None,
    *,
    people: Sequence[UUID],
    roles: Sequence[str],
    **told: Any,
) -> None:
    """Each is told once, by name or by role: the cause is the same."""
    engagement_id = about.engagement_id if about is not None else None
    if people:
        tell(session, context=event.context, subject=subject, participants=people, **told)
    for role in roles or ([] if people else [FALLBACK]):
        tell(session, context=event.context, subject=subject, role=role, engagement_id=engagement_id, **told)


def on_import(session: Session, event: Any) -> None:
    """Who started it: it took a while, so they are elsewhere by now."""
    if event.context.participant_id is None:
        return
    counts = event.counts
    values = {
        "created": counts.get("created", 0),
        "updated": counts.get("updated", 0),
        "failed": counts.get("rejected", 0),
    }
    tell(
        session, context=event.context, kind="import.finished", values=values, subject=("import", event.subject),
        cause=f"import.finished:{event.subject}", participants=[event.context.participant_id], actor_too=True,
        tone="warn" if values["failed"] else None,
    )  # fmt: skip


def _about(session: Session, event: Any, subject: tuple[str, UUID | None]) -> About | None:
    ask = SUBJECTS.get(subject[0])
    return ask(session, event, subject[1]) if ask is not None and subject[1] is not None else None
