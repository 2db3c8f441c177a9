"""What persons ask of us by their rights: registered, checked, answered in time, refused with a reason.

1. `register` notes who asks for what, and by when the answer is due (parameters `rights_days`, `rights_extension_days`).
2. Nothing is given or done before somebody has noted how they know who asks (`check`).
3. `fulfil` does what the kind asks: a package of all that is held or of what the person gave, an end of contacts, an end of what
   providers see; a correction is made on the customer's page and told here.
4. An erasure is asked of a second person (`core.approvals`) and done in their decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit import service as audit
from core.contacts import service as contacts
from core.context import Context
from core.customers import forgetting as own_row
from core.customers import service as customers
from core.engagements.ending import end_leases
from core.engagements.models import Lease
from core.errors import N_, Conflict, Denied, Invalid, NotFound, Stale
from core.events import bus
from core.plugin.types import PersonalData
from core.privacy import erasure, packages, policy
from core.privacy.events import RightsRequestMoved
from core.privacy.numbers import number
from core.privacy.rights_models import CHANNELS, KINDS, RightsRequest
from core.tenants.service import next_numbers

TEXT_LIMIT = 2000
KIND = "rights.erasure"
ASKED = N_("Erase the person of request %(number)s: everything that is held of them")
UNCHECKED = N_("Note first how you know that it is the person who asks.")
CLOSED = N_("This request is answered already.")
DECLARED: list[Callable[[], Mapping[str, PersonalData]]] = []
"""What verticals say of their own tables, filled by `app.py`."""


def register(
    session: Session, *, context: Context, customer_id: UUID, kind: str, via: str, asked_on: date | None = None
) -> RightsRequest:
    """A person asks. Raises NotFound, Invalid, and Conflict for one who is erased or has such a request open."""
    customer = customers.find(session, customer_id=customer_id)
    if customer.state == "erased":
        raise Conflict(own_row.ERASED)
    today = datetime.now(ZoneInfo(context.zone)).date()
    asked = asked_on or today
    for field, value, choices in (("kind", kind, KINDS), ("via", via, CHANNELS)):
        if value not in choices:
            raise Invalid(N_("This is not one of the choices."), field=field)
    if asked > today:
        raise Invalid(N_("A day until today."), field="asked_on")
    if any(row.kind == kind and row.state in ("open", "deciding") for row in of_customer(session, customer_id)):
        raise Conflict(N_("This person has such a request open already."))
    [given] = next_numbers(session, kind="rights_request")
    due = asked + timedelta(days=number("rights_days", context=context))
    row = RightsRequest(
        number=given, customer_id=customer_id, kind=kind, via=via, asked_on=asked, due_on=due, state="open"
    )
    session.add(row)
    session.flush()
    _note(session, context, row, "registered")
    return row


def check(
    session: Session, *, context: Context, request_id: UUID, how: str, version: int | None = None
) -> RightsRequest:
    """Note how we know who asks. Raises NotFound, Stale, Invalid, Conflict."""
    row = _open(session, request_id=request_id, version=version)
    row.checked = _text(how, field="how")
    session.flush()
    _note(session, context, row, "checked")
    return row


def extend(
    session: Session, *, context: Context, request_id: UUID, reason: str, version: int | None = None
) -> RightsRequest:
    """More time, once, for a reason that the person is told (GDPR 12(3)). Raises NotFound, Stale, Invalid, Conflict."""
    row = _open(session, request_id=request_id, version=version)
    if row.extended_for is not None:
        raise Conflict(N_("The time was extended already."))
    row.extended_for = _text(reason, field="reason")
    row.due_on = row.due_on + timedelta(days=number("rights_extension_days", context=context))
    session.flush()
    _note(session, context, row, "extended")
    return row


def refuse(
    session: Session, *, context: Context, request_id: UUID, reason: str, version: int | None = None
) -> RightsRequest:
    """Raises NotFound, Stale, Invalid without a reason, Conflict."""
    row = _open(session, request_id=request_id, version=version)
    return _answer(session, context, row, state="refused", answer=_text(reason, field="reason"))


def withdraw(session: Session, *, context: Context, request_id: UUID, version: int | None = None) -> RightsRequest:
    """The person takes it back. Raises NotFound, Stale, Conflict."""
    row = _open(session, request_id=request_id, version=version)
    return _answer(session, context, row, state="withdrawn", answer=None)


def fulfil(
    session: Session, *, context: Context, request_id: UUID, answer: str = "", version: int | None = None
) -> RightsRequest:
    """Do what is asked; an erasure waits for a second person. Raises NotFound, Stale, Invalid, Conflict, Denied."""
    row = _open(session, request_id=request_id, version=version)
    if row.checked is None:
        raise Conflict(UNCHECKED)
    if row.kind == "erasure":
        return _ask_second(session, context, row, answer)
    wanted = _text(answer, field="answer") if row.kind in ("correction", "explanation") else (answer.strip() or None)
    row.result = _DO[row.kind](session, context, row)
    return _answer(session, context, row, state="fulfilled", answer=wanted)


def approved(session: Session, context: Context, asked: Approval) -> Mapping[str, Any]:
    """The second person agrees: the person is erased now."""
    row = session.scalar(select(RightsRequest).where(RightsRequest.approval_id == asked.id).with_for_update())
    if row is None or row.state != "deciding":
        raise NotFound
    packages.forget(session, customer_id=row.customer_id)
    counts = erasure.erase(session, context=context, customer_id=row.customer_id, declared=DECLARED[0]())
    row.result = counts
    _answer(session, context, row, state="fulfilled", answer=row.answer)
    return {"rows": sum(counts.values())}


def hold(session: Session, *, context: Context, customer_id: UUID, on: bool, reason: str) -> None:
    """A legal hold: nothing of the customer is erased or merged while it stands. Raises NotFound, Invalid, Conflict."""
    given = _text(reason, field="reason")
    own_row.hold(session, customer_id=customer_id, on=on)
    act = "held" if on else "released"
    audit.append(
        session, context=context, action=f"customer.{act}", subject=("customer", customer_id), details={"reason": given}
    )


def of_customer(session: Session, customer_id: UUID) -> Sequence[RightsRequest]:
    wanted = select(RightsRequest).where(RightsRequest.customer_id == customer_id)
    return session.scalars(wanted.order_by(RightsRequest.created_at.desc(), RightsRequest.id.desc())).all()


def _open(session: Session, *, request_id: UUID, version: int | None) -> RightsRequest:
    row = session.scalar(select(RightsRequest).where(RightsRequest.id == request_id).with_for_update())
    if row is None:
        raise NotFound
    if row.state == "deciding":
        if approvals.open_for(session, ("rights_request", row.id), kind=KIND) is not None:
            raise Conflict(N_("A second person decides on this now."))
        row.state, row.approval_id = "open", None  # refused, withdrawn, or nobody decided in time
    if row.state != "open":
        raise Conflict(CLOSED)
    if version is not None and row.version != version:
        raise Stale
    return row


def _ask_second(session: Session, context: Context, row: RightsRequest, answer: str) -> RightsRequest:
    own_row.refuse_held(customers.find(session, customer_id=row.customer_id))
    if not context.may(policy.RIGHTS_MANAGE):
        raise Denied
    asked = approvals.request(
        session, context=context, kind=KIND, permission=policy.RIGHTS_APPROVE, message=ASKED,
        values={"number": row.number}, subject=("rights_request", row.id), payload={}, reason=None,
    )  # fmt: skip
    row.state, row.approval_id, row.answer = "deciding", asked.id, answer.strip() or None
    session.flush()
    _note(session, context, row, "sent_to_decide")
    return row


def _answer(session: Session, context: Context, row: RightsRequest, *, state: str, answer: str | None) -> RightsRequest:
    row.state, row.answer = state, answer
    row.answered_at, row.answered_by = datetime.now(UTC), context.participant_id
    session.flush()
    _note(session, context, row, state)
    return row


def _package(session: Session, context: Context, row: RightsRequest) -> dict[str, Any]:
    kept = packages.make(session, context=context, customer_id=row.customer_id, given_only=row.kind == "portability")
    row.file_id = kept.file.id
    return {"rows": kept.rows, "sha256": kept.file.sha256}


def _object(session: Session, context: Context, row: RightsRequest) -> dict[str, Any]:
    """No more marketing, whoever calls and on whatever channel."""
    contacts.add_do_not_contact(
        session, context=context, customer_id=row.customer_id, purpose="marketing", channel="any",
        reason=f"#{row.number}",
    )  # fmt: skip
    return {"do_not_contact": 1}


def _restrict(session: Session, context: Context, row: RightsRequest) -> dict[str, Any]:
    """Nobody contacts the person, and no provider sees them any more."""
    contacts.add_do_not_contact(
        session, context=context, customer_id=row.customer_id, purpose="any", channel="any", reason=f"#{row.number}"
    )
    live = select(Lease.engagement_id).where(Lease.customer_id == row.customer_id, Lease.ended_at.is_(None)).distinct()
    ended = sum(
        end_leases(
            session, context=context, engagement_id=each, reason="the person restricted it", customer_id=row.customer_id
        )
        for each in session.scalars(live).all()
    )
    return {"do_not_contact": 1, "lease": ended}


def _told(session: Session, context: Context, row: RightsRequest) -> dict[str, Any]:  # noqa: ARG001 - as the others
    return {}


_DO: Mapping[str, Callable[[Session, Context, RightsRequest], dict[str, Any]]] = {
    "access": _package, "portability": _package, "objection": _object, "restriction": _restrict, "correction": _told,
    "explanation": _told,
}  # fmt: skip


def _text(given: str, *, field: str) -> str:
    text = given.strip()
    if not 0 < len(text) <= TEXT_LIMIT:
        raise Invalid(N_("1 to %(longest)s characters."), field=field, longest=TEXT_LIMIT)
    return text


def _note(session: Session, context: Context, row: RightsRequest, act: str) -> None:
    audit.append(
        session, context=context, action=f"rights_request.{act}", subject=("rights_request", row.id),
        details={"number": row.number, "kind": row.kind, "customer": str(row.customer_id)},
    )  # fmt: skip
    bus.emit(
        session,
        RightsRequestMoved(
            context=context, subject=row.id, customer_id=row.customer_id, kind=row.kind, state=row.state
        ),
    )
