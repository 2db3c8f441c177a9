"""The partner's wheel, built and installed once, and verticals written on the spot."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from core.plugin.specs import ENTRY_POINT_GROUP
from tests.core.plugin import partner

HEAD = """
from core.plugin import *

def both(text):
    return {"zh-CN": text, "en": text}

@hookimpl
def vertical():
    return Vertical(key=KEY, label=both("Test"), version="1", requires=">=1.0,<2")
"""

Write = Callable[..., metadata.EntryPoint]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return partner.build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return partner.install(wheel, into=tmp_path_factory.mktemp("partner") / "site")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a vertical of a few lines and get its entry point: `write("body", key="tried", params="...")`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)

    def written(body: str = "", *, key: str = "tried", params: str = "", head: str = HEAD) -> metadata.EntryPoint:
        package = tmp_path / f"vertical_{key}"
        package.mkdir()
        (package / "__init__.py").write_text("", encoding="utf-8")
        source = head.replace("KEY", repr(key)) + textwrap.dedent(body)
        (package / "plugin.py").write_text(source, encoding="utf-8")
        if params:
            (package / "params.toml").write_text(params, encoding="utf-8")
        return metadata.EntryPoint(key, f"vertical_{key}.plugin", ENTRY_POINT_GROUP)

    yield written
    for name in set(sys.modules) - known:
        if name.startswith("vertical_"):
            del sys.modules[name]
