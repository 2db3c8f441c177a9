"""The host refuses declarations that make no sense, all faults in one message, each with what to change."""

from __future__ import annotations

import pytest

from core.plugin import API_VERSION
from core.plugin.catalog import LoadedVertical
from core.plugin.faults import BootError
from core.plugin.host import load

PARAMETER = """
[[parameter]]
key = "days"
value = 3
unit = "calendar_days"
jurisdiction = "*"
effective_from = 2020-01-01
source_title = "House rules"
source_article = "1"
verified = true
label.zh-CN = "天数"
label.en = "Days"
"""

FLOW = """
@hookimpl
def fields():
    return [Field(key="why", label=both("Why"), kind="text", on="case")]

@hookimpl
def workflows():
    states = [
        State(key="open", label=both("Open"), kind="initial"),
        State(key="shut", label=both("Shut"), kind="done"),
    ]
    steps = [Transition(key="shut", label=both("Shut"), source="open", target="shut", required=["why"])]
    timers = [Timer(key="t", label=both("T"), parameter="days", start="open", stops=["shut"])]
    return [Workflow(key="flow", label=both("Flow"), version=1, states=states, transitions=steps, timers=timers)]
"""


def refusal(*points, allowed=("tried",), checks=()) -> str:
    with pytest.raises(BootError) as refused:
        load(allowed=list(allowed), found=points, checks=checks)
    return str(refused.value)


def hook(name: str, items: str) -> str:
    return f"\n@hookimpl\ndef {name}():\n    return [{items}]\n"


def test_a_sound_vertical_is_loaded_with_its_parameters(write) -> None:
    catalog = load(allowed=["tried"], found=[write(FLOW, params=PARAMETER)])
    assert list(catalog.everything.workflows) == ["tried.flow"]
    assert catalog.verticals["tried"].parameters.keys == {"days"}


def test_no_allowed_vertical_is_a_catalog_without_any() -> None:
    assert dict(load(allowed=[], found=[]).verticals) == {}


def test_every_fault_of_every_vertical_is_told_at_once(write) -> None:
    one = write(hook("fieldz", "") + hook("panels", "Panel(key='p', label=both('P'), fields=['ghost'])"), key="one")
    two = write(hook("kpis", "Kpi(key='K!', label={}, numerator={}, denominator={})"), key="two")
    message = refusal(one, two, allowed=("one", "two", "three"))
    for words in (
        "one: fieldz: there is no hook 'fieldz'. To do: did you mean 'fields'?",
        "one: panels: 'p': 'ghost' is not a field on customer",
        "two: kpis: 'K!': the key 'K!' is not usable",
        "two: kpis: 'K!': the label is empty",
        "three: KEHUB_VERTICALS: no installed package brings this vertical",
        "5 faults",
    ):
        assert words in message


STATES = "[Choice(key='s', label=both('S'))]"
COLUMNS = "{'No': 'identifier:external', 'P': 'tried.plan'}"

