"""Attachments over REST: those of a customer and of a case, one, its content, new, change, remove."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import created, page, resource
from core.attachments import policy, queries, schemas, service
from core.attachments.answers import download
from core.db.base import db
from core.errors import N_, Invalid
from core.fields.masks import written
from core.web.current import context

endpoints = Endpoints("attachments", __name__, prefix="", title="Attachments")


@endpoints.get(
    "/customers/<uuid:customer_id>/attachments", permission=policy.READ, query=schemas.AttachmentQuery,
    returns=schemas.AttachmentPage,
)  # fmt: skip
def index(customer_id: UUID, query: dict[str, Any]) -> Response:
    """List what is attached to a customer and to its cases, the newest first."""
    service.HOLDERS["customer"](db.session(), customer_id)
    return _page(queries.attached(db.session(), context=context(), customer_id=customer_id, **query))


@endpoints.get(
    "/cases/<uuid:case_id>/attachments", permission="case.read", query=schemas.AttachmentQuery,
    returns=schemas.AttachmentPage,
)  # fmt: skip
def of_case(case_id: UUID, query: dict[str, Any]) -> Response:
    """List what is attached to a case, the newest first."""
    service.HOLDERS["case"](db.session(), case_id)
    return _page(queries.attached(db.session(), context=context(), case_id=case_id, **query))


@endpoints.post(
    "/customers/<uuid:customer_id>/attachments", permission=policy.ADD, body=schemas.AttachmentNew,
    returns=schemas.Attachment, versioned=True,
)  # fmt: skip
def create(customer_id: UUID, body: dict[str, Any]) -> Response:
    """Attach a file to a customer. It is looked at: programs, archives, macros and bombs are refused with the reason."""
    return _attach(body, customer_id=customer_id)


@endpoints.post(
    "/cases/<uuid:case_id>/attachments", permission=policy.ADD, body=schemas.AttachmentNew, returns=schemas.Attachment,
    versioned=True,
)  # fmt: skip
def create_on_case(case_id: UUID, body: dict[str, Any]) -> Response:
    """Attach a file to a case."""
    return _attach(body, case_id=case_id)


@endpoints.get("/attachments/<uuid:attachment_id>", permission=policy.READ, returns=schemas.Attachment, versioned=True)
def show(attachment_id: UUID) -> Response:
    """Read what is known of a file."""
    return resource(_shown(service.found(db.session(), attachment_id=attachment_id)))


@endpoints.get("/attachments/<uuid:attachment_id>/content", permission=policy.READ)
def content(attachment_id: UUID) -> Response:
    """The bytes, for saving: never drawn, under the name and media type that were found. Noted in the trail."""
    return download(service.found(db.session(), attachment_id=attachment_id))


@endpoints.patch(
    "/attachments/<uuid:attachment_id>", permission=policy.MANAGE, body=schemas.AttachmentChange,
    returns=schemas.Attachment, versioned=True,
)  # fmt: skip
def change(attachment_id: UUID, body: dict[str, Any]) -> Response:
    """Change its note, share it with the provider or not."""
    row = service.change(
        db.session(), context=context(), attachment_id=attachment_id, version=expected_version(), changes=body
    )
    return resource(_shown(row))


@endpoints.delete("/attachments/<uuid:attachment_id>", permission=policy.MANAGE)
def remove(attachment_id: UUID) -> Response:
    """Remove it. It can be put back for 30 days."""
    service.remove(db.session(), context=context(), attachment_id=attachment_id)
    return Response(status=204)


def _attach(body: dict[str, Any], *, customer_id: UUID | None = None, case_id: UUID | None = None) -> Response:
    try:
        raw = base64.b64decode(body.pop("content"), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(N_("This is not base64."), field="content") from None
    row = service.attach(
        db.session(), context=context(), stream=io.BytesIO(raw), customer_id=customer_id, case_id=case_id, **body
    )
    return created(_shown(row), endpoint="api_attachments.show", attachment_id=row.id)


def _page(found: Any) -> Response:
    return page([_shown(row) for row in found.rows], following=found.next)


def _shown(row: Any) -> dict[str, Any]:
    same = (
        "id",
        "customer_id",
        "case_id",
        "media_type",
        "size",
        "sha256",
        "party",
        "version",
        "created_at",
        "updated_at",
    )
    return {
        **{name: getattr(row, name) for name in same},
        "name": queries.shown_name(row, context=context()),
        "note": written(row.note, sight=context().sight),
        "shared": row.visibility == "shared",
    }
