"""Whose address counts behind reverse proxies: what a trusted one saw, never what the asker wrote."""

import pytest
from flask import Flask, request

from core.web.proxies import trust

SENT = "198.51.100.9, 203.0.113.7, 10.0.0.2"


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "10.0.0.2"), (2, "203.0.113.7"), (4, "127.0.0.1")])
def test_so_many_entries_from_the_end_are_believed_as_there_are_proxies(proxies: int, seen: str) -> None:
    app = Flask("behind")
    trust(app, proxies)
    app.add_url_rule("/", view_func=lambda: f"{request.remote_addr} {request.scheme}")
    headers = {"X-Forwarded-For": SENT, "X-Forwarded-Proto": "https"}
    answer = app.test_client().get("/", headers=headers).text.split()
    assert answer[0] == seen
    assert answer[1] == ("https" if proxies == 1 else "http")
