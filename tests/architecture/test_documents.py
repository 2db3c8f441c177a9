"""What the documents say is so: variables, commands, links, and the same chapters in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.config import VARIABLES
from tests.architecture.checks import ROOT

READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def described_variables(name: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `(KEHUB_\w+)` \| (.+?) \|", text_of(name), re.MULTILINE))


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_lists_every_variable_and_no_other(readme: str) -> None:
    assert list(described_variables(readme)) == list(VARIABLES)


def test_the_english_meaning_of_a_variable_is_the_one_in_the_code() -> None:
    assert described_variables("README.md") == {name: meaning for name, (_, meaning) in VARIABLES.items()}


def test_both_readmes_have_the_same_chapters_commands_and_tables() -> None:
    def outline(name: str) -> list[str]:
        marks = re.findall(r"^(#+ |\|---.*|```\w*|make [\w-]+|kehub .*?)(?=\s|$)", text_of(name), re.MULTILINE)
        return [mark.strip() for mark in marks]

    assert outline("README.md") == outline("README.zh-CN.md")


def test_documents_name_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)", path.read_text(encoding="utf-8"))}
    assert named
    assert named <= targets


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)} -> {target}"
        for path in DOCUMENTS
        for target in links(path)
        if not (path.parent / target).exists()
    ]
    assert broken == []


def links(path: Path) -> list[str]:
    found: list[str] = re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8"))
    return [target for target in found if "://" not in target]
