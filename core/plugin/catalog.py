"""Everything the verticals declared, sealed; a request asks for the view of what its tenant enabled.

1. `host.load()` seals the checked declarations in a `Catalog`, once, at boot.
2. `catalog.view(enabled)` gives a `CatalogView`, made once for each set of enabled verticals.
3. A view's mappings are keyed by the qualified key `<vertical>.<key>` and keep the order of declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from core.plugin.dashboards import Dashboard
from core.plugin.documents import QaForm, Script
from core.plugin.importing import Importer
from core.plugin.params import ParameterSet
from core.plugin.processes import RecordType, Workflow
from core.plugin.stories import Demo
from core.plugin.types import (
    Action,
    Field,
    Kpi,
    Panel,
    Parameter,
    PersonalData,
    Route,
    Rule,
    Segment,
    Subscriber,
    Vertical,
)

V = TypeVar("V")
RouteKey = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class LoadedVertical:
    """One vertical as it was found and what it declared. `package` is where its templates and `params.toml` lie."""

    vertical: Vertical
    distribution: str
    module: str
    package: str
    fields: Sequence[Field] = ()
    record_types: Sequence[RecordType] = ()
    segments: Sequence[Segment] = ()
    workflows: Sequence[Workflow] = ()
    rules: Sequence[Rule] = ()
    kpis: Sequence[Kpi] = ()
    importers: Sequence[Importer] = ()
    routes: Sequence[Route] = ()
    panels: Sequence[Panel] = ()
    dashboards: Sequence[Dashboard] = ()
    scripts: Sequence[Script] = ()
    qa_forms: Sequence[QaForm] = ()
    subscribers: Sequence[Subscriber] = ()
    personal_data: Sequence[PersonalData] = ()
    demo: Sequence[Demo] = ()
    parameters: ParameterSet = ParameterSet()  # noqa: RUF009 - empty and frozen

    @property
    def key(self) -> str:
        return self.vertical.key

    @property
    def folder(self) -> Path:
        """Where the vertical's files lie: templates, translations, migrations."""
        return Path(str(resources.files(self.package)))


