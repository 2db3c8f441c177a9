"""How each section of a configuration file is taken over, entry by entry, through the services that people's forms use.

A section's function brings one entry in and answers `done`, `asked` (a second person decides) or `waiting` (asked for already).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.calendars import service as calendars
from core.configuration import overrides, workflows
from core.configuration.document import order_now
from core.context import Context
from core.errors import N_, Conflict, FieldError, Invalid, NotFound
from core.fields import own, settings
from core.fields.models import TenantField
from core.fields.targets import known_targets
from core.gate import modes
from core.parameters import values
from core.parameters.service import OwnValue, declared_rows
from core.plugin import Choice
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN, WorkflowTailoring

Item = Mapping[str, Any]


@dataclass
class Desk:
    """What taking over works with. `view` is made anew whenever fields have changed; `calendars` are countries whose days did."""

    session: Session
    context: Context
    view: CatalogView
    reason: str
    calendars: set[str] = field(default_factory=set)


def absent(name: str, place: str) -> Invalid:
    """A name that this workspace does not know, with its place in the entry."""
    message = N_("There is no “%(name)s” in this workspace. Is its vertical switched on?")
    return Invalid(errors=[FieldError(field=place, code="unknown", message=message, params={"name": name})])


def take_field(desk: Desk, item: Item) -> str:
    if item["target"] not in known_targets(desk.view):
        raise absent(item["target"], "target")
    wanted = own.Wanted(
        label=item["label"], kind=item["kind"], help=item["help"], required=item["required"],
        choices=tuple(Choice(**each) for each in item["choices"]), sensitivity=item["sensitivity"], mask=item["mask"],
        currency=item["currency"], show_when=item["show_when"],
    )  # fmt: skip
    row = desk.session.scalar(
        select(TenantField).where(TenantField.target == item["target"], TenantField.key == item["key"])
    )
    same: dict[str, Any] = {"context": desk.context}
    if row is None:
        own.create_field(desk.session, view=desk.view, target=item["target"], key=item["key"], wanted=wanted,
                         indexed=item["indexed"], **same)  # fmt: skip
        return "done"
    if row.state == "retired":
        own.restore_field(desk.session, field_id=row.id, **same)
    own.change_field(desk.session, view=desk.view, field_id=row.id, version=row.version, wanted=wanted, **same)
    if row.indexed != item["indexed"]:
        own.set_indexed(desk.session, view=desk.view, target=item["target"], name=f"{OWN}.{row.key}",
                        indexed=item["indexed"], **same)  # fmt: skip
    return "done"


def take_field_setting(desk: Desk, item: Item) -> str:
    _known_target(desk, item["target"])
    try:
        settings.set_field(
            desk.session, context=desk.context, view=desk.view, target=item["target"], name=item["field"],
            shown=item["shown"], required=item["required"], label=item["label"],
        )  # fmt: skip
    except NotFound:
        raise absent(item["field"], "field") from None
    return "done"


def take_field_order(desk: Desk, item: Item) -> str:
    """Fields that the file does not name keep their order, behind those it names."""
    _known_target(desk, item["target"])
    here = order_now(desk.session, desk.view, item["target"])
    unknown = [name for name in item["names"] if name not in here]
    if unknown:
        raise absent(unknown[0], f"names[{item['names'].index(unknown[0])}]")
    named = list(dict.fromkeys(item["names"]))
    whole = [*named, *(name for name in here if name not in named)]
    settings.order_fields(desk.session, context=desk.context, view=desk.view, target=item["target"], names=whole)
    return "done"


def _known_target(desk: Desk, target: str) -> None:
    if target not in known_targets(desk.view):
        raise absent(target, "target")


def take_workflow(desk: Desk, item: Item) -> str:
    wanted = WorkflowTailoring(labels=item["labels"], steps_off=item["steps_off"], required=item["required"])
    try:
        workflows.save(desk.session, context=desk.context, view=desk.view, workflow=item["workflow"], wanted=wanted)
    except NotFound:
        raise absent(item["workflow"], "workflow") from None
    return "done"


def take_day(desk: Desk, item: Item) -> str:
    calendars.set_day(
        desk.session, context=desk.context, country=item["calendar"], day=date.fromisoformat(item["day"]),
        kind=item["kind"], name=item["name"],
    )  # fmt: skip
    desk.calendars.add(item["calendar"])
    return "done"


def take_rule(desk: Desk, item: Item) -> str:
    rule, mode = item["rule"], item["mode"]
    waiting = approvals.open_for(desk.session, ("rule", modes.rule_id(rule)), kind=modes.KIND)
    if waiting is not None and waiting.payload == {"rule": rule, "mode": mode}:
        return "waiting"
    if waiting is not None:
        raise Conflict(
            N_("Another change of this rule is asked for: request %(number)s is not decided yet."),
            number=waiting.number,
        )
    try:
        modes.request_rule_mode(
            desk.session, context=desk.context, view=desk.view, rule=rule, mode=mode, reason=desk.reason
        )
    except NotFound:
        raise absent(rule, "rule") from None
    return "asked"


def take_parameter(desk: Desk, item: Item) -> str:
    key, place = item["parameter"], item["jurisdiction"]
    rows = declared_rows(desk.view, key=key, jurisdiction=place)
    if not rows:
        raise absent(*((place, "jurisdiction") if declared_rows(desk.view, key=key) else (key, "parameter")))
    wanted = OwnValue(
        key=key,
        jurisdiction=place,
        value=values.parse(values.as_text(item["value"]), rows[0]),
        begins=date.fromisoformat(item["effective_from"]),
        ends=date.fromisoformat(item["effective_to"]) if item["effective_to"] else None,
    )
    payload = overrides.payload_of(wanted)
    if any(each.payload == payload for each in overrides.open_requests(desk.session, key, place)):
        return "waiting"
    overrides.ask(desk.session, context=desk.context, view=desk.view, wanted=wanted, reason=desk.reason)
    return "asked"


TAKES: Mapping[str, Callable[[Desk, Item], str]] = {
    "fields": take_field,
    "field_settings": take_field_setting,
    "field_order": take_field_order,
    "workflows": take_workflow,
    "calendar_days": take_day,
    "rules": take_rule,
    "parameters": take_parameter,
}
