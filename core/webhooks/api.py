"""Webhooks over REST: addresses, their secrets, what was sent, and sending again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import answer, created, page, resource
from core.db.base import db
from core.web.current import context
from core.webhooks import policy, queries, schemas, sending, service
from core.webhooks.service import Settings

endpoints = Endpoints("webhooks", __name__, prefix="/webhook-endpoints", title="Webhooks")


@endpoints.get("", permission=policy.READ, returns=schemas.WebhookEndpointList)
def index() -> Response:
    """List the addresses that hear of events."""
    return page([_shown(row) for row in queries.endpoint_rows(db.session())], following=None)


@endpoints.post(
    "", permission=policy.MANAGE, body=schemas.WebhookEndpointNew, returns=schemas.WebhookEndpointWithSecret,
    versioned=True, remembered=False,
)  # fmt: skip
def create(body: dict[str, Any]) -> Response:
    """Add an address. The answer has its signing secret, this once."""
    row, secret = service.add(db.session(), context=context(), settings=Settings(**body), private=_private())
    made = {**_shown(queries.endpoint_row(db.session(), endpoint_id=row.id)), "secret": secret}
    return created(made, endpoint="api_webhooks.show", endpoint_id=row.id)


@endpoints.get("/<uuid:endpoint_id>", permission=policy.READ, returns=schemas.WebhookEndpoint, versioned=True)
def show(endpoint_id: UUID) -> Response:
    """Read one address."""
    return resource(_shown(queries.endpoint_row(db.session(), endpoint_id=endpoint_id)))


@endpoints.patch(
    "/<uuid:endpoint_id>", permission=policy.MANAGE, body=schemas.WebhookEndpointChange,
    returns=schemas.WebhookEndpoint, versioned=True,
)  # fmt: skip
def change(endpoint_id: UUID, body: dict[str, Any]) -> Response:
    """Change an address, or switch it on or off."""
    session, version = db.session(), expected_version()
    row = service.found(session, endpoint_id=endpoint_id, version=version)
    on = body.pop("on", None)
    if body:
        settings = Settings(**{"name": row.name, "url": row.url, "events": row.events, **body})
        service.change(session, context=context(), endpoint_id=endpoint_id, settings=settings, private=_private())
    if on is not None:
        service.switch(session, context=context(), endpoint_id=endpoint_id, on=on)
    return resource(_shown(queries.endpoint_row(session, endpoint_id=endpoint_id)))


@endpoints.post(
    "/<uuid:endpoint_id>/secret", permission=policy.MANAGE, body=schemas.SecretChange,
    returns=schemas.WebhookEndpointWithSecret, versioned=True, remembered=False,
)  # fmt: skip
def rotate(endpoint_id: UUID, body: dict[str, Any]) -> Response:
    """Change the signing secret. The answer has the new one, this once."""
    _row, secret = service.rotate(db.session(), context=context(), endpoint_id=endpoint_id, **body)
    made = {**_shown(queries.endpoint_row(db.session(), endpoint_id=endpoint_id)), "secret": secret}
    return created(made, endpoint="api_webhooks.show", endpoint_id=endpoint_id)


@endpoints.delete("/<uuid:endpoint_id>", permission=policy.MANAGE)
def remove(endpoint_id: UUID) -> Response:
    """Forget an address and what was sent to it."""
    service.remove(db.session(), context=context(), endpoint_id=endpoint_id)
    return Response(status=204)


@endpoints.post("/<uuid:endpoint_id>/test", permission=policy.MANAGE, returns=schemas.WebhookDelivery)
def test(endpoint_id: UUID) -> Response:
    """Send the event `webhook.tested` to it."""
    row = service.test(db.session(), context=context(), endpoint_id=endpoint_id)
    return _delivery(row.id)


@endpoints.post("/<uuid:endpoint_id>/resend", permission=policy.MANAGE, returns=schemas.Resent, status=200)
def resend_failed(endpoint_id: UUID) -> Response:
    """Send again what it never got."""
    return answer({"count": service.resend_failed(db.session(), context=context(), endpoint_id=endpoint_id)})


@endpoints.get(
    "/<uuid:endpoint_id>/deliveries", permission=policy.READ, query=schemas.WebhookDeliveryQuery,
    returns=schemas.WebhookDeliveryPage,
)  # fmt: skip
def deliveries(endpoint_id: UUID, query: dict[str, Any]) -> Response:
    """List what was sent to it, the newest first."""
    session = db.session()
    endpoint = queries.endpoint_row(session, endpoint_id=endpoint_id)
    found = queries.delivery_page(session, endpoint_id=endpoint_id, **query)
    return page([_sent(row, endpoint) for row in found.rows], following=found.next)


@endpoints.post("/deliveries/<uuid:delivery_id>/resend", permission=policy.MANAGE, returns=schemas.WebhookDelivery)
def resend(delivery_id: UUID) -> Response:
    """Send one again, with the same `webhook-id`."""
    service.resend(db.session(), context=context(), delivery_id=delivery_id)
    return _delivery(delivery_id)


@endpoints.get("/deliveries/<uuid:delivery_id>", permission=policy.READ, returns=schemas.WebhookDelivery)
def delivery(delivery_id: UUID) -> Response:
    """Read one delivery."""
    return answer(_found(delivery_id))


def _delivery(delivery_id: UUID) -> Response:
    return created(_found(delivery_id), endpoint="api_webhooks.delivery", delivery_id=delivery_id)


def _found(delivery_id: UUID) -> dict[str, Any]:
    row = queries.delivery_row(db.session(), delivery_id=delivery_id)
    return _sent(row, queries.endpoint_row(db.session(), endpoint_id=row.endpoint_id))


def _shown(row: Any) -> dict[str, Any]:
    return dict(schemas.WebhookEndpoint().dump(row))


def _sent(row: Any, endpoint: Any) -> dict[str, Any]:
    held = sending.held_by(endpoint.state, context().life.state) if row.state == "waiting" else None
    return {**schemas.WebhookDelivery().dump(row), "held_by": held if held in sending.HELD else None}


def _private() -> bool:
    return bool(current_app.extensions["kehub"]["config"].private_network)
