"""Endpoints: address, permission, body, query and answer of every operation, written once beside its view.

    endpoints = Endpoints("customers", __name__, prefix="/customers", title="Customers")

    @endpoints.get("/<uuid:customer_id>", permission="customer.read", returns=Customer)
    def show(customer_id: UUID) -> Response: ...

A request goes through `_run` before its view: the token opens the scope of its workspace, a missing permission is refused
and recorded, then query and body are read. After the view the answer is kept under the Idempotency-Key, if one was sent, and
everything is committed once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import refresh
from flask_smorest import Blueprint
from marshmallow import Schema

from core.api.difference import overtaken
from core.api.errors import AssuranceWanted, PreconditionRequired, Unauthorized
from core.api.idempotency import HEADERS, Answer, Attempt, earlier_answer, keep_answer
from core.api.parsing import read_body, read_query, with_places
from core.api.state import SURVIVORS, api
from core.context import WITHHELD, Context
from core.db.base import db
from core.errors import N_, Denied, DomainError, Stale
from core.web import looks
from core.web.routes import GUARDS, PERMISSIONS_BY_ENDPOINT, Guard, refuse_read_only
from core.web.state import web

View = Callable[..., Response]
PREFIX = "/api/v1"
PROBLEM = "application/problem+json"
CUSTOMERS = ("customer_id", "other_id")
"""Names by which an address or a body names a customer."""

KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same request with the same key is done once; its answer is kept for 24 hours.",
}
MATCH_PARAMETER = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag of the version that the change is based on.",
}
ETAG_HEADER = {"ETag": {"schema": {"type": "string"}, "description": "The version of the resource."}}
LOCATION_HEADER = {"Location": {"schema": {"type": "string"}, "description": "Address of what was made."}}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What one operation takes and gives.

    `versioned`: it answers with an ETag. `takes_version`: it needs one. `located`: what it makes has an address.
    `remembered`: its answer may be kept under an Idempotency-Key; one that shows a secret may not.
    `while_read_only` says why a POST is open while the tenant is suspended or closing.
    `exact`: the id of a merged customer means that one, not its survivor.
    """

    permission: str
    method: str
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    returns: type[Schema] | None = None
    status: int = 200
    while_read_only: str = ""
    exact: bool = False
    versioned: bool = False
    takes_version: bool = False
    located: bool = True
    remembered: bool = True

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def problems(self) -> list[int]:
        """Statuses of the problems it may answer with."""
        found = [401, 403, 404, 429]
        found += [400, 415] if self.body else []
        found += [422] if self.body or self.query else []
        found += [409] if self.writes else []
        found += [412, 428] if self.takes_version else []
        return sorted({*found, 422} if self.method == "POST" and self.remembered else found)


class Endpoints:
    """The operations of one resource: a flask-smorest blueprint whose rules all carry a permission."""

    def __init__(self, name: str, import_name: str, *, prefix: str, title: str) -> None:
        self.name = f"api_{name}"
        self.title = title
        self.blueprint = Blueprint(self.name, import_name, url_prefix=PREFIX + prefix, description=title)
        self.blueprint.after_request(_finish)

    def get(self, rule: str, *, permission: str, **operation: Any) -> Callable[[View], View]:
        return self._endpoint(rule, Operation(permission=permission, method="GET", **operation))

    def post(self, rule: str, *, permission: str, **operation: Any) -> Callable[[View], View]:
        return self._endpoint(rule, Operation(permission=permission, method="POST", **{"status": 201, **operation}))

    def put(self, rule: str, *, permission: str, **operation: Any) -> Callable[[View], View]:
        return self._endpoint(rule, Operation(permission=permission, method="PUT", **operation))

    def patch(self, rule: str, *, permission: str, **operation: Any) -> Callable[[View], View]:
        return self._endpoint(
            rule, Operation(permission=permission, method="PATCH", **{"takes_version": True, **operation})
        )

    def delete(self, rule: str, *, permission: str, **operation: Any) -> Callable[[View], View]:
        return self._endpoint(rule, Operation(permission=permission, method="DELETE", **{"status": 204, **operation}))

    def _endpoint(self, rule: str, operation: Operation) -> Callable[[View], View]:
        def register(view: View) -> View:
            key = f"{self.name}.{view.__name__}"
            guard = Guard(
                permission=operation.permission, vertical=None, public=False, while_read_only=operation.while_read_only
            )
            if GUARDS.setdefault(key, guard) is not guard:
                raise ValueError(f"{key} is declared twice")
            PERMISSIONS_BY_ENDPOINT[key] = operation.permission
            documented = _documented(self.blueprint, _guarded(view, operation), operation)
            self.blueprint.route(rule, methods=[operation.method])(documented)
            return view

        return register


