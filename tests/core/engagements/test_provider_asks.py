"""A provider asks for data, or for more of them; the client's people decide. At the end it proves that it holds nothing."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import func, select, text, update

from core.audit.models import AuditEntry
from core.customers.models import Customer
from core.db import scope
from core.db.base import new_id
from core.engagements import closing, ending, grants, lists, proofs, states
from core.engagements.models import STATES, DataGrant, Engagement, Lease, LeaseList, ReturnProof
from core.engagements.queries import customers_by_number
from core.errors import Conflict, Denied, Invalid, NotFound
from core.exports.models import ExportRequest

MONTH = timedelta(days=30)


def as_of(session, person):
    session.rollback()
    scope.enter(session, person.context)
    return person.context


def ask(session, world, view, terms, *, person=None, **more):
    row = grants.ask(
        session, context=as_of(session, person or world.bob), view=view, engagement_id=world.engagement_id, terms=terms,
        **more,
    )  # fmt: skip
    session.commit()
    return row.id


def decide(session, world, view, dora, grant_id):
    grants.check(session, context=as_of(session, dora), view=view, grant_id=grant_id, passed=True, sensitive=True)
    session.commit()
    grants.approve(session, context=as_of(session, world.alice), grant_id=grant_id, approved=True)
    session.commit()


def lend(session, world, made):
    alice = as_of(session, world.alice)
    row = lists.lend(
        session, context=alice, engagement_id=world.engagement_id, name="October", purpose="retention",
        until=datetime.now(UTC) + MONTH, numbers=made,
    )  # fmt: skip
    list_id = row.id
    session.commit()
    return list_id


def found(session, world, grant_id):
    as_of(session, world.alice)
    return session.scalar(select(DataGrant).where(DataGrant.id == grant_id))


def acts(session, person, action):
    as_of(session, person)
    return session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all()


# -- asked by the provider ------------------------------------------------------------------------------------------


def test_a_provider_asks_and_two_people_of_the_client_decide(session, bare, join, terms, view):
    world, dora = bare, join("dora", "dpo")
    grant_id = ask(session, world, view, terms())
    row = found(session, world, grant_id)
    assert (row.state, row.asked_party, row.asked_name) == ("requested", "provider", "Bob")
    assert row.asked_user_id == world.bob.context.user_id
    assert [each.party for each in acts(session, world.carol, "data_grant.requested")] == ["provider"]
    for act in (grants.check, grants.approve):
        more = {"view": view, "passed": True} if act is grants.check else {"approved": True}
        with pytest.raises(Denied):
            act(session, context=as_of(session, world.bob), grant_id=grant_id, **more)
    decide(session, world, view, dora, grant_id)
    assert found(session, world, grant_id).state == "active"


def test_a_provider_takes_its_request_back_and_only_its_own(session, bare, terms, view):
    world = bare
    grant_id = ask(session, world, view, terms())
    grants.withdraw(session, context=as_of(session, world.bob), grant_id=grant_id)
    session.commit()
    assert (found(session, world, grant_id).state, found(session, world, grant_id).end_reason) == (
        "refused",
        "withdrawn",
    )
    clients = ask(session, world, view, terms(), person=world.carol)
    with pytest.raises(Conflict):
        grants.withdraw(session, context=as_of(session, world.bob), grant_id=clients)


def test_what_is_asked_is_held_to_the_contract_and_asked_once(session, bare, terms, view):
    world = bare
    with pytest.raises(Invalid) as wrong:
        ask(session, world, view, terms(fields={}, reason=""))
    assert {each.field for each in wrong.value.errors} == {"fields", "reason"}
    ask(session, world, view, terms())
    with pytest.raises(Conflict):
        ask(session, world, view, terms())
    with pytest.raises(Denied):
        ask(session, world, view, terms(), person=world.dan)


def test_both_sides_ask_in_the_same_states_of_an_engagement(session, bare, terms, view):
    """What is to be lent is part of the contract, so it is asked for from the due diligence on, until the engagement is closed."""
    allowed = {}
    for state in STATES:
        for person in (bare.bob, bare.carol):
            as_of(session, bare.alice)
            session.execute(update(Engagement).where(Engagement.id == bare.engagement_id).values(state=state))
            session.commit()
            context = as_of(session, person)
            try:
                grants.ask(session, context=context, view=view, engagement_id=bare.engagement_id, terms=terms())
            except Conflict:
                continue
            finally:
                session.rollback()
            allowed.setdefault(context.party, set()).add(state)
    assert allowed["provider"] == allowed["client"] == grants.ASKABLE
    assert {"due_diligence", "contracting", "exiting"} <= grants.ASKABLE
    assert not {"sourcing", "suspended", "closed"} & grants.ASKABLE


def test_the_database_takes_a_request_of_a_provider_and_nothing_more(session, bare, terms, view):
    """Whatever the application says, the row is a request, by one of the engagement's own people."""
    call = text("SELECT grant_ask(:id, NULL, :person, cast(:terms AS jsonb))").execution_options(**scope.RLS_ONLY)
    said = (
        '{"purpose":"survey","fields":{},"countries":["CN"],"site_ids":[],"skills":[],"methods":[],"measures":[],"reason":"x",'
        '"starts_at":"2026-01-01T00:00:00Z","ends_at":"2099-01-01T00:00:00Z","state":"active"}'
    )
    as_of(session, bare.bob)
    assert not session.scalar(call, {"id": new_id(), "person": bare.alice.context.participant_id, "terms": said})
    made = new_id()
    assert session.scalar(call, {"id": made, "person": bare.bob.context.participant_id, "terms": said})
    session.commit()
    assert found(session, bare, made).state == "requested"


