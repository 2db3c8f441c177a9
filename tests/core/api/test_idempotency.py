"""The same POST twice does one thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from core.api.idempotency import Attempt
from core.api.models import IdempotencyKey
from core.db import scope


@pytest.fixture
def names(session, world):
    """The names of all customers, as the client sees them."""

    def read() -> list[str]:
        from core.customers.models import Customer

        scope.enter(session, world.alice.context)
        found = list(session.scalars(select(Customer.name).order_by(Customer.number)))
        session.rollback()
        return found

    return read


def test_the_same_request_again_gets_the_same_answer(api, world, names):
    alice = api(world.alice)
    first, again = (alice.post("/customers", {"name": "张伟"}, key="import-17") for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert again.data == first.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert names() == ["张伟"]


def test_the_key_of_another_request_is_refused(api, world, names):
    alice = api(world.alice)
    alice.post("/customers", {"name": "张伟"}, key="a")
    other = alice.post("/customers", {"name": "李娜"}, key="a")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert names() == ["张伟"]


def test_a_key_is_the_tokens_own(api, world, names):
    for caller in (api(world.alice), api(world.carol)):
        assert caller.post("/customers", {"name": "张伟"}, key="a").status_code == 201
    assert names() == ["张伟", "张伟"]


def test_without_a_key_every_request_counts(api, world, names):
    alice = api(world.alice)
    for _ in range(2):
        alice.post("/customers", {"name": "张伟"})
    assert names() == ["张伟", "张伟"]


def test_what_failed_may_be_tried_again(api, world, names):
    alice = api(world.alice)
    assert alice.post("/customers", {"name": ""}, key="a").status_code == 422
    assert alice.post("/customers", {"name": "张伟"}, key="a").status_code == 201
    assert names() == ["张伟"]


def test_while_the_first_is_worked_on_the_second_waits_for_nobody(api, session, world, names):
    alice = api(world.alice)
    attempt = Attempt.of(token=alice.token, key="a", method="POST", path="/api/v1/customers", body=b"")
    session.execute(
        text("SELECT pg_advisory_xact_lock(:lock)").execution_options(**scope.PLATFORM), {"lock": attempt.lock}
    )
    busy = alice.post("/customers", {"name": "张伟"}, key="a")
    assert (busy.status_code, busy.json["code"]) == (409, "still_running")
    session.rollback()
    assert names() == []
    assert alice.post("/customers", {"name": "张伟"}, key="a").status_code == 201


def test_a_key_is_free_again_after_a_day(api, session, world, names):
    alice = api(world.alice)
    alice.post("/customers", {"name": "张伟"}, key="a")
    scope.enter(session, world.alice.context)
    session.scalars(select(IdempotencyKey)).one().expires_at = datetime.now(UTC) - timedelta(seconds=1)
    session.commit()
    assert alice.post("/customers", {"name": "李娜"}, key="a").status_code == 201
    assert names() == ["张伟", "李娜"]


def test_a_kept_answer_cannot_be_read_from_the_database(api, session, world):
    alice = api(world.alice)
    alice.post("/customers", {"name": "张伟", "phone": "13800138000"}, key="a")
    scope.enter(session, world.alice.context)
    kept = session.scalars(select(IdempotencyKey)).one()
    assert b"13800138000" not in kept.answer
    assert "张伟".encode() not in kept.answer
    assert alice.token.encode() not in kept.token_hash


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ"])
def test_a_key_that_is_none_is_refused(api, world, key):
    answer = api(world.alice)(
        "POST", "/customers", json={"name": "张伟"}, headers={"Idempotency-Key": key.encode().decode("latin-1")}
    )
    assert answer.status_code == 422
