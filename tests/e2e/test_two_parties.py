"""The walking skeleton, end to end in a real browser: a client lends customers to a provider, whose agent works on them blind.

1. The client's administrator switches telecom on, imports sixty customers, records consents, leases fifty.
2. The agent, on a wire that keeps every byte, sees exactly these fifty; is denied a call and told the article; makes
   another; takes a retention case to its end.
3. The client's manager sees on the timeline what was done and by whom. None of 240 clear values came through the wire.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.contacts import service as contacts
from core.customers.models import Customer
from core.gate.models import GateDecision
from core.interactions.models import Interaction
from core.testing.people import World
from core.testing.serving import Served
from tests.e2e.generated import sixty, write_csv, zone_at_noon
from tests.e2e.visitor import Visitor
from tests.e2e.wiretap import readable, tapped

pytestmark = pytest.mark.e2e

PEOPLE = sixty()
COOLED_OFF = timedelta(days=9)
"""Longer than the days in which a customer may think again."""

LEASED, KEPT = PEOPLE[:50], PEOPLE[50:]
WILLING, UNASKED = LEASED[0], LEASED[-1]
"""One who consented to offers by phone, and one who was never asked."""
FETCH = """async ([address, headers]) => {
  const answer = await fetch(address, {headers}); return [answer.status, await answer.text()]
}"""
CLEAR = [value for person in PEOPLE for value in person.clear_values]

Acting = Callable[[Any], Any]


@dataclass(frozen=True)
class Known:
    """What the database calls a generated customer."""

    id: UUID
    number: int


def test_a_client_lends_customers_and_an_agent_works_on_them_blind(
    served: Served, bare_world: World, visitor: Callable[..., Visitor], acting: Acting, tmp_path: Path
) -> None:
    world = bare_world
    alice = visitor("alice", served.url)
    alice.sign_in(world.alice)
    switch_telecom_on(alice)
    import_customers(alice, write_csv(tmp_path / "customers.csv", PEOPLE, zone=zone_at_noon()))
    known = known_customers(acting(world.alice))
    browse_all_sixty(alice)
    record_consents(alice, world, acting, known)
    lease_fifty(alice, known)

    with tapped(served.port) as wire:
        dan = visitor("dan", wire.url)
        dan.sign_in(world.dan)
        see_exactly_the_fifty(dan, known)
        search_without_echo(dan)
        open_a_masked_customer(dan, known)
        be_denied(dan, world, acting, known)
        make_the_call(dan, world, acting, known)
        retain(dan, known)
        bob = visitor("bob", wire.url)
        bob.sign_in(world.bob)
        for person in (dan, bob):
            read_everything(person)
    assert wire.leaks(CLEAR) == []
    assert len(wire.exchanges) > 150

    carol = visitor("carol", served.url)
    carol.sign_in(world.carol)
    read_the_timeline(carol, world, known)

    logged = readable(served.logged())
    assert [value for value in CLEAR if value.casefold() in logged] == []


def switch_telecom_on(alice: Visitor) -> None:
    alice.go("/")
    alice.look("dashboard-empty", en=("Dashboard",))
    alice.unfold("Settings")
    alice.follow("Verticals")
    alice.look("verticals", en=("A vertical adds a sector's fields", "Off"))
    alice.follow("Telecom")
    alice.press("Switch on")
    alice.look("telecom", en=("Telecom", "On", "Retention"), zh=("电信", "客户挽留"))


def import_customers(alice: Visitor, file: Path) -> None:
    """Upload, see what would become of each row, import; the worker does it meanwhile."""
    alice.go("/customers")
    alice.look("customers-none", en=("No customers yet",))
    alice.unfold("Settings")
    alice.follow("Imports")
    alice.look("imports-none", en=("No imports yet",))
    alice.follow("New import")
    alice.look("import-upload", en=("UTF-8, UTF-16, GB18030 or Big5",))
    alice.page.get_by_label("CSV, Excel or vCard file").set_input_files(file)
    alice.press("Upload and map columns")
    alice.look("import-mapping", en=("Columns and fields", "赵*", "139****4000", "310***********"), zh=("身份证号码",))
    alice.press("Try without writing")
    alice.sees("Result of the trial run", "Nothing was written")
    alice.look("import-trial", en=("All can be read", "New customers60"))
    alice.press("Import 60 rows")
    alice.look("import-done", en=("Imported", "New customers60", "Rejected0"), zh=("60",))


def known_customers(session: Any) -> Mapping[str, Known]:
    """By name."""
    rows = session.execute(select(Customer.name, Customer.id, Customer.number)).all()
    assert {row.name for row in rows} == {person.name for person in PEOPLE}
    return {row.name: Known(row.id, row.number) for row in rows}


def browse_all_sixty(alice: Visitor) -> None:
    alice.go("/customers?sort=number")
    alice.look(
        "customers-client", en=("60 customers", WILLING.name, WILLING.phone[-4:]), zh=(WILLING.name,), phone=True
    )
    rows = alice.main.locator("tbody tr")
    expect(rows).to_have_count(50)
    alice.follow(re.compile("Next 50"))
    expect(rows).to_have_count(10)


def record_consents(alice: Visitor, world: World, acting: Acting, known: Mapping[str, Known]) -> None:
    """One on the page, as it is done on the phone; the other 24 as a campaign would bring them."""
    alice.go(f"/customers/{known[WILLING.name].id}")
    alice.sees(WILLING.name, WILLING.email, "Never asked. Offers by phone need a consent first.")
    alice.follow("Record a consent")
    alice.look("consent-form", en=("Record a consent", "the latest answer counts"))
    alice.press("Save")
    alice.look("customer-client", en=(WILLING.name, "Granted", "Marketing"), zh=(WILLING.name,))
    session = acting(world.alice)
    for person in LEASED[1:25]:
        contacts.record_consent(
            session, context=world.alice.context, customer_id=known[person.name].id, purpose="marketing",
            channel="phone", status="granted", captured_at=datetime.now(UTC), evidence="Campaign 2026-10",
        )  # fmt: skip
    session.commit()


def lease_fifty(alice: Visitor, known: Mapping[str, Known]) -> None:
    numbers = sorted(known[person.name].number for person in LEASED)
    alice.follow("Engagements")
    alice.look("engagements", en=("Retention 2026", "Live"))
    alice.follow("Retention 2026")
    alice.look("engagement-bare", en=("Who sees what now", "0 customers leased now"))
    alice.follow(re.compile("^Leases"), within=alice.main)
    alice.sees("No customer is leased")
    spoken = f"{numbers[0]}-{numbers[-1]}" if numbers[-1] - numbers[0] == 49 else ", ".join(map(str, numbers))
    alice.page.get_by_label("Customer numbers").fill(spoken)
    alice.page.get_by_label("Purpose").select_option("retention")
    alice.press("Lease customers")
    alice.look("engagement", en=("50 customers leased now",), zh=("50",))


def see_exactly_the_fifty(dan: Visitor, known: Mapping[str, Known]) -> None:
    dan.look("dashboard-agent", en=("Dashboard",))
    dan.follow("Customers")
    dan.look("customers-agent", en=("50 customers", "赵*", WILLING.phone[-4:]), zh=("赵*",), phone=True)
    wanted = {str(known[person.name].id) for person in LEASED}
    for order in ("number", "-name", "-updated"):
        dan.go(f"/customers?sort={order}")
        links = dan.main.locator("tbody a.name")
        expect(links).to_have_count(50)
        assert {link.rsplit("/", 1)[1] for link in links.evaluate_all("all => all.map(a => a.pathname)")} == wanted
        expect(dan.main.get_by_text("Next 50")).to_have_count(0)
    for person in KEPT[:3]:
        with dan.refused(404):
            answer = dan.page.goto(dan.address(f"/customers/{known[person.name].id}"))
        assert answer is not None
        assert answer.status == 404


def search_without_echo(dan: Visitor) -> None:
    """What an agent types is not said back; a customer that is not leased is not found by any number."""
    for term, found in ((WILLING.phone, 1), (WILLING.document, 1), (KEPT[0].phone, 0), (KEPT[0].document, 0)):
        dan.page.locator("#q").fill(term)
        dan.page.locator("#q").press("Enter")
        expect(dan.page).to_have_url(dan.address("/search"))
        expect(dan.main).to_contain_text("the search is recorded with a digest")
        expect(dan.main.locator("a.hit")).to_have_count(found)
        expect(dan.page.locator("#q")).to_have_value("")
    dan.look("search-nothing", en=("Nothing found", "What is not lent to you is not found"))


def open_a_masked_customer(dan: Visitor, known: Mapping[str, Known]) -> None:
    dan.go(f"/customers/{known[WILLING.name].id}")
    dan.look("customer-agent", en=("Masked view", "赵*", WILLING.phone[-4:], "z***@"), zh=("赵*",), phone=True)
    dan.sees("310***********" + WILLING.document[-4:])


def ask_to_call(dan: Visitor, customer: Known) -> None:
    dan.go(f"/customers/{customer.id}")
    dan.follow("Contact")
    dan.page.get_by_label("Purpose").select_option("retention")
    dan.page.get_by_label("Channel").select_option("phone")
    dan.press("May I make contact?")


def be_denied(dan: Visitor, world: World, acting: Acting, known: Mapping[str, Known]) -> None:
    customer = known[UNASKED.name]
    ask_to_call(dan, customer)
    dan.look(
        "gate-denied",
        en=("You may not call", "The customer has not agreed", "《消费者权益保护法》第二十九条"),
        zh=("《消费者权益保护法》第二十九条", "客户未同意"),
        phone=True,
    )
    expect(dan.page.get_by_role("button", name="Record the contact")).to_have_count(0)
    stored = acting(world.alice).execute(
        select(GateDecision.verdict, GateDecision.purpose, GateDecision.participant_id, GateDecision.reasons).where(
            GateDecision.customer_id == customer.id
        )
    )
    [decision] = stored
    assert (decision.verdict, decision.purpose) == ("deny", "retention")
    assert decision.participant_id == world.dan.context.participant_id
    assert "第二十九条" in decision.reasons[0]["citation"]


def make_the_call(dan: Visitor, world: World, acting: Acting, known: Mapping[str, Known]) -> None:
    customer = known[WILLING.name]
    ask_to_call(dan, customer)
    dan.look("gate-allowed", en=("You may call now", "Outcome"), zh=("本人接通",))
    dan.main.get_by_label("Reached the customer").check()
    dan.page.get_by_label("Talk time").fill("4")
    dan.page.get_by_label("Note").fill("Thinks about leaving, wants an offer")
    dan.press("Record the contact")
    dan.look("called", en=("Thinks about leaving, wants an offer", "Reached the customer"))
    [call] = acting(world.alice).execute(
        select(Interaction.direction, Interaction.disposition, Interaction.talk_s, Interaction.gate_decision_id).where(
            Interaction.customer_id == customer.id
        )
    )
    assert (call.direction, call.disposition, call.talk_s) == ("outbound", "connected_right_party", 240)
    assert call.gate_decision_id is not None


def retain(dan: Visitor, known: Mapping[str, Known]) -> None:
    """Open a retention case on the customer's page and take it to its end by its named steps."""
    dan.go(f"/customers/{known[WILLING.name].id}")
    dan.follow("Open a case")
    dan.page.get_by_label("Workflow").select_option("telecom.retention")
    dan.look("case-new", en=("Open a case", "Retention"), zh=("客户挽留",))
    dan.page.get_by_label("Workflow").select_option("telecom.retention")
    dan.press("Open the case")
    dan.look("case-scored", en=("Scored", "Make an offer", "First offer due"), zh=("已评分", "推介方案"), phone=True)
    dan.press("Make an offer")
    step = dan.page.locator("#next-step")
    with dan.refused(422):
        dan.press("Make an offer", within=step)
        dan.sees("The case did not move")
    dan.look("case-offer", en=("The case did not move",))
    step.get_by_label("Offer").select_option("data_gift")
    dan.press("Make an offer", within=step)
    reached = dan.main.locator(".page-head .badge").first
    dan.press("Customer accepts")
    expect(reached).to_have_text("Accepted")
    dan.press("Confirm twice, begin cooling-off")
    step.get_by_label("Confirmed twice on").fill(f"{datetime.now(UTC) - COOLED_OFF:%Y-%m-%d}")
    dan.press("Confirm twice, begin cooling-off", within=step)
    expect(reached).to_have_text("Cooling-off")
    dan.press("Fulfil the offer")
    expect(reached).to_have_text("Fulfilled")
    dan.look("case-done", en=("Fulfilled", "The case is closed", "Extra data"), zh=("已兑现", "赠送流量"))