def test_the_pages_of_asking_for_both_sides(bare, terms, sign_in, session):
    bob, carol = sign_in(bare.bob), sign_in(bare.carol)
    page = bob.get(f"/engagements/{bare.engagement_id}?tab=grants")
    assert f"/engagements/{bare.engagement_id}/grants/new" in page.text
    session.rollback()
    today = datetime.now(UTC).date()
    form = {
        "purpose": "service", "reason": "complaints by phone", "from": today.isoformat(), "budget": "",
        "until": (today + MONTH).isoformat(), "countries": "CN", "method": ["view", "call"], "field.phone": "masked",
    }  # fmt: skip
    answer = bob.post(f"/engagements/{bare.engagement_id}/grants", data=form)
    assert answer.status_code == 303
    place = answer.headers["Location"].removeprefix(f"/t/{bare.engagement_slug}")
    assert "/withdraw" in bob.get(place).text
    session.rollback()
    shown = carol.get(place).text
    assert "complaints by phone" in shown
    assert "/withdraw" not in shown
    session.rollback()
    assert bob.get(f"/engagements/{bare.engagement_id}/grants/new?widens=nonsense").status_code == 404


# -- a wider one ----------------------------------------------------------------------------------------------------


def test_a_wider_grant_takes_the_place_of_the_one_in_force(session, world, grant, terms, view, numbers, join):
    old = grant(row_budget=3)
    list_id = lend(session, world, numbers(2))
    asked = terms(fields={"name": "clear", "phone": "clear"}, row_budget=9, ends_at=datetime.now(UTC) + 4 * MONTH)
    new = ask(session, world, view, asked, widens=old)
    assert (found(session, world, new).widens_id, found(session, world, old).state) == (old, "active")
    as_of(session, world.bob)
    assert session.scalar(select(func.count()).select_from(Customer)) == 2
    decide(session, world, view, join("dot", "dpo"), new)
    assert (found(session, world, old).state, found(session, world, new).state) == ("replaced", "active")
    as_of(session, world.alice)
    assert set(session.scalars(select(Lease.data_grant_id))) == {new}
    assert session.scalar(select(LeaseList.data_grant_id).where(LeaseList.id == list_id)) == new
    assert proofs.owed(session, engagement_id=world.engagement_id)[1] == []
    as_of(session, world.bob)
    assert session.scalar(select(func.count()).select_from(Customer)) == 2, "nobody is lost sight of"
    assert len(acts(session, world.carol, "data_grant.replaced")) == 1


