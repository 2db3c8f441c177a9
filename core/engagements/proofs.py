"""The provider's proof that it holds nothing any more: of a list it gives back, of a grant that ended, signed by name.

1. What the engagement's people exported and is still kept is removed. 2. The document says in both languages what was lent, until
when, what was done with it, the digest of the customers' ids and who declares what. 3. Its SHA-256 is kept beside it, and the
installation's signature. Either party downloads it (`statement`). For a provider that does not sign, the client notes a paper; one
whose people have left proves the whole engagement from its own workspace (`core.engagements.closing`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.engagements import ending, grants, lists, policy
from core.engagements.models import DataGrant, Engagement, LeaseList, ReturnProof
from core.errors import N_, Conflict, Denied, Invalid, NotFound

TEXT_LIMIT = 1000
RULE = "-" * 40 + "\n"
_RETURN = text("SELECT lease_return(:list)").execution_options(**scope.RLS_ONLY)
_PURGED = text("SELECT grant_purged(:granted)").execution_options(**scope.RLS_ONLY)
"""A provider's role may change neither lists nor grants; these functions do no more than this, in its own engagement."""
_IDS = text(
    "SELECT count(*) AS leased,"
    " encode(sha256(convert_to(coalesce(string_agg(w.id::text, chr(10) ORDER BY w.id), ''), 'UTF8')), 'hex') AS digest"
    " FROM (SELECT DISTINCT customer_id AS id FROM lease WHERE tenant_id = :tenant"
    " AND (lease_list_id = :list OR data_grant_id = :granted)) w"
).execution_options(**scope.RLS_ONLY)
"""The digest of the ids of everybody who was lent, one a line, sorted: either party can make it again. Set-based."""
_PARTNERS = text(
    "SELECT id, engagement_id, document, digest, signature, counts, signed_party, signed_name, created_at FROM return_proof"
    " WHERE provider_tenant_id = :tenant AND tenant_id <> :tenant AND (cast(:proof AS uuid) IS NULL OR id = :proof)"
    " ORDER BY created_at DESC LIMIT 200"
).execution_options(**scope.RLS_ONLY)
"""The provider reads in its own workspace what its people signed: rows that the policy of the second party admits."""

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
    people, ids = _ids(session, context, listed=row.id)
    counts: dict[str, Any] = {
        "leased": max(row.size, people),
        "ids_sha256": ids,
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
    people, ids = _ids(session, context, granted=row.id)
    counts: dict[str, Any] = {"leased": people, "ids_sha256": ids}
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


def _ids(
    session: Session, context: Context, *, listed: UUID | None = None, granted: UUID | None = None
) -> tuple[int, str]:
    """How many customers were lent, and the digest of their ids."""
    row = session.execute(_IDS, {"tenant": context.tenant_id, "list": listed, "granted": granted}).one()
    return row.leased, row.digest


def _sign(
    session: Session, context: Context, engagement_id: UUID, subject: Mapping[str, str], ended: datetime,
    counts: Mapping[str, Any], note: str, **about: UUID,
) -> ReturnProof:  # fmt: skip
    engagement = session.scalar(select(Engagement).where(Engagement.id == engagement_id))
    if engagement is None:
        raise NotFound
    counts = {**counts, "files_removed": ending.remove_files(session, context, engagement_id), "files_left": 0}
    parties = (context.tenant_name, engagement.provider_name, engagement.name)
    document = written(
        parties=parties, subject=subject, ended=ended, counts=counts, note=note, name=context.shown_name,
        received=context.party != "provider",
    )  # fmt: skip
    row = ReturnProof(
        engagement_id=engagement_id, provider_tenant_id=engagement.provider_tenant_id, document=document,
        digest=hashlib.sha256(document.encode()).hexdigest(), signature=keys.sign(document.encode()).hex(),
        counts=dict(counts), signed_party=context.party, signed_name=context.shown_name, **about,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="return_proof.signed", subject=("return_proof", row.id),
                 details={"digest": row.digest, **{name: str(value) for name, value in about.items()}, **counts})  # fmt: skip
    return row


def written(
    *, parties: tuple[str, str, str], subject: Mapping[str, str], ended: datetime, counts: Mapping[str, Any], note: str,
    name: str, received: bool = False,
) -> str:  # fmt: skip
    """The document. `parties` are the client, the provider and the engagement; `received`: the client notes a paper."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    figures = "; ".join(f"{key}={value}" for key, value in sorted(counts.items()) if key != "ids_sha256")
    lines = [
        "归还与删除证明 / Proof of return and deletion",
        f"发包方 / Client: {parties[0]}",
        f"承包方 / Provider: {parties[1]}",
        f"合作 / Engagement: {parties[2]}",
        f"标的 / Subject: {subject['zh-CN']} / {subject['en']}",
        f"结束 / Ended: {min(ended, datetime.now(UTC)).isoformat(timespec='seconds')}",
        f"数量 / Counts: {figures}",
        f"客户标识摘要 / Digest of the customers' ids (SHA-256): {counts['ids_sha256']}",
        f"导出文件 / Exported files: 已移除 {counts['files_removed']}，留存 {counts['files_left']} /"
        f" {counts['files_removed']} removed, {counts['files_left']} left",
        DECLARED["zh-CN"],
        DECLARED["en"],
        *([f"说明 / Note: {note.strip()}"] if note.strip() else []),
        f"{'登记 / Noted by' if received else '签署 / Signed by'}: {name}, {now}",
    ]
    return "\n".join(lines) + "\n"


def proof(session: Session, *, context: Context, proof_id: UUID) -> Any:
    """A signed proof with its document, for either party. Raises NotFound."""
    row: Any = session.scalar(select(ReturnProof).where(ReturnProof.id == proof_id))
    if row is None and context.party == "client":
        row = session.execute(_PARTNERS, {"tenant": context.tenant_id, "proof": proof_id}).one_or_none()
    if row is None:
        raise NotFound
    return row


def given(session: Session, *, context: Context) -> Sequence[Any]:
    """What the scope's own people signed for clients, as a provider. Empty in an engagement's workspace."""
    if context.party != "client":
        return []
    return session.execute(_PARTNERS, {"tenant": context.tenant_id, "proof": None}).all()


def statement(row: Any) -> str:
    """The document as a file that proves itself: what was signed, then its digest, the signature and whose it is."""
    lines = [f"SHA-256: {row.digest}"]
    if row.signature:
        lines += [
            f"Ed25519 ({keys.signing_key_id()}): {row.signature}",
            "签名对象为本行所在分隔线以上的 UTF-8 文本 / The signature is of the UTF-8 text above the line:",
            keys.public_pem().strip(),
        ]
    document: str = row.document
    return document + RULE + "\n".join(lines) + "\n"


def whole(row: Any) -> bool:
    """Whether the document still is what was signed."""
    if hashlib.sha256(row.document.encode()).hexdigest() != row.digest:
        return False
    signed = bytes.fromhex(row.signature) if row.signature else None
    return signed is None or keys.signed_by(keys.public_key(), signed, row.document.encode())


def proofs_of(session: Session, *, engagement_id: UUID) -> Sequence[ReturnProof]:
    return session.scalars(
        select(ReturnProof).where(ReturnProof.engagement_id == engagement_id).order_by(ReturnProof.created_at.desc())
    ).all()
