"""Records from a file through the pages: what the rows are is chosen, tried without writing, and told row by row."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from core.customers import service as customers
from core.db import scope
from core.records.models import Record, RecordIdentifier

LINES = """电话号码,套餐,客户编号,状态,备注
13800138000,5G 128,{number},active,x
13900139000,5G 128,999999,active,y
1390013,5G 128,{number},active,z
"""


@pytest.fixture
def holder(session: Any, world: Any) -> int:
    """The number of a customer who will hold the lines."""
    scope.enter(session, world.alice.context)
    made = customers.create_customer(session, context=world.alice.context, values={"name": "刘明"})
    number = int(made.number)
    session.commit()
    return number


def lines(session: Any, world: Any) -> list[str]:
    session.rollback()
    scope.enter(session, world.alice.context)
    rows = session.scalars(select(Record.attributes).where(Record.type == "telecom.line"))
    return [each["telecom"]["msisdn"] for each in rows]


def test_lines_go_from_upload_to_result(importing: Any, session: Any, world: Any, holder: int) -> None:
    assert "What the rows are" in importing.page("/imports/new?type=telecom.line")
    path = importing.draft(LINES.format(number=holder), what="telecom.line")
    page = importing.page(path)
    assert "Import: Line" in page
    form = importing.form(path)
    assert form["target"] == ["telecom.msisdn", "telecom.plan", "holder", "state", ""]

    importing.post(f"{path}/check")
    importing.work()
    page = importing.page(path)
    assert "Nothing was written" in page
    assert "There is no active customer with this number." in page
    assert "“999999”" in page
    assert "Import 1 row" in page
    assert lines(session, world) == []

    importing.post(f"{path}/start")
    importing.work()
    page = importing.page(path)
    assert re.search(r"New 1 Updated 0 Unchanged 0 Rejected 2", page)
    assert lines(session, world) == ["+8613800138000"]
    assert "名单.csv Line Imported 3 1 0 0 2 Alice" in importing.page("/imports")


def test_the_same_file_again_changes_nothing(importing: Any, session: Any, world: Any, holder: int) -> None:
    for new, unchanged in ((1, 0), (0, 1)):
        path = importing.draft(LINES.format(number=holder), what="telecom.line")
        importing.post(f"{path}/check")
        importing.work()
        importing.post(f"{path}/start")
        importing.work()
        assert f"New {new} Updated 0 Unchanged {unchanged} Rejected 2" in importing.page(path)
    assert lines(session, world) == ["+8613800138000"]


def test_an_import_of_records_is_undone_as_a_whole(importing: Any, session: Any, world: Any, holder: int) -> None:
    """The second import changes a plan and adds a line; undone, all is as the first left it. Then the first goes too."""
    paths, former = [], []
    for data in (
        LINES.format(number=holder),
        LINES.format(number=holder).replace("5G 128", "5G 256").replace("999999", str(holder)),
    ):
        former.append(standing(session, world))
        paths.append(importing.draft(data, what="telecom.line"))
        for step in ("check", "start"):
            importing.post(f"{paths[-1]}/{step}")
            importing.work()
    assert "New 1 Updated 1 Unchanged 0 Rejected 1" in importing.page(paths[1])
    assert "3 changes are put back" in importing.page(paths[1])

    for path in reversed(paths):
        assert importing.alice.post(path.replace("/imports/", "/undo/")).status_code == 303
        assert standing(session, world) == former.pop()
        assert "Left as they are 0" in importing.page(path)


def standing(session: Any, world: Any) -> list[tuple[Any, ...]]:
    """Lines and what they are known by, as they are now."""
    session.rollback()
    scope.enter(session, world.alice.context)
    known = select(Record.id, Record.state, Record.customer_id, Record.attributes, Record.s01, RecordIdentifier.value,
                   RecordIdentifier.customer_id).join(RecordIdentifier, RecordIdentifier.record_id == Record.id)  # fmt: skip
    return [tuple(row) for row in session.execute(known.where(Record.type == "telecom.line").order_by(Record.number))]


def test_a_mapping_that_names_no_record_is_refused_with_what_is_missing(importing: Any, holder: int) -> None:
    path = importing.draft(LINES.format(number=holder), what="telecom.line")
    answer = importing.post(f"{path}/check", target=["", "telecom.plan", "holder", "state", ""])
    assert answer.status_code == 422
    assert "Choose an identifier of the type" in answer.text


def test_a_type_of_a_vertical_that_is_off_cannot_be_imported(importing: Any) -> None:
    assert "retail.order" not in importing.alice.get("/imports/new").text
    assert importing.upload("order_no\n1\n", what="retail.order").status_code == 404


def test_the_list_of_a_type_leads_to_its_import(importing: Any) -> None:
    assert "/imports/new?type=telecom.line" in importing.alice.get("/records/telecom.line").text