def test_what_is_no_widening_is_refused_with_the_reason(session, world, grant, terms, view, numbers, join):
    now = datetime.now(UTC)
    old = grant(row_budget=3, ends_at=now + 3 * MONTH, starts_at=now - MONTH)
    lend(session, world, numbers(2))
    wrong = {
        "ends_at": terms(ends_at=now + MONTH),
        "row_budget": terms(row_budget=1, ends_at=now + 4 * MONTH),
        "fields": terms(row_budget=3, ends_at=found(session, world, old).ends_at),
        "purpose": terms(purpose="survey", ends_at=now + 4 * MONTH),
    }
    for field, asked in wrong.items():
        with pytest.raises(Invalid) as refused:
            ask(session, world, view, asked, widens=old)
        assert field in {each.field for each in refused.value.errors}, field
    new = ask(session, world, view, terms(ends_at=now + 4 * MONTH), widens=old)
    grants.check(session, context=as_of(session, join("dot", "dpo")), view=view, grant_id=new, passed=True)
    session.commit()
    session.execute(
        text(
            "INSERT INTO grant_freeze (tenant_id, id, data_grant_id, engagement_id, reason, frozen_at, frozen_by)"
            " VALUES (:t, :i, :g, :e, 'look', now(), :i)"
        ).execution_options(**scope.RLS_ONLY),
        {"t": as_of(session, world.alice).tenant_id, "i": new_id(), "g": old, "e": world.engagement_id},
    )
    with pytest.raises(Conflict, match="frozen"):
        grants.approve(session, context=world.alice.context, grant_id=new, approved=True)
    with pytest.raises(NotFound):
        ask(session, world, view, terms(), widens=new_id())


# -- the proof at the end -------------------------------------------------------------------------------------------


def test_a_proof_names_ids_by_digest_and_removes_what_was_exported(session, world, numbers, sign_in, monkeypatch):
    made = numbers(3)
    list_id = lend(session, world, made)
    removed = []
    monkeypatch.setattr(ending, "FILES", [lambda _s, _c, which: removed.append(which) or 2])
    row = proofs.return_list(session, context=as_of(session, world.bob), list_id=list_id, confirmed=True)
    assert removed == [world.engagement_id]
    assert (row.counts["leased"], row.counts["files_removed"], row.counts["files_left"]) == (3, 2, 0)
    proof_id = row.id
    session.commit()
    alice = as_of(session, world.alice)
    ids = sorted(str(each) for each in customers_by_number(session, context=alice, numbers=made).values())
    assert row.counts["ids_sha256"] == hashlib.sha256("\n".join(ids).encode()).hexdigest()
    files = {who: sign_in(getattr(world, who)).get(f"/proofs/{proof_id}/statement.txt") for who in ("alice", "bob")}
    assert files["alice"].text == files["bob"].text
    assert "attachment" in files["alice"].headers["Content-Disposition"]
    signed, _, rest = files["alice"].text.partition(proofs.RULE)
    signature = next(line for line in rest.splitlines() if line.startswith("Ed25519")).rpartition(" ")[2]
    key = load_pem_public_key(rest[rest.index("-----BEGIN") :].encode())
    key.verify(bytes.fromhex(signature), signed.encode())
    proof = proofs.proof(session, context=as_of(session, world.alice), proof_id=proof_id)
    assert proofs.whole(proof)
    proof.document += "x"
    assert not proofs.whole(proof)
    session.rollback()


