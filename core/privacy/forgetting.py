"""What becomes of each table's rows when a person is erased: deleted, blanked, or kept for a reason. One list, to be read whole.

Every table of the core that names a customer stands here; a vertical's tables answer by its hook `personal_data`, and are deleted
where it does not name them. A test finds a table without an answer. What is kept holds ids, times, amounts and choices; values
that are sealed under the person's own key (`customer.data_key`) end with the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Table

from core.db.base import Model, TenantModel
from core.db.migrate import forgotten_by
from core.db.slots import NUMBER_SLOTS, TEXT_SLOTS, TIME_SLOTS
from core.plugin.types import PersonalData

How = Literal["delete", "blank", "keep"]
NO_SLOTS: Mapping[str, Any] = dict.fromkeys((*TEXT_SLOTS, *NUMBER_SLOTS, *TIME_SLOTS))


@dataclass(frozen=True, kw_only=True)
class Forget:
    """`blank` sets `values` by column."""

    how: How
    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


DELETE = Forget(how="delete")


def blank(**values: Any) -> Forget:
    return Forget(how="blank", values=values)


def keep(reason: str) -> Forget:
    return Forget(how="keep", reason=reason)


RULES: Mapping[str, Forget] = {
    "attachment": DELETE,
    "approval": blank(reason=None, decision_note=None, payload={}),
    "audit_entry": keep("sealed: ids, names of fields, digests; values only under the person's key"),
    "before_image": DELETE,
    "canary": DELETE,
    "case": blank(title="", attributes={}, **NO_SLOTS),
    "case_bulk_row": blank(before=None, problem=None),
    "case_comment": blank(body=""),
    "case_step": blank(note=None, values={}),
    "clock": keep("dates and states of a deadline, which prove that it was met"),
    "consent": blank(evidence=None, source=None),
    "contact": DELETE,
    "contact_point": DELETE,
    "customer_identifier": DELETE,
    "do_not_contact": DELETE,
    "finding": blank(reason={}, note=None),
    "gate_decision": keep("which rule decided what, by codes; attributes only under the person's key"),
    "grade_change": blank(reason=None),
    "grade_standing": DELETE,
    "import_row": blank(key=None, digest=None, problems=[]),
    "interaction": blank(note=None, outcome=None, number_shown=None, next_step=None, recording=None, attributes={}),
    "lease": keep("which provider saw the person until when, for whoever asks"),
    "list_row": DELETE,
    "record": blank(attributes={}, history=[], **NO_SLOTS),
    "record_identifier": DELETE,
    "record_reading": keep("readings of a counter, with neither name nor number"),
    "relationship": DELETE,
    "reveal_event": blank(note=None),
    "rights_request": keep("that the person asked, and what was done; the package is deleted"),
    "rule_trial_row": blank(reason={}),
    "search_recent": DELETE,
    "segment_member": DELETE,
    "timeline_entry": DELETE,
    "match_key": DELETE,
    "duplicate_pair": DELETE,
    "customer_merge": Forget(how="blank", values={"reason": None, "taken": [], "left": []}),
}
"""By table."""

CLOCKS: Mapping[str, tuple[str, ...]] = {
    "person": (
        "approval", "canary", "consent", "contact", "contact_point", "customer_identifier", "customer_merge",
        "do_not_contact", "duplicate_pair", "finding", "grade_change", "grade_standing", "list_row", "match_key",
        "relationship", "reveal_event", "rule_trial_row", "search_recent", "segment_member",
    ),
    "interactions": ("interaction",),
    "timeline": ("timeline_entry",),
    "cases": ("case", "case_bulk_row", "case_comment", "case_step"),
    "records": ("record", "record_identifier"),
    "attachments": ("attachment",),
    "imports": ("import_row",),
    "images": ("before_image",),
    "evidence": ("audit_entry", "clock", "gate_decision", "lease", "record_reading", "rights_request"),
}  # fmt: skip
"""By which clock the rows of each table are kept (`retention`); a vertical's tables are kept as long as the person. `evidence`
has no clock: it holds ids, times and choices, and what it seals ends with the person's key. `images` go by themselves, a whole run
at a time (`undo.forget_old`): one that waited for a second person would be kept for longer, and half of them undo nothing."""


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """A table, the columns that name the person, and what becomes of those rows."""

    table: Table
    columns: tuple[str, ...]
    rule: Forget


def ruled(declared: Mapping[str, PersonalData]) -> Iterator[Ruled]:
    """Every table that names customers, by name. `declared` is what verticals say of theirs."""
    for name, table in sorted(_tables().items()):
        rule = RULES.get(name) or _of_vertical(table, declared.get(name))
        yield Ruled(table=table, columns=forgotten_by(models()[name], table), rule=rule)


def unanswered() -> list[str]:
    """Tables of the core that name customers and do not stand in both lists once; and names in them that are no table."""
    named = {name for name, model in models().items() if model.__module__.startswith("core.")} & _tables().keys()
    timed = [table for tables in CLOCKS.values() for table in tables]
    twice = {table for table in timed if timed.count(table) > 1}
    return sorted(
        (named - RULES.keys()) | (named - set(timed)) | twice | ((RULES.keys() | set(timed)) - _tables().keys())
    )


def _of_vertical(table: Table, said: PersonalData | None) -> Forget:
    if said is None or said.on_erase == "delete_row":
        return DELETE
    empty = {name: None if table.c[name].nullable else "" for name in said.columns}
    return Forget(how="blank", values=empty)


def models() -> Mapping[str, type[Any]]:
    return {
        mapper.local_table.name: mapper.class_
        for mapper in Model.registry.mappers
        if isinstance(mapper.local_table, Table) and issubclass(mapper.class_, TenantModel)
    }


def _tables() -> Mapping[str, Table]:
    return {name: model.__table__ for name, model in models().items() if "customer_id" in model.__table__.columns}
