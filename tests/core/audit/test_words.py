"""Every action has a sentence, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.audit import words
from core.audit.queries import GROUPS
from core.config import CHECKOUT

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS = {"append", "refusal", "values"}


def _noted(tree: ast.AST) -> Iterator[str]:
    """Actions in calls of the trail; where a helper of the module is handed one, what the module hands it."""
    helpers = set()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if not _writes(call):
                continue
            for keyword in call.keywords:
                if keyword.arg == "action":
                    yield from _texts(keyword.value)
                    named = {node.id for node in ast.walk(keyword.value) if isinstance(node, ast.Name)}
                    if named & {argument.arg for argument in function.args.args + function.args.kwonlyargs}:
                        helpers.add(function.name)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id in helpers:
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                yield from _texts(argument)


def _writes(call: ast.Call) -> bool:
    target = call.func
    return isinstance(target, ast.Attribute) and target.attr in WRITERS and getattr(target.value, "id", "") == "audit"


def _texts(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and ACTION.fullmatch(each.value):
            yield each.value


def actions() -> dict[str, Path]:
    found = {}
    for folder in ("core", "plugins"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "audit" in source:
                found |= dict.fromkeys(_noted(ast.parse(source)), path)
    return found


def test_every_action_has_a_sentence() -> None:
    found = actions()
    assert len(found) > 50, "the search finds what is there"
    assert {action: path.name for action, path in found.items() if action not in words.SENTENCES} == {}


def test_a_vertical_adds_sentences_and_takes_none_away() -> None:
    words.register({"meter.read_out": {"en": "read a meter (%(count)s)", "zh-CN": "抄表（%(count)s）"}})
    try:
        said = words.sentence("meter.read_out", subject_type="meter", number=None, details={"count": 3})
        assert said in ("read a meter (3)", "抄表（3）")
        with pytest.raises(ValueError, match=r"customer\.read"):
            words.register({"customer.read": "something else"})
    finally:
        del words.SENTENCES["meter.read_out"]


def test_every_look_and_every_export_is_found_by_asking_for_them_together() -> None:
    looks = {key for key in words.SENTENCES if key.endswith((".read", ".listed", ".searched", ".revealed"))}
    assert looks <= set(GROUPS["looks"])
    assert {key for key in words.SENTENCES if key.endswith((".exported", ".taken", "_taken"))} - set(
        GROUPS["exports"]
    ) == {"segment.taken"}
    assert set(GROUPS["looks"]) | set(GROUPS["exports"]) <= words.SENTENCES.keys()


def test_an_act_is_told_of_nothing_in_particular_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert words.act("contact_point.added") == "added a number or address to a customer"
        assert words.act("gate.decided") == "asked the gate: a decision"
        assert words.act("value.revealed") == "saw a value of a customer, case or record in clear"
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert [key for key in words.SENTENCES if key.partition(".")[0].replace("_", " ") in words.act(key)] == []


def test_fields_are_told_by_their_labels_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert [words.field(name) for name in ("phone", "customer.phone", "telecom.plan")] == ["电话", "电话", "套餐"]
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert [words.field(name) for name in ("born_on", "odd_name", "endpoint")] == [
            "Date of birth", "odd name", "Page or request",
        ]  # fmt: skip
