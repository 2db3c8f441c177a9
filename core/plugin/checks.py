"""Do the declarations of one vertical agree with each other: keys, labels, references, workflows, parameters.

The shape of each item was checked before (`shape.py`); here only sense is checked. Every function yields
`(where, problem, fix)`, so that all that is wrong is told at once.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from core.plugin.catalog import LoadedVertical
from core.plugin.dashboard_checks import dashboard_problems
from core.plugin.document_checks import document_problems
from core.plugin.importer_checks import importer_problems
from core.plugin.problems import KEY, PERMISSION, Problem, choice_problems, fields_named, one_of, repeated
from core.plugin.record_checks import record_type_problems
from core.plugin.rule_checks import rule_problems
from core.plugin.story_checks import story_problems
from core.plugin.types import LOCALES, Condition, Field, Kpi, Route, Total
from core.plugin.workflow_checks import workflow_problems

PATH = re.compile(r"[a-z0-9][a-z0-9_-]*(/([a-z0-9][a-z0-9_-]*|<(uuid:)?[a-z_]+>))*")
PLACE = re.compile(r"<[^>]*>")
EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}")
CURRENCY = re.compile(r"[A-Z]{3}")
LONGEST_INDEXED = 800
"""Characters: three bytes each for Chinese, and an entry of a B-tree has at most 2,704."""
FIELD_TARGETS = ("customer", "case", "interaction")

KEYED: Mapping[str, str] = {
    "fields": "Field",
    "record_types": "RecordType",
    "segments": "Segment",
    "workflows": "Workflow",
    "rules": "Rule",
    "kpis": "Kpi",
    "importers": "Importer",
    "panels": "Panel",
    "scripts": "Script",
    "qa_forms": "QaForm",
}


def problems_in(loaded: LoadedVertical) -> Iterator[Problem]:
    yield from _keys_and_labels(loaded)
    yield from _fields(loaded)
    yield from record_type_problems(loaded)
    yield from workflow_problems(loaded)
    yield from rule_problems(loaded)
    yield from _kpis(loaded)
    yield from _conditions(loaded)
    yield from _panels(loaded)
    yield from importer_problems(loaded)
    yield from dashboard_problems(loaded)
    yield from document_problems(loaded)
    yield from story_problems(loaded)
    yield from _routes(loaded)
    yield from _rest(loaded)


def _keys_and_labels(loaded: LoadedVertical) -> Iterator[Problem]:
    yield from _in_item(loaded.vertical, where="vertical")
    for hook in KEYED:
        items = getattr(loaded, hook)
        for item in items:
            yield from _in_item(item, where=f"{hook}: {item.key!r}")
        identities: list[Hashable] = [(item.on, item.key) if isinstance(item, Field) else item.key for item in items]
        for twice in repeated(identities):
            yield hook, f"{twice!r} is declared twice", "give each its own key"


def _in_item(item: Any, *, where: str) -> Iterator[Problem]:
    """Key and labels of a declaration and of whatever is nested in it."""
    for each in dataclasses.fields(item):
        value = getattr(item, each.name)
        if each.name == "key" and not KEY.fullmatch(value):
            fix = "use at most 40 lower-case letters, digits and underscores, beginning with a letter"
            yield where, f"the key {value!r} is not usable", fix
        elif each.type in ("Label", "Label | None") and value:
            missing = [locale for locale in LOCALES if not value.get(locale, "").strip()]
            if missing:
                yield (
                    where,
                    f"{each.name} lacks {' and '.join(missing)}",
                    f"give {each.name} in {' and '.join(LOCALES)}",
                )
        elif each.name == "label" and each.type == "Label":
            yield where, "the label is empty", f"give it in {' and '.join(LOCALES)}"
        elif isinstance(value, tuple):
            for inner in value:
                if dataclasses.is_dataclass(inner):
                    yield from _in_item(inner, where=f"{where}, {each.name} {getattr(inner, 'key', '')!r}")


def _fields(loaded: LoadedVertical) -> Iterator[Problem]:
    targets = {*FIELD_TARGETS, *(f"record:{each.key}" for each in loaded.record_types)}
    for field in loaded.fields:
        where = f"fields: {field.key!r}"
        if field.on not in targets:
            yield where, f"it is on {field.on!r}, which does not exist", f"use one of {', '.join(sorted(targets))}"
        yield from ((where, problem, fix) for problem, fix in _field_sense(field))
        yield from choice_problems(field.choices, where=where, what="choice")


def _field_sense(field: Field) -> Iterator[tuple[str, str]]:
    choosing = field.kind in ("choice", "choices")
    if choosing != bool(field.choices):
        yield (
            f"kind {field.kind!r} and {len(field.choices)} choices do not fit",
            "give choices to a choice, and only to it",
        )
    if (field.kind == "money") != (field.currency is not None):
        yield (
            f"kind {field.kind!r} and currency {field.currency!r} do not fit",
            "give money, and only money, a currency",
        )
    elif field.currency is not None and not CURRENCY.fullmatch(field.currency):
        yield f"{field.currency!r} is not a currency", "use the three letters of ISO 4217"
    if field.mask and field.sensitivity == "plain":
        yield "it has a mask but is declared plain", "declare it personal or sensitive, or drop the mask"
    if field.indexed and field.kind in ("long_text", "choices"):
        yield f"kind {field.kind!r} cannot be indexed", "drop indexed=True"
    if field.max_length < 1:
        yield "max_length is below 1", "give a length of 1 or more"
    if field.indexed and field.kind == "text" and field.max_length > LONGEST_INDEXED:
        yield (
            f"max_length is {field.max_length}, too long for an index",
            f"give {LONGEST_INDEXED} at most, or drop indexed=True",
        )


def _kpis(loaded: LoadedVertical) -> Iterator[Problem]:
    targets = {"customer", "case", "interaction", *(f"record:{each.key}" for each in loaded.record_types)}
    for kpi in loaded.kpis:
        where = f"kpis: {kpi.key!r}"
        if kpi.on not in targets:
            yield where, f"it counts {kpi.on!r}, which does not exist", one_of(targets)
        if kpi.version < 1:
            yield where, "its version is below 1", "count versions from 1"
        if kpi.target is not None and kpi.target not in loaded.parameters.keys:
            yield where, f"its target {kpi.target!r} is not in params.toml", "add the parameter or correct the name"
        yield from ((where, problem, fix) for problem, fix in _kpi_unit(kpi))
        personal = {field.key for field in loaded.fields if field.on == kpi.on and field.sensitivity != "plain"}
        for name in personal & {each.removeprefix(f"{loaded.key}.") for each in kpi.by}:
            yield where, f"it is told apart by {name!r}, which is personal", "name plain fields only"


def _kpi_unit(kpi: Kpi) -> Iterator[tuple[str, str]]:
    """What a unit asks of the numerator."""
    adds = kpi.numerator if isinstance(kpi.numerator, Total) else None
    spans = adds is not None and adds.since is not None
    if (kpi.unit == "money") != (kpi.currency is not None):
        yield f"unit {kpi.unit!r} and currency {kpi.currency!r} do not fit", "give money, and only money, a currency"
    elif kpi.currency is not None and not CURRENCY.fullmatch(kpi.currency):
        yield f"{kpi.currency!r} is not a currency", "use the three letters of ISO 4217"
    if kpi.unit in ("money", "seconds", "hours", "days") and adds is None:
        yield f"unit {kpi.unit!r} is of a total, and the numerator counts", "give a Total as the numerator"
    if spans and kpi.unit not in ("seconds", "hours", "days"):
        yield f"a time between two moments is not {kpi.unit!r}", "use seconds, hours or days"


def _conditions(loaded: LoadedVertical) -> Iterator[Problem]:
    """Fields of this vertical that conditions name. Names of the core, and types, are checked by the core's own compiler."""
    for where, condition, targets in _named_conditions(loaded):
        known = {field.key for field in loaded.fields if field.on in targets}
        for named in fields_named(condition):
            owner, _, key = named.partition(".")
            if owner == loaded.key and key not in known:
                yield (
                    where,
                    f"the condition names {named!r}, which is not declared",
                    "declare the field or correct the name",
                )


