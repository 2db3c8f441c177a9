"""The reference pages in the checkout are those the code makes."""

from pathlib import Path

import pytest

from core import config, reference


@pytest.mark.parametrize("name", ["plugins/hooks.md", "guide/permissions.md", "api/openapi.json"])
def test_the_page_in_the_checkout_is_what_the_code_says(name: str) -> None:
    written = Path(config.CHECKOUT / "docs" / name).read_text(encoding="utf-8")
    assert written == reference.pages()[name], "run `make docs` and commit the change"
