"""The hooks of a vertical: each takes no argument, is called once at boot and returns declarations.

Mark the functions of `plugin.py` with `hookimpl`; only `vertical` is required. What a hook returns is checked,
sealed into the catalog and from then on executed by the core alone.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Iterable

from pluggy import HookimplMarker, HookspecMarker

from core.plugin.dashboards import Dashboard
from core.plugin.documents import QaForm, Script
from core.plugin.importing import Importer
from core.plugin.processes import RecordType, Workflow
from core.plugin.stories import Demo
from core.plugin.types import (
    Field,
    Kpi,
    Panel,
    PersonalData,
    Route,
    Rule,
    Segment,
    Subscriber,
    Vertical,
)

PROJECT = "kehub"
ENTRY_POINT_GROUP = "kehub.verticals"

hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)


@hookspec
def vertical() -> Vertical:
    """Called first, once at boot: who the vertical is and which versions of the contract it was written for.

    The key equals the name of the entry point.

    >>> from core.plugin import Vertical, hookimpl
    >>> @hookimpl
    ... def vertical() -> Vertical:
    ...     label = {"zh-CN": "殡葬", "en": "Funerals"}
    ...     return Vertical(key="funeral", label=label, version="1.0", requires=">=1.0,<2")
    >>> vertical().key
    'funeral'
    """


@hookspec
def fields() -> Iterable[Field]:
    """Called once at boot: the attributes the vertical adds to customers, records, cases and interactions.

    Keys are unique per `on`. From a field come form, validation, filter, import column, API schema and mask.

    >>> from core.plugin import Field, hookimpl
    >>> @hookimpl
    ... def fields() -> list[Field]:
    ...     return [Field(key="plot", label={"zh-CN": "墓位", "en": "Plot"}, kind="text", on="customer", indexed=True)]
    >>> [(field.on, field.key) for field in fields()]
    [('customer', 'plot')]
    """


@hookspec
def record_types() -> Iterable[RecordType]:
    """Called once at boot: what a customer of this sector has, or what a client of it sells.

    >>> from core.plugin import Choice, RecordType, hookimpl
    >>> @hookimpl
    ... def record_types() -> list[RecordType]:
    ...     sold = Choice(key="sold", label={"zh-CN": "已售", "en": "Sold"})
    ...     return [RecordType(key="grave", label={"zh-CN": "墓地", "en": "Grave"}, states=[sold])]
    >>> record_types()[0].holder
    'required'
    """


@hookspec
def segments() -> Iterable[Segment]:
    """Called once at boot: groups of customers the sector speaks of, each a condition.

    >>> from core.plugin import Segment, hookimpl
    >>> @hookimpl
    ... def segments() -> list[Segment]:
    ...     owns_plot = {"op": "is_set", "field": "funeral.plot"}
    ...     return [Segment(key="owners", label={"zh-CN": "墓位持有人", "en": "Plot owners"}, condition=owns_plot)]
    >>> segments()[0].condition["field"]
    'funeral.plot'
    """


@hookspec
def workflows() -> Iterable[Workflow]:
    """Called once at boot: kinds of case, with their states, named steps and deadlines.

    One state is `initial`, every state can be reached from it, and an end can be reached from every state.

    >>> from core.plugin import State, Transition, Workflow, hookimpl
    >>> @hookimpl
    ... def workflows() -> list[Workflow]:
    ...     asked = State(key="asked", label={"zh-CN": "已提出", "en": "Asked"}, kind="initial")
    ...     done = State(key="done", label={"zh-CN": "已办结", "en": "Done"}, kind="done")
    ...     finish = Transition(key="finish", label={"zh-CN": "办结", "en": "Finish"}, source="asked", target="done")
    ...     label = {"zh-CN": "迁葬", "en": "Relocation"}
    ...     return [Workflow(key="relocation", label=label, version=1, states=[asked, done], transitions=[finish])]
    >>> [state.key for state in workflows()[0].states]
    ['asked', 'done']
    """


@hookspec
def rules() -> Iterable[Rule]:
    """Called once at boot: tests of an act before it happens, each with its citation and its parameters.

    A rule can tighten what the core decides, never loosen it.

    >>> from core.plugin import Rule, hookimpl
    >>> @hookimpl
    ... def rules() -> list[Rule]:
    ...     return [
    ...         Rule(
    ...             key="mourning",
    ...             label={"zh-CN": "服丧期", "en": "Mourning"},
    ...             action="outbound_contact",
    ...             citation="House rule 4",
    ...             when={"op": "is_set", "field": "funeral.plot"},
    ...             reason={"zh-CN": "服丧期内不外呼。", "en": "No calls in the mourning period."},
    ...         )
    ...     ]
    >>> rules()[0].verdict
    'deny'
    """


@hookspec
def kpis() -> Iterable[Kpi]:
    """Called once at boot: ratios of two counts, each count selected by a condition.

    >>> from core.plugin import Kpi, hookimpl
    >>> @hookimpl
    ... def kpis() -> list[Kpi]:
    ...     everyone = {"op": "eq", "field": "state", "value": "active"}
    ...     owners = {"op": "is_set", "field": "funeral.plot"}
    ...     label = {"zh-CN": "持有率", "en": "Ownership rate"}
    ...     return [Kpi(key="ownership", label=label, numerator=owners, denominator=everyone)]
    >>> kpis()[0].unit
    'percent'
    """


@hookspec
def importers() -> Iterable[Importer]:
    """Called once at boot: file layouts the sector knows, column by column.

    Those of customers work; those of records and contacts are checked at boot, and not offered yet.

    >>> from core.plugin import Importer, hookimpl
    >>> @hookimpl
    ... def importers() -> list[Importer]:
    ...     columns = {"No": "identifier:external", "Plot": "funeral.plot"}
    ...     return [Importer(key="register", label={"zh-CN": "墓籍册", "en": "Register"}, columns=columns)]
    >>> importers()[0].identify_by
    'identifier:external'
    """


@hookspec
def routes() -> Iterable[Route]:
    """Called once at boot: pages of the vertical, which the core serves below `/t/<workspace>/<key>/` and guards.

    >>> from core.plugin import Route, hookimpl
    >>> def plots(context, values):
    ...     return "funeral/plots.html", {"title": "Plots"}
    >>> @hookimpl
    ... def routes() -> list[Route]:
    ...     return [Route(path="plots", view=plots, permission="customer.read")]
    >>> routes()[0].method
    'GET'
    """


@hookspec
def panels() -> Iterable[Panel | Dashboard]:
    """Called once at boot: groups of fields shown on a customer's page, and at most one dashboard.

    A dashboard is checked at boot; the core does not show one yet.

    >>> from core.plugin import Dashboard, Panel, hookimpl
    >>> @hookimpl
    ... def panels() -> list[Panel | Dashboard]:
    ...     plot = Panel(key="plot", label={"zh-CN": "墓位", "en": "Plot"}, fields=["plot"])
    ...     return [plot, Dashboard(kpis=["ownership"])]
    >>> panels()[0].fields
    ['plot']
    """


@hookspec
def documents() -> Iterable[Script | QaForm]:
    """Called once at boot: what people say to customers, step by step, and the forms by which quality is rated.

    Both are checked at boot; the core does not show them yet.

    >>> from core.plugin import Script, ScriptStep, hookimpl
    >>> @hookimpl
    ... def documents() -> list[Script]:
    ...     greeting = {"zh-CN": "您好，{customer.name}。", "en": "Good morning, {customer.name}."}
    ...     steps = [ScriptStep(key="greet", label={"zh-CN": "问候", "en": "Greeting"}, text=greeting)]
    ...     return [Script(key="visit", label={"zh-CN": "预约", "en": "A visit"}, steps=steps, purposes=["service"])]
    >>> documents()[0].steps[0].key
    'greet'
    """


@hookspec
def subscribers() -> Iterable[Subscriber]:
    """Called once at boot: handlers of events that the core emits, called for tenants that have the vertical on.

    `handle(session, event)` runs after the act, at least once (`outbox`), or in its transaction (`inline`), which it can fail.

    >>> from core.plugin import Subscriber, hookimpl
    >>> def thank(session, event):
    ...     return None
    >>> @hookimpl
    ... def subscribers() -> list[Subscriber]:
    ...     return [Subscriber(event="case.transitioned", handle=thank)]
    >>> subscribers()[0].mode
    'outbox'
    """


@hookspec
def personal_data() -> Iterable[PersonalData]:
    """Called once at boot: which columns of the vertical's own tables erasure must reach.

    >>> from core.plugin import PersonalData, hookimpl
    >>> @hookimpl
    ... def personal_data() -> list[PersonalData]:
    ...     return [PersonalData(table="funeral_mourner", columns=["name", "phone"])]
    >>> personal_data()[0].on_erase
    'null'
    """


@hookspec
def demo() -> Iterable[Demo]:
    """Called once at boot: how to make up customers for the demonstration; at most one.

    `customer(random, index)` draws from the given `random.Random` only, so that a seed gives the same customers.
    A `year` is checked at boot, and not made up yet.

    >>> import random
    >>> from core.plugin import Demo, hookimpl
    >>> def customer(rng, index):
    ...     return {"plot": f"A-{rng.randint(1, 9)}"}
    >>> @hookimpl
    ... def demo() -> list[Demo]:
    ...     return [Demo(tenant={"zh-CN": "示例陵园", "en": "Demo Cemetery"}, slug="cemetery", customer=customer)]
    >>> demo()[0].customer(random.Random(1), 0)
    {'plot': 'A-3'}
    """
