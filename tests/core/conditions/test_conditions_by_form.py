"""A condition by form: read from what a browser sends, changed by buttons, refused at the row that is wrong."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from werkzeug.datastructures import MultiDict

from core.conditions import ConditionError, compile_predicate, fields_of, parse
from core.conditions.form import MOST_ROWS, Draft, Group, Row, rows_in
from core.plugin import Wrong
from tests.core.conditions.trees import TYPES, conditions, documents

LEAF = {"op": "is_set", "field": "state"}


def read(name: str, typed: Any) -> Any:
    """Texts as JSON would write the constant; the app reads them by the rules of forms."""
    if TYPES[name].kind in ("integer", "money"):
        if not str(typed).lstrip("-").isdigit():
            raise Wrong("not_an_integer", "This is not a whole number.")
        return int(typed)
    return {"true": True, "false": False}.get(typed, typed) if TYPES[name].kind == "boolean" else typed


def write(name: str, constant: Any) -> str:
    if isinstance(constant, bool):
        return "true" if constant else "false"
    return constant.isoformat() if hasattr(constant, "isoformat") else str(constant)


def sent(group: Group, root: str = "w") -> MultiDict[str, str]:
    """What a browser sends of a drawn draft."""
    found: MultiDict[str, str] = MultiDict()

    def draw(part: Row | Group, at: str) -> None:
        if isinstance(part, Group):
            found.add(f"{at}.group", part.op)
            for n, each in enumerate(part.parts):
                draw(each, f"{at}.{n}")
            return
        found.add(f"{at}.field", part.field)
        found.add(f"{at}.op", part.op)
        for each in part.value if isinstance(part.value, tuple) else [part.value]:
            found.add(f"{at}.value", each)
        found.add(f"{at}.upto", part.upto)

    draw(group, root)
    return found


def depth(tree: Any) -> int:
    inner = tree.get("of", [])
    return 1 + max((depth(each) for each in (inner if isinstance(inner, list) else [inner])), default=0)


@settings(max_examples=150)
@given(tree=conditions, row=documents())
def test_a_tree_that_went_through_the_form_says_the_same(tree: dict[str, Any], row: dict[str, Any]) -> None:
    draft = Draft.of_tree(tree, types=TYPES, write=write)
    again, told = Draft.of_form(sent(draft.root), root="w").tree(types=TYPES, read=read)
    if depth(tree) > 3 or rows_in(draft.root) == 0 or told.errors:
        return  # deeper than a form draws, or an empty group, which the form refuses at its place
    assert compile_predicate(again, types=TYPES)(row) is compile_predicate(tree, types=TYPES)(row)


def test_buttons_add_and_remove_rows_and_groups() -> None:
    draft = Draft().after("row:").after("group:").after("row:1").after("group:1")
    assert sent(draft.root).to_dict().keys() >= {"w.0.field", "w.1.group", "w.1.0.field", "w.1.1.field", "w.1.2.group"}
    assert rows_in(draft.after("remove:1").root) == 1
    assert draft.after("remove:7") == draft
    assert draft.after("row:9.9") == draft
    assert draft.after("explode:1") == draft
    assert draft.after("row:x") == draft


def test_rows_and_depth_have_limits() -> None:
    draft = Draft()
    for _ in range(MOST_ROWS + 5):
        draft = draft.after("row:")
    assert rows_in(draft.root) == MOST_ROWS
    deep = Draft()
    for path in ("", "0", "0.0", "0.0.0", "0.0.0.0"):
        deep = deep.after(f"group:{path}")
    assert max(name.count(".") for name in sent(deep.root)) <= 5
    many = MultiDict({f"w.{n}.field": "state" for n in range(99)} | {"w.0.0.0.0.0.0.field": "state"})
    assert rows_in(Draft.of_form(many, root="w").root) <= 2 * MOST_ROWS


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Row(), "Choose a field."),
        (Row(field="funeral.plann", op="eq", value="oak"), "There is no field"),
        (Row(field="funeral.guests", op="ge", value="many"), "not a whole number"),
        (Row(field="funeral.guests", op="ge"), "compared with"),
        (Row(field="funeral.guests", op="between", value="3", upto="1"), "above the second"),
        (Row(field="funeral.paid", op="gt", value="true"), "does not work"),
        (Row(field="funeral.plan", op="eq", value="ash"), "one of the choices"),
        (Row(field="funeral.plan", op="explode", value="oak"), "There is no operator"),
        (Group(op="any"), "This group is empty"),
    ],
)
def test_what_is_wrong_is_told_at_its_row(row: Row | Group, words: str) -> None:
    fine = Row(field="state", op="is_set")
    for place, root in {
        "1": Group(parts=(fine, row)),
        "0.0": Group(parts=(Group(op="none", parts=(row, fine)), fine)),
    }.items():
        tree, told = Draft(root=root).tree(types=TYPES, read=read)
        assert tree is None
        assert [*told.errors] == [place]
        assert words in told.errors[place].message % told.errors[place].params


def test_an_empty_form_is_no_condition() -> None:
    assert Draft.of_form(MultiDict({"w.group": "all"}), root="w").tree(types=TYPES, read=read) == (None, Draft())


def test_a_thousand_levels_are_refused_at_once() -> None:
    text = b'{"op":"not","of":' * 1000 + orjson.dumps(LEAF) + b"}" * 1000
    tree = orjson.loads(text)
    began = time.perf_counter()
    with pytest.raises(ConditionError) as refused:
        parse(tree, types=TYPES)
    assert [each.code for each in refused.value.errors] == ["too_deep"]
    assert time.perf_counter() - began < 0.05
    deep: Any = LEAF
    for _ in range(100_000):
        deep = {"op": "and", "of": [deep]}
    with pytest.raises(ConditionError):
        parse(deep, types=TYPES)
    assert fields_of(deep) == {"state"}
    while deep is not LEAF:  # taken apart by hand: the interpreter would take it apart by recursion
        deep = deep["of"].pop()
