"""Deleting a tenant: nothing of it is left but what its certificate lists, in any table, column or file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.customers.models import Customer
from core.db import erasing, scope
from core.db.base import db
from core.engagements.models import Engagement
from core.errors import Conflict, Denied, NotFound
from core.files import service as files
from core.leaving import certificate, deletion
from core.tenants import address, life
from core.tenants import service as tenants
from core.tenants.models import Tenant
from core.testing.people import World, make_world
from core.timeline.models import TimelineEntry
from tests.core.leaving.conftest import ask_to_close, delete
from tests.isolation.factory import Planted, plant


@dataclass(frozen=True)
class Gone:
    """A tenant that had rows in every table and was deleted, and one beside it that was not."""

    planted: Planted
    neighbour: World
    row: Any

    @property
    def tenant_id(self) -> UUID:
        return self.planted.world.tenant_id


@pytest.fixture(scope="module")
def gone(app: Flask) -> Gone:
    planted, neighbour = plant(app), make_world(app, verticals=())
    with app.app_context():
        session = db.session()
        ask_to_close(session, planted.world.alice.context, over=True)
        certificate_id = delete(session, planted.world.tenant_id)
        row = certificate.find(session, wanted=str(certificate_id))
        session.rollback()
        db.session.remove()
    return Gone(planted, neighbour, row)


def test_nothing_names_the_tenant_any_more_but_its_certificate(
    gone: Gone, everywhere: Callable[[UUID], dict[str, int]]
) -> None:
    assert gone.row.state == "issued", gone.row.notes
    assert everywhere(gone.tenant_id) == {"deletion_certificate": 1}
    folder = files.path_of(gone.tenant_id, gone.tenant_id).parent
    assert not folder.exists()


def test_the_certificate_counts_every_table_before_and_after(gone: Gone) -> None:
    counted = {each["name"]: each["before"] for each in gone.row.document["tables"]}
    for name, rows in gone.planted.rows.items():
        assert counted[name] >= len(rows), name
    assert {each["after"] for each in gone.row.document["tables"]} == {0}
    assert gone.row.document["files"]["before"] == sum(
        len(gone.planted.rows[name]) for name in ("stored_file", "attachment")
    )
    assert gone.row.document["scan"]["left"] == []


def test_the_certificate_says_who_asked_and_what_is_left_and_why(gone: Gone) -> None:
    paper = gone.row.document
    assert paper["asked"]["by"] == "Alice"
    assert paper["asked"]["reason"] == "We go elsewhere"
    assert [each["what"] for each in paper["kept"] if each["what"] != "seal"] == ["certificate"]
    assert all(each["reason"] for each in paper["kept"])


def test_a_changed_certificate_does_not_hold(gone: Gone) -> None:
    paper, how = gone.row.document, {"sha256": gone.row.sha256, "signature": gone.row.signature}
    assert certificate.holds(paper, **how)
    changed = {**paper, "files": {"before": 0, "after": 0}}
    assert not certificate.holds(changed, **how)
    digest, _ = certificate.signed(changed)
    assert not certificate.holds(changed, sha256=digest, signature=gone.row.signature)
    assert not certificate.holds(paper, sha256=gone.row.sha256, signature="nobody:zz")


def test_accounts_of_people_who_worked_nowhere_else_are_gone_with_it(gone: Gone, inside: Session) -> None:
    for person in gone.planted.world.people:
        left = inside.scalar(
            text("SELECT count(*) FROM login_find(:key, cast('{}' AS bytea[]), interval '1 day') WHERE user_id IS NOT NULL")
            .execution_options(**scope.PLATFORM), {"key": person.email},
        )  # fmt: skip
        assert left == 0
    assert gone.row.document["platform"]["user_account"] >= len(gone.planted.world.people)


def test_the_neighbour_has_lost_nothing(gone: Gone, sign_in: Callable[..., Any]) -> None:
    assert sign_in(gone.neighbour.alice).get("/customers").status_code == 200


def test_its_address_is_given_to_nobody_else(gone: Gone, inside: Session) -> None:
    slug = gone.planted.world.slug
    with pytest.raises(Conflict, match="taken"):
        tenants.create_tenant(inside, slug=slug, name="Poser", kinds=["client"])
    assert isinstance(address.problem_with(inside, slug=slug), Conflict)
    with pytest.raises(NotFound):
        tenants.find_workspace(inside, workspace=slug)


def test_its_provider_sees_the_certificate_and_nothing_else(gone: Gone, inside: Session) -> None:
    home = replace(gone.planted.world.alice.context, tenant_id=gone.planted.world.provider_id, participant_id=None)
    scope.enter(inside, home)
    assert [row.reference for row in certificate.of_partners(inside)] == [gone.row.reference]
    seen = text("SELECT count(*) FROM engagement").execution_options(**scope.RLS_ONLY)
    assert inside.scalar(seen) == 0


def test_a_stranger_sees_no_certificate_of_it(gone: Gone, inside: Session) -> None:
    scope.enter(inside, gone.neighbour.alice.context)
    assert certificate.of_partners(inside) == []


def test_the_certificate_has_a_public_page_that_nobody_guesses(gone: Gone, app: Flask) -> None:
    client = app.test_client()
    page = client.get(f"/deleted/{gone.row.reference}?lang=en", follow_redirects=True)
    assert page.status_code == 200
    assert gone.row.document["organisation"]["name"] in page.text
    told = json.loads(client.get(f"/deleted/{gone.row.reference}.json").text)
    assert certificate.holds(told["document"], sha256=told["sha256"], signature=told["signature"])
    for guess in (gone.planted.world.slug, str(gone.row.id), str(gone.tenant_id), "x"):
        assert client.get(f"/deleted/{guess}").status_code == 404


# -- the scan ------------------------------------------------------------------------------------------------------------


def note_in_json(session: Session, gone: Gone) -> str:
    scope.enter(session, gone.neighbour.alice.context)
    customer = Customer(number=7, name="Wu", name_key="wu")
    session.add(customer)
    session.flush()
    session.add(TimelineEntry(
        customer_id=customer.id, kind="note", message="x", values={"deep": [{"id": str(gone.tenant_id)}]},
        icon="info", tone="info", party="client", visibility="shared", occurred_at=func.now(),
    ))  # fmt: skip
    return "timeline_entry"


def note_in_text(session: Session, gone: Gone) -> str:
    scope.enter(session, gone.neighbour.alice.context)
    session.add(Customer(number=8, name=f"was {gone.tenant_id.hex}", name_key="was"))
    return "customer"


def waiting_job(session: Session, gone: Gone) -> str:
    session.execute(
        text("INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)"
             " VALUES ('bulk', 'nothing', jsonb_build_object('tenant_id', cast(:t AS text)), now() + interval '1 year')")
        .execution_options(**scope.PLATFORM), {"t": str(gone.tenant_id)},
    )  # fmt: skip
    return "procrastinate_jobs"


def failed_sign_in(session: Session, gone: Gone) -> str:
    session.execute(
        text("SELECT login_fail(ARRAY[cast(:key AS bytea)])").execution_options(**scope.PLATFORM),
        {"key": gone.tenant_id.bytes},
    )
    return "login_attempt"


def stored_file(session: Session, gone: Gone) -> str:
    path = files.path_of(gone.neighbour.tenant_id, gone.tenant_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left")
    return "file store"


@pytest.mark.parametrize("leave", [note_in_json, note_in_text, waiting_job, failed_sign_in, stored_file])
def test_a_leftover_is_found_wherever_it_is(
    gone: Gone, inside: Session, leave: Callable[[Session, Gone], str], config: Any
) -> None:
    assert deletion.scan(db.engine, tenant_id=gone.tenant_id).wrong == ()
    where = leave(inside, gone)
    inside.commit()
    try:
        assert [line.partition(":")[0] for line in deletion.scan(db.engine, tenant_id=gone.tenant_id).wrong] == [where]
    finally:
        tidy(config, gone.tenant_id, gone.neighbour.tenant_id)
    assert deletion.scan(db.engine, tenant_id=gone.tenant_id).wrong == ()


def tidy(config: Any, tenant_id: UUID, neighbour: UUID) -> None:
    """Take the leftovers of these tests away, past every wall."""
    import psycopg

    from core.db import home

    files.path_of(neighbour, tenant_id).unlink(missing_ok=True)
    with psycopg.connect(home.server(config).ensure().superuser_conninfo(home.DATABASE)) as connection:
        for name in ("timeline_entry", "customer", "procrastinate_jobs", "login_attempt"):
            connection.execute(
                f"DELETE FROM {name} x WHERE (x.*)::text LIKE %s OR (x.*)::text LIKE %s",  # type: ignore[arg-type]
                [f"%{tenant_id}%", f"%{tenant_id.hex}%"],
            )


def test_a_leftover_keeps_the_certificate_back_until_it_is_gone(app: Flask, inside: Session, config: Any) -> None:
    world, neighbour = make_world(app, verticals=()), make_world(app, verticals=())
    scope.enter(inside, neighbour.alice.context)
    inside.add(Customer(number=9, name=f"was {world.tenant_id}", name_key="was"))
    inside.commit()
    ask_to_close(inside, world.alice.context, over=True)
    certificate_id = delete(inside, world.tenant_id)
    held = certificate.find(inside, wanted=str(certificate_id))
    assert held.state == "erasing"
    assert held.notes["left"] == ["customer: 1"]
    with pytest.raises(NotFound):
        certificate.issued(inside, reference=held.reference)
    inside.rollback()
    tidy(config, world.tenant_id, neighbour.tenant_id)
    assert not deletion.work(db.engine, certificate_id=certificate_id, seconds=0), "empty tables use up no slice"
    assert certificate.issued(inside, reference=held.reference).document["scan"]["left"] == []


# -- the eraser ----------------------------------------------------------------------------------------------------------


def test_the_eraser_sees_and_deletes_nothing_of_a_tenant_that_lives(gone: Gone, app: Flask) -> None:
    world = gone.neighbour
    with app.app_context(), erasing.eraser(db.engine, world.tenant_id) as connection:
        for name in (*erasing.tenant_tables(connection), "tenant"):
            assert connection.scalar(text(f'SELECT count(*) FROM "{name}"')) == 0, name
            key = "id" if name == "tenant" else "tenant_id"
            assert (
                connection.execute(text(f'DELETE FROM "{name}" WHERE {key} = :t'), {"t": world.tenant_id}).rowcount == 0
            )


@pytest.mark.parametrize("state", ["trial", "active", "suspended", "closing"])
def test_a_deletion_begins_only_after_the_days_of_grace(app: Flask, inside: Session, state: str) -> None:
    world = make_world(app, verticals=())
    if state == "closing":
        ask_to_close(inside, world.alice.context)
    else:
        scope.enter(inside, world.alice.context)
        inside.execute(update(Tenant).where(Tenant.id == world.tenant_id).values(state=state))
        inside.commit()
    assert deletion.begin(inside, tenant_id=world.tenant_id) is None
    inside.rollback()
    scope.enter(inside, world.alice.context)
    assert inside.scalar(select(func.count(AuditEntry.id))) or state != "closing"


# -- closing -------------------------------------------------------------------------------------------------------------


def home_of_provider(world: World) -> Any:
    return replace(
        world.alice.context, tenant_id=world.provider_id, participant_id=None, workspace=f"{world.slug}-provider",
        tenant_name=f"Clearline {world.slug}",
    )  # fmt: skip


def test_a_provider_does_not_close_while_it_works_for_clients(app: Flask, inside: Session) -> None:
    world = make_world(app, verticals=())
    home = home_of_provider(world)
    scope.enter(inside, home)
    with pytest.raises(Conflict, match="Retention 2026"):
        life.move(inside, context=home, event="close", reason="We stop", days=30)


def test_a_provider_that_closed_its_engagements_goes_and_the_client_keeps_its_own_record(
    app: Flask, inside: Session, everywhere: Callable[[UUID], dict[str, int]]
) -> None:
    world = make_world(app, verticals=())
    scope.enter(inside, world.alice.context)
    inside.execute(update(Engagement).where(Engagement.id == world.engagement_id).values(state="closed"))
    inside.commit()
    ask_to_close(inside, home_of_provider(world), over=True)
    certificate_id = delete(inside, world.provider_id)
    row = certificate.find(inside, wanted=str(certificate_id))
    assert row.state == "issued", row.notes
    kept = {each["table"]: each["what"] for each in row.document["kept"] if each["table"]}
    assert kept["engagement"] == "partner"
    assert kept["tenant"] == "number"
    assert everywhere(world.provider_id).keys() == kept.keys()
    inside.rollback()
    scope.enter(inside, world.alice.context)
    assert inside.scalar(select(Engagement.provider_name)) == f"Clearline {world.slug}"
    assert [each.name for each in certificate.of_partners(inside)] == [f"Clearline {world.slug}"]


def test_who_is_no_administrator_does_not_close(app: Flask, inside: Session) -> None:
    world = make_world(app, verticals=())
    for person in (world.carol, world.bob):
        scope.enter(inside, person.context)
        with pytest.raises(Denied):
            life.move(inside, context=person.context, event="close", reason="No", days=30)
        inside.rollback()


def test_a_closing_called_back_leads_to_the_state_before(app: Flask, inside: Session) -> None:
    world = make_world(app, verticals=())
    ask_to_close(inside, world.alice.context)
    scope.enter(inside, world.alice.context)
    assert life.move(inside, context=world.alice.context, event="call_back").state == "active"
    inside.commit()
    scope.enter(inside, world.alice.context)
    assert [row.event for row in life.history(inside)] == ["call_back", "close"]
    actions = inside.scalars(select(AuditEntry.action).where(AuditEntry.subject_type == "tenant")).all()
    assert {"tenant.closing_asked", "tenant.closing_called_back"} <= set(actions)


def test_after_its_date_a_closing_is_not_called_back(app: Flask, inside: Session) -> None:
    world = make_world(app, verticals=())
    ask_to_close(inside, world.alice.context, over=True)
    scope.enter(inside, world.alice.context)
    with pytest.raises(Conflict, match="grace are over"):
        life.move(inside, context=world.alice.context, event="call_back")


def test_closing_asks_for_the_name_and_a_reason(app: Flask, sign_in: Callable[..., Any]) -> None:
    world = make_world(app, verticals=())
    alice = sign_in(world.alice)
    answer = alice.post("/organisation/close", data={"reason": "x", "confirmed": "Harbour"})
    assert answer.status_code == 422
    name = world.alice.context.tenant_name
    assert alice.post("/organisation/close", data={"reason": " ", "confirmed": name}).status_code == 422
    assert alice.post("/organisation/close", data={"reason": "Done", "confirmed": name}).status_code == 303
    assert alice.get("/customers/new").status_code == 200
    assert alice.post("/customers/new", data={"name": "Wu"}).status_code == 403
    assert alice.post("/organisation/call-back").status_code == 303


def test_both_parties_are_told_of_a_closing(app: Flask, inside: Session) -> None:
    from core.notify.models import Notification
    from core.testing.jobs import work_off

    world = make_world(app, verticals=())
    ask_to_close(inside, world.alice.context)
    work_off(app, tenant_id=world.tenant_id)
    scope.enter(inside, world.alice.context)
    told = set(inside.scalars(select(Notification.participant_id).where(Notification.kind == "tenant.closing")))
    assert {world.alice.context.participant_id, world.bob.context.participant_id} <= told
