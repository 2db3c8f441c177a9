"""The proof of a whole engagement, signed by the provider in its own workspace once it is closed and its people have left.

1. `owed` lists what closed engagements still owe, with figures that the database makes (`proofs_owed`). 2. `sign` writes the
document and has it put down on the client's side (`proof_close`): lists count as returned, grants as purged. 3. A job notes it in
the client's trail and tells its people. Both parties read and download the same proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from procrastinate import RetryStrategy
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.base import db, new_id
from core.engagements import policy, proofs
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.notify import service as notify

AGAIN = RetryStrategy(max_attempts=6, exponential_wait=3, retry_exceptions={OperationalError, IntegrityError})
_OWED = text("SELECT * FROM proofs_owed()").execution_options(**scope.PLATFORM)
_CLOSE = text("SELECT proof_close(:engagement, :proof, cast(:said AS jsonb), :person)").execution_options(
    **scope.PLATFORM
)
SUBJECT = {"zh-CN": "合作项下的全部名单与授权", "en": "All lists and grants of the engagement"}


def owed(session: Session, *, context: Context) -> Sequence[Any]:
    """Closed engagements of which the reader's organisation, as the provider, owes the proof. None in an engagement's workspace."""
    if context.party != "client" or not context.may(policy.ACCEPT):
        return []
    return session.execute(_OWED).all()


def sign(session: Session, *, context: Context, engagement_id: UUID, note: str = "", confirmed: bool = False) -> UUID:
    """Prove that nothing of a closed engagement is held. The proof's id. Raises Denied, NotFound, Invalid and Conflict."""
    if context.party != "client" or not context.may(policy.ACCEPT):
        raise Denied(N_("Your role does not include this."), permission=policy.ACCEPT)
    row = next((each for each in owed(session, context=context) if each.engagement_id == engagement_id), None)
    if row is None:
        raise NotFound
    if not confirmed:
        raise Invalid(N_("The declaration must be confirmed: without it there is no proof."), field="confirmed")
    if len(note) > proofs.TEXT_LIMIT:
        raise Invalid(N_("Write less: 1,000 characters at most."), field="note")
    if row.files:
        raise Conflict(N_("Exported files are still kept in the client's workspace. Ask the client to remove them."))
    counts = {"lists": row.lists, "grants": row.grants, "leased": row.customers, "ids_sha256": row.ids_sha256,
              "files_removed": 0, "files_left": row.files}  # fmt: skip
    document = proofs.written(
        parties=(row.client_name, row.provider_name, row.name), subject=SUBJECT, ended=row.closed_at, counts=counts,
        note=note, name=context.shown_name,
    )  # fmt: skip
    digest, proof_id = hashlib.sha256(document.encode()).hexdigest(), new_id()
    said = {
        "document": document, "digest": digest, "signature": keys.sign(document.encode()).hex(), "counts": counts,
    }  # fmt: skip
    values = {
        "engagement": engagement_id, "proof": proof_id, "said": orjson.dumps(said).decode(), "person": context.shown_name,
    }  # fmt: skip
    client = session.scalar(_CLOSE, values)
    if client is None:
        raise NotFound
    audit.append(session, context=context, action="return_proof.signed", subject=("return_proof", proof_id),
                 details={"digest": digest, "engagement_id": str(engagement_id), **counts})  # fmt: skip
    enqueue(session, task=note_proof, to="interactive", tenant_id=client, proof_id=proof_id)
    return proof_id


@queue.task(name="note_proof", queue="interactive", retry=AGAIN)
def note_proof(*, tenant_id: str, proof_id: str) -> None:
    """In the client's tenant: the trail, and word to who answers for the engagement."""
    context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
    session = db.session()
    try:
        scope.enter(session, context)
        noted(session, context=context, proof_id=UUID(proof_id))
        session.commit()
    finally:
        db.session.remove()


def noted(session: Session, *, context: Context, proof_id: UUID) -> None:
    row = proofs.proof(session, context=context, proof_id=proof_id)
    details = {
        "digest": row.digest,
        "engagement_id": str(row.engagement_id),
        "signed_by": row.signed_name,
        **row.counts,
    }
    audit.append(
        session, context=context, action="return_proof.received", subject=("return_proof", row.id), details=details
    )
    notify.tell(session, context=context, kind="proof.received", values={}, subject=("return_proof", row.id),
                cause=f"proof:{row.id}", permission=policy.MANAGE)  # fmt: skip
