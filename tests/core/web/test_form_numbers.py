"""What a form of ours sends along is read without a fault, whatever somebody puts in its place."""

from __future__ import annotations

import pytest

from core.web.forms import form_number


@pytest.mark.parametrize(("sent", "read"), [("7", 7), ("", 0), ("-1", 0), ("²", 0), ("٣", 0), ("1" * 40, 0)])
def test_a_version_is_a_short_row_of_digits_or_none(app, sent, read):
    with app.test_request_context(method="POST", data={"version": sent}):
        assert form_number("version") == read
