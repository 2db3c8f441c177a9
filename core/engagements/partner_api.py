"""Partners over REST: codes and offers of a provider, profiles of its people, invented customers of a client's lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import answer, page
from core.db.base import db
from core.engagements import canaries, closing, lists, offers, policy, proofs, queries, seat_queries, seats
from core.engagements.partner_schemas import (
    AgentProfile,
    AgentProfilePage,
    AgentProfileValues,
    CanariesNew,
    Canary,
    CanaryAlarm,
    CanaryAlarmPage,
    CanaryPage,
    CanarySign,
    ClosedEngagement,
    ClosedEngagementPage,
    Noted,
    Offer,
    OfferAnswer,
    OfferAnswered,
    OfferPage,
    PartnerCode,
    PartnerCodeMade,
    PartnerCodePage,
)
from core.engagements.schemas import Declaration, EngagementQuery, ReturnProof
from core.errors import NotFound
from core.web.current import context

codes = Endpoints("partner_codes", __name__, prefix="/partner-codes", title="Partner codes")
offered = Endpoints("offers", __name__, prefix="/offers", title="Offers of engagements")
closed = Endpoints("closed_engagements", __name__, prefix="/closed-engagements", title="Closed engagements")
people = Endpoints(
    "agent_profiles", __name__, prefix="/engagements/<uuid:engagement_id>/agent-profiles", title="Agent profiles"
)
invented = Endpoints("canaries", __name__, prefix="/lease-lists/<uuid:list_id>/canaries", title="Invented customers")
alarms = Endpoints(
    "canary_alarms", __name__, prefix="/engagements/<uuid:engagement_id>/canary-alarms", title="Canaries"
)


@codes.get("", permission=policy.ACCEPT, query=EngagementQuery, returns=PartnerCodePage)
def list_codes(query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List the codes that are open."""
    rows = offers.open_codes(db.session()) if context().party == "client" else []
    return page(PartnerCode().dump(rows, many=True), following=None)


@codes.post("", permission=policy.ACCEPT, returns=PartnerCodeMade, located=False, remembered=False)
def make_code() -> Response:
    """Make a code to hand to a client. It is shown in this answer only."""
    return answer({"code": offers.make_code(db.session(), context=context())}, status=201)


@codes.delete("/<uuid:code_id>", permission=policy.ACCEPT)
def withdraw_code(code_id: UUID) -> Response:
    """Make a code useless."""
    offers.withdraw_code(db.session(), context=context(), code_id=code_id)
    return Response(status=204)


@offered.get("", permission=policy.ACCEPT, query=EngagementQuery, returns=OfferPage)
def list_offers(query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List what clients offer to your organisation, and what it accepted."""
    return page(Offer().dump(offers.offered(db.session(), context=context()), many=True), following=None)


@offered.post(
    "/<uuid:engagement_id>/answer", permission=policy.ACCEPT, body=OfferAnswer, returns=OfferAnswered, located=False
)
def answer_offer(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Accept or decline. Accepted, its workspace opens in a moment and you are its first manager."""
    offers.answer(db.session(), context=context(), engagement_id=engagement_id, accept=body["accept"])
    return answer({"id": str(engagement_id), "accepted": body["accept"]}, status=201)


@closed.get("", permission=policy.ACCEPT, query=EngagementQuery, returns=ClosedEngagementPage)
def list_closed(query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List the closed engagements of which your organisation, as the provider, owes the proof of deletion."""
    return page(ClosedEngagement().dump(closing.owed(db.session(), context=context()), many=True), following=None)


@closed.post(
    "/<uuid:engagement_id>/proof", permission=policy.ACCEPT, body=Declaration, returns=ReturnProof, located=False
)
def prove_closed(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Prove that nothing of a closed engagement is held: its lists count as returned, its grants as purged."""
    proof_id = closing.sign(db.session(), context=context(), engagement_id=engagement_id, **body)
    return answer(ReturnProof().dump(proofs.proof(db.session(), context=context(), proof_id=proof_id)), status=201)


@people.get("", permission=policy.READ, query=EngagementQuery, returns=AgentProfilePage)
def list_profiles(engagement_id: UUID, query: dict[str, Any]) -> Response:  # noqa: ARG001 - at most 500
    """List the provider's people with what they are trained for."""
    _there(engagement_id)
    rows = seat_queries.people(db.session(), engagement_id=engagement_id)
    return page(AgentProfile().dump(rows, many=True), following=None)


@people.put("/<uuid:person_id>", permission=policy.SEATS, body=AgentProfileValues, returns=AgentProfile)
def save_profile(engagement_id: UUID, person_id: UUID, body: dict[str, Any]) -> Response:
    """Write down what somebody is trained for: the whole profile."""
    session = db.session()
    seats.save_profile(session, context=context(), engagement_id=engagement_id, participant_id=person_id, values=body)
    rows = seat_queries.people(session, engagement_id=engagement_id)
    return answer(AgentProfile().dump(next(row for row in rows if row["id"] == person_id)))


@invented.get("", permission=policy.CANARIES, query=EngagementQuery, returns=CanaryPage)
def list_canaries(list_id: UUID, query: dict[str, Any]) -> Response:  # noqa: ARG001 - at most twenty a time
    """List the invented customers of a list. The provider does not know them."""
    return page(Canary().dump(_invented(list_id), many=True), following=None)


@invented.post("", permission=policy.CANARIES, body=CanariesNew, returns=CanaryPage, located=False)
def seed(list_id: UUID, body: dict[str, Any]) -> Response:
    """Put invented customers into a lent list."""
    canaries.seed(db.session(), context=context(), list_id=list_id, **body)
    return answer({"data": Canary().dump(_invented(list_id), many=True), "next": None}, status=201)


@alarms.get("", permission=policy.CANARIES, query=EngagementQuery, returns=CanaryAlarmPage)
def list_alarms(engagement_id: UUID, query: dict[str, Any]) -> Response:  # noqa: ARG001 - the newest hundred
    """List what went off, the newest first."""
    _client()
    _there(engagement_id)
    return page(
        CanaryAlarm().dump(canaries.alarms(db.session(), engagement_id=engagement_id), many=True), following=None
    )


@alarms.post("", permission=policy.CANARIES, body=CanarySign, returns=Noted, located=False)
def report(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Note a sign from outside: somebody used a number or an address that only a list knows."""
    _client()
    _there(engagement_id)
    return answer(Noted().dump(canaries.report(db.session(), context=context(), **body)), status=201)


def _invented(list_id: UUID) -> Any:
    _client()
    lists.found(db.session(), list_id=list_id)
    return canaries.of_list(db.session(), list_id=list_id)


def _client() -> None:
    """To a provider there are no invented customers."""
    if context().party == "provider":
        raise NotFound


def _there(engagement_id: UUID) -> None:
    if queries.engagement(db.session(), engagement_id=engagement_id) is None:
        raise NotFound
