"""The condition editor: a draft with the controls of its parts, for the fields that it may name.

`conditions/editor.html` draws it. Every button and every change of a field sends the whole form; the page answers with the
editor as it then is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.conditions import ValueType
from core.conditions.form import DEEPEST, MOST_ROWS, Draft, Group, Row, operators, rows_in
from core.fields.controls import controls, form_value
from core.fields.fieldset import FieldSet
from core.fields.readers import Settings, read
from core.fields.storage import stored
from core.plugin.types import Field
from core.web.forms import Control, control
from core.web.i18n import label

OPS: Mapping[str, Any] = {
    "eq": _l("is"), "ne": _l("is not"), "lt": _l("is less than"), "le": _l("is at most"), "gt": _l("is more than"),
    "ge": _l("is at least"), "in": _l("is one of"), "between": _l("is from … to"), "contains": _l("includes"),
    "is_set": _l("is filled in"), "is_unset": _l("is empty"),
}  # fmt: skip
DAY_OPS: Mapping[str, Any] = {
    "lt": _l("is before"), "le": _l("is on or before"), "gt": _l("is after"), "ge": _l("is on or after"),
}  # fmt: skip
GROUP_OPS: Mapping[str, Any] = {
    "all": _l("All of these hold"), "any": _l("At least one of these holds"), "none": _l("None of these holds"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class EditorRow:
    at: str
    controls: Sequence[Control]
    error: str | None


@dataclass(frozen=True, kw_only=True)
class EditorGroup:
    at: str
    op: Control
    parts: Sequence[EditorRow | EditorGroup]
    error: str | None
    nests: bool
    """Whether a group may stand in it."""


@dataclass(frozen=True, kw_only=True)
class ConditionEditor:
    """`root` names the editor's controls; `offered` are the fields a condition may name."""

    root: str
    offered: FieldSet
    draft: Draft = Draft()  # noqa: RUF009 - empty and frozen
    zone: tzinfo = UTC
    currency: str = "CNY"

    most_rows = MOST_ROWS

    def of_tree(self, tree: Any) -> ConditionEditor:
        """Raises ConditionError where the tree does not fit the fields any more."""
        return replace(self, draft=Draft.of_tree(tree, types=self.types, write=self._write))

    def of_form(self, sent: Any) -> ConditionEditor:
        return replace(self, draft=Draft.of_form(sent, root=self.root))

    def pressed(self, sent: Any) -> ConditionEditor | None:
        """The editor after one of its buttons, or None where the form was sent by another."""
        act = sent.get(f"{self.root}.do")
        return (
            None if act is None else replace(self.of_form(sent), draft=Draft.of_form(sent, root=self.root).after(act))
        )

    def tree(self) -> tuple[dict[str, Any] | None, ConditionEditor]:
        """The tree (None where there is none, or where something is wrong) and the editor that says what."""
        tree, draft = self.draft.tree(types=self.types, read=self._read)
        return tree, replace(self, draft=draft)

    @property
    def wrong(self) -> bool:
        return bool(self.draft.errors)

    @property
    def full(self) -> bool:
        return rows_in(self.draft.root) >= MOST_ROWS

    @property
    def types(self) -> Mapping[str, ValueType]:
        return self.offered.types()

    @property
    def shown(self) -> EditorGroup:
        return self._group(self.draft.root, "")

    def _read(self, name: str, typed: Any) -> Any:
        field = self.offered.fields[name]
        one = replace(field, kind="choice") if field.kind == "choices" else field
        return stored(read(one, typed, settings=Settings(zone=self.zone, currency=self.currency)))

    def _write(self, name: str, constant: Any) -> str:
        field = self.offered.fields[name]
        return str(form_value(field, constant, zone=self.zone, currency=field.currency or self.currency))

    def _group(self, group: Group, at: str) -> EditorGroup:
        name = f"{self.root}.{at}.group" if at else f"{self.root}.group"
        text = _("Condition") if not at else _("Group %(place)s", place=_spoken(at))
        op = control(name, text, kind="select", required=True, value=group.op, options=list(GROUP_OPS.items()))
        return EditorGroup(
            at=at,
            op=op,
            parts=tuple(
                self._group(each, path) if isinstance(each, Group) else self._row(each, path)
                for each, path in ((each, f"{at}.{n}" if at else str(n)) for n, each in enumerate(group.parts))
            ),
            error=self._error(at),
            nests=len(at.split(".")) + 1 < DEEPEST if at else True,
        )

    def _row(self, row: Row, at: str) -> EditorRow:
        name, error = f"{self.root}.{at}", self._error(at)
        spoken = {"aria_label": _("Field of condition %(place)s", place=_spoken(at)), "data_looks": True}
        options = [(key, field.label) for key, field in self.offered.fields.items()]
        chosen = self.offered.fields.get(row.field)
        made = [
            control(f"{name}.field", _("Field"), kind="select", value=row.field, options=options,
                    placeholder=_("Choose a field"), attrs=spoken, error=error)
        ]  # fmt: skip
        if chosen is not None:
            ops = operators(chosen.kind)
            op = row.op if row.op in ops else ops[0]
            named = {**OPS, **DAY_OPS} if chosen.kind in ("date", "datetime") else OPS
            made.append(
                control(f"{name}.op", _("Comparison"), kind="select", required=True, value=op,
                        options=[(each, named[each]) for each in ops],
                        attrs={"aria_label": _("Comparison of condition %(place)s", place=_spoken(at)), "data_looks": True})
            )  # fmt: skip
            made += self._values(name, row, op, chosen, at, error)
        return EditorRow(at=at, controls=made, error=error)

    def _values(self, name: str, row: Row, op: str, field: Field, at: str, error: str | None) -> list[Control]:
        """The controls for what the field is compared with, as its kind has them."""
        if op in ("is_set", "is_unset"):
            return []
        kind = {"long_text": "text", "choices": "choice"}.get(field.kind, field.kind)
        plain: Field = replace(field, kind=kind, required=True, show_when=None)  # type: ignore[arg-type]
        if op == "in":
            plain = replace(plain, kind="choices")
        typed: Any = list(row.value) if op == "in" and not isinstance(row.value, str) else row.value
        wanted = {"value": typed, "upto": row.upto} if op == "between" else {"value": typed}
        found = []
        for end, text in wanted.items():
            (made,) = controls(FieldSet(fields={end: plain}), {end: text}, zone=self.zone, currency=self.currency)
            words = _("Value of condition %(place)s", place=_spoken(at))
            spoken = words if end == "value" else _("Upper end of condition %(place)s", place=_spoken(at))
            found.append(
                replace(made, name=f"{name}.{end}", label=spoken, help=None, error=error, required=False,
                        attrs={"aria_label": spoken})
            )  # fmt: skip
        return found

    def _error(self, at: str) -> str | None:
        found = self.draft.errors.get(at)
        if found is None:
            return None
        name = found.params.get("name")
        field = self.offered.fields.get(str(name)) if name else None
        params = {**found.params, **({"name": label(field.label)} if field is not None else {})}
        return str(_(found.message, **params))


def _spoken(at: str) -> str:
    """`0.2` as people count: 1.3."""
    return ".".join(str(int(each) + 1) for each in at.split("."))
