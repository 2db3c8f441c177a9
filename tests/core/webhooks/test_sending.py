"""Outgoing webhooks: who hears of what, signed, again after a failure, and never of another tenant."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select, text, update
from standardwebhooks import Webhook

from core.db import scope
from core.engagements import service as engagements
from core.events.models import OutboxEvent
from core.jobs.tasks import job_context
from core.tenants import life
from core.testing.jobs import work_off
from core.testing.people import make_world
from core.webhooks import sending
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.core.webhooks.conftest import Receiver

Listen = Callable[..., dict[str, Any]]
CUSTOMER = {"kind": "person", "name": "Wang Xiulan", "phone": "+8613912345678"}
PHONES = itertools.count(13_912_340_000)


def sold(app: Any, api: Any, world: Any) -> str:
    """Alice's tenant has a new customer, and its jobs are done."""
    phone = next(PHONES)
    made = api(world.alice).post("/customers", {"kind": "person", "name": f"Wang {phone}", "phone": f"+86{phone}"})
    assert made.status_code == 201, made.text
    work_off(app, tenant_id=world.tenant_id)
    return str(made.json["id"])


def due_now(session: Any, world: Any) -> None:
    """The wait for the next try is over."""
    scope.enter(session, world.alice.context)
    moved = update(WebhookDelivery).values(next_at=datetime.now(UTC)).where(WebhookDelivery.state == "waiting")
    session.execute(moved)
    endpoint_id = session.scalars(select(WebhookEndpoint.id)).one()
    sending_jobs(session, world, endpoint_id)
    session.commit()


def sending_jobs(session: Any, world: Any, endpoint_id: UUID) -> None:
    from core.webhooks import jobs

    jobs.wake(session, tenant_id=world.tenant_id, endpoint_id=endpoint_id)


