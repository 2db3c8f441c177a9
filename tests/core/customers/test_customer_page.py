"""One customer's page, its forms, and who sees what of it."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.contacts import service as contacts
from core.customers import service
from core.db import scope
from core.timeline import service as timeline

PRINCIPAL = 1
"""The statement that opens a request's scope goes straight to the driver, past the events that count the others."""

CLEAR = {
    "name": "欧阳震华",
    "phone": "13812342038",
    "email": "zhenhua@example.com",
    "address": "江苏省南京市鼓楼区中山路 18 号",
    "born_on": "1985-03-17",
}
DOCUMENT = "11010519491231002X"
FORM = {"name": "李雷", "kind": "person"}


def path(customer) -> str:
    return f"/customers/{customer.id}"


@pytest.fixture
def known(add, act, lend):
    """A customer with everything that must not be seen, leased to the provider."""
    customer = add({"telecom": {"plan": "5G 129", "gender": "female", "monthly_charge": 39900}}, **CLEAR, region="南京")
    act(service.add_identifier, customer_id=customer.id, scheme="document:ric", value=DOCUMENT)
    act(service.add_identifier, customer_id=customer.id, scheme="account", value="7590-00042")
    act(contacts.add_do_not_contact, customer_id=customer.id, reason="来电 13900001111 要求")
    lend(customer)
    return customer


def test_the_client_sees_the_person_in_clear_and_the_document_masked(world, sign_in, known):
    page = sign_in(world.alice).get(path(known)).text
    for shown in (
        "欧阳震华",
        "138 1234 2038",
        "zhenhua@example.com",
        "中山路 18 号",
        "17 Mar 1985",
        "¥399.00",
        "Female",
    ):
        assert shown in page, shown
    assert DOCUMENT not in page
    assert "110***********</i>002X" in page


def test_the_provider_sees_nothing_clear(world, sign_in, known):
    answer = sign_in(world.dan).get(path(known))
    page = answer.text + str(answer.headers)
    clear = ("震华", "13812342038", "1234 2038", "zhenhua", "中山路", "1985", DOCUMENT, "7590", "13900001111", "Female")
    assert [value for value in clear if value in page] == []
    for shown in (
        "欧阳*",
        "2038",
        "江苏省南京市鼓楼区****",
        "5G 129",
        "¥399.00",
        "Masked view",
        "Your lease runs until",
    ):
        assert shown in page, shown
    assert "reveal?field=born_on" in page  # nothing of it is shown, and it may be asked for
    assert "Not granted" not in page


def test_a_customer_that_is_not_yours_is_not_there(app, world, sign_in, add):
    from core.testing.people import make_world

    kept = add(**CLEAR)
    stranger, agent = sign_in(make_world(app).alice), sign_in(world.dan)
    for person in (stranger, agent):
        for address in (path(kept), f"{path(kept)}/consents/new", "/customers/" + str(uuid4())):
            assert person.get(address).status_code == 404, address
    assert stranger.post(f"{path(kept)}/edit", data={**FORM, "version": "1"}).status_code == 404
    assert (
        agent.post(
            f"{path(kept)}/consents/new", data={"purpose": "marketing", "channel": "phone", "status": "granted"}
        ).status_code
        == 404
    )


def test_a_customer_without_contact_points_says_so(world, sign_in, add, lend):
    bare = add()
    lend(bare)
    for person in (world.alice, world.dan):
        page = sign_in(person).get(path(bare)).text
        assert "No phone number or address on file" in page
        assert "****" not in page.replace("/****", "")


def test_the_page_takes_few_statements(world, sign_in, known, statements):
    for person in (world.alice, world.dan):
        signed_in = sign_in(person)
        signed_in.get(path(known))
        with statements() as sent:
            signed_in.get(path(known))
        assert len(sent) + PRINCIPAL <= 16, sent


def test_whose_customer_it_is_is_chosen_on_a_page_of_its_own(world, sign_in, add):
    made = add()
    alice, address = sign_in(world.alice), f"{path(made)}/place"
    carol = world.carol.context.participant_id
    assert f'{address}"' in alice.get(path(made)).text
    page = alice.get(address).text
    assert f'value="{carol}"' in page
    [version] = re.findall(r'name="version" value="(\d+)"', page)
    sent = {"version": version, "owner_id": str(carol), "unit_id": ""}
    assert alice.post(address, data=sent).status_code == 303
    assert re.search(rf'value="{carol}"[^>]* selected', alice.get(address).text)
    assert sign_in(world.dan).get(address).status_code == 403


