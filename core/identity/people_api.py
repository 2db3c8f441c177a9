"""People and invitations over REST: the same acts as on the pages, with the same refusals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import answer, created, page, resource
from core.db.base import db
from core.errors import N_, Invalid, NotFound
from core.identity import directory, invitations, people, policy
from core.identity.directory import PersonRow
from core.identity.people import Grant
from core.identity.people_schemas import (
    AccessEnd,
    Invitation,
    InvitationList,
    InvitationSent,
    PeoplePage,
    PeopleQuery,
    Person,
    PersonPatch,
    PersonRoles,
)
from core.identity.reach import BY_PARTY
from core.web.current import context

endpoints = Endpoints("people", __name__, prefix="/people", title="People")
asked = Endpoints("invitations", __name__, prefix="/invitations", title="Invitations")


@endpoints.get("", permission=policy.PEOPLE, query=PeopleQuery, returns=PeoplePage)
def index(query: dict[str, Any]) -> Response:
    """List the people of the token's side, by name."""
    after = query.pop("after")
    try:
        start = UUID(after) if after else None
    except ValueError:
        raise Invalid(N_("This page of the list cannot be found; begin with the first."), field="after") from None
    found = directory.people_page(db.session(), context=context(), after=start, **query)
    return page([_document(row) for row in found.rows], following=str(found.next) if found.next else None)


@endpoints.get("/<uuid:participant_id>", permission=policy.PEOPLE, returns=Person, versioned=True)
def show(participant_id: UUID) -> Response:
    """Read one person."""
    return resource(_document(_row(participant_id)))


@endpoints.patch("/<uuid:participant_id>", permission=policy.MANAGE, body=PersonPatch, returns=Person, versioned=True)
def change(participant_id: UUID, body: dict[str, Any]) -> Response:
    """Change the name others see, and the unit."""
    row = _row(participant_id)
    values = {"shown_name": row.shown_name, "unit_id": row.unit_id, **body}
    people.change_profile(db.session(), context=context(), participant_id=row.id, version=expected_version(), **values)
    return resource(_document(_row(participant_id)))


@endpoints.put(
    "/<uuid:participant_id>/roles", permission=policy.MANAGE, body=PersonRoles, returns=Person, versioned=True,
    takes_version=True,
)  # fmt: skip
def set_roles(participant_id: UUID, body: dict[str, Any]) -> Response:
    """Give a person these roles and no others; who has left comes back with them."""
    row = _row(participant_id)
    act = people.set_roles if row.ended_at is None else people.bring_back
    grants = _grants(body["roles"], party=row.party)
    act(db.session(), context=context(), participant_id=row.id, grants=grants, version=expected_version())
    return resource(_document(_row(participant_id)))


@endpoints.post(
    "/<uuid:participant_id>/end", permission=policy.MANAGE, body=AccessEnd, returns=Person, versioned=True,
    takes_version=True,
)  # fmt: skip
def end(participant_id: UUID, body: dict[str, Any]) -> Response:
    """End a person's access at once. Their tokens are revoked; what they did stays."""
    people.end_access(
        db.session(), context=context(), participant_id=participant_id, version=expected_version(), **body
    )
    return created(_document(_row(participant_id)), endpoint="api_people.show", participant_id=participant_id)


@asked.get("", permission=policy.MANAGE, returns=InvitationList)
def open_ones() -> Response:
    """List the invitations that are open, the newest first."""
    rows = directory.invitations(db.session(), context=context())
    return page([_invitation(row) for row in rows], following=None)


@asked.post("", permission=policy.MANAGE, body=InvitationSent, returns=Invitation, located=False)
def invite(body: dict[str, Any]) -> Response:
    """Invite somebody by mail, to the token's side."""
    body["grants"] = _grants(body.pop("roles"), party="provider" if context().engagement_id else "client")
    row = invitations.invite(db.session(), context=context(), **body)
    return answer(_invitation(row), status=201)


@asked.post("/<uuid:invitation_id>/resend", permission=policy.MANAGE, returns=Invitation, located=False)
def resend(invitation_id: UUID) -> Response:
    """Send it again with another link. The earlier link no longer works."""
    return answer(
        _invitation(invitations.resend(db.session(), context=context(), invitation_id=invitation_id)), status=201
    )


@asked.post("/<uuid:invitation_id>/withdraw", permission=policy.MANAGE, returns=Invitation, located=False)
def withdraw(invitation_id: UUID) -> Response:
    """Take it back: its link no longer works."""
    row = invitations.withdraw(db.session(), context=context(), invitation_id=invitation_id)
    return answer(_invitation(row), status=201)


def _grants(given: list[dict[str, Any]], *, party: str) -> list[Grant]:
    return [Grant(**{**each, "reach": each["reach"] or BY_PARTY[party][0]}) for each in given]


def _row(participant_id: UUID) -> PersonRow:
    row = directory.person(db.session(), context=context(), participant_id=participant_id)
    if row is None or row.engagement_id != context().engagement_id:
        raise NotFound
    return row


def _document(row: PersonRow) -> dict[str, Any]:
    roles = people.in_force(db.session(), participant_id=row.id)
    return dict(
        Person().dump(
            {
                **{name: getattr(row, name) for name in row.__dataclass_fields__},
                "email": row.seen.email,
                "last_seen_at": row.seen.seen_at,
                "second_factors": row.seen.factors,
                "active": row.ended_at is None and not row.seen.disabled,
                "roles": roles,
            }
        )
    )


def _invitation(row: Any) -> dict[str, Any]:
    found: dict[str, Any] = dict(Invitation(exclude=["roles"]).dump(row))
    return {**found, "roles": [each["role"] for each in row.grants]}