DECLARED_WRONG = {
    "a key with capitals": (
        hook("fields", "Field(key='Plan', label=both('Plan'), kind='text')"),
        "the key 'Plan' is not usable",
    ),
    "a kind that is none": (
        hook("fields", "Field(key='plan', label=both('Plan'), kind='colour')"),
        "kind: 'colour' is not one of text,",
    ),
    "a label as text": (
        hook("fields", "Field(key='plan', label='Plan', kind='text')"),
        "label: 'Plan' is a str, not a mapping",
    ),
    "a field twice": (
        hook("fields", "*[Field(key='plan', label=both('Plan'), kind='text')] * 2"),
        "('customer', 'plan') is declared twice",
    ),
    "a choice twice": (
        hook(
            "fields",
            "Field(key='plan', label=both('P'), kind='choice', choices=[Choice(key='a', label=both('A'))] * 2)",
        ),
        "the choice 'a' is there twice",
    ),
    "a choice without choices": (
        hook("fields", "Field(key='plan', label=both('Plan'), kind='choice')"),
        "give choices to a choice, and only to it",
    ),
    "money without currency": (
        hook("fields", "Field(key='fee', label=both('Fee'), kind='money')"),
        "give money, and only money, a currency",
    ),
    "a mask on plain data": (
        hook("fields", "Field(key='tel', label=both('Tel'), kind='text', mask='phone')"),
        "declare it personal or sensitive, or drop the mask",
    ),
    "an indexed text that no index holds": (
        hook("fields", "Field(key='note', label=both('N'), kind='text', indexed=True, max_length=900)"),
        "too long for an index",
    ),
    "a field on a record type that is none": (
        hook("fields", "Field(key='plan', label=both('Plan'), kind='text', on='record:line')"),
        "it is on 'record:line', which does not exist",
    ),
    "a validator that is no function": (
        hook("fields", "Field(key='plan', label=both('Plan'), kind='text', validator='msisdn')"),
        "validator: 'msisdn' is not a function",
    ),
    "a record type whose parent is missing": (
        hook(
            "record_types",
            "RecordType(key='a', label=both('A'), parent='b', states=[Choice(key='s', label=both('S'))])",
        ),
        "its parent 'b' is not a record type here",
    ),
    "a record type that is its own grandparent": (
        hook(
            "record_types",
            f"*[RecordType(key=k, label=both(k), parent=p, states={STATES}) for k, p in (('a', 'b'), ('b', 'a'))]",
        ),
        "break the circle of parents",
    ),
    "a rule without test": (
        hook("rules", "Rule(key='r', label=both('R'), action='reveal', citation='1')"),
        "give exactly one of them",
    ),
    "a rule without citation": (
        hook("rules", "Rule(key='r', label=both('R'), action='reveal', citation=' ', decide=print)"),
        "it cites nothing",
    ),
    "a rule on an act that is none": (
        hook("rules", "Rule(key='r', label=both('R'), action='dance', citation='1', decide=print)"),
        "action: 'dance' is not one of outbound_contact,",
    ),
    "a condition on a field that is none": (
        hook("segments", "Segment(key='s', label=both('S'), condition={'of': [{'op': 'is_set', 'field': 'tried.x'}]})"),
        "the condition names 'tried.x', which is not declared",
    ),
    "an import column that goes nowhere": (
        hook(
            "importers", "Importer(key='i', label=both('I'), columns={'No': 'identifier:external', 'P': 'tried.plan'})"
        ),
        "column 'P' goes to 'tried.plan', which does not exist",
    ),
    "an import that identifies nobody": (
        hook("importers", "Importer(key='i', label=both('I'), columns={'Name': 'name'})"),
        "no column goes to 'identifier:external'",
    ),
    "a route with a slash before it": (
        hook("routes", "Route(path='/plots', view=print, permission='customer.read')"),
        "without a slash at either end",
    ),
    "a route of records of no type": (
        hook("routes", "Route(path='plots/<uuid:record_id>', view=print, permission='record.read', on='record:plot')"),
        "'record:plot' is no type of records of this vertical",
    ),
    "a route of records that takes a word": (
        hook("routes", "Route(path='plots/<word>', view=print, permission='record.read', on='record:plot')"),
        "pages of records cannot lead to it",
    ),
    "a permission without verb": (
        hook("routes", "Route(path='plots', view=print, permission='customer')"),
        "write it as noun.verb",
    ),
    "an event in the wrong form": (
        hook("subscribers", "Subscriber(event='CaseMoved', handle=print)"),
        "'CaseMoved' is not an event",
    ),
    "erasure in somebody else's table": (
        hook("personal_data", "PersonalData(table='customer', columns=['name'])"),
        "begin it with tried_",
    ),
    "two demos": (
        hook("demo", "*[Demo(tenant=both('D'), slug='demo', customer=print)] * 2"),
        "2 demos are declared",
    ),
    "a wrapper": ("\n@hookimpl(wrapper=True)\ndef fields():\n    yield\n", "it is a wrapper"),
    "a coroutine": ("\n@hookimpl\nasync def fields():\n    return []\n", "write `def`, without async"),
    "a generator that breaks": ("\n@hookimpl\ndef fields():\n    yield 1 / 0\n", "raised ZeroDivisionError"),
}