def _named_conditions(loaded: LoadedVertical) -> Iterator[tuple[str, Condition, tuple[str, ...]]]:
    """Each condition, with the targets whose fields it names by qualified key."""
    for field in loaded.fields:
        if field.show_when is not None:
            yield f"fields: {field.key!r}, show_when", field.show_when, (field.on,)
    for segment in loaded.segments:
        yield f"segments: {segment.key!r}", segment.condition, ("customer",)
    for rule in loaded.rules:
        if rule.when is not None:
            targets = ("customer", "case") if rule.action == "case_step" else ("customer",)
            yield f"rules: {rule.key!r}", rule.when, targets
    yield from _parts_of_kpis(loaded)
    for flow in loaded.workflows:
        for step in flow.transitions:
            if step.guard is not None:
                yield f"workflows: {flow.key!r}, transition {step.key!r}", step.guard, ("customer", "case")


def _parts_of_kpis(loaded: LoadedVertical) -> Iterator[tuple[str, Condition, tuple[str, ...]]]:
    """And of work lists, which may name the same."""
    for board in loaded.dashboards:
        for each in board.worklists:
            yield f"panels: work list {each.key!r}", each.when, (each.on,)
    for kpi in loaded.kpis:
        for name, part in (("numerator", kpi.numerator), ("denominator", kpi.denominator)):
            yield f"kpis: {kpi.key!r}, {name}", part.when if isinstance(part, Total) else part, (kpi.on,)


