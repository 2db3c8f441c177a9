"""An import that is undone leaves the tables as they were, whatever the file said; what was touched since is left and told."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.contacts.models import Consent, ContactPoint, DoNotContact
from core.customers import service as customers
from core.customers.models import Customer, CustomerIdentifier
from core.jobs.models import BulkRun
from core.undo import service as undo
from core.undo.models import BeforeImage
from tests.core.imports.importing import Importing

TABLES = (Customer, CustomerIdentifier, ContactPoint, Consent, DoNotContact)
MOVES = {"version", "updated_at", "data_key"}
"""Versions only go up, so that nobody writes over what they have not seen; a key that was made stays."""

HEADER = ("id", "name", "phone", "email", "城市", "在网时长", "身份证号", "电话2", "营销同意", "请勿联系")
MAPPING = """{"identify_by": "%s", "columns": {"id": "identifier:external", "name": "name", "phone": "phone", "email": "email",
 "城市": "region", "在网时长": "telecom.tenure_months", "身份证号": "identifier:document:passport", "电话2": "point:phone:2",
 "营销同意": "consent:marketing:any", "请勿联系": "do_not_contact:any:any"}}"""

PHONES = ["", "13800138000", "13800138001", "13800138002"]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "4"]), st.sampled_from(["", "Ann", "张伟", "Bea"]), st.sampled_from(PHONES),
        st.sampled_from(["", "a@example.com", "b@example.com", "no address"]), st.sampled_from(["", "Dali", "大理"]),
        st.sampled_from(["", "1", "2", "x"]), st.sampled_from(["", "P1234567", "P7654321"]), st.sampled_from(PHONES),
        st.sampled_from(["", "yes", "no", "withdrawn"]), st.sampled_from(["", "yes"]),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


def tables(desk: Any) -> dict[str, list[Any]]:
    desk.enter()
    found = {}
    for model in TABLES:
        names = [each.name for each in model.__table__.columns if each.name not in MOVES]
        found[model.__tablename__] = desk.session.execute(
            select(*(getattr(model, name) for name in names)).order_by(model.id)
        ).all()
    return found


def csv(rows: list[tuple[str, ...]]) -> str:
    return "".join(",".join(row) + "\n" for row in (HEADER, *rows))


def undone(desk: Any, run: BulkRun) -> dict[str, int]:
    desk.enter()
    found = desk.session.get_one(BulkRun, (desk.world.tenant_id, run.id))
    counts = dict(undo.undo(desk.session, context=desk.world.alice.context, run=found).counts)
    desk.session.commit()
    return counts


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=ROWS, second=ROWS, existing=st.sampled_from(["update", "fill"]), blank=st.sampled_from(["keep", "clear"]),
    key=st.sampled_from(["identifier:external", "identifier:external", "phone"]),
)  # fmt: skip
def test_any_import_then_undo_restores_the_exact_former_tables(
    desk: Any, first: Any, second: Any, existing: Any, blank: Any, key: str
) -> None:
    named = str(desk.file(MAPPING % "identifier:external", name="map.json"))
    desk.load(csv(first), named=named)
    before = tables(desk)
    named = str(desk.file(MAPPING % key, name="map.json"))
    run = desk.load(csv(second), named=named, existing=existing, blank=blank)
    written = run.counts["created"] + run.counts["updated"]

    if written:
        counts = undone(desk, run)
        assert counts["left"] == 0
        assert counts["restored"] + counts["removed"] >= written
    assert tables(desk) == before
    kept = desk.session.scalars(select(BeforeImage).where(BeforeImage.run_id == run.id)).all()
    assert {(each.reason, str(each.was)) for each in kept} <= {("undone", "{'version': 1}")}, "no value is kept"


def test_undo_leaves_what_was_changed_since_and_says_so(desk: Any, importing: Importing) -> None:
    run = desk.load("id,name,phone\n1,Ann,13800138000\n2,Bea,13800138001\n")
    ann = desk.customers()["1"]
    customers.update_customer(
        desk.session,
        context=desk.world.alice.context,
        customer_id=ann.id,
        version=ann.version,
        changes={"region": "Dali"},
    )
    desk.session.commit()

    path = f"/imports/{run.id}"
    assert "2 changes are put back" in importing.page(path)
    assert importing.alice.post(f"/undo/{run.id}").status_code == 303
    page = importing.page(path)
    assert "Somebody has changed it since." in page
    assert str(ann.number) in page
    assert [each.name for each in desk.customers().values()] == ["Ann"]


def test_two_imports_are_undone_last_in_first_out(desk: Any) -> None:
    first = desk.load("id,name,city\n1,Ann,Dali\n")
    before = tables(desk)
    second = desk.load("id,name,city\n1,Ann,Lijiang\n")
    third = desk.load("id,name,city\n1,Anna,Kunming\n")

    for run in (third, second):
        assert undone(desk, run) == {"restored": 1, "removed": 0, "left": 0}
    assert tables(desk) == before
    assert undone(desk, first) == {"restored": 0, "removed": 1, "left": 0}
    assert tables(desk) == {model.__tablename__: [] for model in TABLES}


def test_a_large_import_is_undone_in_slices(desk: Any, importing: Importing) -> None:
    lines = "".join(f"{number},Ann {number},138{number:08}\n" for number in range(600))
    run = desk.load(f"id,name,phone\n{lines}")
    assert importing.alice.post(f"/undo/{run.id}").status_code == 303
    assert importing.work() > 0
    desk.enter()
    assert [(row.table_name, row.reason) for row in undo.left_rows(desk.session, run_id=run.id)] == []
    assert tables(desk) == {model.__tablename__: [] for model in TABLES}