def test_what_people_wrote_is_shown_as_text(world, sign_in, add, act):
    made = add(name="<b>x</b>", region='"><script>alert(1)</script>')
    act(timeline.tell, customer_id=made.id, kind="interaction.recorded", message="Changed: %(fields)s",
        values={"fields": "<img src=x>"}, note="<i>note</i>")  # fmt: skip
    for address in (path(made), "/customers", f"{path(made)}/edit"):
        page = sign_in(world.alice).get(address).text
        assert not re.search(r"<b>x|<script>alert|<img src|<i>note", page), address


def test_a_customer_is_made_by_the_form(world, sign_in):
    alice = sign_in(world.alice)
    sent = {
        **FORM,
        "phone": "138 1234 2038",
        "telecom.plan": "5G 129",
        "telecom.monthly_charge": "1,399.5",
        "telecom.churned": "no",
    }
    answer = alice.post("/customers/new", data=sent)
    assert answer.status_code == 303, answer.text
    page = alice.get(answer.headers["Location"].split(world.slug)[1]).text
    for shown in ("李雷", "138 1234 2038", "5G 129", "¥1,399.50", "was added", "Added as customer"):
        assert shown in page, shown


def test_every_wrong_field_is_told_beside_it_and_nothing_typed_is_lost(world, sign_in):
    sent = {
        "name": "",
        "kind": "person",
        "phone": "1381234203",
        "email": "x@",
        "telecom.churn_score": "101",
        "telecom.plan": "kept plan",
        "born_on": "2999-01-01",
    }
    answer = sign_in(world.alice).post("/customers/new", data=sent)
    assert answer.status_code == 422
    for said in (
        "5 things to correct",
        "10 digits, it needs 11.",
        "Nobody was born on that day.",
        "The most is 100.",
        'value="kept plan"',
        'value="1381234203"',
        'value="101"',
    ):
        assert said in answer.text, said
    assert answer.text.count('aria-invalid="true"') == 5


