"""Asking somebody in: the link is good once, for a week, and for the address it was sent to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from core.audit.models import AuditEntry
from core.db import scope
from core.errors import Conflict, Denied, Invalid
from core.identity import directory, invitations, people
from core.identity import service as identity
from core.identity.models import Invitation, Participant
from core.notify import jobs as mails
from core.notify.models import Mail
from core.testing.jobs import work_off
from core.testing.people import make_world

HEADERS = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "seven lamps over quiet water"


@pytest.fixture(scope="module")
def place(app):
    return make_world(app, verticals=())


@pytest.fixture
def invite(session, place):
    """`invite("new@example.com")` is the secret of a link, committed."""

    def send(email, *, by=None, role="client_manager"):
        context = (by or place.alice).context
        session.rollback()
        scope.enter(session, context)
        row = invitations.invite(
            session, context=context, email=email, shown_name="New Person",
            grants=[people.usual(role, "provider" if context.engagement_id else "client")],
        )  # fmt: skip
        secret = invitations.secret_of(row, tenant_id=row.tenant_id)
        session.commit()
        return secret

    return send


def joined(session, place, email):
    session.rollback()
    scope.enter(session, place.alice.context)
    row = session.execute(
        select(Participant.id, Participant.party, Participant.roles, Participant.agent_no, Participant.user_id)
        .join(Invitation, Invitation.participant_id == Participant.id)
        .where(Invitation.email_key == email)
    ).one_or_none()
    session.rollback()
    return row


def test_somebody_new_sets_name_and_password_and_is_in(session, place, client, invite) -> None:
    secret = invite("new.one@example.com")
    page = client.get(f"/invitation/{secret}")
    assert page.status_code == 200
    assert "new.one@example.com" in page.text
    short = client.post(f"/invitation/{secret}", data={"name": "New One", "password": "short"}, headers=HEADERS)
    assert short.status_code == 422
    done = client.post(f"/invitation/{secret}", data={"name": "New One", "password": PASSWORD}, headers=HEADERS)
    assert done.status_code == 303
    assert done.headers["Location"] == f"/t/{place.slug}/"
    row = joined(session, place, "new.one@example.com")
    assert (row.party, list(row.roles)) == ("client", ["client_manager"])
    assert row.agent_no is not None
    visit = identity.Visit(peer="invited", previous=None, agent="", hours=1)
    token = identity.sign_in(session, address="new.one@example.com", password=PASSWORD, visit=visit)
    assert identity.session_context(session, token=token, workspace=place.slug) is not None


def test_a_link_is_good_once(place, client, invite) -> None:
    secret = invite("new.two@example.com")
    body = {"name": "New Two", "password": PASSWORD}
    assert client.post(f"/invitation/{secret}", data=body, headers=HEADERS).status_code == 303
    assert client.get(f"/invitation/{secret}").status_code == 404
    assert client.post(f"/invitation/{secret}", data=body, headers=HEADERS).status_code == 404


def test_an_invitation_to_another_address_is_refused_with_the_reason_and_noted(session, place, sign_in, invite) -> None:
    secret = invite("somebody.else@example.com")
    carol = sign_in(place.carol).client
    for answer in (carol.get(f"/invitation/{secret}"), carol.post(f"/invitation/{secret}", headers=HEADERS)):
        assert answer.status_code == 403
        assert 'name="password"' not in answer.text
    assert joined(session, place, "somebody.else@example.com") is None
    scope.enter(session, place.alice.context)
    noted = session.execute(
        select(AuditEntry.outcome, AuditEntry.reason).where(AuditEntry.action == "invitation.accepted")
    ).all()
    assert {(row.outcome, row.reason) for row in noted} == {("denied", "another address")}


def test_somebody_with_an_account_signs_in_first_and_joins(session, app, place, client, sign_in, invite) -> None:
    other = make_world(app, verticals=())
    secret = invite(other.carol.email)
    page = client.get(f"/invitation/{secret}")
    assert f"/login?next=/invitation/{secret}" in page.text
    refused = client.post(f"/invitation/{secret}", data={"name": "X", "password": PASSWORD}, headers=HEADERS)
    assert refused.status_code == 409
    carol = sign_in(other.carol)
    assert carol.client.post(f"/invitation/{secret}", headers=HEADERS).status_code == 303
    assert joined(session, place, other.carol.email).user_id == other.carol.context.user_id
    assert carol.client.get(f"/t/{place.slug}/customers").status_code == 200


def test_a_provider_manager_invites_into_the_engagement_and_the_client_sees_it(session, place, client, invite) -> None:
    secret = invite("new.agent@example.com", by=place.bob, role="agent")
    body = {"name": "New Agent", "password": PASSWORD}
    assert client.post(f"/invitation/{secret}", data=body, headers=HEADERS).status_code == 303
    row = joined(session, place, "new.agent@example.com")
    assert (row.party, list(row.roles)) == ("provider", ["agent"])
    scope.enter(session, place.alice.context)
    found = directory.people_page(session, context=place.alice.context, engagement_id=place.engagement_id)
    assert "New Person" in {each.shown_name for each in found.rows}


def test_sent_again_the_earlier_link_is_dead(session, place, client, invite) -> None:
    first = invite("new.three@example.com")
    scope.enter(session, place.alice.context)
    row = session.scalar(select(Invitation).where(Invitation.email_key == "new.three@example.com"))
    again = invitations.resend(session, context=place.alice.context, invitation_id=row.id)
    second = invitations.secret_of(again, tenant_id=again.tenant_id)
    session.commit()
    assert client.get(f"/invitation/{first}").status_code == 404
    assert client.get(f"/invitation/{second}").status_code == 200


@pytest.mark.parametrize("how", ["withdrawn", "too old"])
def test_a_link_that_was_withdrawn_or_is_too_old_is_dead(session, place, client, invite, how) -> None:
    email = f"{how.replace(' ', '.')}@example.com"
    secret = invite(email)
    scope.enter(session, place.alice.context)
    row = session.scalar(select(Invitation).where(Invitation.email_key == email))
    if how == "withdrawn":
        invitations.withdraw(session, context=place.alice.context, invitation_id=row.id)
    else:
        past = datetime.now(UTC) - timedelta(minutes=1)
        session.execute(update(Invitation).where(Invitation.id == row.id).values(expires_at=past))
    session.commit()
    answer = client.get(f"/invitation/{secret}")
    assert answer.status_code == 404
    assert place.slug not in answer.text


def test_nobody_is_invited_twice_nor_who_is_here(session, place, invite) -> None:
    invite("new.four@example.com")
    with pytest.raises(Conflict, match="invited already"):
        invite("NEW.four@example.com ")
    with pytest.raises(Conflict, match="in the workspace already"):
        invite(place.carol.email)


def test_an_invitation_gives_no_more_than_who_sends_it_may_give(session, place, invite) -> None:
    with pytest.raises(Denied, match="more than you may give"):
        invite("new.five@example.com", by=place.carol, role="client_admin")
    with pytest.raises(Invalid, match="no such role"):
        invite("new.five@example.com", by=place.bob, role="client_admin")


def test_the_mail_names_nobody_in_its_subject_and_the_outbox_holds_no_link(app, session, place, invite) -> None:
    secret = invite("new.six@example.com", by=place.bob, role="agent")
    work_off(app, tenant_id=place.tenant_id)
    session.rollback()
    scope.enter(session, place.alice.context)
    row = session.scalar(
        select(Mail)
        .join(Invitation, Invitation.id == Mail.invitation_id)
        .where(Invitation.email_key == "new.six@example.com")
    )
    assert row is not None
    assert not {"New", "Person", "new.six"} & set(row.subject.split())
    assert secret not in row.body + row.html
    to, link = mails._reader(session, row, app.extensions["kehub"]["config"])
    assert to == "new.six@example.com"
    assert link.endswith(f"/invitation/{secret}")


def test_the_page_shows_the_link_once_where_no_mail_goes_out(place, sign_in) -> None:
    pages = sign_in(place.alice)
    form = {
        "email": "by.hand@example.com",
        "shown_name": "By Hand",
        "g.0.role": "client_admin",
        "g.0.on": "1",
        "g.0.reach": "all",
    }
    sent = pages.post("/people/invite", data=form)
    assert sent.status_code == 200
    assert "/invitation/" in sent.text
    assert 'value="http://localhost/invitation/' not in pages.get("/people/invitations").text
