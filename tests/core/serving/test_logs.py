"""Logs help whoever runs Kehub and tell nothing about a customer."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask, request

from core.serving import logging as logs
from core.serving.requests import safe_path, traced

PHONE, EMAIL = "13800001234", "li.na@example.com"
ID = "0197a1b2-0000-7000-8000-1234567890ab"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged meanwhile; the test run's own logging comes back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_and_logger(lines):
    structlog.get_logger("kehub.test").warning("disk_low", free_mb=12)
    (line,) = read(lines)
    assert (line["event"], line["level"], line["logger"], line["free_mb"]) == ("disk_low", "warning", "kehub.test", 12)
    assert str(line["timestamp"]).endswith("Z")


def test_numbers_and_addresses_of_people_are_masked_however_they_come(lines):
    structlog.get_logger("kehub.test").info("odd_row", given=PHONE, more={"to": [EMAIL]}, customer=ID)
    logging.getLogger("somebody.else").error("no route for %s of %s", PHONE, ID)
    text = lines.getvalue()
    assert PHONE not in text
    assert EMAIL not in text
    assert [line.get("customer") for line in read(lines)] == [ID, None]
    assert ID in str(read(lines)[1]["event"])


@pytest.mark.parametrize("library", [False, True])
def test_an_exception_keeps_its_type_and_place_but_not_what_it_quotes(lines, library):
    log = logging.getLogger("library") if library else structlog.get_logger("kehub.test")
    quoted = "duplicate key (name)=(李娜)"
    try:
        raise ValueError(quoted)
    except ValueError:
        log.exception("failed")
    (line,) = read(lines)
    assert line["error"] == "ValueError"
    assert "test_logs.py" in str(line["trace"])
    assert "李娜" not in lines.getvalue()


def test_a_request_is_one_line_without_query_and_address(lines):
    app = Flask(__name__)

    @app.get("/t/<path:rest>")
    def page(rest: str) -> str:
        structlog.get_logger("kehub.test").info("inside")
        return request.headers["X-Request-Id"]

    app.wsgi_app = traced(app.wsgi_app)  # type: ignore[method-assign]
    answer = app.test_client().get(f"/t/huadong/customers/{PHONE}?q={PHONE}", headers={"X-Request-Id": PHONE})
    answer.close()
    inside, line = read(lines)
    assert line | {"ms": 0} == line | {
        "event": "request", "method": "GET", "path": "/t/huadong/customers/*", "status": 200, "bytes": 32, "ms": 0,
    }  # fmt: skip
    assert answer.text == answer.headers["X-Request-Id"] == line["request_id"] == inside["request_id"]
    assert PHONE not in lines.getvalue()
    assert "127.0.0.1" not in lines.getvalue()


def test_words_and_ids_stay_in_a_path_and_nothing_else_does():
    assert safe_path(f"/t/huadong-demo/customers/{ID}/edit") == f"/t/huadong-demo/customers/{ID}/edit"
    assert safe_path(f"/static/kehub.css/{EMAIL}/李娜/{PHONE}/Zhang") == "/static/kehub.css/*/*/*/*"
