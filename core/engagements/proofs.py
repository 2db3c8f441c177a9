"""The provider's proof that it holds nothing any more: of a list it gives back, of a grant that ended, signed by name.

The document says in both languages what was lent, until when, what was done with it and who declares what; its SHA-256 is kept
beside it. A provider signs in its own workspace; for one whose people have left, the client notes a paper it received.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.engagements import ending, grants, lists, policy
from core.engagements.models import DataGrant, Engagement, Lease, LeaseList, ReturnProof
from core.errors import N_, Conflict, Denied, Invalid, NotFound

TEXT_LIMIT = 1000
_RETURN = text("SELECT lease_return(:list)").execution_options(**scope.RLS_ONLY)
_PURGED = text("SELECT grant_purged(:granted)").execution_options(**scope.RLS_ONLY)
"""A provider's role may change neither lists nor grants; these functions do no more than this, in its own engagement."""

DECLARED = {
    "zh-CN": "我方声明：上述客户数据的任何副本，包括截图、纸质记录、录音与导出文件，均已删除或归还，我方人员不再持有。",
    "en": "We declare that every copy of these data, including screenshots, paper, recordings and exported files, has been "
    "deleted or returned, and that none of our people holds any.",
}


def owed(session: Session, *, engagement_id: UUID) -> tuple[Sequence[LeaseList], Sequence[DataGrant]]:
    """Lists and grants that ended without a proof."""
    rows = session.scalars(
        select(LeaseList)
        .where(LeaseList.engagement_id == engagement_id, LeaseList.state.in_(("ended", "expired")))
        .order_by(LeaseList.number)
    ).all()
    granted = session.scalars(
        select(DataGrant)
        .where(
            DataGrant.engagement_id == engagement_id,
            DataGrant.state.in_(("revoked", "expired")),
            DataGrant.approved_at.is_not(None),
        )
        .order_by(DataGrant.ends_at)
    ).all()
    return rows, granted


def return_list(
    session: Session, *, context: Context, list_id: UUID, note: str = "", confirmed: bool = False
) -> ReturnProof:
    """Give a list back, or prove that one which ended is gone. Raises NotFound, Denied, Conflict, Invalid."""
    _may_sign(context, note, confirmed=confirmed)
    row = lists.found(session, list_id=list_id)
    if row.state not in ("live", "ended", "expired"):
        raise Conflict(N_("This list was returned already, or is still being lent."))
    done = lists.worked(session, context=context, list_id=row.id)
    counts = {
        "leased": max(row.size, done.leased),
        "reached": done.reached,
        "touches": done.touches,
        "cases": done.cases,
    }
    if context.party == "provider":
        if session.scalar(_RETURN, {"list": row.id}) is None:
            raise Conflict(N_("This list was returned already, or is still being lent."))
    else:
        ending.end_leases(
            session, context=context, engagement_id=row.engagement_id, reason="returned", lease_list_id=row.id
        )
        row.state, row.ended_at = "returned", row.ended_at or datetime.now(UTC)
        session.flush()
    subject = {"zh-CN": f"名单 {row.number}“{row.name}”", "en": f"List {row.number} “{row.name}”"}
    return _sign(session, context, row.engagement_id, subject, row.expires_at, counts, note, lease_list_id=row.id)


def prove_purge(
    session: Session, *, context: Context, grant_id: UUID, note: str = "", confirmed: bool = False
) -> ReturnProof:
    """Prove that nothing seen under an ended grant is held. Raises NotFound, Denied, Conflict, Invalid."""
    _may_sign(context, note, confirmed=confirmed)
    row = grants.found(session, grant_id=grant_id)
    if row.state not in ("revoked", "expired"):
        raise Conflict(N_("A grant is proved purged once, after it was revoked or has expired."))
    count = func.count(func.distinct(Lease.customer_id))
    counts = {"leased": session.scalar(select(count).where(Lease.data_grant_id == row.id)) or 0}
    if context.party == "provider":
        if not session.scalar(_PURGED, {"granted": row.id}):
            raise Conflict(N_("A grant is proved purged once, after it was revoked or has expired."))
    else:
        grants.proved(session, context=context, row=row)
    subject = {"zh-CN": f"数据授权 {row.id}", "en": f"Data grant {row.id}"}
    return _sign(
        session, context, row.engagement_id, subject, row.ended_at or row.ends_at, counts, note, data_grant_id=row.id
    )


