"""What is sent: the document of an event, and its signatures (Standard Webhooks 1.0)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from standardwebhooks import Webhook

from core.audit import keys
from core.events.models import OutboxEvent
from core.webhooks.models import WebhookEndpoint

PREFIX = "whsec_"
SECRET_BYTES = 32
AGENT = "Kehub-Webhooks/1"


def new_secret() -> str:
    """A signing secret as receivers configure it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed(secret: str, *, tenant_id: UUID) -> bytes:
    return keys.seal(secret, purpose=f"webhook:{tenant_id}")


def secrets_of(row: WebhookEndpoint, *, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    kept = [row.secret]
    if row.old_secret is not None and row.old_until is not None and now < row.old_until:
        kept.append(row.old_secret)
    return [keys.unseal(each, purpose=f"webhook:{row.tenant_id}") for each in kept]


def document(event: OutboxEvent) -> bytes:
    """The body: type, time, and ids and names of fields; never values. Whoever needs these reads them through the API."""
    told = {
        "id": event.id,
        "version": event.event_version,
        "tenant_id": event.tenant_id,
        "actor": {"party": event.party, "participant_id": event.participant_id, "engagement_id": event.engagement_id},
        "subject": event.subject_id,
        **event.payload,
    }
    made: Mapping[str, Any] = {"type": event.name, "timestamp": event.occurred_at.astimezone(UTC), "data": told}
    return orjson.dumps(made, option=orjson.OPT_UTC_Z)


def headers(*, event_id: UUID, body: bytes, signers: Iterable[str], at: datetime) -> dict[str, str]:
    """The id stays the same however often an event is sent, so that a receiver can tell that it knows it.

    While a secret is being changed there is a signature by each.
    """
    name = f"msg_{event_id.hex}"
    signatures = " ".join(Webhook(secret).sign(name, at, body.decode()) for secret in signers)
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signatures,
    }
