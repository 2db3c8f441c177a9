"""Rows leave as a file only by request, gate and another person; the file holds what the asker sees, and goes after some days."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit.models import AuditEntry
from core.cases.service import open_case
from core.contacts.models import Contact
from core.context import Grant, Reach
from core.customers import service as customers
from core.db import scope
from core.db.base import db
from core.engagements.models import DataGrant
from core.engagements.service import lease_customers
from core.errors import Conflict, Denied, Invalid, NotFound
from core.exports import jobs, service
from core.exports.models import ExportRequest
from core.exports.writing import FORMULA, Csv, Mark, Xlsx, plain, safe
from core.gate.acts import GateDenied
from core.gate.models import GateDecision
from core.testing.people import World, make_world

EVIL = '=HYPERLINK("http://example.com","click")'
NAMES = ["张伟", EVIL, 'O\'Neil; "Bo"', "李未出"]


@dataclass(repr=False)
class Office:
    app: Any
    world: World
    view: Any
    ids: list[UUID]

    @contextmanager
    def session(self, context: Any) -> Any:
        with self.app.app_context():
            session = db.session()
            scope.enter(session, context)
            try:
                yield session
            finally:
                session.rollback()
                db.session.remove()

    def ask(self, person: Any, *, context: Any = None, **wish: Any) -> UUID:
        """Committed; its id."""
        given = {"what": "customers", "chosen": {"args": {}}, "fields": ["number", "name", "phone"], "format": "csv",
                 "purpose": "service", "reason": "月报", **wish}  # fmt: skip
        context = context or person.context
        with self.app.test_request_context(), self.session(context) as session:
            self._current(context)
            made: UUID = service.ask(session, context=context, view=self.view, **given).id
            session.commit()
        return made

    def _current(self, context: Any) -> None:
        from flask import g

        g.context = context

    def decide(self, person: Any, export_id: UUID, *, approve: bool = True) -> None:
        with self.session(person.context) as session:
            row = session.scalars(select(Approval).where(Approval.subject_id == export_id)).one()
            approvals.decide(session, context=person.context, approval_id=row.id, version=row.version, approve=approve,
                             note=None if approve else "不需要")  # fmt: skip
            session.commit()

    def make(self, person: Any, export_id: UUID) -> None:
        with self.app.app_context():
            jobs.make_export.func(
                None, tenant_id=str(self.world.tenant_id), export_id=str(export_id),
                participant_id=str(person.context.participant_id),
                engagement_id=str(person.context.engagement_id) if person.context.engagement_id else None,
            )  # fmt: skip

    def row(self, export_id: UUID) -> ExportRequest:
        with self.session(self.world.alice.context) as session:
            found = session.scalars(select(ExportRequest).where(ExportRequest.id == export_id)).one()
            session.expunge_all()
            return found

    def take(self, person: Any, export_id: UUID, *, context: Any = None) -> Path:
        context = context or person.context
        with self.session(context) as session:
            path, _row = service.take(session, context=context, export_id=export_id)
            session.commit()
        return path

    def made(self, person: Any, **wish: Any) -> UUID:
        export_id = self.ask(person, **wish)
        self.decide(self.world.carol if person is not self.world.carol else self.world.alice, export_id)
        self.make(person, export_id)
        return export_id

    def grant_export(self, *, allowed: bool) -> None:
        with self.session(self.world.alice.context) as session:
            methods = ["call", "export"] if allowed else ["call"]
            session.execute(
                update(DataGrant).where(DataGrant.engagement_id == self.world.engagement_id).values(methods=methods)
            )
            session.commit()


@pytest.fixture(scope="module")
def office(app: Any) -> Office:
    world = make_world(app)
    view = app.extensions["kehub"]["catalog"].view(world.alice.context.enabled)
    with app.app_context():
        session, alice = db.session(), world.alice.context
        scope.enter(session, alice)
        made = [
            customers.create_customer(session, context=alice, values={"name": name, "phone": f"1391234{13 + at}69"})
            for at, name in enumerate(NAMES)
        ]
        session.add(Contact(customer_id=made[2].id, name="赵采购", name_key="赵采购", role="采购"))
        lease_customers(session, context=alice, engagement_id=world.engagement_id, customer_ids=[row.id for row in made[:3]],
                        purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=30))  # fmt: skip
        open_case(session, context=alice, view=view, customer_id=made[0].id, workflow="telecom.complaint", title="断线")
        office = Office(app, world, view, [row.id for row in made])
        session.commit()
        db.session.remove()
    return office


def table(path: Path) -> list[list[str]]:
    """The lines of a CSV as they were before they were made safe."""
    return [
        [plain(cell) for cell in line]
        for line in csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    ]


def test_a_file_is_made_once_another_person_approves_and_names_who_took_it(office):
    export_id = office.ask(office.world.alice)
    row = office.row(export_id)
    assert (row.state, row.rows_asked, row.number > 0) == ("requested", 4, True)
    with pytest.raises(Conflict):
        office.take(office.world.alice, export_id)
    with pytest.raises(Denied):
        office.decide(office.world.alice, export_id)
    office.decide(office.world.carol, export_id)
    office.make(office.world.alice, export_id)
    path = office.take(office.world.alice, export_id)
    lines = table(path)
    assert [line[1] for line in lines[2:-1]] == NAMES
    assert lines[2][2].replace(" ", "").endswith("13912341369")
    assert lines[0] == lines[-1]
    assert "Alice" in lines[0][0]
    assert str(row.number) in lines[0][0]
    assert EVIL not in path.read_text(encoding="utf-8-sig").replace('""', '"').replace("'=", "")
    done = office.row(export_id)
    assert (done.state, done.rows_written, done.taken) == ("done", 4, 1)
    assert done.sha256 is not None


def test_every_step_is_in_the_trail_with_its_gate_decision(office):
    export_id = office.made(office.world.alice)
    office.take(office.world.alice, export_id)
    with office.session(office.world.alice.context) as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == export_id)).all()
        assert set(actions) == {"export.asked", "export.approved", "export.made", "export.taken"}
        decision = session.get(GateDecision, (office.world.tenant_id, office.row(export_id).gate_decision_id))
        assert (decision.action, decision.verdict) == ("export", "hold")
        assert decision.subject["export"]["rows"] == 4


def test_only_who_asked_takes_the_file_and_only_others_who_decide_see_the_request(office):
    export_id = office.made(office.world.alice)
    with pytest.raises(Denied):
        office.take(office.world.carol, export_id)
    with pytest.raises(NotFound):
        office.take(office.world.dan, export_id)


def test_a_request_that_is_refused_makes_no_file(office):
    export_id = office.ask(office.world.alice)
    office.decide(office.world.carol, export_id, approve=False)
    office.make(office.world.alice, export_id)
    assert office.row(export_id).state == "refused"


def test_a_file_goes_when_its_days_are_over(office):
    export_id = office.made(office.world.alice)
    path = office.take(office.world.alice, export_id)
    with office.app.app_context():
        jobs.forget_export_file.func(tenant_id=str(office.world.tenant_id), export_id=str(export_id))
    assert not path.exists()
    assert office.row(export_id).state == "expired"
    with pytest.raises(Conflict):
        office.take(office.world.alice, export_id)


def test_a_file_is_not_handed_out_to_who_sees_less_than_when_they_asked(office):
    alice = office.world.alice
    export_id = office.made(alice)
    less = replace(alice.context, permissions=alice.context.permissions - {"customer.clear"})
    with pytest.raises(Conflict, match="has changed"):
        office.take(alice, export_id, context=less)


def test_who_sees_masks_takes_masks(office):
    alice = office.world.alice
    masked = replace(alice.context, permissions=alice.context.permissions - {"customer.clear"})
    export_id = office.ask(alice, context=masked)
    office.decide(office.world.carol, export_id)
    office.make(alice, export_id)
    names = [line[1] for line in table(office.take(alice, export_id, context=masked))[2:-1]]
    assert names[0] == "张*"
    assert not set(names) & set(NAMES)


def test_a_person_of_a_unit_takes_what_they_reach(office):
    alice = office.world.alice
    narrow = replace(alice.context, reach=Reach(own=alice.context.participant_id))
    with office.session(alice.context) as session:
        session.execute(text("UPDATE customer SET owner_id = :me WHERE id = :id").execution_options(**scope.RLS_ONLY),
                        {"me": alice.context.participant_id, "id": office.ids[1]})  # fmt: skip
        session.commit()
    export_id = office.ask(alice, context=narrow)
    office.decide(office.world.carol, export_id)
    office.make(alice, export_id)
    assert [line[1] for line in table(office.take(alice, export_id, context=narrow))[2:-1]] == [EVIL]


# -- providers -----------------------------------------------------------------------------------------------------


def test_a_provider_exports_only_under_a_grant_that_says_so_and_only_what_is_lent(office):
    bob = office.world.bob
    office.grant_export(allowed=False)
    with pytest.raises(GateDenied, match="数据授权不含导出"):
        office.ask(bob)
    office.grant_export(allowed=True)
    export_id = office.made(bob)
    lines = table(office.take(bob, export_id))[2:-1]
    assert len(lines) == 3
    assert lines[0][1] == "张*"
    assert "139****1369" in lines[0][2].replace(" ", "")
    office.grant_export(allowed=False)
    with pytest.raises(Denied, match="grant"):
        office.take(bob, export_id)


def test_a_frozen_grant_denies_an_export(office):
    office.grant_export(allowed=True)
    bob = office.world.bob
    with pytest.raises(GateDenied):
        office.ask(bob, context=replace(bob.context, grant=Grant(frozen=True)))


def test_an_agent_may_not_ask(office):
    with pytest.raises(Denied):
        office.ask(office.world.dan)


# -- what is asked -------------------------------------------------------------------------------------------------


def test_nothing_to_take_is_denied_with_its_decision(office):
    with pytest.raises(GateDenied, match="没有可导出的行") as refused:
        office.ask(office.world.alice, chosen={"args": {"kind": "household"}})
    assert refused.value.evidence is not None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"format": "pdf"}, "format"),
        ({"purpose": "fun"}, "purpose"),
        ({"reason": "  "}, "reason"),
        ({"fields": []}, "fields"),
        ({"fields": ["name", "secret"]}, "fields"),
        ({"what": "cases", "format": "vcard", "fields": ["number"]}, "format"),
        ({"chosen": {"args": {}, "ids": ["x"] * 1001}}, "ids"),
    ],
)
def test_what_is_asked_wrongly_is_told_by_field(office, wish, field):
    with pytest.raises(Invalid) as refused:
        office.ask(office.world.alice, **wish)
    assert field in {each.field for each in refused.value.errors}


@pytest.mark.parametrize(
    ("wish", "rows"),
    [
        ({"chosen": {"args": {"kind": "person"}}}, 4),
        ({"what": "contacts", "fields": ["name", "customer"]}, 1),
        ({"what": "cases", "fields": ["number", "title", "state"]}, 1),
    ],
)
def test_lists_are_exported_as_they_are_narrowed(office, wish, rows):
    export_id = office.made(office.world.alice, **wish)
    assert len(table(office.take(office.world.alice, export_id))) == rows + 3


def test_ticked_rows_alone_are_exported(office):
    export_id = office.made(office.world.alice, chosen={"args": {}, "ids": [str(office.ids[0]), str(office.ids[3])]})
    assert [line[1] for line in table(office.take(office.world.alice, export_id))[2:-1]] == [NAMES[0], NAMES[3]]


def test_a_vcard_holds_each_person_with_their_numbers(office):
    export_id = office.made(office.world.alice, format="vcard", fields=[])
    written = office.take(office.world.alice, export_id).read_bytes().decode()
    unfolded = written.replace("\r\n ", "")
    assert unfolded.count("BEGIN:VCARD") == 4
    assert 'FN:O\'Neil\\; "Bo"' in unfolded
    assert re.search(r"TEL:.*1369", unfolded)
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))


# -- pages and programs --------------------------------------------------------------------------------------------


def test_the_page_asks_shows_and_hands_out(office, in_english):
    alice = in_english(office.world.alice)
    form = alice.get("/exports/new?what=customers&state=any")
    assert "4 rows" in form.text
    sent = {"what": "customers", "chosen": '{"args": {}}', "fields": ["name"], "format": "csv", "purpose": "service",
            "reason": "月报"}  # fmt: skip
    asked = alice.post("/exports/new", data=sent)
    assert asked.status_code == 303
    export_id = UUID(asked.headers["Location"].rsplit("/", 1)[-1])
    assert "Waits for a decision" in alice.get(f"/exports/{export_id}").text
    office.decide(office.world.carol, export_id)
    office.make(office.world.alice, export_id)
    file = alice.get(f"/exports/{export_id}/file")
    assert file.status_code == 200
    assert file.headers["Content-Disposition"].startswith("attachment; filename=kehub-export-")
    assert file.headers["Cache-Control"] == "no-store"
    assert in_english(office.world.carol).get(f"/exports/{export_id}/file").status_code == 403
    assert in_english(office.world.dan).get(f"/exports/{export_id}").status_code == 404
    assert "Everybody" in alice.get("/exports").text
    assert alice.post("/exports/new", data={**sent, "reason": ""}).status_code == 422
    assert alice.get("/exports/new?what=customers&ids=x").status_code == 404
    assert alice.post("/exports/new", data={**sent, "chosen": '{"ids": ["x"]}'}).status_code == 404
    assert alice.post("/exports/new", data={**sent, "chosen": '{"args": {"kind": "household"}}'}).status_code == 403


def test_a_program_asks_and_looks(office, api):
    alice = api(office.world.alice)
    made = alice.post("/exports", {"what": "customers", "purpose": "service", "reason": "sync", "fields": ["number"]})
    assert made.status_code == 201, made.text
    assert (made.status_code, made.json["state"], made.json["rows_asked"]) == (201, "requested", 4)
    assert alice.get(f"/exports/{made.json['id']}").json["fields"] == ["number"]
    assert alice.get("/exports").json["data"][0]["id"] == made.json["id"]
    assert (
        alice.post("/exports", {"what": "records", "type": "no.such", "purpose": "service", "reason": "x"}).status_code
        == 404
    )


# -- files ---------------------------------------------------------------------------------------------------------

CELLS = st.text(
    alphabet=st.one_of(
        st.sampled_from("=+-@|%\t\r\n'\"＝＋－＠ ,;\u3000\ufeff"),
        st.characters(codec="utf-8", exclude_characters="\x00"),
    ),
    max_size=20,
)  # fmt: skip
MARK = Mark(title="t", author="Alice", text="=mark", at=datetime(2026, 1, 1, tzinfo=UTC))


@settings(max_examples=200, deadline=None)
@given(value=CELLS)
def test_no_value_of_a_csv_is_a_formula_and_each_comes_back_as_it_was(value):
    held = safe(value)
    assert held[:1] not in FORMULA
    seen = held.lstrip(" \u00a0\u3000\ufeff\u200b")[:1]
    assert seen == "" or seen not in "=+-@＝＋－＠"
    assert plain(held) == value


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4))
def test_what_is_written_is_what_is_read(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("written")
    for writer, read in ((Csv(folder / "a.csv", MARK), table), (Xlsx(folder / "a.xlsx", MARK), sheet)):
        writer.head(["a", "b"])
        for row in rows:
            writer.row(row)
        writer.close()
        suffix = "csv" if isinstance(writer, Csv) else "xlsx"
        found = read(folder / f"a.{suffix}")
        assert found[0] == found[-1] == ["=mark"]
        assert [_padded(line) for line in found[2:-1]] == rows


def _padded(line: list[str]) -> list[str]:
    return [*line, "", ""][:2]


def sheet(path: Path) -> list[list[str]]:
    """The texts of a workbook's first sheet. A cell with a formula fails."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as book:
        tree = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert "Alice" in book.read("docProps/core.xml").decode()
    assert not list(tree.iter(f"{space}f"))
    lines = []
    for row in tree.iter(f"{space}row"):
        line: list[str] = []
        for cell in row:
            column = ord(re.match("[A-Z]+", cell.attrib["r"])[0]) - 65
            line += [""] * (column - len(line)) + ["".join(part.text or "" for part in cell.iter(f"{space}t"))]
        while int(row.attrib["r"]) > len(lines) + 1:
            lines.append([])
        lines.append([_unescaped(each) for each in line])
    return lines


def _unescaped(text: str) -> str:
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)