def _may_sign(context: Context, note: str, *, confirmed: bool) -> None:
    if context.party == "provider" and not context.may(policy.SIGN):
        raise Denied(N_("Your role does not include this."), permission=policy.SIGN)
    if context.party == "client" and not context.may(policy.LEASE):
        raise Denied(N_("Your role does not include this."), permission=policy.LEASE)
    if not confirmed:
        raise Invalid(N_("The declaration must be confirmed: without it there is no proof."), field="confirmed")
    if context.party != "provider" and not note.strip():
        raise Invalid(N_("Say which paper of the provider you received, and when."), field="note")
    if len(note) > TEXT_LIMIT:
        raise Invalid(N_("Write less: 1,000 characters at most."), field="note")


def _sign(
    session: Session, context: Context, engagement_id: UUID, subject: Mapping[str, str], ended: datetime,
    counts: Mapping[str, int], note: str, **about: UUID,
) -> ReturnProof:  # fmt: skip
    engagement = session.scalar(select(Engagement).where(Engagement.id == engagement_id))
    if engagement is None:
        raise NotFound
    document = _document(context, engagement, subject, ended, counts, note)
    row = ReturnProof(
        engagement_id=engagement_id, document=document, digest=hashlib.sha256(document.encode()).hexdigest(),
        counts=dict(counts), signed_party=context.party, signed_name=context.shown_name, **about,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="return_proof.signed", subject=("return_proof", row.id),
                 details={"digest": row.digest, **{name: str(value) for name, value in about.items()}, **counts})  # fmt: skip
    return row


def _document(
    context: Context, engagement: Engagement, subject: Mapping[str, str], ended: datetime, counts: Mapping[str, int],
    note: str,
) -> str:  # fmt: skip
    now = datetime.now(UTC).isoformat(timespec="seconds")
    figures = "; ".join(f"{name}={value}" for name, value in sorted(counts.items()))
    received = context.party != "provider"
    lines = [
        "归还与删除证明 / Proof of return and deletion",
        f"发包方 / Client: {context.tenant_name}",
        f"承包方 / Provider: {engagement.provider_name}",
        f"合作 / Engagement: {engagement.name}",
        f"标的 / Subject: {subject['zh-CN']} / {subject['en']}",
        f"结束 / Ended: {min(ended, datetime.now(UTC)).isoformat(timespec='seconds')}",
        f"数量 / Counts: {figures}",
        DECLARED["zh-CN"],
        DECLARED["en"],
        *([f"说明 / Note: {note.strip()}"] if note.strip() else []),
        f"{'登记 / Noted by' if received else '签署 / Signed by'}: {context.shown_name}, {now}",
    ]
    return "\n".join(lines) + "\n"


def proof(session: Session, *, proof_id: UUID) -> Any:
    """A signed proof with its document. Raises NotFound."""
    row = session.scalar(select(ReturnProof).where(ReturnProof.id == proof_id))
    if row is None:
        raise NotFound
    return row


def whole(row: ReturnProof) -> bool:
    """Whether the document still is what was signed."""
    return hashlib.sha256(row.document.encode()).hexdigest() == row.digest


def proofs_of(session: Session, *, engagement_id: UUID) -> Sequence[ReturnProof]:
    return session.scalars(
        select(ReturnProof).where(ReturnProof.engagement_id == engagement_id).order_by(ReturnProof.created_at.desc())
    ).all()
