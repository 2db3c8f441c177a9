"""Everything a tenant has as one file: asked for by one person, approved by another, of one moment, in open formats."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.audit.models import AuditEntry
from core.customers import service as customers
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.db.base import Model, TenantModel, db
from core.errors import Conflict, Denied
from core.files import service as files
from core.jobs.models import BulkRun
from core.leaving import contents, service
from core.tenants.models import Tenant
from core.testing.jobs import work_off
from core.testing.people import World, make_world
from tests.isolation.factory import Planted, plant

DOCUMENT = "110105199003078510"


@dataclass(frozen=True)
class Taken:
    planted: Planted
    run_id: Any
    file_id: Any
    zip: zipfile.ZipFile
    manifest: dict[str, Any]

    def rows(self, table: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.zip.read(f"data/{table}.jsonl").decode().splitlines()]


def ask_and_approve(session: Session, world: World) -> Any:
    """Alice asks, a second administrator approves. The run."""
    scope.enter(session, world.alice.context)
    asked = service.ask_export(session, context=world.alice.context, reason="We move house")
    session.commit()
    second = world.carol.context
    from dataclasses import replace

    second = replace(second, permissions=second.permissions | {"tenant.export_approve"})
    scope.enter(session, second)
    done = approvals.decide(session, context=second, approval_id=asked.id, version=asked.version, approve=True)
    run_id = done.result["run"]
    session.commit()
    return run_id


@pytest.fixture(scope="module")
def taken(app: Flask) -> Taken:
    """Of a tenant with rows in every table, while it is suspended."""
    planted = plant(app)
    world = planted.world
    with app.app_context():
        session = db.session()
        scope.enter(session, world.alice.context)
        customer_id = planted.id_of("customer", "kept")
        customers.add_identifier(
            session, context=world.alice.context, customer_id=customer_id, scheme="document:ric", value=DOCUMENT
        )
        session.execute(
            update(Customer)
            .where(Customer.id == customer_id)
            .values(name="=SUM(A1)", attributes={"telecom": {"a": "吴"}})
        )
        scan = io.BytesIO(b"a scan\n")
        file_id = files.keep(
            session, stream=scan, name="scan.txt", media_type="text/plain", purpose="attachment", limit=100
        ).id
        session.commit()
        run_id = ask_and_approve(session, world)
        scope.enter(session, world.alice.context)
        session.execute(update(Tenant).where(Tenant.id == world.tenant_id).values(state="suspended"))
        session.commit()
        db.session.remove()
    work_off(app, tenant_id=world.tenant_id)
    with app.app_context():
        session = db.session()
        scope.enter(session, world.alice.context)
        run = session.scalars(select(BulkRun).where(BulkRun.id == run_id)).one()
        assert run.state == "done", run.error
        path, _ = service.take(session, context=world.alice.context, run_id=run.id)
        session.commit()
        db.session.remove()
    opened = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    return Taken(planted, run.id, file_id, opened, json.loads(opened.read("manifest.json")))


def test_every_table_of_a_tenant_is_in_it_with_all_its_rows(taken: Taken) -> None:
    mapped = {m.local_table.name for m in Model.registry.mappers if issubclass(m.class_, TenantModel)}  # type: ignore[attr-defined]
    assert mapped < taken.manifest["rows"].keys()
    for table, planted in taken.planted.rows.items():
        ids = {row["id"] for row in taken.rows(table)}
        assert {str(row.id) for row in planted} <= ids, table


def test_it_holds_no_row_of_anybody_else(taken: Taken) -> None:
    for table in taken.manifest["rows"]:
        for row in taken.rows(table):
            owner = row["id"] if table == "tenant" else row["tenant_id"]
            assert owner == str(taken.planted.world.tenant_id), table


def test_the_manifest_tells_hash_size_and_rows_of_every_file(taken: Taken) -> None:
    told = {each["path"]: each for each in taken.manifest["files"]}
    assert told.keys() | {"manifest.json"} == set(taken.zip.namelist())
    for path, each in told.items():
        body = taken.zip.read(path)
        assert each["sha256"] == hashlib.sha256(body).hexdigest(), path
        assert each["bytes"] == len(body)
        if path.endswith(".jsonl"):
            assert each["rows"] == len(body.splitlines())
    assert taken.manifest["snapshot"]["isolation"] == "repeatable read"


def test_secrets_are_left_out_and_said_to_be(taken: Taken) -> None:
    assert "token_hash" in taken.manifest["left_out"]["api_token"]
    assert "token_hash" not in taken.rows("api_token")[0]
    for table in taken.manifest["rows"]:
        for row in taken.rows(table)[:1]:
            proof = table in ("audit_batch", "audit_entry")
            assert proof or not [
                name for name, value in row.items() if isinstance(value, str) and value.startswith("\\x")
            ], table


def test_document_numbers_are_in_it_in_the_clear(taken: Taken, app: Flask) -> None:
    clear = [row["value"] for row in taken.rows("customer_identifier") if row.get("scheme") == "document:ric"]
    assert DOCUMENT in clear
    with app.app_context():
        session = db.session()
        scope.enter(session, taken.planted.world.alice.context)
        stored = session.scalars(
            select(CustomerIdentifier.value).where(CustomerIdentifier.scheme == "document:ric")
        ).all()
        assert DOCUMENT not in stored
        session.rollback()
        db.session.remove()


def test_customers_open_in_a_spreadsheet_and_run_no_formula(taken: Taken) -> None:
    table = list(csv.DictReader(io.StringIO(taken.zip.read("csv/customers.csv").decode("utf-8-sig"))))
    row = next(each for each in table if each["id"] == str(taken.planted.id_of("customer", "kept")))
    assert row["name"] == "'=SUM(A1)"
    assert row["telecom.a"] == "吴"
    assert {"csv/customers.csv", "csv/records.csv", "csv/cases.csv"} <= set(taken.zip.namelist())


def test_files_settings_fields_and_the_meaning_of_every_column_are_in_it(taken: Taken) -> None:
    names = set(taken.zip.namelist())
    assert taken.zip.read(f"files/{taken.file_id}") == b"a scan\n"
    # The planted file is an earlier export's, by the run that names it: no export holds another.
    assert f"files/{taken.planted.id_of('stored_file')}" not in names
    assert {"README.txt", "configuration.json", "fields.json", "dictionary.json"} <= names
    tables = {each["table"]: each for each in json.loads(taken.zip.read("dictionary.json"))}
    for table in taken.manifest["rows"]:
        assert tables[table]["meaning"], table
        told = {column["name"] for column in tables[table]["columns"]}
        for row in taken.rows(table)[:1]:
            assert row.keys() <= told, table


def test_the_trail_says_who_asked_approved_wrote_and_took_it(taken: Taken, app: Flask) -> None:
    with app.app_context():
        session = db.session()
        scope.enter(session, taken.planted.world.alice.context)
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_type == "tenant")).all()
        session.rollback()
        db.session.remove()
    assert {"tenant.export_approved", "tenant.exported", "tenant.export_taken"} <= set(actions)


def test_only_who_asked_takes_it_and_not_for_ever(taken: Taken, app: Flask) -> None:
    from dataclasses import replace

    from core.files import service as files
    from core.files.models import StoredFile

    world = taken.planted.world
    with app.app_context():
        session = db.session()
        scope.enter(session, world.carol.context)
        with pytest.raises(Denied):
            service.take(session, context=replace(world.carol.context), run_id=taken.run_id)
        session.rollback()
        scope.enter(session, world.alice.context)
        kept = session.scalars(select(StoredFile).where(StoredFile.purpose == service.KIND)).one()
        path = files.path_of(world.tenant_id, kept.id)
        assert path.is_file()
        service.forget(session, file_id=kept.id)
        session.commit()
        assert not path.exists()
        scope.enter(session, world.alice.context)
        with pytest.raises(Conflict, match="expired"):
            service.take(session, context=world.alice.context, run_id=taken.run_id)
        session.rollback()
        db.session.remove()


def test_nobody_approves_their_own_request(app: Flask, session: Session) -> None:
    world = make_world(app, verticals=())
    scope.enter(session, world.alice.context)
    asked = service.ask_export(session, context=world.alice.context, reason="")
    with pytest.raises(Denied, match="someone else"):
        approvals.decide(
            session, context=world.alice.context, approval_id=asked.id, version=asked.version, approve=True
        )


def test_a_provider_does_not_ask_for_everything(app: Flask, session: Session) -> None:
    world = make_world(app, verticals=())
    scope.enter(session, world.bob.context)
    with pytest.raises(Denied):
        service.ask_export(session, context=world.bob.context, reason="")


def test_every_table_has_a_meaning() -> None:
    assert [each.name for each in contents.sources() if not each.meaning] == []


def test_the_file_is_handed_out_as_a_file(app: Flask, sign_in: Callable[..., Any]) -> None:
    world = make_world(app, verticals=())
    with app.app_context():
        session = db.session()
        run_id = ask_and_approve(session, world)
        db.session.remove()
    work_off(app, tenant_id=world.tenant_id)
    alice = sign_in(world.alice)
    answer = alice.get(f"/organisation/export/{run_id}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=kehub-")
    assert zipfile.is_zipfile(io.BytesIO(answer.data))
    assert sign_in(world.carol).get(f"/organisation/export/{run_id}").status_code == 403
