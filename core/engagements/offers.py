"""How a client and a provider find each other: a code that the provider makes and hands over, an offer, an answer.

1. The provider's admin makes a code in its own workspace; it is shown once, lasts a week and serves once. 2. The client enters it
in an engagement of its own: now each knows the other's name, and the provider the engagement's, no more. 3. The provider's
admin accepts: the engagement gets its workspace and the admin is its first manager there. Declined, the client looks on.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.base import db
from core.engagements import policy, states
from core.engagements.models import Engagement, EngagementStep, PartnerCode
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.identity import people
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.notify import service as notify
from core.tenants import service as tenants

LASTS = timedelta(days=7)
OPEN_CODES = 20
CRITICALITIES = ("ordinary", "important", "critical")
BEFORE = ("idea", "business_case", "sourcing")
NAME_LIMIT = 120
AGAIN = RetryStrategy(max_attempts=6, exponential_wait=3, retry_exceptions={OperationalError, IntegrityError})

_TAKE = text("SELECT * FROM partner_take(:code)").execution_options(**scope.PLATFORM)
_ANSWER = text("SELECT offer_answer(:engagement, :accept, :person)").execution_options(**scope.PLATFORM)
_OFFERED = text(
    "SELECT id, client_name, name, purpose, state, criticality, starts_at, ends_at, offered_at, accepted_at"
    " FROM engagement WHERE provider_tenant_id = :tenant AND tenant_id <> :tenant ORDER BY accepted_at DESC NULLS FIRST, name"
).execution_options(**scope.RLS_ONLY)
"""The provider reads what clients offer it: their rows, which the policy of the second party admits."""


def digest(code: str) -> str:
    """Of a code as people type it: without regard to case and hyphens."""
    return hashlib.sha256(code.replace("-", "").replace(" ", "").upper().encode()).hexdigest()


def make_code(session: Session, *, context: Context) -> str:
    """A new code, shown once: twelve characters, 60 bits. Raises Denied, Conflict."""
    if context.party != "client" or not context.may(policy.ACCEPT):
        raise Denied(N_("Your role does not include this."), permission=policy.ACCEPT)
    if len(open_codes(session)) >= OPEN_CODES:
        raise Conflict(N_("Twenty codes are open. Withdraw one that is not needed."))
    code = base64.b32encode(secrets.token_bytes(8)).decode()[:12]
    row = PartnerCode(digest=digest(code), hint=code[-4:], expires_at=datetime.now(UTC) + LASTS)
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="partner_code.made", subject=("partner_code", row.id))
    return "-".join((code[:4], code[4:8], code[8:]))


def open_codes(session: Session) -> Sequence[PartnerCode]:
    return session.scalars(
        select(PartnerCode)
        .where(
            PartnerCode.used_at.is_(None),
            PartnerCode.withdrawn_at.is_(None),
            PartnerCode.expires_at > datetime.now(UTC),
        )
        .order_by(PartnerCode.created_at.desc())
    ).all()


def withdraw_code(session: Session, *, context: Context, code_id: UUID) -> None:
    """Make a code useless. Raises NotFound, Denied."""
    if not context.may(policy.ACCEPT):
        raise Denied(N_("Your role does not include this."), permission=policy.ACCEPT)
    row = session.scalar(select(PartnerCode).where(PartnerCode.id == code_id))
    if row is None:
        raise NotFound
    row.withdrawn_at = row.withdrawn_at or datetime.now(UTC)
    session.flush()
    audit.append(session, context=context, action="partner_code.withdrawn", subject=("partner_code", row.id))


def begin(
    session: Session, *, context: Context, name: str, purpose: str, ends_at: datetime | None = None,
    criticality: str = "ordinary",
) -> Engagement:  # fmt: skip
    """A new engagement of the client's, an idea so far, without a provider. Raises Denied, Invalid."""
    _client(context)
    title = name.strip()
    if not 0 < len(title) <= NAME_LIMIT:
        raise Invalid(N_("Give the engagement a name of at most 120 characters."), field="name")
    if criticality not in CRITICALITIES:
        raise Invalid(N_("This is not one of the choices."), field="criticality")
    if ends_at is not None and ends_at <= datetime.now(UTC):
        raise Invalid(N_("The last day is over already."), field="ends_at")
    row = Engagement(
        name=title, purpose=purpose, state="idea", provider_name="", client_name=context.tenant_name, ends_at=ends_at,
        criticality=criticality,
    )  # fmt: skip
    session.add(row)
    session.flush()
    states.note(session, context=context, row=row, event="begun", source=None)
    audit.append(session, context=context, action="engagement.begun", subject=("engagement", row.id))
    return row


