"""Engagements over REST: list, begin, offer, move; sites and seats."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import answer, created, page, resource
from core.db.base import db
from core.engagements import offers, policy, queries, seat_queries, seats, states
from core.engagements.schemas import (
    Engagement,
    EngagementNew,
    EngagementOffer,
    EngagementPage,
    EngagementQuery,
    EngagementStep,
    Seat,
    SeatNew,
    SeatPage,
    SeatState,
    Site,
    SiteNew,
    SitePage,
)
from core.errors import NotFound
from core.web.current import context

endpoints = Endpoints("engagements", __name__, prefix="/engagements", title="Engagements")


@endpoints.get("", permission=policy.READ, query=EngagementQuery, returns=EngagementPage)
def index(query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List the engagements; a provider's token sees its own."""
    return page(Engagement().dump(queries.engagement_rows(db.session()), many=True), following=None)


@endpoints.get("/<uuid:engagement_id>", permission=policy.READ, returns=Engagement, versioned=True)
def show(engagement_id: UUID) -> Response:
    """Read one engagement."""
    return resource(_shown(engagement_id))


@endpoints.post("", permission=policy.MANAGE, body=EngagementNew, returns=Engagement, versioned=True)
def begin(body: dict[str, Any]) -> Response:
    """Begin an engagement, as an idea without a provider."""
    row = offers.begin(db.session(), context=context(), **body)
    return created(_shown(row.id), endpoint="api_engagements.show", engagement_id=row.id)


@endpoints.post(
    "/<uuid:engagement_id>/offer", permission=policy.MANAGE, body=EngagementOffer, returns=Engagement, versioned=True
)
def offer(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Offer the engagement to the provider whose code this is."""
    offers.offer(db.session(), context=context(), engagement_id=engagement_id, **body)
    return created(_shown(engagement_id), endpoint="api_engagements.show", engagement_id=engagement_id)


@endpoints.post(
    "/<uuid:engagement_id>/steps", permission=policy.MANAGE, body=EngagementStep, returns=Engagement, versioned=True,
    takes_version=True,
)  # fmt: skip
def step(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Take a step. Its guard is asked; a grave one wants a reason."""
    states.take(db.session(), context=context(), engagement_id=engagement_id, version=expected_version(), **body)
    return created(_shown(engagement_id), endpoint="api_engagements.show", engagement_id=engagement_id)


@endpoints.get("/<uuid:engagement_id>/sites", permission=policy.READ, query=EngagementQuery, returns=SitePage)
def list_sites(engagement_id: UUID, query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List the sites at which the provider's people work."""
    _shown(engagement_id)
    return page(Site().dump(seat_queries.sites(db.session(), engagement_id=engagement_id), many=True), following=None)


@endpoints.post("/<uuid:engagement_id>/sites", permission=policy.SEATS, body=SiteNew, returns=Site, located=False)
def add_site(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Register a site."""
    made = seats.add_site(db.session(), context=context(), engagement_id=engagement_id, **body)
    rows = seat_queries.sites(db.session(), engagement_id=engagement_id)
    return answer(Site().dump(next(row for row in rows if row.id == made.id)), status=201)


@endpoints.get("/<uuid:engagement_id>/seats", permission=policy.READ, query=EngagementQuery, returns=SeatPage)
def list_seats(engagement_id: UUID, query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List the seats, at most 500."""
    _shown(engagement_id)
    return page(Seat().dump(seat_queries.seats(db.session(), engagement_id=engagement_id), many=True), following=None)


@endpoints.post("/<uuid:engagement_id>/seats", permission=policy.SEATS, body=SeatNew, returns=Seat, located=False)
def add_seat(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Register a seat of a site. The client lets it in."""
    _shown(engagement_id)
    made = seats.add_seat(db.session(), context=context(), engagement_id=engagement_id, **body)
    return answer(_seat(engagement_id, made.id), status=201)


@endpoints.post(
    "/<uuid:engagement_id>/seats/<uuid:seat_id>/state", permission=policy.SEATS, body=SeatState, returns=Seat,
    located=False,
)  # fmt: skip
def set_seat(engagement_id: UUID, seat_id: UUID, body: dict[str, Any]) -> Response:
    """Let a seat in, or block it."""
    seats.set_seat(db.session(), context=context(), engagement_id=engagement_id, seat_id=seat_id, **body)
    return answer(_seat(engagement_id, seat_id), status=201)


def _seat(engagement_id: UUID, seat_id: UUID) -> dict[str, Any]:
    rows = seat_queries.seats(db.session(), engagement_id=engagement_id)
    row = next((each for each in rows if each.id == seat_id), None)
    if row is None:
        raise NotFound
    return dict(Seat().dump(row))


def _shown(engagement_id: UUID) -> dict[str, Any]:
    row = queries.engagement(db.session(), engagement_id=engagement_id)
    if row is None:
        raise NotFound
    return dict(Engagement().dump(row))
