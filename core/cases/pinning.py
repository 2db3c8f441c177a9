"""The definition a case keeps: stored with its tenant under version and revision, read back once per process.

1. A vertical counts `version`. What a tenant tailors under one version, or a vertical that changed it without counting,
   makes another `revision`: two definitions never share a number.
2. A digest names a definition by its content. Memory is kept by digest, so it cannot be wrong, whoever rolls back.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.cases.definitions import from_document, to_document
from core.cases.models import WorkflowVersion
from core.context import Context
from core.db import scope
from core.db.base import new_id
from core.errors import NotFound
from core.plugin import Workflow

KEPT = 1024
"""Definitions a process keeps in memory."""

_kept: dict[str, Workflow] = {}


def digest_of(document: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def pin(session: Session, *, context: Context, workflow: str, definition: Workflow) -> int:
    """The revision under which the tenant keeps this definition; a new one where it is not kept yet."""
    document = to_document(definition)
    digest = digest_of(document)
    while True:
        revision = session.scalar(_revision(workflow, definition.version).where(WorkflowVersion.digest == digest))
        if revision is not None:
            return int(revision)
        newest = session.scalar(
            select(func.max(WorkflowVersion.revision)).where(
                WorkflowVersion.workflow == workflow, WorkflowVersion.workflow_version == definition.version
            )
        )
        values = {
            "tenant_id": context.tenant_id,
            "id": new_id(),
            "workflow": workflow,
            "workflow_version": definition.version,
            "revision": (newest or 0) + 1,
            "digest": digest,
            "definition": document,
            "created_by": context.participant_id,
        }
        # Somebody who takes the same number at the same time wins; then it is looked up, or counted, once more.
        kept = insert(WorkflowVersion).values(values).on_conflict_do_nothing()
        session.execute(kept.execution_options(**scope.RLS_ONLY))


def _revision(workflow: str, version: int) -> Any:
    return select(WorkflowVersion.revision).where(
        WorkflowVersion.workflow == workflow, WorkflowVersion.workflow_version == version
    )


def pinned_workflow(session: Session, *, workflow: str, version: int, revision: int) -> Workflow:
    """The definition that cases of this version and revision follow. Raises NotFound."""
    row = session.execute(
        select(WorkflowVersion.id, WorkflowVersion.digest).where(
            WorkflowVersion.workflow == workflow,
            WorkflowVersion.workflow_version == version,
            WorkflowVersion.revision == revision,
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return definition_of(session, version_id=row.id, digest=row.digest)


def definition_of(session: Session, *, version_id: UUID, digest: str) -> Workflow:
    """The definition with this digest, from memory if it is there. Raises NotFound."""
    found = _kept.get(digest)
    if found is None:
        document = session.scalar(select(WorkflowVersion.definition).where(WorkflowVersion.id == version_id))
        if document is None:
            raise NotFound
        found = from_document(document)
        if digest:  # those kept before digests were have none
            if len(_kept) >= KEPT:
                _kept.clear()
            _kept[digest] = found
    return found
