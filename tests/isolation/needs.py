"""What a request needs besides the row it names, so that it gets as far as looking for that row.

A new place that is not reached fails with its name: it gets a line here, or its reason in `UNREACHED` of the test.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from core.audit.jobs import PACK
from core.leaving import service as leaving
from tests.isolation.factory import CATALOG, CHILD, SENSITIVE, TYPE, Planted

REQUIRED = {CHILD.split(".")[0]: {"fault_category": "engine", "opened_at": "2026-11-01T08:00:00Z"}}
"""Values that a record of the child's type must have."""
SOON, LATER = "2027-01-31T08:00:00Z", "2027-02-28T08:00:00Z"
SECRET = next(iter(SENSITIVE[f"record:{TYPE}"]))
FREE = next(key for key, kind in CATALOG.record_types.items() if kind.holder == "optional" and kind.parent is None)
LENT = {"name": "x", "purpose": "service", "expires_at": SOON, "numbers": "1-5"}
GRANTED = {
    "purpose": "service", "fields": {"phone": "masked"}, "countries": ["CN"], "methods": ["view"], "starts_at": SOON,
    "ends_at": LATER, "reason": "x",
}  # fmt: skip
SEEN = {"field": "phone", "reason": "verify"}


@dataclass(frozen=True, kw_only=True)
class Need:
    """Places of the address, what stands after the question mark, and what is sent."""

    places: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)


NONE = Need()


def need_of(planted: Planted, request: str, place: str) -> Need:
    """`request` is its method and rule, `place` where and by which name it names the row."""
    said = NEEDS.get(f"{request} {place}") or NEEDS.get(request)
    return said(planted) if callable(said) else said or NONE


def _run(kind: str) -> Callable[[Planted], Need]:
    return lambda planted: Need(
        places={"run_id": next(row.id for row in planted.rows["bulk_run"] if row.place.sides["run"] == kind)}
    )


def _colleague(**form: Any) -> Callable[[Planted], Need]:
    """A person of the client's side, and a role of theirs."""

    def made(planted: Planted) -> Need:
        named = {name: planted.of_engagement(table, None) for name, table in COLLEAGUE.items()}
        return Need(places=named, form=form)

    return made


COLLEAGUE = {"participant_id": "participant", "assignment_id": "role_assignment"}
CASES, PEOPLE = "/t/<workspace>/cases/many/<uuid:run_id>", "/t/<workspace>/people/<uuid:participant_id>"
ENGAGEMENT = "/api/v1/engagements/<uuid:engagement_id>"


HOLDERS = ("cases/<uuid:case_id>", "customers/<uuid:customer_id>")
FILE = b"name\n"


def _seen(**given: Any) -> Callable[[Planted], Need]:
    """What somebody asks to see of a customer who is lent."""
    return lambda planted: Need(body={**SEEN, "customer_id": str(planted.id_of("customer", "leased")), **given})


NEEDS: Mapping[str, Need | Callable[[Planted], Need]] = {
    "GET /api/v1/audit query subject_id": Need(asked={"subject_type": "customer"}),
    "GET /api/v1/records": Need(asked={"type": CHILD}),
    "POST /api/v1/records": Need(body={"type": CHILD, "attributes": REQUIRED}),
    "POST /api/v1/reveals body customer_id": Need(body=SEEN),
    "POST /api/v1/reveals body record_id": Need(body={**SEEN, "field": SECRET}),
    "POST /api/v1/reveals body case_id": Need(body={**SEEN, "field": "title"}),
    "POST /api/v1/reveals body work_id": _seen(),
    "POST /api/v1/invitations": Need(body={"email": "zq@example.com", "roles": [{"role": "client_manager"}]}),
    **dict.fromkeys(
        (f"POST /api/v1/{holder}/attachments" for holder in HOLDERS),
        Need(body={"name": "zq.txt", "content": b64encode(FILE).decode()}),
    ),
    **dict.fromkeys(
        (f"POST /t/<workspace>/{holder}/attachments/new" for holder in HOLDERS),
        lambda planted: Need(form={"file": (BytesIO(FILE), "zq.txt")}),
    ),
    "POST /api/v1/customers/<uuid:customer_id>/contact-points": Need(body={"kind": "email", "value": "zq@example.com"}),
    "POST /t/<workspace>/views/<uuid:view_id>": Need(form={"target": "customer", "act": "remove"}),
    "POST /t/<workspace>/freezes/<uuid:freeze_id>/lift": Need(form={"reason": "x"}),
    "POST /t/<workspace>/settings/parameters/<key>/end/<uuid:parameter_override_id>": Need(
        form={"on": "2027-01-31", "reason": "x"}
    ),
    "GET /t/<workspace>/customers/<uuid:customer_id>/reveal": Need(asked={"field": "phone"}),
    "POST /t/<workspace>/customers/<uuid:customer_id>/reveal": Need(form=SEEN),
    "GET /t/<workspace>/cases/<uuid:case_id>/reveal": Need(asked={"field": "title"}),
    "POST /t/<workspace>/cases/<uuid:case_id>/reveal": Need(form={**SEEN, "field": "title"}),
    "GET /t/<workspace>/records/<uuid:record_id>/reveal": Need(asked={"field": SECRET}),
    "POST /t/<workspace>/records/<uuid:record_id>/reveal": Need(form={**SEEN, "field": SECRET}),
    "GET /t/<workspace>/audit/packs/<uuid:run_id>/file": _run(PACK),
    "GET /t/<workspace>/organisation/export/<uuid:run_id>": _run(leaving.KIND),
    f"POST {ENGAGEMENT}/data-grants": Need(body=GRANTED),
    f"POST {ENGAGEMENT}/lease-lists": Need(body=LENT),
    f"POST {ENGAGEMENT}/lease-lists/count": Need(body={key: LENT[key] for key in ("purpose", "expires_at", "numbers")}),
    f"POST {ENGAGEMENT}/seats/<uuid:seat_id>/state": Need(body={"state": "active"}),
    "PUT /api/v1/customers/<uuid:customer_id>/place": Need(body={"owner_id": None, "unit_id": None}),
    f"GET {PEOPLE}/condition/<uuid:assignment_id>": _colleague(),
    f"POST {PEOPLE}/condition/<uuid:assignment_id>": _colleague(),
    f"POST {PEOPLE}/profile": _colleague(),
    f"POST {PEOPLE}/roles": _colleague(),
    "PATCH /api/v1/people/<uuid:participant_id>": _colleague(),
}
