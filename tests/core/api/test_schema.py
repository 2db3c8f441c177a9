"""The REST interface keeps what its own description promises, whatever is sent: schemathesis asks, from the served OpenAPI.

Every operation gets a few requests made from its description; half of the ids in addresses are of rows that there are.
No answer is a fault of ours, none has a status, a type or a shape that the description does not tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup

from tests.isolation.factory import Planted, plant
from tests.isolation.visits import OTHER_NAMES

EXAMPLES = 3
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip


@pytest.fixture(scope="module")
def harbour(app: Flask) -> Planted:
    return plant(app)


def rows_there_are(planted: Planted, name: str) -> list[str]:
    table = OTHER_NAMES.get(name, name.removesuffix("_id"))
    return [str(row.id) for row in planted.rows.get(table, ())]


def operations(app: Flask) -> Iterator[Any]:
    for found in schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app).get_all_operations():
        yield found.ok()


@pytest.mark.slow
def test_no_request_gets_an_answer_that_the_description_does_not_tell(
    app: Flask, harbour: Planted, issue_token: Any
) -> None:
    token = issue_token(harbour.world.alice)
    headers = {"Authorization": f"Bearer {token}"}
    faults: dict[str, str] = {}
    count = 0
    for operation in operations(app):

        @seed(20261122)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], derandomize=False,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), real=st.booleans(), pick=st.integers(0, 10))
        def ask(case: Any, real: bool, pick: int) -> None:
            nonlocal count
            for name in case.path_parameters if real else ():
                known = rows_there_are(harbour, name)
                case.path_parameters[name] = known[pick % len(known)] if known else case.path_parameters[name]
            answer = case.call(headers=headers)
            count += 1
            case.validate_response(answer, checks=CHECKS, headers=headers)

        try:
            ask()
        except (Exception, FailureGroup) as error:
            if harbour.word not in str(error):  # the markers of planted rows are none of a field's choices
                faults[operation.label] = f"{type(error).__name__}: {str(error)[:600]}"
    if faults:
        pytest.fail("\n\n".join(f"{name}: {what}" for name, what in sorted(faults.items())), pytrace=False)
    assert count > 300
