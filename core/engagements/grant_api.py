"""Data grants and lists over REST: ask, check, approve, revoke; count, lend, extend, take back, return with proof."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import answer, created, page, resource
from core.db.base import db
from core.engagements import grants, lists, policy, proofs, queries
from core.engagements.numbers import read_numbers
from core.engagements.schemas import (
    DataGrant,
    DataGrantApproval,
    DataGrantCheck,
    DataGrantNew,
    DataGrantPage,
    Declaration,
    EngagementQuery,
    LeaseList,
    LeaseListCount,
    LeaseListExtension,
    LeaseListLook,
    LeaseListNew,
    LeaseListPage,
    ReturnProof,
    Why,
)
from core.engagements.terms import Terms
from core.errors import NotFound
from core.web.current import catalog_view, context

endpoints = Endpoints("data_grants", __name__, prefix="/data-grants", title="Data grants")
lent = Endpoints("lease_lists", __name__, prefix="/lease-lists", title="Leased lists")
proved = Endpoints("return_proofs", __name__, prefix="/return-proofs", title="Proofs of deletion")
asked = Endpoints("engagement_grants", __name__, prefix="/engagements/<uuid:engagement_id>", title="Grants and lists")


@asked.get("/data-grants", permission=policy.READ, query=EngagementQuery, returns=DataGrantPage)
def of_engagement(engagement_id: UUID, query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List an engagement's data grants, those in force first."""
    _there(engagement_id)
    return page(
        DataGrant().dump(queries.grant_rows(db.session(), engagement_id=engagement_id), many=True), following=None
    )


