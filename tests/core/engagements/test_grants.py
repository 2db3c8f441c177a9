"""A grant is asked, checked and approved by three people, bounded by the contract, and gone in the moment it is revoked."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.audit.models import AuditEntry
from core.customers.models import Customer
from core.db import scope
from core.engagements import dpa, grants, jobs, proofs, queries, service
from core.engagements.models import DataGrant, Lease
from core.engagements.queries import customers_by_number
from core.engagements.terms import grantable
from core.errors import Conflict, Denied, Invalid
from core.identity import service as identity

TENTH = timedelta(days=10)


def ask(session, world, view, terms, context=None):
    context = context or world.carol.context
    session.rollback()
    scope.enter(session, context)
    row = grants.ask(session, context=context, view=view, engagement_id=world.engagement_id, terms=terms)
    session.commit()
    return row.id


def as_of(session, person):
    session.rollback()
    scope.enter(session, person.context)
    return person.context


def test_three_different_people_make_a_grant(session, bare, join, terms, view):
    world, dora = bare, join("dora", "dpo")
    grant_id = ask(session, world, view, terms())
    grants.check(session, context=as_of(session, dora), view=view, grant_id=grant_id, passed=True)
    session.commit()
    with pytest.raises(Denied, match="three different people"):
        grants.approve(session, context=as_of(session, world.carol), grant_id=grant_id, approved=True)
    row = grants.approve(session, context=as_of(session, world.alice), grant_id=grant_id, approved=True)
    assert row.state == "active"
    assert [row.asked_name, row.checked_name, row.approved_name] == ["Carol", "Dora", "Alice"]


def test_who_asked_does_not_check_even_under_another_role(session, bare, join, terms, view):
    dora = join("dora", "dpo")
    both = dora.context.permissions | bare.carol.context.permissions
    object.__setattr__(dora.context, "permissions", both)
    grant_id = ask(session, bare, view, terms(), dora.context)
    with pytest.raises(Denied, match="three different people"):
        grants.check(session, context=as_of(session, dora), view=view, grant_id=grant_id, passed=True)


def test_the_database_too_refuses_one_user_twice(session, bare, terms, view):
    grant_id = ask(session, bare, view, terms())
    scope.enter(session, bare.alice.context)
    row = session.scalar(select(DataGrant).where(DataGrant.id == grant_id))
    row.checked_user_id = row.asked_user_id
    with pytest.raises(IntegrityError, match="three_people"):
        session.flush()
    session.rollback()


def test_a_grant_beyond_the_contracts_end_is_refused_with_its_day(session, bare, terms, view):
    with pytest.raises(Invalid) as refused:
        ask(session, bare, view, terms(ends_at=datetime.now(UTC) + timedelta(days=500)))
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("ends_at", "beyond_contract")
    assert "cannot outlast the contract" in error.message


def test_two_grants_of_one_purpose_do_not_overlap(session, bare, terms, view):
    ask(session, bare, view, terms())
    with pytest.raises(Conflict, match="runs or is asked for until"):
        ask(session, bare, view, terms(ends_at=datetime.now(UTC) + TENTH))
    later = datetime.now(UTC) + timedelta(days=91)
    ask(session, bare, view, terms(starts_at=later, ends_at=later + TENTH))
    ask(session, bare, view, terms(purpose="survey"))


def test_every_fault_of_the_terms_is_told_at_once(session, bare, terms, view):
    wrong = terms(purpose="gossip", fields={"shoe_size": "clear"}, countries=["China"], reason=" ", row_budget=0)
    with pytest.raises(Invalid) as refused:
        ask(session, bare, view, wrong)
    assert {error.field for error in refused.value.errors} == {"purpose", "fields", "countries", "reason", "row_budget"}


def test_sensitive_fields_are_clear_only_if_the_officer_says_so(session, bare, join, terms, view):
    dora = join("dora", "dpo")
    grant_id = ask(session, bare, view, terms(fields={"document:ric": "clear"}))
    with pytest.raises(Invalid, match="sensitive fields clear"):
        grants.check(session, context=as_of(session, dora), view=view, grant_id=grant_id, passed=True)
    row = grants.check(session, context=as_of(session, dora), view=view, grant_id=grant_id, passed=True, sensitive=True)
    assert row.sensitive_clear


def test_revoking_ends_leases_and_every_open_page_at_once(session, world, grant, numbers, sign_in):
    grant_id = grant()
    (number,) = numbers(1)
    alice = as_of(session, world.alice)
    ids = list(customers_by_number(session, context=alice, numbers=[number]).values())
    until = datetime.now(UTC) + TENTH
    service.lease_customers(session, context=alice, engagement_id=world.engagement_id, customer_ids=ids, purpose="retention",
                            expires_at=until)  # fmt: skip
    session.commit()
    dan = sign_in(world.dan)
    assert dan.get(f"/customers/{ids[0]}").status_code == 200
    grants.revoke(session, context=as_of(session, world.alice), grant_id=grant_id, reason="a complaint")
    session.commit()
    answer = dan.get(f"/customers/{ids[0]}")
    assert answer.status_code == 403
    assert "No data grant is in force" in answer.text or "没有生效的数据授权" in answer.text
    as_of(session, world.dan)
    assert session.scalars(select(Customer.id)).all() == []
    as_of(session, world.alice)
    assert session.scalar(select(Lease.end_reason).where(Lease.data_grant_id == grant_id)) == "a complaint"
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == grant_id)).all()
    assert "data_grant.revoked" in actions


def test_without_a_live_grant_a_providers_job_sees_nobody_either(session, world, grant, numbers):
    grant_id = grant()
    numbers(1)
    as_of(session, world.alice)
    row = grants.found(session, grant_id=grant_id)
    row.ends_at = datetime.now(UTC) - timedelta(minutes=1)
    row.starts_at = datetime.now(UTC) - timedelta(days=2)
    session.commit()
    as_of(session, world.dan)
    assert session.scalar(select(Customer.id)) is None
    session.rollback()
    token = identity.sign_in(session, address=world.dan.email, password=world.dan.password,
                             visit=identity.Visit(peer="", previous=None, agent="", hours=1))  # fmt: skip
    found = identity.session_context(session, token=token, workspace=world.dan.workspace)
    assert found.withheld == "no_grant"
    assert not found.may("customer.read")


def test_the_principal_says_what_is_granted_and_of_several_the_strictest(session, world, grant, bare):
    grant()
    grant(purpose="survey", fields={"name": "hidden"}, ends_at=datetime.now(UTC) + TENTH)
    token = identity.sign_in(session, address=world.dan.email, password=world.dan.password,
                             visit=identity.Visit(peer="", previous=None, agent="", hours=1))  # fmt: skip
    found = identity.session_context(session, token=token, workspace=world.dan.workspace)
    assert found.grant.fields == {"name": "hidden", "phone": "masked"}
    assert found.grant.countries == ("CN",)
    assert found.grant.ends_at < datetime.now(UTC) + TENTH + timedelta(minutes=1)


def test_a_grant_is_warned_of_and_expires_by_the_clock(session, world, grant):
    grant_id = grant()
    alice = as_of(session, world.alice)
    ends_at = grants.found(session, grant_id=grant_id).ends_at
    assert jobs.age_grant(session, context=alice, grant_id=grant_id, now=ends_at - timedelta(days=20)) == "active"
    assert jobs.age_grant(session, context=alice, grant_id=grant_id, now=ends_at - timedelta(days=14)) == "expiring"
    assert jobs.age_grant(session, context=alice, grant_id=grant_id, now=ends_at) == "expired"


def test_an_ended_grant_is_proved_purged_by_the_provider_and_both_read_the_proof(session, world, grant, sign_in):
    grant_id = grant()
    grants.revoke(session, context=as_of(session, world.alice), grant_id=grant_id, reason="done")
    session.commit()
    bob = as_of(session, world.bob)
    with pytest.raises(Invalid, match="must be confirmed"):
        proofs.prove_purge(session, context=bob, grant_id=grant_id)
    row = proofs.prove_purge(session, context=bob, grant_id=grant_id, confirmed=True)
    session.commit()
    as_of(session, world.alice)
    assert grants.found(session, grant_id=grant_id).state == "purge_proved"
    assert proofs.whole(row)
    proof_id, digest = row.id, row.digest
    for person in (world.alice, world.bob):
        session.rollback()
        page = sign_in(person).get(f"/proofs/{proof_id}")
        assert digest in page.text


def test_the_agreement_has_the_six_items_of_article_21_in_both_languages(session, world, grant, view):
    grant_id = grant(row_budget=500)
    as_of(session, world.alice)
    (row,) = queries.grant_rows(session, grant_id=grant_id)
    for language, words in (("zh-CN", ("处理目的", "客户保持", "姓名或名称：明文", "500 位客户")),
                            ("en", ("Purpose", "customer retention", "Name: clear", "500 customers"))):  # fmt: skip
        text = dpa.text(
            row, language=language, client="A", provider="B", fields=grantable(view), zone="Asia/Shanghai", sites={}
        )
        assert [head for head in dpa.HEADS[language] if head not in text] == []
        assert [word for word in words if word not in text] == []


def test_both_parties_read_the_grant_and_only_the_client_acts_on_it(session, world, grant, sign_in):
    grant_id = grant()
    alice, bob = sign_in(world.alice), sign_in(world.bob)
    assert "/revoke" in alice.get(f"/grants/{grant_id}").text
    session.rollback()
    page = bob.get(f"/grants/{grant_id}")
    assert page.status_code == 200
    assert "/revoke" not in page.text
    session.rollback()
    assert bob.post(f"/grants/{grant_id}/revoke", data={"reason": "x"}).status_code == 403