def test_files_that_were_exported_are_gone_with_the_signature(session, world, numbers):
    list_id = lend(session, world, numbers(1))
    bob = as_of(session, world.bob)
    for number, state in enumerate(("done", "running"), start=1):
        session.add(
            ExportRequest(
                number=number, what="customers", chosen={}, fields=[], format="csv", purpose="service", reason="x", state=state,
                rows_asked=1, requested_by=bob.participant_id, requested_name="Bob", requested_party="provider",
                engagement_id=world.engagement_id, file_id=new_id() if state == "done" else None,
            )
        )  # fmt: skip
    session.flush()
    row = proofs.return_list(session, context=bob, list_id=list_id, confirmed=True)
    assert row.counts["files_removed"] == 2
    assert set(session.execute(select(ExportRequest.state, ExportRequest.file_id))) == {("expired", None)}


def test_a_closed_engagement_is_proved_from_the_providers_own_workspace(
    session, world, grant, numbers, partner_admin, sign_in
):
    grant()
    list_id = lend(session, world, numbers(2))
    for event in ("exit", "close"):
        if event == "close":
            lists.take_back(session, context=as_of(session, world.alice), list_id=list_id, reason="the end")
            session.commit()
        states.take(
            session, context=as_of(session, world.alice), engagement_id=world.engagement_id, event=event, reason="over"
        )
        session.commit()
    assert sign_in(world.bob).get("/customers").status_code == 404, "its people have left"
    ann = as_of(session, partner_admin)
    owed = closing.owed(session, context=ann)
    assert [(each.engagement_id, each.lists, each.grants, each.customers, each.files) for each in owed] == [
        (world.engagement_id, 1, 1, 2, 0)
    ]
    page = sign_in(partner_admin)
    assert f"/closed-engagements/{world.engagement_id}" in page.get("/engagements").text
    assert page.post(f"/closed-engagements/{world.engagement_id}", data={}).status_code == 422
    answer = page.post(f"/closed-engagements/{world.engagement_id}", data={"confirmed": "1", "note": "shredded"})
    assert answer.status_code == 303
    proof_id = answer.headers["Location"].rpartition("/")[2]
    as_of(session, world.alice)
    row = session.scalar(select(ReturnProof))
    assert (str(row.id), row.signed_name, row.counts["leased"]) == (proof_id, "Ann", 2)
    assert proofs.owed(session, engagement_id=world.engagement_id) == ([], [])
    digest = row.digest
    closing.noted(session, context=world.alice.context, proof_id=row.id)
    session.commit()
    for person, action in ((world.alice, "return_proof.received"), (partner_admin, "return_proof.signed")):
        assert [each.details["digest"] for each in acts(session, person, action)] == [digest]
    texts = {
        who.email: sign_in(who).get(f"/proofs/{proof_id}/statement.txt").text for who in (partner_admin, world.alice)
    }
    assert len(set(texts.values())) == 1
    assert "shredded" in next(iter(texts.values()))
    with pytest.raises(NotFound):
        closing.sign(session, context=as_of(session, partner_admin), engagement_id=world.engagement_id, confirmed=True)


def test_another_provider_neither_sees_nor_signs(session, app, world, numbers, partner_admin):
    from core.testing.people import make_world

    list_id = lend(session, world, numbers(1))
    proof = proofs.return_list(session, context=as_of(session, world.bob), list_id=list_id, confirmed=True)
    proof_id = proof.id
    session.commit()
    assert proofs.proof(session, context=as_of(session, partner_admin), proof_id=proof_id).signed_name == "Bob"
    other = make_world(app, verticals=())
    with pytest.raises(NotFound):
        proofs.proof(session, context=as_of(session, other.alice), proof_id=proof_id)
    assert closing.owed(session, context=other.alice.context) == []
    with pytest.raises(NotFound):
        closing.sign(session, context=other.alice.context, engagement_id=world.engagement_id, confirmed=True)