def read_everything(person: Visitor) -> None:
    """Follow every link from the dashboard, as pages and as fragments, a few of each kind of page."""
    start = person.address("/")
    waiting, seen, kinds = [start], {start}, Counter[str]()
    while waiting:
        address = waiting.pop(0)
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", address.partition("?")[0])
        kinds[kind] += 1
        if kinds[kind] > 4:
            continue
        fragment = {"HX-Request": "true", "HX-Request-Type": "partial"} if kinds[kind] == 2 else {}
        status, text = person.page.evaluate(FETCH, [address, fragment])
        assert status == 200, f"{person.name}: {address} answered {status}"
        for link in re.findall(r'href="(/t/[^"#]+)', text):
            found = person.url + html.unescape(link)
            if found not in seen and "lang=" not in found:
                seen.add(found)
                waiting.append(found)
    assert len(kinds) > 10


def read_the_timeline(carol: Visitor, world: World, known: Mapping[str, Known]) -> None:
    """The client sees in clear who was called, what came of it, and that the provider's agent did it."""
    carol.go(f"/customers/{known[WILLING.name].id}")
    carol.look("timeline", en=(WILLING.name, WILLING.email, "Thinks about leaving"), zh=(WILLING.name,))
    entries = carol.page.locator("#timeline .timeline li")
    for place, told in ((5, "Outbound contact by phone"), (6, "Gate: allowed"), (7, "Consent for marketing")):
        expect(entries.nth(place)).to_contain_text(told)
    carol.follow("Cases", within=carol.page.locator("#timeline"))
    expect(entries).to_have_count(5)
    expect(entries.first).to_contain_text("Fulfilled")
    for entry in entries.all():
        expect(entry).to_contain_text("Dan")
    carol.go(f"/customers/{known[UNASKED.name].id}")
    carol.follow("Permissions", within=carol.page.locator("#timeline"))
    expect(carol.page.locator("#timeline")).to_contain_text("Dan")
    carol.follow("Gate decisions")
    carol.look("gate-decisions", en=(UNASKED.name, "Denied", "第二十九条"), zh=("第二十九条",))