class CatalogView:
    """What one set of enabled verticals declares. Read only; made by `Catalog.view`."""

    def __init__(self, loaded: Sequence[LoadedVertical]) -> None:
        self._loaded = tuple(loaded)

    @cached_property
    def enabled(self) -> frozenset[str]:
        return frozenset(each.key for each in self._loaded)

    @cached_property
    def verticals(self) -> Mapping[str, Vertical]:
        return MappingProxyType({each.key: each.vertical for each in self._loaded})

    @cached_property
    def _fields(self) -> Mapping[str, Mapping[str, Field]]:
        found: dict[str, dict[str, Field]] = {}
        for each in self._loaded:
            for field in each.fields:
                found.setdefault(field.on, {})[f"{each.key}.{field.key}"] = field
        return MappingProxyType({on: MappingProxyType(fields) for on, fields in found.items()})

    def fields(self, *, on: str = "customer") -> Mapping[str, Field]:
        """Fields on `customer`, `case`, `interaction` or `record:<vertical>.<type>`, by qualified key."""
        kind, _, record_type = on.partition(":")
        if not record_type:
            return self._fields.get(on, MappingProxyType({}))
        owner, _, bare = record_type.rpartition(".")
        prefix = f"{owner}."
        declared = self._fields.get(f"{kind}:{bare}", {})
        return MappingProxyType({key: field for key, field in declared.items() if key.startswith(prefix)})

    def all_fields(self, *, on: str = "customer") -> Mapping[str, Field]:
        """Like `fields`, with those a tenant has hidden."""
        return self.fields(on=on)

    def all_rules(self) -> Mapping[str, Rule]:
        """Like `rules`, with those a tenant has switched off."""
        return self._rules

    def rule_mode(self, key: str) -> Literal["on", "shadow", "off"]:  # noqa: ARG002 - a tailored view knows
        """`shadow`: the rule is asked and its answer kept, without effect."""
        return "on"

    def field(self, qualified: str, *, on: str = "customer") -> Field | None:
        return self.fields(on=on).get(qualified)

    @cached_property
    def record_types(self) -> Mapping[str, RecordType]:
        return self._by_key(lambda each: each.record_types, key=lambda item: item.key)

    @cached_property
    def workflows(self) -> Mapping[str, Workflow]:
        return self._by_key(lambda each: each.workflows, key=lambda item: item.key)

    def all_workflows(self) -> Mapping[str, Workflow]:
        """Like `workflows`, as the verticals declare them, whatever a tenant has tailored."""
        return self._by_key(lambda each: each.workflows, key=lambda item: item.key)

    def workflow(self, qualified: str) -> Workflow | None:
        return self.workflows.get(qualified)

    @cached_property
    def segments(self) -> Mapping[str, Segment]:
        return self._by_key(lambda each: each.segments, key=lambda item: item.key)

    @cached_property
    def kpis(self) -> Mapping[str, Kpi]:
        return self._by_key(lambda each: each.kpis, key=lambda item: item.key)

    @cached_property
    def panels(self) -> Mapping[str, Panel]:
        return self._by_key(lambda each: each.panels, key=lambda item: item.key)

    @cached_property
    def dashboards(self) -> Mapping[str, Dashboard]:
        """By vertical."""
        return MappingProxyType({each.key: item for each in self._loaded for item in each.dashboards})

    @cached_property
    def scripts(self) -> Mapping[str, Script]:
        return self._by_key(lambda each: each.scripts, key=lambda item: item.key)

    @cached_property
    def qa_forms(self) -> Mapping[str, QaForm]:
        return self._by_key(lambda each: each.qa_forms, key=lambda item: item.key)

    @cached_property
    def importers(self) -> Mapping[str, Importer]:
        return self._by_key(lambda each: each.importers, key=lambda item: item.key)

    @cached_property
    def _rules(self) -> Mapping[str, Rule]:
        return self._by_key(lambda each: each.rules, key=lambda item: item.key)

    def rules(self, action: Action | None = None) -> Mapping[str, Rule]:
        """The rules on one action, or all of them."""
        if action is None:
            return self._rules
        return MappingProxyType({key: rule for key, rule in self._rules.items() if rule.action == action})

    @cached_property
    def routes(self) -> Mapping[RouteKey, Route]:
        """By `(vertical, method, path)`."""
        return MappingProxyType(
            {(each.key, route.method, route.path): route for each in self._loaded for route in each.routes}
        )

    @cached_property
    def subscribers(self) -> Sequence[tuple[str, Subscriber]]:
        """`(vertical, subscriber)`; several verticals, or one, may listen to the same event."""
        return tuple((each.key, subscriber) for each in self._loaded for subscriber in each.subscribers)

    @cached_property
    def personal_data(self) -> Mapping[str, PersonalData]:
        """By table; the name of a table begins with the key of its vertical."""
        return MappingProxyType({item.table: item for each in self._loaded for item in each.personal_data})

    @cached_property
    def demos(self) -> Mapping[str, Demo]:
        """By vertical."""
        return MappingProxyType({each.key: demo for each in self._loaded for demo in each.demo})

    @cached_property
    def parameters(self) -> Mapping[str, ParameterSet]:
        """By vertical."""
        return MappingProxyType({each.key: each.parameters for each in self._loaded})

    def parameter(self, qualified: str, *, jurisdiction: str, on: date) -> Parameter:
        """The parameter `<vertical>.<key>` in force there on that day. Raises LookupError when there is none."""
        vertical, _, key = qualified.partition(".")
        if vertical not in self.parameters:
            raise LookupError(f"no vertical {vertical!r} is enabled, so there is no parameter {qualified!r}")
        return self.parameters[vertical].resolve(key, jurisdiction=jurisdiction, on=on)

    def _by_key(self, items: Callable[[LoadedVertical], Iterable[V]], *, key: Callable[[V], str]) -> Mapping[str, V]:
        return MappingProxyType({f"{each.key}.{key(item)}": item for each in self._loaded for item in items(each)})


class Catalog:
    """All loaded verticals, in the order of the allow-list. Nothing is added after the boot."""

    def __init__(self, loaded: Iterable[LoadedVertical] = ()) -> None:
        self._loaded = MappingProxyType({each.key: each for each in loaded})
        self._views: dict[frozenset[str], CatalogView] = {}

    @property
    def verticals(self) -> Mapping[str, LoadedVertical]:
        return self._loaded

    def view(self, enabled: frozenset[str]) -> CatalogView:
        """The view of the enabled verticals; a key that is not loaded is left out, its data stay unseen."""
        known = enabled.intersection(self._loaded)
        if known not in self._views:
            self._views[known] = CatalogView([each for key, each in self._loaded.items() if key in known])
        return self._views[known]

    @cached_property
    def everything(self) -> CatalogView:
        return self.view(frozenset(self._loaded))
