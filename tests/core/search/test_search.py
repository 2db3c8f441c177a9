"""One field finds customers, contacts, records and cases by whatever somebody has of them; a mask is never got round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from structlog.testing import capture_logs

from core.audit.models import AuditEntry
from core.cases import details
from core.cases.service import open_case
from core.contacts.models import Contact
from core.customers import service as customers
from core.customers.models import Customer
from core.db import scope
from core.db.base import db
from core.engagements.service import lease_customers
from core.errors import Invalid, NotFound
from core.fields.normalise import name_key
from core.fields.sounds import sound_key
from core.jobs.tasks import run_inline
from core.search import jobs, service, terms
from core.testing.people import World, make_world

RIC = "11010519491231002X"
NAMES = {
    "zhang": "张伟", "long": "张伟国", "other": "王小明", "shan": "单雄信", "john": "John Smith", "firm": "长安汽车公司",
    "hidden": "李未出",
}  # fmt: skip


@dataclass(repr=False)
class Town:
    world: World
    ids: dict[str, UUID]
    numbers: dict[str, int]
    case_id: UUID
    case_number: int
    view: Any


@pytest.fixture(scope="module")
def town(app: Any) -> Town:
    """Seven customers; all but `hidden` are lent to dan."""
    world = make_world(app)
    view = app.extensions["kehub"]["catalog"].view(world.alice.context.enabled)
    with app.app_context():
        session, alice = db.session(), world.alice.context
        scope.enter(session, alice)
        made = {
            key: customers.create_customer(
                session, context=alice,
                values={"name": name, "phone": f"1391234{13 + at:02}69", "email": f"{key}@example.com"},
            )
            for at, (key, name) in enumerate(NAMES.items())
        }  # fmt: skip
        customers.add_identifier(session, context=alice, customer_id=made["zhang"].id, scheme="document:ric", value=RIC)
        customers.add_identifier(session, context=alice, customer_id=made["other"].id, scheme="account", value="AC-77")
        session.add(Contact(customer_id=made["firm"].id, name="赵采购", name_key="赵采购", role="采购"))
        lent = [row.id for key, row in made.items() if key != "hidden"]
        lease_customers(session, context=alice, engagement_id=world.engagement_id, customer_ids=lent, purpose="retention",
                        expires_at=datetime.now(UTC) + timedelta(days=30))  # fmt: skip
        case = open_case(session, context=alice, view=view, customer_id=made["other"].id, workflow="telecom.complaint",
                         title="宽带 频繁断线 Router")  # fmt: skip
        details.comment(
            session, context=alice, case_id=case.id, body="已换光猫，请回访 13912341569", audience="internal"
        )
        found = Town(
            world, {key: row.id for key, row in made.items()}, {key: row.number for key, row in made.items()}, case.id,
            case.number, view,
        )  # fmt: skip
        session.commit()
        db.session.remove()
    return found


@pytest.fixture
def find(app: Any, town: Town) -> Callable[..., Any]:
    """`find(town.world.dan, "张")` gives ids by kind; what a search notes is rolled back."""

    def ask(person: Any, term: str, *, context: Any = None, **rest: Any) -> dict[str, list[UUID]]:
        with _session(app, context or person.context) as session:
            found = service.find(session, context=context or person.context, view=town.view, term=term, **rest)
            return {group.kind: [row.id for row in group.rows] for group in found.groups}

    return ask


@contextmanager
def _session(app: Any, context: Any) -> Iterator[Any]:
    with app.app_context():
        session = db.session()
        scope.enter(session, context)
        try:
            yield session
        finally:
            session.rollback()
            db.session.remove()


@pytest.mark.parametrize(
    ("term", "who"),
    [
        ("张伟", ["zhang", "long"]),
        ("伟国", ["long"]),
        ("张", ["zhang", "long"]),
        ("zw", ["zhang", "long"]),
        ("zhangweig", ["long"]),
        ("ZHANGWEI", ["zhang", "long"]),
        ("shanxiong", ["shan"]),
        ("dxx", ["shan"]),
        ("smi", ["john"]),
        ("ｊｏｈｎ sm", ["john"]),
        ("安汽", ["firm"]),
        ("张国", []),
        ("ohn", []),
        ("139-1234 1369", ["zhang"]),
        ("+86 139 1234 1369", ["zhang"]),
        ("1569", ["other"]),
        ("34 1569", ["other"]),
        ("569", []),
        (RIC.lower(), ["zhang"]),
        (RIC[:-1], []),
        ("ac-77", ["other"]),
        ("JOHN@example.com", ["john"]),
    ],
)
def test_a_customer_is_found_by_what_somebody_has_of_it(town, find, term, who):
    assert set(find(town.world.alice, term).get("customers", [])) == {town.ids[key] for key in who}


def test_the_whole_name_comes_before_its_beginning_and_that_before_a_part(town, find):
    assert find(town.world.alice, "张伟")["customers"] == [town.ids["zhang"], town.ids["long"]]


def test_ones_own_customers_come_first(app, town):
    alice = town.world.alice.context
    with _session(app, alice) as session:
        session.get(Customer, (town.world.tenant_id, town.ids["zhang"])).owner_id = alice.participant_id
        session.flush()
        found = service.find(session, context=alice, view=town.view, term="张")
        assert [row.id for row in found.groups[0].rows] == [town.ids["zhang"], town.ids["long"]]
        session.get(Customer, (town.world.tenant_id, town.ids["zhang"])).owner_id = None
        session.get(Customer, (town.world.tenant_id, town.ids["long"])).owner_id = alice.participant_id
        session.flush()
        found = service.find(session, context=alice, view=town.view, term="张")
        assert [row.id for row in found.groups[0].rows] == [town.ids["long"], town.ids["zhang"]]


def test_a_number_finds_customer_and_case(town, find):
    assert town.ids["zhang"] in find(town.world.alice, str(town.numbers["zhang"]))["customers"]
    assert find(town.world.alice, f"#{town.case_number}")["cases"] == [town.case_id]


@pytest.mark.parametrize("term", ["频繁断线", "断线", "rout", "宽带 router", "光猫", "13912341569"])
def test_a_case_is_found_by_words_of_its_title_and_comments(town, find, term):
    assert find(town.world.alice, term)["cases"] == [town.case_id]


def test_a_contact_is_found_at_its_customer(town, find):
    assert set(find(town.world.alice, "采购")) == {"contacts"}
    assert set(find(town.world.alice, "zcg")) == {"contacts"}


def test_words_that_stand_apart_do_not_make_a_name(town, find):
    assert find(town.world.alice, "张国伟") == {}
    assert find(town.world.alice, "频断线繁") == {}


# -- who sees masks ------------------------------------------------------------------------------------------------


def test_a_provider_finds_by_what_the_mask_shows_and_only_what_is_lent(town, find):
    dan = town.world.dan
    assert set(find(dan, "张伟")["customers"]) == {town.ids["zhang"], town.ids["long"]}
    assert find(dan, "张伟") == find(dan, "张飞")
    assert find(dan, "李未出") == {}
    assert find(dan, "lwc") == find(dan, "zw") == {}


def test_a_provider_finds_by_whole_numbers_and_the_four_digits_that_it_sees(town, find):
    dan = town.world.dan
    assert find(dan, "1569")["customers"] == [town.ids["other"]]
    assert find(dan, "41569") == {}
    assert find(dan, "13912341569")["customers"] == [town.ids["other"]]
    assert find(dan, RIC)["customers"] == [town.ids["zhang"]]
    assert find(dan, "13912341969") == find(dan, "13900000000") == {}
    assert find(dan, str(town.numbers["hidden"])).get("customers", []) == []


def test_a_provider_finds_cases_by_words_but_not_by_numbers_in_them_nor_in_the_clients_own_comments(town, find):
    dan = town.world.dan
    assert find(dan, "断线")["cases"] == [town.case_id]
    assert find(dan, "光猫") == {}
    assert "cases" not in find(dan, "13912341569")


def test_a_name_that_is_granted_in_clear_is_found_as_it_is(town, find):
    dan = town.world.dan
    from core.context import Grant

    clear = replace(dan.context, grant=Grant(fields={"name": "clear"}))
    assert find(dan, "张伟国", context=clear)["customers"] == [town.ids["long"]]
    assert find(dan, "李未出", context=clear) == {}
    assert find(dan, "zwg", context=clear)["customers"] == [town.ids["long"]]
    hidden = replace(dan.context, grant=Grant(fields={"name": "hidden", "phone": "hidden"}))
    assert find(dan, "张伟", context=hidden) == find(dan, "1569", context=hidden) == {}


def test_another_tenant_finds_nothing(app, town, find):
    stranger = make_world(app, verticals=())
    for term in ("张伟", "13912341369", RIC, "断线", str(town.case_number + 100)):
        assert find(stranger.alice, term) == {}


def test_a_person_of_a_unit_finds_what_they_reach(app, town):
    from core.context import Reach

    alice = town.world.alice.context
    narrow = replace(alice, reach=Reach(own=alice.participant_id))
    with _session(app, alice) as session:
        session.get(Customer, (town.world.tenant_id, town.ids["long"])).owner_id = alice.participant_id
        session.commit()
        scope.enter(session, narrow)
        found = service.find(session, context=narrow, view=town.view, term="张")
        assert [row.id for row in found.groups[0].rows] == [town.ids["long"]]
        assert service.find(session, context=narrow, view=town.view, term="断线").groups == []


# -- what is kept ----------------------------------------------------------------------------------------------------


def test_a_search_is_kept_with_a_digest_and_never_with_the_term(app, town, sign_in):
    alice = sign_in(town.world.alice)
    with capture_logs() as logged:
        page = alice.post("/search", data={"q": "张伟"})
    assert page.status_code == 200
    assert "张伟国" in page.text
    assert "张伟" not in str(logged)
    with _session(app, town.world.alice.context) as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "customers.searched").order_by(AuditEntry.created_at.desc())
        ).first()
        assert entry is not None
        assert entry.details["found"] == 2
        assert "张伟" not in str(entry.details)


def test_a_provider_is_told_nothing_of_what_it_typed_and_gets_no_suggestions(town, in_english):
    dan = in_english(town.world.dan)
    kept, absent = (dan.post("/search", data={"q": each}) for each in ("13912341969", "13900000000"))
    assert kept.status_code == absent.status_code == 200
    assert "1391234" not in kept.text
    assert kept.text == absent.text
    assert "recorded" in dan.post("/search/suggest", data={"q": "张伟"}).text
    assert "hit" not in dan.post("/search/suggest", data={"q": "张伟"}).text


def test_what_somebody_opens_comes_back_as_opened_last(town, in_english):
    alice = in_english(town.world.alice)
    assert alice.get(f"/search/customers/{town.ids['john']}").headers["Location"].endswith(str(town.ids["john"]))
    assert alice.get(f"/search/cases/{town.case_id}").status_code == 302
    under = alice.post("/search/suggest", data={"q": ""}).text
    assert under.index("频繁断线") < under.index("John Smith")
    assert "John Smith" not in in_english(town.world.carol).post("/search/suggest", data={"q": ""}).text
    assert in_english(town.world.dan).get(f"/search/customers/{town.ids['hidden']}").status_code == 404


def test_what_is_not_there_is_said(town, in_english):
    page = in_english(town.world.alice).post("/search", data={"q": "欧阳锋"})
    assert "Nothing found for “欧阳锋”" in page.text
    assert in_english(town.world.alice).get("/search").status_code == 200


def test_a_program_searches_by_body_and_pages_through_one_kind(app, town, api, monkeypatch):
    monkeypatch.setattr(service, "PAGE", 1)
    alice = api(town.world.alice)
    first = alice.post("/search", {"q": "张", "kind": "customers"}).json["data"][0]
    assert (len(first["hits"]), first["next"]) == (1, 1)
    second = alice.post("/search", {"q": "张", "kind": "customers", "after": first["next"]}).json["data"][0]
    assert second["next"] is None
    assert {first["hits"][0]["title"], second["hits"][0]["title"]} == {"张伟", "张伟国"}
    assert alice.post("/search", {"q": "张", "kind": "shoes"}).status_code == 422
    assert api(town.world.dan).post("/search", {"q": "13912341369"}).json["data"][0]["hits"][0]["title"] == "张*"


def test_what_is_no_search_is_refused(app, town):
    alice = town.world.alice.context
    with _session(app, alice) as session:
        assert service.find(session, context=alice, view=town.view, term="   ").groups == ()
        with pytest.raises(Invalid):
            service.find(session, context=alice, view=town.view, term="张", kind="shoes")
        with pytest.raises(Invalid):
            service.find(session, context=alice, view=town.view, term="张", skip=10_000)
        with pytest.raises(NotFound):
            service.open_found(session, context=alice, view=town.view, kind="shoes", subject_id=town.case_id)


def test_names_written_before_are_filled_in_by_a_run_that_may_be_begun_again(app, town):
    alice = town.world.alice.context
    with _session(app, alice) as session:
        session.execute(
            text("UPDATE customer SET name_sound = NULL WHERE tenant_id = :t").execution_options(**scope.RLS_ONLY),
            {"t": town.world.tenant_id},
        )
        run_id = jobs.create_fill(session).id
        session.commit()
        done = run_inline(session, context=alice, run_id=run_id)
        assert (done.total, done.cursor, done.counts) == (6, 6, {"customers": 6})
        scope.enter(session, alice)
        again = run_inline(session, context=alice, run_id=_committed(session))
        assert (again.cursor, again.state) == (0, "done")
        scope.enter(session, alice)
        rows = session.execute(select(Customer.name_key, Customer.name_sound)).all()
        assert all(row.name_sound == sound_key(row.name_key) for row in rows)


def _committed(session: Any) -> UUID:
    made: UUID = jobs.create_fill(session).id
    session.commit()
    return made


# -- keys ------------------------------------------------------------------------------------------------------------

LETTERS = st.text(alphabet="张伟国小明abZ1 -·,。（）é", max_size=14)


@settings(max_examples=25, deadline=None)
@given(before=LETTERS, part=st.text(alphabet="张伟国小明abZ1", min_size=2, max_size=6), after=LETTERS)
def test_what_stands_in_a_text_is_found_in_it(app, town, before, part, after):
    whole = f"{before} {part} {after}"
    name, typed = terms.name_key(whole), terms.name_key(part)
    asked = [
        (name_key(whole), terms.words(typed, tenant_id=town.world.tenant_id), name),
        (terms.search_text(whole), terms.words(terms.search_text(part), tenant_id=town.world.tenant_id), None),
    ]
    with _session(app, town.world.alice.context) as session:
        for body, words, _ in asked:
            assert session.scalar(
                text("SELECT search_keys(:t, :body) @@ cast(:words AS tsquery)").execution_options(**scope.RLS_ONLY),
                {"t": town.world.tenant_id, "body": body, "words": words},
            ), (body, words)
        assert session.scalar(
            text("SELECT btrim(search_text(:body))").execution_options(**scope.RLS_ONLY), {"body": whole}
        ) == terms.search_text(whole)


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("张伟", "zhangwei zw"),
        ("吕布", "lvbu lb"),
        ("欧阳娜娜", "ouyangnana oynn"),
        ("john", None),
        ("vip 客户", "kehu qiahu kh qh"),
        ("", None),
    ],
)
def test_a_name_sounds_as_people_type_it(name, sounds):
    assert sound_key(name) == sounds