def offer(session: Session, *, context: Context, engagement_id: UUID, code: str) -> Engagement:
    """Offer the engagement to the provider whose code this is. Raises Denied, NotFound, Conflict, Invalid."""
    _client(context)
    row = states.locked(session, engagement_id=engagement_id)
    if row.provider_tenant_id is not None:
        raise Conflict(N_("This engagement is offered to a provider already."))
    if row.state not in BEFORE:
        raise Conflict(N_("A provider is found before the examination begins."))
    found = session.execute(_TAKE, {"code": digest(code)}).one_or_none()
    if found is None:
        raise Invalid(
            N_("This code is not valid: it is mistyped, used or out of date. Ask the provider for a new one."),
            field="code",
        )
    row.provider_tenant_id, row.provider_name = found.tenant_id, found.name
    row.offered_at, row.client_name = datetime.now(UTC), context.tenant_name
    session.flush()
    states.note(session, context=context, row=row, event="offered", source=row.state)
    audit.append(session, context=context, action="engagement.offered", subject=("engagement", row.id))
    return row


def set_last_day(session: Session, *, context: Context, engagement_id: UUID, ends_at: datetime) -> Engagement:
    """Move the contract's end. Raises Denied, NotFound, Conflict, Invalid: grants and leases must not outlast it."""
    _client(context)
    row = states.locked(session, engagement_id=engagement_id)
    if row.state in ("closed", "exiting"):
        raise Conflict(N_("The engagement is not working, so nothing can be leased to it."))
    if ends_at <= datetime.now(UTC):
        raise Invalid(N_("The last day is over already."), field="ends_at")
    if states.outlasting(session, row=row, until=ends_at):
        raise Conflict(N_("A data grant lasts longer than that. Revoke it first."))
    row.ends_at = ends_at
    session.flush()
    states.note(session, context=context, row=row, event="dated", source=row.state)
    audit.append(session, context=context, action="engagement.dated", subject=("engagement", row.id),
                 details={"ends_at": ends_at.isoformat()})  # fmt: skip
    return row


def offered(session: Session, *, context: Context) -> Sequence[Any]:
    """What clients offer to the reader's own tenant, and what it accepted. Empty in an engagement's workspace."""
    if context.party != "client":
        return []
    return session.execute(_OFFERED, {"tenant": context.tenant_id}).all()


def answer(session: Session, *, context: Context, engagement_id: UUID, accept: bool) -> None:
    """Accept or decline what is offered to the reader's tenant. Raises Denied, NotFound."""
    if context.party != "client" or not context.may(policy.ACCEPT):
        raise Denied(N_("Your role does not include this."), permission=policy.ACCEPT)
    client = session.scalar(_ANSWER, {"engagement": engagement_id, "accept": accept, "person": context.shown_name})
    if client is None:
        raise NotFound
    action = "engagement.accepted" if accept else "engagement.declined"
    audit.append(session, context=context, action=action, subject=("engagement", engagement_id))
    enqueue(session, task=welcome_provider, to="interactive", tenant_id=client, engagement_id=engagement_id,
            user_id=context.user_id, accept=int(accept), partner_id=context.tenant_id)  # fmt: skip


@queue.task(name="welcome_provider", queue="interactive", retry=AGAIN)
def welcome_provider(*, tenant_id: str, engagement_id: str, user_id: str, accept: int, partner_id: str) -> None:
    """In the client's tenant: the history, a workspace for the provider's people, and the first of them."""
    context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
    session = db.session()
    try:
        scope.enter(session, context)
        welcome(session, context=context, engagement_id=UUID(engagement_id), user_id=UUID(user_id),
                accepted=bool(accept), partner_id=UUID(partner_id))  # fmt: skip
        session.commit()
    finally:
        db.session.remove()


def welcome(
    session: Session, *, context: Context, engagement_id: UUID, user_id: UUID, accepted: bool, partner_id: UUID
) -> None:
    """Note the answer once, however often it is asked; what the provider accepted gets its workspace and its first manager."""
    row = states.locked(session, engagement_id=engagement_id)
    if accepted and (row.provider_tenant_id != partner_id or row.accepted_at is None):
        return
    event = "accepted" if accepted else "declined"
    if _latest(session, row.id) == event:
        return
    states.note(session, context=context, row=row, event=event, source=row.state)
    audit.append(session, context=context, action=f"engagement.{event}",
                 subject=("engagement", row.id), details={"provider_tenant_id": str(partner_id)})  # fmt: skip
    if accepted:
        tenants.create_workspace(session, slug=f"e-{row.id.hex[-12:]}", engagement_id=row.id)
        people.add_participant(
            session, user_id=user_id, shown_name=row.accepted_name or row.provider_name, roles=["provider_manager"],
            party="provider", engagement_id=row.id,
        )  # fmt: skip
    kind = f"engagement.{event}"
    notify.tell(session, context=context, kind=kind, values={}, subject=("engagement", row.id),
                cause=f"{kind}:{row.id}:{row.version}", permission=policy.MANAGE)  # fmt: skip


def _latest(session: Session, engagement_id: UUID) -> str | None:
    """What became of the offer last. An answer follows an offer, so the same one twice is one that was noted."""
    kinds = ("offered", "accepted", "declined")
    steps = select(EngagementStep.event).where(
        EngagementStep.engagement_id == engagement_id, EngagementStep.event.in_(kinds)
    )
    return session.scalar(steps.order_by(EngagementStep.created_at.desc(), EngagementStep.id.desc()).limit(1))


def _client(context: Context) -> None:
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
    if context.party != "system" and not context.may(policy.MANAGE):
        raise Denied(N_("Your role does not include this."), permission=policy.MANAGE)
