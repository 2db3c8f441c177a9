"""The pages of cases: open one, take its steps, read why one is not possible."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.cases.models import Case

NAME, NUMBER = "吴敏华", "13912341369"


@pytest.fixture
def session(outside):
    return outside


@pytest.fixture
def dan(world, in_english):
    return in_english(world.dan)


@pytest.fixture
def read(session, world, acting):
    def case() -> Case:
        acting(world.alice)
        return session.scalars(select(Case).order_by(Case.id.desc()).limit(1)).one()

    return case


@pytest.fixture
def opened(dan, make_customer, read):
    def make(**values):
        customer_id = make_customer(name=NAME, **values)
        sent = {"workflow": "telecom.retention", "title": f"end of contract {NUMBER}"}
        answer = dan.post(f"/customers/{customer_id}/cases/new", data=sent)
        assert answer.status_code == 303, answer.text
        return read()

    return make


def test_a_case_is_opened_moved_and_found_in_the_list(dan, opened, read):
    case = opened()
    asked = dan.get(f"/cases/{case.id}?step=offer")
    assert 'name="telecom.offer"' in asked.text
    refused = dan.post(f"/cases/{case.id}/steps", data={"version": case.version, "step": "offer"})
    assert refused.status_code == 422
    assert "must be filled in" in refused.text
    sent = {"version": case.version, "step": "offer", "telecom.offer": "discount", "note": "ten per cent"}
    assert dan.post(f"/cases/{case.id}/steps", data=sent).status_code == 303
    assert read().state == "offered"
    page = dan.get(f"/cases/{case.id}").text
    assert "ten per cent" in page
    assert "Discount" in page
    assert str(case.id) in dan.get("/cases").text
    assert str(case.id) not in dan.get("/cases?show=closed").text
    assert str(case.id) in dan.get("/cases?workflow=telecom.retention&state=offered").text


def test_a_page_that_is_older_than_the_case_is_told_so(dan, opened, read):
    case = opened()
    sent = {"version": case.version, "step": "offer", "telecom.offer": "discount"}
    dan.post(f"/cases/{case.id}/steps", data=sent)
    late = dan.post(f"/cases/{case.id}/steps", data={"version": case.version, "step": "refuse"})
    assert late.status_code == 412
    assert "changed since you opened it" in late.text
    assert read().state == "offered"


def test_a_step_that_is_not_possible_stays_visible_with_its_reason(dan, opened):
    case = opened(attributes={"telecom": {"real_name_status": "suspect"}})
    page = dan.get(f"/cases/{case.id}").text
    assert "A customer whose real name is in doubt must be verified first." in page
    sent = {"version": case.version, "step": "offer", "telecom.offer": "discount"}
    assert dan.post(f"/cases/{case.id}/steps", data=sent).status_code == 409


def test_an_agent_reads_names_numbers_and_notes_masked(dan, opened):
    case = opened()
    sent = {"version": case.version, "step": "offer", "telecom.offer": "discount", "note": f"call {NUMBER}"}
    dan.post(f"/cases/{case.id}/steps", data=sent)
    for path in (f"/cases/{case.id}", "/cases", f"/customers/{case.customer_id}"):
        page = dan.get(path)
        assert page.status_code == 200
        assert NAME not in page.text
        assert NUMBER not in page.text
    assert "吴*" in dan.get("/cases").text


def test_the_client_reads_what_the_agent_did_in_clear(world, in_english, dan, opened):
    case = opened()
    page = in_english(world.carol).get(f"/cases/{case.id}").text
    assert NAME in page
    assert NUMBER in page
    assert "Dan" in page


def test_the_customers_page_shows_where_the_case_stands_in_few_statements(world, dan, opened):
    from sqlalchemy import event

    from core.db.base import db

    case = opened()
    seen: list[str] = []
    with dan.client.application.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        page = dan.get(f"/customers/{case.customer_id}").text
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert 'class="flow"' in page
    assert f"/cases/{case.id}" in page
    assert len(seen) <= 14, seen


def test_a_board_costs_one_statement_for_each_lane_however_many_cases_it_holds(world, dan, opened):
    from sqlalchemy import event

    from core.db.base import db

    workflow = opened().workflow
    seen: list[str] = []
    with dan.client.application.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest) -> None:
        seen.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", note)
    try:
        for more in (0, 2):
            for _ in range(more):
                opened()
            seen.clear()
            page = dan.get(f"/cases/board?workflow={workflow}").text
            lanes = [each for each in seen if "workflow_version" in each and "LIMIT" in each]
            assert page.count('class="lane"') == len(lanes)
            assert all("AS head ON head.id" in each for each in lanes), (
                "the first cases are taken before anything is joined"
            )
            assert len(seen) <= len(lanes) + 10, seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_without_a_vertical_there_is_no_workflow_to_choose(app, in_english):
    from core.testing.people import make_world

    bare = make_world(app, verticals=())
    carol = in_english(bare.carol)
    assert "No cases yet" in carol.get("/cases").text


def test_a_case_of_somebody_else_is_not_there(app, in_english, opened):
    from core.testing.people import make_world

    case = opened()
    stranger = in_english(make_world(app).carol)
    assert stranger.get(f"/cases/{case.id}").status_code == 404
    assert stranger.post(f"/cases/{case.id}/steps", data={"version": 1, "step": "refuse"}).status_code == 404


def test_the_list_is_ordered_arranged_narrowed_and_kept_as_a_view(dan, opened):
    first, second = ((each.id, each.number) for each in (opened(), opened()))

    def order(query):
        page = dan.get(f"/cases?{query}").text
        return [
            number
            for number in sorted((first[1], second[1]), key=lambda n: page.find(f">{n}</td>"))
            if f">{number}</td>" in page
        ]

    assert order("sort=number") == [first[1], second[1]]
    assert order("sort=-number") == order("sort=-opened") == [second[1], first[1]]
    assert "In this state since" in dan.get("/cases?column=entered").text.split("<tbody>")[0]
    assert order("opened.to=2001-01-01") == []
    assert len(order("opened.from=2001-01-01&sort=due")) == 2
    none = dan.get("/cases?customer=999999999&opened.from=tomorrow").text
    assert "999999999" in none
    assert none.count('class="cond"') == 1
    saved = dan.post(
        "/views", data={"target": "case", "query": "sort=number&show=all", "name": "Old ones", "default": "1"}
    )
    assert saved.headers["Location"].split("&", 1)[1] == "sort=number&show=all"
    assert "Old ones" in dan.client.get(dan.get("/cases").headers["Location"]).text


def test_a_provider_asks_for_the_cases_that_are_ticked_as_they_are_masked(world, in_english, opened):
    ticked, other = str(opened().id), str(opened().id)
    bob = in_english(world.bob)
    page = bob.get("/cases").text
    assert f'value="{ticked}"' in page
    form = bob.post("/exports/rows", data={"target": "case", "query": "", "of": "ticked", "row_id": [ticked]})
    assert "1 row · those ticked" in form.text
    assert other not in form.text
    assert NAME not in form.text