def log(api: Any, world: Any, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    found = api(world.alice).get(f"/webhook-endpoints/{endpoint['id']}/deliveries")
    return list(found.json["data"])


def test_an_address_hears_of_a_new_customer_by_id_and_can_verify_who_told_it(
    app: Any, api: Any, world: Any, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen("customer.created")
    customer_id = sold(app, api, world)
    [(headers, body)] = receiver.heard
    told = Webhook(endpoint["secret"]).verify(body, headers)
    assert told["type"] == "customer.created"
    assert told["data"]["subject"] == customer_id
    assert told["data"]["actor"]["party"] == "client"
    assert "name" in told["data"]["fields"]
    assert b"Wang" not in body
    assert b"139" not in orjson.dumps({**told["data"], "id": "", "subject": "", "tenant_id": "", "actor": {}})
    [sent] = log(api, world, endpoint)
    assert (sent["state"], sent["answer"], sent["tries"]) == ("delivered", 204, 1)


def test_an_address_hears_only_of_what_it_asked_for_and_never_of_another_tenant(
    app: Any, api: Any, world: Any, receiver: Receiver, listen: Listen
) -> None:
    listen("customer.updated")
    other = make_world(app, verticals=())
    sold(app, api, world)
    sold(app, api, other)
    assert receiver.heard == []


def test_what_a_provider_does_is_told_to_the_client_too(
    app: Any, api: Any, world: Any, session: Any, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen("gate.decided")
    customer_id = sold(app, api, world)
    scope.enter(session, world.alice.context)
    engagements.lease_customers(
        session,
        context=world.alice.context,
        engagement_id=world.engagement_id,
        customer_ids=[UUID(customer_id)],
        purpose="service",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    session.commit()
    asked = {"customer_id": customer_id, "purpose": "service", "channel": "phone"}
    assert api(world.dan).post("/gate/decisions", asked).status_code == 201
    work_off(app, tenant_id=world.tenant_id)
    [(_, body)] = receiver.heard
    assert orjson.loads(body)["data"]["actor"]["party"] == "provider"
    assert log(api, world, endpoint)[0]["event_name"] == "gate.decided"


def test_what_fails_is_tried_again_after_the_promised_waits_and_then_given_up(
    app: Any, api: Any, world: Any, session: Any, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen("customer.created")
    receiver.answers[:] = [(500, {})] * 7
    sold(app, api, world)
    waits = []
    for _ in range(6):
        [sent] = log(api, world, endpoint)
        assert (sent["state"], sent["answer"], sent["error"]) == ("waiting", 500, "status")
        waits.append(datetime.fromisoformat(sent["next_at"]) - datetime.now(UTC))
        due_now(session, world)
        work_off(app, tenant_id=world.tenant_id)
    promised = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)]
    promised += [timedelta(hours=each) for each in (2, 5, 10)]
    assert all(timedelta() <= want - got < timedelta(seconds=30) for want, got in zip(promised, waits, strict=True))
    [sent] = log(api, world, endpoint)
    assert (sent["state"], sent["tries"], sent["next_at"]) == ("failed", 7, None)
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1
    again = api(world.alice).post(f"/webhook-endpoints/{endpoint['id']}/resend")
    assert again.json == {"count": 1}
    work_off(app, tenant_id=world.tenant_id)
    assert log(api, world, endpoint)[0]["state"] == "delivered"
    page = [each.number for each in tries(session, world, UUID(sent["id"]))]
    assert page == [1, 2, 3, 4, 5, 6, 7, 8]


def tries(session: Any, world: Any, delivery_id: UUID) -> Any:
    from core.webhooks import queries

    scope.enter(session, world.alice.context)
    found = queries.tries_of(session, delivery_id=delivery_id)
    session.rollback()
    return found


def test_an_address_that_asks_to_be_left_alone_is_left_alone_for_as_long(
    app: Any, api: Any, world: Any, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen("customer.created")
    receiver.answers[:] = [(429, {"Retry-After": "900"})]
    sold(app, api, world)
    [sent] = log(api, world, endpoint)
    wait = datetime.fromisoformat(sent["next_at"]) - datetime.now(UTC)
    assert timedelta(minutes=14) < wait <= timedelta(minutes=15)


def test_a_redirect_is_not_followed(app: Any, api: Any, world: Any, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen("customer.created")
    receiver.answers[:] = [(302, {"Location": receiver.url})]
    sold(app, api, world)
    assert len(receiver.heard) == 1
    assert log(api, world, endpoint)[0]["error"] == "refused"


def test_an_address_that_is_gone_is_stopped_and_its_owners_are_told(
    app: Any, api: Any, world: Any, receiver: Receiver, listen: Listen, in_english: Any
) -> None:
    endpoint = listen("customer.created")
    receiver.answers[:] = [(410, {})]
    sold(app, api, world)
    sold(app, api, world)
    assert len(receiver.heard) == 1
    assert api(world.alice).get(f"/webhook-endpoints/{endpoint['id']}").json["state"] == "stopped"
    assert "webhook address" in in_english(world.alice).get("/notifications").text


def test_a_dead_host_costs_one_call_and_not_one_for_each_event(
    app: Any, api: Any, world: Any, session: Any, receiver: Receiver, listen: Listen, monkeypatch: Any
) -> None:
    endpoint = listen("customer.created")
    called = []
    monkeypatch.setattr(sending, "call", lambda letter: called.append(letter) or sending.Outcome(error="unreachable"))
    person = api(world.alice)
    for number in range(3):
        assert (
            person.post(
                "/customers", {**CUSTOMER, "name": f"Wang {number}", "phone": f"+861391234567{number}"}
            ).status_code
            == 201
        )
    work_off(app, tenant_id=world.tenant_id)
    assert len(called) == 1
    assert sorted(each["error"] for each in log(api, world, endpoint)) == [
        "a_moment_ago",
        "a_moment_ago",
        "unreachable",
    ]


def moved(app: Any, session: Any, tenant_id: UUID, event: str) -> None:
    """The organisation takes a step of its life, and its jobs are done."""
    context = job_context(tenant_id=tenant_id, participant_id=None)
    scope.enter(session, context)
    life.move(session, context=context, event=event, reason="unpaid", days=7)
    session.commit()
    work_off(app, tenant_id=tenant_id)


def test_while_the_organisation_is_suspended_what_is_due_waits_and_then_goes_out(
    app: Any, api: Any, world: Any, session: Any, receiver: Receiver, listen: Listen, in_english: Any
) -> None:
    endpoint = listen("customer.created")
    receiver.answers[:] = [(500, {})]
    sold(app, api, world)
    moved(app, session, world.tenant_id, "suspend")
    due_now(session, world)
    work_off(app, tenant_id=world.tenant_id)
    [sent] = log(api, world, endpoint)
    assert (len(receiver.heard), sent["state"], sent["held_by"]) == (1, "waiting", "suspended")
    for page in (f"/webhooks/{endpoint['id']}", f"/webhooks/deliveries/{sent['id']}"):
        assert "Waits while the organisation is suspended." in in_english(world.alice).get(page).text
    scope.enter(session, world.alice.context)
    session.execute(update(OutboxEvent).values(occurred_at=datetime.now(UTC) - timedelta(days=400)))
    session.commit()
    session.execute(text("SELECT outbox_purge(30)").execution_options(**scope.PLATFORM))
    session.commit()
    moved(app, session, world.tenant_id, "activate")
    [sent] = log(api, world, endpoint)
    assert (len(receiver.heard), sent["state"], sent["held_by"]) == (2, "delivered", None)


def test_when_the_organisation_closes_what_waits_is_dropped_and_the_log_says_so(
    app: Any, api: Any, world: Any, session: Any, receiver: Receiver, listen: Listen, in_english: Any
) -> None:
    endpoint = listen("customer.created")
    receiver.answers[:] = [(500, {})]
    sold(app, api, world)
    moved(app, session, world.tenant_id, "close")
    [sent] = log(api, world, endpoint)
    assert (len(receiver.heard), sent["state"], sent["error"], sent["next_at"]) == (1, "cancelled", "closing", None)
    assert (
        "The organisation is closing, so it was not sent."
        in in_english(world.alice).get(f"/webhooks/{endpoint['id']}").text
    )


def test_a_client_is_told_on_while_only_its_provider_is_suspended(
    app: Any, api: Any, world: Any, session: Any, receiver: Receiver, listen: Listen
) -> None:
    listen("customer.created")
    moved(app, session, world.provider_id, "suspend")
    sold(app, api, world)
    assert len(receiver.heard) == 1


def test_while_a_secret_is_changed_both_sign_and_a_stolen_one_ends_at_once(
    app: Any, api: Any, world: Any, receiver: Receiver, listen: Listen
) -> None:
    first = listen("customer.created")
    person = api(world.alice)
    second = person.post(f"/webhook-endpoints/{first['id']}/secret", {}).json
    sold(app, api, world)
    headers, body = receiver.heard[-1]
    for secret in (first["secret"], second["secret"]):
        Webhook(secret).verify(body, headers)
    third = person.post(f"/webhook-endpoints/{first['id']}/secret", {"at_once": True}).json
    sold(app, api, world)
    headers, body = receiver.heard[-1]
    Webhook(third["secret"]).verify(body, headers)
    assert len(headers["webhook-signature"].split()) == 1


def test_what_happens_while_an_address_is_off_is_not_told_but_what_waited_is_sent_when_it_is_on_again(
    app: Any, api: Any, world: Any, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen("customer.created")
    person, address = api(world.alice), f"/webhook-endpoints/{endpoint['id']}"
    receiver.answers[:] = [(429, {"Retry-After": "0"}), (503, {})]
    sold(app, api, world)
    etag = person.get(address).headers["ETag"]
    assert person.patch(address, {"on": False}, etag=etag).json["state"] == "off"
    sold(app, api, world)
    assert len(log(api, world, endpoint)) == 1
    assert person.post(f"{address}/test").status_code == 409


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://127.0.0.1/hooks", "该主机在内网"),
        ("https://[::1]/hooks", "该主机在内网"),
        ("https://[::ffff:10.0.0.8]/hooks", "该主机在内网"),
        ("https://[64:ff9b::10.0.0.8]/hooks", "该主机在内网"),
        ("https://localhost/hooks", "该主机在内网"),
        ("https://10.0.0.8/hooks", "该主机在内网"),
        ("https://169.254.169.254/latest", "该主机在内网"),
        ("http://93.184.216.34/hooks", "只调用 https"),
        ("https://someone:secret@93.184.216.34/", "不要包含用户名和密码"),
        ("ftp://93.184.216.34/", "只调用 https"),
        ("https://no-such-host.invalid/", "没有这个主机"),
        ("nonsense", "请填写类似"),
        ("https://93.184.216.34:99999/", "请填写类似"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_with_the_reason(
    api: Any, world: Any, url: str, words: str
) -> None:
    body = {"name": "Warehouse", "url": url, "events": ["customer.created"]}
    answer = api(world.alice).post("/webhook-endpoints", body)
    assert answer.status_code == 422
    [problem] = answer.json["errors"]
    assert problem["pointer"] == "/url"
    assert words in problem["detail"]


def test_an_unknown_event_is_named(api: Any, world: Any, listen: Listen, receiver: Receiver) -> None:
    body = {"name": "Warehouse", "url": receiver.url, "events": ["customer.create"]}
    answer = api(world.alice).post("/webhook-endpoints", body)
    assert "customer.create " in answer.json["errors"][0]["detail"]


def test_the_pages_show_what_was_sent_and_send_it_again(
    app: Any, api: Any, world: Any, receiver: Receiver, listen: Listen, in_english: Any
) -> None:
    endpoint = listen("customer.created")
    receiver.answers[:] = [(410, {})]
    sold(app, api, world)
    alice = in_english(world.alice)
    assert "Warehouse" in alice.get("/webhooks").text
    page = alice.get(f"/webhooks/{endpoint['id']}")
    assert "Stopped" in page.text
    [sent] = log(api, world, endpoint)
    shown = alice.get(f"/webhooks/deliveries/{sent['id']}")
    assert "410" in shown.text
    assert "customer.created" in shown.text
    assert alice.post(f"/webhooks/deliveries/{sent['id']}/resend").status_code == 409
    version = api(world.alice).get(f"/webhook-endpoints/{endpoint['id']}").json["version"]
    again = {"on": "yes", "version": version}
    assert alice.post(f"/webhooks/{endpoint['id']}/switch", data=again).status_code == 303
    assert alice.post(f"/webhooks/deliveries/{sent['id']}/resend").status_code == 303
    work_off(app, tenant_id=world.tenant_id)
    assert "Arrived" in alice.get(f"/webhooks/deliveries/{sent['id']}").text