@pytest.mark.parametrize("what", DECLARED_WRONG)
def test_a_declaration_without_sense_is_refused(write, what: str) -> None:
    body, words = DECLARED_WRONG[what]
    assert words in refusal(write(body))


FLOWS_WRONG = {
    "two beginnings": ("kind='done'", "kind='initial'", "2 states are initial"),
    "no end": ('kind="done"', 'kind="open"', "no state ends it"),
    "a state out of reach": (
        'State(key="shut"',
        'State(key="lost", label=both("Lost")), State(key="shut"',
        "the state 'lost' cannot be reached from 'open'",
    ),
    "a dead end": (
        "steps = [",
        'states.append(State(key="stuck", label=both("Stuck")))\n    steps = [Transition(key="stick", label=both("S"), '
        'source="open", target="stuck"), ',
        "no end can be reached from the state 'stuck'",
    ),
    "a step to nowhere": ('target="shut"', 'target="gone"', "its target 'gone' is not a state"),
    "a required field that is none": (
        'required=["why"]',
        'required=["how"]',
        "it requires 'how', which is",
    ),
    "a guard without reason": (
        'required=["why"]',
        "guard={'op': 'is_set', 'field': 'tried.why'}",
        "it has a guard but no reason to show",
    ),
    "an effect in the wrong form": (
        'required=["why"]',
        'effects=["Do Not Call"]',
        "effect 'Do Not Call' is not usable",
    ),
    "a deadline without parameter": (
        'parameter="days"',
        'parameter="weeks"',
        "'weeks' is not in params.toml",
    ),
    "a deadline that nothing stops": ('stops=["shut"]', "stops=[]", "nothing stops it"),
    "a deadline on a state that is none": ('start="open"', 'start="opened"', "it names the state 'opened'"),
    "version zero": ("version=1, states", "version=0, states", "count versions from 1"),
}


@pytest.mark.parametrize("what", FLOWS_WRONG)
def test_a_workflow_that_cannot_be_walked_is_refused(write, what: str) -> None:
    right, wrong, words = FLOWS_WRONG[what]
    body = FLOW.replace(right, wrong) if right in FLOW else FLOW.replace(right.replace("'", '"'), wrong)
    assert body != FLOW
    assert words in refusal(write(body, params=PARAMETER))


def test_a_vertical_without_the_vertical_hook_is_refused(write) -> None:
    head = "from core.plugin import *\n"
    assert "it has no `vertical` hook" in refusal(write(head=head))


def test_a_range_that_is_no_range_is_refused(write) -> None:
    head = """
from core.plugin import *

@hookimpl
def vertical():
    return Vertical(key="tried", label={"zh-CN": "试", "en": "T"}, version="1", requires="any")
"""
    assert "PEP 440" in refusal(write(head=head))


def test_a_key_that_conditions_use_for_the_core_is_refused(write) -> None:
    assert "the key 'customer' cannot be used" in refusal(write(key="customer"), allowed=("customer",))


def test_the_callers_own_checks_are_asked_and_told(write) -> None:
    def tables_have_a_tenant(loaded: LoadedVertical) -> list[str]:
        return [f"the table {loaded.key}_visit lacks tenant_id: derive it from TenantModel."]

    message = refusal(write(), checks=[tables_have_a_tenant])
    assert "tried: tables have a tenant: the table tried_visit lacks tenant_id: derive it from TenantModel." in message


def test_a_check_that_breaks_is_a_fault_and_not_a_crash(write) -> None:
    def tables(loaded: LoadedVertical) -> list[str]:
        raise RuntimeError("no models")

    assert "it could not be checked: RuntimeError: no models" in refusal(write(), checks=[tables])


def test_this_kehub_speaks_version_1() -> None:
    assert API_VERSION == "1.0"
