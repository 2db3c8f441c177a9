"""The reference pages in the checkout are those the code makes."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core import config, reference


@pytest.fixture(scope="module")
def pages() -> Mapping[str, str]:
    return reference.pages()


def test_every_page_in_the_checkout_is_what_the_code_says(pages) -> None:
    stale = [
        name
        for name, text in pages.items()
        if Path(config.CHECKOUT / "docs" / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `make docs` and commit the change"


def test_a_verticals_page_tells_its_clocks_its_rules_with_their_source_and_its_unverified_numbers(pages) -> None:
    page = pages["plugins/logistics.md"]
    for line in ("`complaint_days`, calendar days", "《快递暂行条例》第三十一条第一款", "`perfect_order`", "| no |"):
        assert line in page