def test_the_form_shows_what_is_stored_and_saves_what_is_typed(world, sign_in, known):
    alice = sign_in(world.alice)
    page = alice.get(f"{path(known)}/edit").text
    assert 'value="399.00"' in page
    assert 'value="+8613812342038"' in page
    sent = fields_of(page) | {"name": "欧阳振华", "telecom.plan": ""}
    assert alice.post(f"{path(known)}/edit", data=sent).status_code == 303
    shown = alice.get(path(known)).text
    assert "欧阳振华" in shown
    assert "5G 129" not in shown
    assert "¥399.00" in shown
    assert "Changed: Name, Plan" in shown


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send from the form as it stands."""
    form = page[page.index('<form class="stack"') :]
    form = form[: form.index("</form>")]
    inputs = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, flags=re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        inputs[name] = chosen[1] if chosen else ""
    return inputs


def test_saving_the_form_unchanged_changes_nothing(session, world, sign_in, known):
    alice = sign_in(world.alice)
    sent = fields_of(alice.get(f"{path(known)}/edit").text)
    assert alice.post(f"{path(known)}/edit", data=sent).status_code == 303
    scope.enter(session, world.alice.context)
    assert service.find(session, customer_id=known.id).version == 1


def chosen_of(page):
    """The form as it stands, with the radio buttons that are ticked."""
    inputs = {name: html.unescape(value) for name, value in fields_of(page).items()}
    ticked = re.findall(r'name="(take\.[^"]+)" value="([^"]*)" checked', page)
    return inputs | dict(ticked)


def test_who_saves_second_keeps_both_changes_where_they_are_of_different_fields(world, sign_in, known):
    alice, carol = sign_in(world.alice), sign_in(world.carol)
    opened = chosen_of(alice.get(f"{path(known)}/edit").text)
    assert carol.post(f"{path(known)}/edit", data=opened | {"region": "上海"}).status_code == 303
    answer = alice.post(f"{path(known)}/edit", data=opened | {"name": "欧阳振华"})
    assert answer.status_code == 412
    for said in ("Somebody else saved this customer", "上海", "you did not change it", "Save as chosen"):
        assert said in answer.text, said
    again = chosen_of(answer.text)
    assert (again["version"], again["take.region"], again["name"]) == ("2", "theirs", "欧阳振华")
    assert "take.name" not in again
    assert alice.post(f"{path(known)}/edit", data=again).status_code == 303
    page = alice.get(path(known)).text
    assert "欧阳振华" in page
    assert "上海" in page


@pytest.mark.parametrize(("side", "kept"), [("mine", "苏州"), ("theirs", "上海")])
def test_of_a_field_that_both_changed_the_second_says_whose_value_stays(world, sign_in, known, side, kept):
    alice, carol = sign_in(world.alice), sign_in(world.carol)
    opened = chosen_of(alice.get(f"{path(known)}/edit").text)
    assert carol.post(f"{path(known)}/edit", data=opened | {"region": "上海"}).status_code == 303
    again = chosen_of(alice.post(f"{path(known)}/edit", data=opened | {"region": "苏州"}).text)
    assert again["take.region"] == "mine"
    assert alice.post(f"{path(known)}/edit", data=again | {"take.region": side}).status_code == 303
    assert f'name="region" value="{kept}"' in alice.get(f"{path(known)}/edit").text


@pytest.mark.parametrize("version", ["", "0", "x", "-1", "9" * 30])
def test_a_form_without_its_version_is_stale(world, sign_in, known, version):
    sent = {**FORM, "version": version}
    assert sign_in(world.alice).post(f"{path(known)}/edit", data=sent).status_code == 412


def test_an_agent_can_neither_make_nor_change(world, sign_in, known):
    agent = sign_in(world.dan)
    for address in (
        "/customers/new",
        f"{path(known)}/edit",
        f"{path(known)}/numbers",
        f"{path(known)}/numbers/new",
        f"{path(known)}/points/new",
    ):
        assert agent.get(address).status_code == 403, address
    assert agent.post("/customers/new", data=FORM).status_code == 403
    assert agent.post(f"{path(known)}/edit", data={**FORM, "version": "1"}).status_code == 403
    page = agent.get(path(known)).text
    assert "/edit" not in page


def test_document_numbers_are_shown_to_the_client_on_demand_and_audited(session, world, sign_in, known):
    page = sign_in(world.alice).get(f"{path(known)}/numbers").text
    assert DOCUMENT in page
    scope.enter(session, world.alice.context)
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.revealed")).all()
    assert [(row.subject_id, row.fields) for row in noted] == [(known.id, ["document:ric"])]


def test_numbers_are_added_by_a_form_that_says_what_is_wrong(world, sign_in, add, known):
    alice = sign_in(world.alice)
    other = add()
    taken = alice.post(f"{path(other)}/numbers/new", data={"scheme": "account", "value": "7590-00042"})
    assert taken.status_code == 409
    assert f"Customer {known.number}, a person, already has this number" in taken.text
    assert "欧阳" not in taken.text
    wrong = alice.post(f"{path(other)}/numbers/new", data={"scheme": "document:ric", "value": "110105194912310021"})
    assert wrong.status_code == 422
    assert "is mistyped" in wrong.text
    assert (
        alice.post(f"{path(other)}/numbers/new", data={"scheme": "document:passport", "value": "E12345678"}).status_code
        == 303
    )
    assert "E******" in alice.get(path(other)).text


@pytest.mark.parametrize("name", ["张", "李四", "王小二", "X", "Ng"])
def test_short_names_work_everywhere(world, sign_in, add, lend, name):
    made = add(name=name)
    lend(made)
    alice, agent = sign_in(world.alice), sign_in(world.dan)
    assert name in alice.get(path(made)).text
    assert str(made.number) in alice.post("/customers/search", data={"q": name}).text
    masked = agent.get(path(made))
    assert masked.status_code == 200
    assert f"<h1>{name}</h1>" not in masked.text
    assert str(made.number) in agent.post("/customers/search", data={"q": name}).text


def test_the_timeline_is_filtered_and_paged(world, sign_in, add, act):
    made = add()
    for index in range(55):
        kind = "case.opened" if index % 5 == 0 else "interaction.recorded"
        act(timeline.tell, customer_id=made.id, kind=kind, message="Entry %(index)s", values={"index": index})
    alice = sign_in(world.alice)
    first = alice.get(path(made)).text
    assert "Entry 54<" in first
    assert "Entry 3<" not in first
    following = re.search(r'rel="next" href="[^"?]*\?([^"]*)"', first)
    assert following is not None
    second = alice.get(f"{path(made)}?" + following[1].replace("&amp;", "&")).text
    assert "Entry 3<" in second
    cases = alice.get(f"{path(made)}?show=cases").text
    assert cases.count("Entry ") == 11
    assert alice.get(f"{path(made)}?show=nonsense").status_code == 422
    assert alice.get(f"{path(made)}?after=nonsense").status_code == 422
