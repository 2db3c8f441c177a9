"""One reference page for each vertical, made from what it declares: records, fields, workflows, clocks, rules, KPIs, numbers.

Labels stand in both languages, keys as the API and a condition name them. `kehub docs` writes the pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from core.plugin import Field, Label, RecordType, Timer, Workflow
from core.plugin.catalog import LoadedVertical

HEAD = """# {zh} · {en}

{summary_zh} · {summary_en}

Version {version}. This page is made from `plugins/{key}` by `make docs`; how each part is declared is told in [hooks](hooks.md)
and [rules](rules.md). A number that is not verified was not read again in its source; a tenant sees the same mark.
"""


def vertical_page(loaded: LoadedVertical) -> str:
    """The page as Markdown."""
    declared = loaded.vertical
    zh, en = both(declared.label)
    summary = both(declared.summary) if declared.summary else ("", "")
    parts = [
        HEAD.format(
            zh=zh, en=en, summary_zh=summary[0], summary_en=summary[1], version=declared.version, key=declared.key
        ),
        *_records(loaded),
        *_fields(loaded),
        *_workflows(loaded),
        *_rules(loaded),
        *_kpis(loaded),
        *_segments(loaded),
        *_parameters(loaded),
    ]
    return "\n".join(parts).rstrip() + "\n"


def both(label: Label) -> tuple[str, str]:
    return label["zh-CN"], label["en"]


def named(label: Label) -> str:
    return " · ".join(both(label))


def table(*heads: str, rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(_cell(each) for each in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _keys(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _records(loaded: LoadedVertical) -> Iterator[str]:
    if not loaded.record_types:
        return
    yield "## Records · 业务记录\n"
    for each in loaded.record_types:
        yield f"### {named(each.label)} (`{each.key}`)\n"
        yield f"{_held(each)}\n"
        if each.states:
            rows = [(f"`{one.key}`", *both(one.label), _keys(each.moves.get(one.key, ()))) for one in each.states]
            yield table("state", "中文", "English", "then", rows=rows)
        if each.timers:
            yield _clocks(each.timers)


def _held(each: RecordType) -> str:
    parent = f" Belongs to a `{each.parent}`." if each.parent else ""
    known = f" Found by {_keys(each.identifiers)}." if each.identifiers else ""
    counted = f" Read again and again: {_keys(counter.key for counter in each.counters)}." if each.counters else ""
    return f"Customer: {each.holder}; providers see it: {each.exposure.replace('_', ' ')}.{parent}{known}{counted}"


def _clocks(timers: Sequence[Timer]) -> str:
    rows = []
    for each in timers:
        length = (
            f"`{each.parameter}`, {each.unit.replace('_', ' ')}"
            if each.parameter
            else f"the moment in `{each.from_field}`"
        )
        rows.append(
            (
                named(each.label),
                length,
                _keys([each.start]),
                _keys(each.stops),
                _keys(each.pauses),
                each.on_breach or "",
            )
        )
    return table("clock", "length", "from", "until", "stands still", "on breach", rows=rows)


def _fields(loaded: LoadedVertical) -> Iterator[str]:
    places: dict[str, list[Field]] = {}
    for each in loaded.fields:
        places.setdefault(each.on, []).append(each)
    if places:
        yield "## Fields · 字段\n"
    for place, fields in places.items():
        yield f"### On `{place}`\n"
        rows = [
            (
                f"`{each.key}`", *both(each.label), each.kind, "yes" if each.required else "",
                "" if each.sensitivity == "plain" else each.sensitivity, "checked" if each.validator else "",
            )
            for each in fields
        ]  # fmt: skip
        yield table("key", "中文", "English", "kind", "required", "personal", "number", rows=rows)


def _workflows(loaded: LoadedVertical) -> Iterator[str]:
    if loaded.workflows:
        yield "## Workflows · 流程\n"
    for each in loaded.workflows:
        yield f"### {named(each.label)} (`{each.key}`)\n"
        yield table(
            "state", "中文", "English", "kind", rows=[(f"`{s.key}`", *both(s.label), s.kind) for s in each.states]
        )
        yield table("step", "中文", "English", "from", "to", "by", "asks for", rows=_steps(each))
        if each.timers:
            yield _clocks(each.timers)


def _steps(flow: Workflow) -> Iterator[Sequence[object]]:
    for each in flow.transitions:
        asks = [*(f"`{key}`" for key in each.required), *(["a second person"] if each.approval else [])]
        asks += ["a condition"] if each.guard else []
        sides = " ".join(each.sides)
        yield f"`{each.key}`", *both(each.label), f"`{each.source}`", f"`{each.target}`", sides, ", ".join(asks)


def _rules(loaded: LoadedVertical) -> Iterator[str]:
    if not loaded.rules:
        return
    yield "## Rules · 规则\n"
    rows = [
        (
            f"`{each.key}`", *both(each.label), each.action, _keys(each.on), each.verdict, "yes" if each.mandatory else "",
            each.citation, _keys(each.parameters),
        )
        for each in loaded.rules
    ]  # fmt: skip
    yield table("rule", "中文", "English", "asked on", "of", "verdict", "always on", "source", "numbers", rows=rows)


def _kpis(loaded: LoadedVertical) -> Iterator[str]:
    if not loaded.kpis:
        return
    yield "## KPIs · 指标\n"
    rows = [
        (
            f"`{each.key}`",
            *both(each.label),
            f"`{each.on}`",
            each.unit,
            each.direction,
            named(each.note) if each.note else "",
        )
        for each in loaded.kpis
    ]
    yield table("KPI", "中文", "English", "of", "unit", "better", "how it is counted", rows=rows)


def _segments(loaded: LoadedVertical) -> Iterator[str]:
    if loaded.segments:
        yield "## Segments · 客户分群\n"
        yield table(
            "segment", "中文", "English", rows=[(f"`{each.key}`", *both(each.label)) for each in loaded.segments]
        )


def _parameters(loaded: LoadedVertical) -> Iterator[str]:
    rows = [
        (
            f"`{each.key}`", named(each.label), f"{each.value} {each.unit.replace('_', ' ')}", each.jurisdiction,
            f"{each.effective_from} to {each.effective_to or 'now'}", each.source,
            "yes" if each.verified else "no",
        )
        for each in loaded.parameters.rows
    ]  # fmt: skip
    if rows:
        yield "## Numbers · 参数\n"
        yield table("key", "label", "value", "where", "in force", "source", "verified", rows=rows)