def _panels(loaded: LoadedVertical) -> Iterator[Problem]:
    known = {field.key for field in loaded.fields if field.on == "customer"}
    for panel in loaded.panels:
        for key in panel.fields:
            if key not in known:
                yield f"panels: {panel.key!r}", f"{key!r} is not a field on customer", "declare it or correct the name"


def _routes(loaded: LoadedVertical) -> Iterator[Problem]:
    for twice in repeated([(route.method, route.path) for route in loaded.routes]):
        yield "routes", f"{twice!r} is declared twice", "give each route its own path"
    for route in loaded.routes:
        yield from ((f"routes: {route.path!r}", problem, fix) for problem, fix in _route_sense(route))
        yield from ((f"routes: {route.path!r}", problem, fix) for problem, fix in _route_of_records(route, loaded))


def _route_sense(route: Route) -> Iterator[tuple[str, str]]:
    if not PATH.fullmatch(route.path):
        yield "the path is not usable", "write it like `plots` or `plots/<number>`, without a slash at either end"
    if not PERMISSION.fullmatch(route.permission):
        yield f"the permission {route.permission!r} is not usable", "write it as noun.verb, such as customer.read"


def _route_of_records(route: Route, loaded: LoadedVertical) -> Iterator[tuple[str, str]]:
    if route.on is None:
        return
    types = {f"record:{each.key}" for each in loaded.record_types}
    if route.on not in types:
        yield f"{route.on!r} is no type of records of this vertical", one_of(types)
    if PLACE.findall(route.path) != ["<uuid:record_id>"] or route.method != "GET" or route.label is None:
        yield (
            "pages of records cannot lead to it",
            "give it GET, a label, and `<uuid:record_id>` as the only place of its path",
        )


def _subscribers(loaded: LoadedVertical) -> Iterator[Problem]:
    """Whether an event exists is asked of the core's own check."""
    named: list[Hashable] = []
    for each in loaded.subscribers:
        where = f"subscribers: {each.event!r}"
        name = getattr(each.handle, "__qualname__", type(each.handle).__qualname__)
        named.append(f"{each.event} by {name}")
        if not EVENT.fullmatch(each.event):
            yield where, f"{each.event!r} is not an event", "write it as noun.participle: case.transitioned"
        if inspect.iscoroutinefunction(each.handle):
            yield where, f"{name} is a coroutine", "write `def`, without async"
        try:
            inspect.signature(each.handle).bind(None, None)
        except TypeError:
            yield where, f"{name} does not take a session and an event", "write `def handle(session, event):`"
    for twice in repeated(named):
        yield "subscribers", f"{twice} is there twice", "give each handler of an event its own name"


def _rest(loaded: LoadedVertical) -> Iterator[Problem]:
    yield from _subscribers(loaded)
    for data in loaded.personal_data:
        if not data.table.startswith(f"{loaded.key}_"):
            yield "personal_data", f"the table {data.table!r} is not this vertical's", f"begin it with {loaded.key}_"
        if not data.columns:
            yield "personal_data", f"no columns of {data.table!r} are named", "name the columns that erasure clears"
    for demo in loaded.demo:
        if not SLUG.fullmatch(demo.slug):
            yield "demo", f"the slug {demo.slug!r} is not usable", "use lower-case letters, digits and hyphens"