@asked.post("/data-grants", permission=policy.REQUEST, body=DataGrantNew, returns=DataGrant, versioned=True)
def ask(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Ask for a data grant, or for a wider one, for either side. Two other people of the client's check and approve it."""
    widens = body.pop("widens_id")
    row = grants.ask(
        db.session(), context=context(), view=catalog_view(), engagement_id=engagement_id, terms=Terms(**body),
        widens=widens,
    )  # fmt: skip
    return created(_grant(row.id), endpoint="api_data_grants.show", grant_id=row.id)


@endpoints.get("/<uuid:grant_id>", permission=policy.READ, returns=DataGrant, versioned=True)
def show(grant_id: UUID) -> Response:
    """Read one data grant."""
    return resource(_grant(grant_id))


@endpoints.post(
    "/<uuid:grant_id>/check", permission=policy.CHECK, body=DataGrantCheck, returns=DataGrant, versioned=True,
    takes_version=True,
)  # fmt: skip
def check(grant_id: UUID, body: dict[str, Any]) -> Response:
    """The data protection officer's answer."""
    grants.check(
        db.session(), context=context(), view=catalog_view(), grant_id=grant_id, version=expected_version(), **body
    )
    return created(_grant(grant_id), endpoint="api_data_grants.show", grant_id=grant_id)


@endpoints.post(
    "/<uuid:grant_id>/approval", permission=policy.APPROVE, body=DataGrantApproval, returns=DataGrant, versioned=True,
    takes_version=True,
)  # fmt: skip
def approve(grant_id: UUID, body: dict[str, Any]) -> Response:
    """The third person's answer."""
    grants.approve(db.session(), context=context(), grant_id=grant_id, version=expected_version(), **body)
    return created(_grant(grant_id), endpoint="api_data_grants.show", grant_id=grant_id)


@endpoints.post("/<uuid:grant_id>/revocation", permission=policy.REVOKE, body=Why, returns=DataGrant, versioned=True)
def revoke(grant_id: UUID, body: dict[str, Any]) -> Response:
    """Revoke a grant: its leases end at once."""
    grants.revoke(db.session(), context=context(), grant_id=grant_id, **body)
    return created(_grant(grant_id), endpoint="api_data_grants.show", grant_id=grant_id)


@endpoints.post("/<uuid:grant_id>/withdrawal", permission=policy.REQUEST, returns=DataGrant, versioned=True)
def withdraw(grant_id: UUID) -> Response:
    """Take a provider's own request back, while nobody has decided on it."""
    grants.withdraw(db.session(), context=context(), grant_id=grant_id)
    return created(_grant(grant_id), endpoint="api_data_grants.show", grant_id=grant_id)


@endpoints.post("/<uuid:grant_id>/proof", permission=policy.SIGN, body=Declaration, returns=ReturnProof, located=False)
def prove(grant_id: UUID, body: dict[str, Any]) -> Response:
    """Prove that nothing seen under an ended grant is held."""
    row = proofs.prove_purge(db.session(), context=context(), grant_id=grant_id, **body)
    return answer(ReturnProof().dump(row), status=201)


@asked.get("/lease-lists", permission=policy.READ, query=EngagementQuery, returns=LeaseListPage)
def lists_of_engagement(engagement_id: UUID, query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List an engagement's lists, the newest first."""
    _there(engagement_id)
    return page(
        LeaseList().dump(queries.list_rows(db.session(), engagement_id=engagement_id), many=True), following=None
    )


@asked.post("/lease-lists", permission=policy.LEASE, body=LeaseListNew, returns=LeaseList, versioned=True)
def lend(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Lend a list of customers. One over the row budget is refused with the figures."""
    row = lists.lend(
        db.session(), context=context(), engagement_id=engagement_id, name=body["name"], purpose=body["purpose"],
        until=body["expires_at"], numbers=read_numbers(body["numbers"]),
    )  # fmt: skip
    return created(_list(row.id), endpoint="api_lease_lists.show_list", list_id=row.id)


@asked.post("/lease-lists/count", permission=policy.LEASE, body=LeaseListLook, returns=LeaseListCount, located=False)
def count(engagement_id: UUID, body: dict[str, Any]) -> Response:
    """Count what a list would be, without lending it."""
    found = lists.preview(
        db.session(), context=context(), engagement_id=engagement_id, purpose=body["purpose"], until=body["expires_at"],
        numbers=read_numbers(body["numbers"]),
    )  # fmt: skip
    return answer(LeaseListCount().dump(found), status=201)


@lent.get("/<uuid:list_id>", permission=policy.READ, returns=LeaseList, versioned=True)
def show_list(list_id: UUID) -> Response:
    """Read one list."""
    return resource(_list(list_id))


@lent.post(
    "/<uuid:list_id>/extension", permission=policy.LEASE, body=LeaseListExtension, returns=LeaseList, versioned=True,
    takes_version=True,
)  # fmt: skip
def extend(list_id: UUID, body: dict[str, Any]) -> Response:
    """Move a list's end, within its grant and its engagement."""
    until, version = body["expires_at"], expected_version()
    lists.extend(db.session(), context=context(), list_id=list_id, until=until, version=version)
    return created(_list(list_id), endpoint="api_lease_lists.show_list", list_id=list_id)


@lent.post("/<uuid:list_id>/resumption", permission=policy.LEASE, returns=LeaseList, versioned=True)
def resume(list_id: UUID) -> Response:
    """Go on with a list whose lending stopped, where it stopped."""
    lists.again(db.session(), context=context(), list_id=list_id)
    return created(_list(list_id), endpoint="api_lease_lists.show_list", list_id=list_id)


@lent.post("/<uuid:list_id>/taking-back", permission=policy.LEASE, body=Why, returns=LeaseList, versioned=True)
def take_back(list_id: UUID, body: dict[str, Any]) -> Response:
    """Take a list back at once."""
    lists.take_back(db.session(), context=context(), list_id=list_id, **body)
    return created(_list(list_id), endpoint="api_lease_lists.show_list", list_id=list_id)


@lent.post("/<uuid:list_id>/proof", permission=policy.SIGN, body=Declaration, returns=ReturnProof, located=False)
def return_list(list_id: UUID, body: dict[str, Any]) -> Response:
    """Return a list, with the proof that nothing of it is held."""
    row = proofs.return_list(db.session(), context=context(), list_id=list_id, **body)
    return answer(ReturnProof().dump(row), status=201)


@proved.get("/<uuid:proof_id>", permission=policy.READ, returns=ReturnProof)
def show_proof(proof_id: UUID) -> Response:
    """Read a signed proof: the client, the engagement's people, and the provider's own organisation."""
    return answer(ReturnProof().dump(proofs.proof(db.session(), context=context(), proof_id=proof_id)))


def _there(engagement_id: UUID) -> None:
    """Raises NotFound for an engagement that is not there, or of others."""
    if queries.engagement(db.session(), engagement_id=engagement_id) is None:
        raise NotFound


def _grant(grant_id: UUID) -> dict[str, Any]:
    found = queries.grant_rows(db.session(), grant_id=grant_id)
    if not found:
        raise NotFound
    return dict(DataGrant().dump(found[0]))


def _list(list_id: UUID) -> dict[str, Any]:
    found = queries.list_rows(db.session(), list_id=list_id)
    if not found:
        raise NotFound
    return dict(LeaseList().dump(found[0]))