def _guarded(view: View, operation: Operation) -> View:
    body = operation.body() if operation.body else None
    query = operation.query() if operation.query else None

    @functools.wraps(view)
    def run(**values: Any) -> Response:
        try:
            token, context = _enter(operation)
            attempt = _attempt(token) if operation.method == "POST" and operation.remembered else None
            earlier = earlier_answer(db.session(), attempt=attempt) if attempt else None
            if earlier is not None:
                return _repeated(earlier)
            if query is not None:
                values["query"] = read_query(query)
            if body is not None:
                values["body"] = read_body(body)
            if not operation.exact:
                _to_survivors(values)
            response = view(**values)
            looks.tell(web().on_answer, permission=operation.permission, args=values, answer=response)
            _close(response, attempt=attempt, context=context)
        except Stale as error:
            raise overtaken(error) if operation.method == "PATCH" else error from error.__cause__
        except DomainError as error:
            raise with_places(error) from error.__cause__
        else:
            return response

    return run


def _to_survivors(values: dict[str, Any]) -> None:
    """Where an id is one of a customer that was merged, the survivor's instead: other systems keep the id they once got."""
    for named in (values, values.get("body")):
        for name in CUSTOMERS:
            if isinstance(named, dict) and isinstance(named.get(name), UUID):
                found = (lead(named[name]) for lead in SURVIVORS)
                named[name] = next((each for each in found if each is not None), named[name])


def _enter(operation: Operation) -> tuple[str, Context]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    context = api().load_token(token.strip()) if scheme.lower() == "bearer" and token else None
    if context is None:
        raise Unauthorized
    if context.assurance.wants:
        raise AssuranceWanted(context.assurance.wants)
    g.context = context
    refresh()
    if operation.writes and not operation.while_read_only:
        refuse_read_only(context)
    if not context.may(operation.permission):
        if context.withheld is not None and context.withheld in WITHHELD:
            raise Denied(WITHHELD[context.withheld], permission=operation.permission)
        raise Denied(N_("This token does not include %(permission)s."), permission=operation.permission)
    return token.strip(), context


def _attempt(token: str) -> Attempt | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    return Attempt.of(token=token, key=key, method=request.method, path=request.path, body=request.get_data(cache=True))


def _repeated(answer: Answer) -> Response:
    return Response(answer.body, status=answer.status, headers={**answer.headers, "Idempotent-Replayed": "true"})


def _close(response: Response, *, attempt: Attempt | None, context: Context) -> None:
    """The only commit of a request. One that only reads ends so too: on a rollback the driver forgets what it prepared."""
    if attempt is not None:
        kept = {name: response.headers[name] for name in HEADERS if name in response.headers}
        answer = Answer(status=response.status_code, headers=kept, body=response.get_data())
        keep_answer(db.session(), attempt=attempt, answer=answer, engagement_id=context.engagement_id)
    db.session.commit()


def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers.add("Vary", "Authorization")
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="kehub"'
    return response


def expected_version() -> int:
    """The version that a change is based on, from If-Match. Raises PreconditionRequired or Stale."""
    sent = request.headers.get("If-Match")
    if sent is None or sent.strip() == "*":
        raise PreconditionRequired
    tags = [tag for tag in request.if_match.as_set() if tag and tag.isascii() and tag.isdigit() and len(tag) < 10]
    if len(tags) != 1:
        raise Stale
    return int(tags[0])


def _documented(blueprint: Blueprint, view: View, operation: Operation) -> View:
    """Note on the view what OpenAPI is to say. Reading and answering is not left to smorest."""
    parameters: list[Mapping[str, Any]] = [KEY_PARAMETER] if operation.method == "POST" and operation.remembered else []
    parameters += [MATCH_PARAMETER] if operation.takes_version else []
    if operation.query:
        parameters.append({"in": "query", "required": False, "schema": operation.query})
    if operation.body:
        kind = "merge-patch+json" if operation.method == "PATCH" else "json"
        body = {"in": "json", "required": True, "schema": operation.body, "content_type": f"application/{kind}"}
        parameters.append(body)
    headers = {
        **(ETAG_HEADER if operation.versioned else {}),
        **(LOCATION_HEADER if operation.status == 201 and operation.located else {}),
    }
    answered = blueprint.response(operation.status, operation.returns, headers=headers or None)(view)
    answers = {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in operation.problems()}
    notes = {
        **answered._apidoc,
        "arguments": {"parameters": parameters},
        "manual_doc": {
            "operationId": f"{blueprint.name.removeprefix('api_')}_{view.__name__}",
            "security": [{"token": []}],
            "responses": answers,
            "x-permission": operation.permission,
        },
    }
    view._apidoc = notes  # type: ignore[attr-defined]
    return view
