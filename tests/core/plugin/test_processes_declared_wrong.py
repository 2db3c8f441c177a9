"""Record types, deadlines, rules, KPIs and subscribers that make no sense are refused, with place, fault and what to change."""

from __future__ import annotations

import pytest

from core.app import CHECKS
from core.plugin.faults import BootError
from core.plugin.host import load

PARAMS = "\n".join(
    f"""
[[parameter]]
key = "{key}"
value = {value}
unit = "{unit}"
jurisdiction = "*"
effective_from = 2020-01-01
source_title = "House rules"
source_article = "1"
verified = true
label.zh-CN = "数"
label.en = "Number"
"""
    for key, value, unit in (("days", 3, "calendar_days"), ("km", 60000, "km"))
)

SOUND = """
from core.plugin import Count, Counter, Escalation, Total

def heard(session, event):
    return None

def decided(subject, parameters):
    return None

@hookimpl
def fields():
    return [
        Field(key="why", label=both("Why"), kind="text", on="case", show_when={"op": "is_set", "field": "tried.demand"}),
        Field(key="demand", label=both("Demand"), kind="text", on="case"),
        Field(key="colour", label=both("Colour"), kind="text", on="record:boat"),
        Field(key="owner", label=both("Owner"), kind="text", on="record:boat", sensitivity="personal"),
        Field(key="built_on", label=both("Built on"), kind="date", on="record:boat"),
        Field(key="yard", label=both("Yard"), kind="text"),
    ]

@hookimpl
def record_types():
    states = [choice("afloat", "浮", "Afloat"), choice("sunk", "沉", "Sunk")]
    checked = Timer(
        key="check", label=both("Check"), parameter="days", start="afloat", stops=["sunk"], from_field="built_on",
        counter="miles", counter_parameter="km", escalations=[Escalation(percent=90, role="client_manager")],
        on_breach="sunk",
    )
    return [
        RecordType(
            key="boat", label=both("Boat"), states=states, title=["colour"], columns=["built_on"],
            moves={"afloat": ["sunk"], "sunk": []}, identifiers=["hull"], timers=[checked],
            counters=[Counter(key="miles", label=both("Miles"), unit=both("nm"))],
        ),
        RecordType(key="oar", label=both("Oar"), states=states, parent="boat"),
    ]

@hookimpl
def workflows():
    states = [
        State(key="open", label=both("Open"), kind="initial"),
        State(key="looked", label=both("Looked at")),
        State(key="shut", label=both("Shut"), kind="done"),
    ]
    steps = [
        Transition(key="look", label=both("Look"), source="open", target="looked", optional=True),
        Transition(key="done", label=both("Done"), source="looked", target="shut"),
        Transition(key="shut", label=both("Shut"), source="open", target="shut", required=["why"]),
    ]
    timers = [
        Timer(
            key="t", label=both("T"), parameter="days", start="open", stops=["shut"], from_field=None,
            escalations=[Escalation(percent=50, role="agent"), Escalation(percent=100, role="client_admin")],
            on_breach="shut",
        )
    ]
    return [
        Workflow(
            key="rescue", label=both("Rescue"), version=1, states=states, transitions=steps, timers=timers,
            record_type="boat", record_required=True, fields=["demand", "why"],
        )
    ]

@hookimpl
def rules():
    known = dict(citation="House rule 1", reason=both("No."))
    return [
        Rule(key="call", label=both("Call"), action="outbound_contact", purposes=["marketing"], channels=["phone"],
             when={"op": "eq", "field": "purpose", "value": "marketing"}, **known),
        Rule(key="step", label=both("Step"), action="case_step", on=["rescue"], steps=["shut"],
             counts=[Count(key="sunk", of="record:boat", states=["sunk"], days="days")],
             when={"op": "ge", "field": "counts.sunk", "value": 2}, **known),
        Rule(key="watch", label=both("Watch"), action="record_watch", on=["boat"], opens="rescue", children=["oar"],
             when={"op": "eq", "field": "record.tried.colour", "value": "red"}, **known),
        Rule(key="move", label=both("Move"), action="record_change", on=["boat"], steps=["sunk"], citation="2",
             decide=decided),
    ]

@hookimpl
def kpis():
    afloat = {"op": "eq", "field": "state", "value": "afloat"}
    known = {"op": "is_set", "field": "state"}
    in_time = {"op": "eq", "field": "clock.t", "value": "met"}
    return [
        Kpi(key="afloat", label=both("Afloat"), on="record:boat", numerator=afloat, denominator=known),
        Kpi(key="in_time", label=both("In time"), on="case", numerator=in_time, denominator=known),
        Kpi(key="sold", label=both("Sold"), on="record:boat", unit="money", currency="CNY", by=["state"],
            numerator=Total(of="amount_minor", when=known), denominator=known),
        Kpi(key="to_end", label=both("To the end"), on="case", unit="days",
            numerator=Total(of="closed_at", since="opened_at", when=known), denominator=known),
    ]

@hookimpl
def segments():
    return [Segment(key="yards", label=both("Yards"), condition={"op": "is_set", "field": "tried.yard"})]

@hookimpl
def subscribers():
    return [Subscriber(event="case.opened", handle=heard, mode="inline")]
"""

WRONG = {
    "a title of no field": ('title=["colour"]', 'title=["color"]', "record_types: 'boat': its title names 'color'"),
    "a column of no field": ('columns=["built_on"]', 'columns=["built"]', "use one of built_on, colour"),
    "a move to nowhere": ('"sunk": []}', '"sunk": ["raised"]}', "its moves name the state 'raised'"),
    "a move from nowhere": ('{"afloat": ["sunk"]', '{"built": ["afloat"]', "its moves name the state 'built'"),
    "nobody's and leased": (
        'RecordType(key="oar",', 'RecordType(key="oar", holder="none",', "make it shared or client_only",
    ),
    "two counters of a name": (
        "counters=[Counter(", "counters=2 * [Counter(", "the counter 'miles' is there twice",
    ),
    "a deadline without length": (
        'parameter="days", start="open"', 'start="open"', "timer 't': it has no length. To do: give a parameter, or from_field",
    ),
    "a counter that is none": ('counter="miles"', 'counter="hours"', "its counter 'hours' does not exist"),
    "half a counter": ('counter_parameter="km",', "", "counter and counter_parameter belong together"),
    "a counter's parameter": ('counter_parameter="km"', 'counter_parameter="miles"', "'miles' is not in params.toml"),
    "a day that is no field": (
        'from_field="built_on"', 'from_field="built"', "it counts from 'built', which is no field on record:boat",
    ),
    "a unit of another kind": (
        'parameter="days", start="open"', 'parameter="days", unit="hours", start="open"',
        "it counts hours, and its parameter 'days' is in calendar_days",
    ),
    "levels out of order": ("percent=50", "percent=150", "its escalations are at [150, 100] percent"),
    "a level at the start": ("percent=50", "percent=0", "an escalation is at less than 1 percent"),
    "a role that is none": (
        'percent=50, role="agent"', 'percent=50, role="teamlead"', "it tells the role 'teamlead', which does not exist",
    ),
    "a breach that leads nowhere": ('on_breach="shut"', 'on_breach="sink"', "it names 'sink', which is no transition"),
    "a breach into no state": ('on_breach="sunk"', 'on_breach="lost"', "it names 'lost', which is no state"),
    "stopped where it begins": ('stops=["sunk"]', 'stops=["sunk", "afloat"]', "'afloat' stops it and lets it run"),
    "a calendar of no country": (
        'parameter="days", start="open"', 'parameter="days", calendar="China", start="open"', "'China' is no country",
    ),
    "cases of no record": ('record_type="boat"', 'record_type="ship"', "workflows: 'rescue': it is about 'ship'"),
    "a record of no type": ('record_type="boat", ', "", "it requires a record of no type"),
    "a case field that is none": ('fields=["demand", "why"]', 'fields=["wish"]', "it shows 'wish', which is not a field"),
    "an option that cuts off the end": (
        'source="looked", target="shut")', 'source="looked", target="shut", optional=True)',
        "without its optional transitions no end can be reached from the state 'looked'",
    ),
    "nobody's step": (
        'source="looked", target="shut")', 'source="looked", target="shut", permission="boat.sink")',
        "no role includes the permission boat.sink",
    ),
    "a contact that has steps": (
        'purposes=["marketing"]', 'on=["rescue"]', "rules: 'call': `on` says nothing about outbound_contact",
    ),
    "a purpose that is none": ('purposes=["marketing"]', 'purposes=["advertising"]', "no purpose 'advertising'"),
    "a channel that is none": ('channels=["phone"]', 'channels=["drum"]', "no channel 'drum'; use one of"),
    "a step of no workflow": ('on=["rescue"]', 'on=["salvage"]', "it is on 'salvage', which is no workflow"),
    "a transition that is none": ('steps=["shut"]', 'steps=["close"]', "its step 'close' is no transition"),
    "a count of nothing": ('of="record:boat"', 'of="record:ship"', "the count 'sunk' is of 'record:ship'"),
    "a count of no state": ('states=["sunk"]', 'states=["gone"]', "names the state 'gone' of record:boat"),
    "a count without its days": ('days="days")', 'days="weeks")', "the days 'weeks' of the count 'sunk'"),
    "a count of no days": ('days="days")', "days=0)", "the count 'sunk' looks back 0 days"),
    "children of another": ('children=["oar"]', 'children=["boat"]', "its children 'boat' are no record type below"),
    "a case that cannot open": ('opens="rescue"', 'opens="salvage"', "it opens 'salvage', which is no workflow"),
    "a change that opens": (
        'steps=["sunk"], citation', 'opens="rescue", citation', "`opens` says nothing about record_change",
    ),
    "a state that none comes into": ('steps=["sunk"], citation', 'steps=["lost"], citation', "its step 'lost' is no state"),
    "a condition on another subject": (
        '"field": "record.tried.colour"', '"field": "case.state"', "rule 'watch': its condition cannot be used",
    ),
    "a deferral without an end": (
        'on=["rescue"], steps', 'verdict="defer", on=["rescue"], steps', "it has `when` and defers",
    ),
    "shown when nobody knows": ('"field": "tried.demand"', '"field": "tried.wish"', "show_when: the condition names"),
    "shown when it is shown": ('"field": "tried.demand"', '"field": "tried.why"', "its show_when names the field itself"),
    "a number of nothing": ('on="record:boat", numerator', 'on="record:ship", numerator', "it counts 'record:ship'"),
    "a number of no state": ('"value": "afloat"', '"value": "floating"', "KPI 'afloat', numerator: it cannot be used"),
    "a number of no clock": ('"field": "clock.t"', '"field": "clock.u"', "KPI 'in_time', numerator: it cannot be used"),
    "money without a currency": (', currency="CNY"', "", "unit 'money' and currency None do not fit"),
    "a currency that is none": ('currency="CNY"', 'currency="yuan"', "'yuan' is not a currency"),
    "a unit of what is only counted": (
        'numerator=Total(of="amount_minor", when=known)', "numerator=known", "unit 'money' is of a total",
    ),
    "days of what is no time": ('unit="days"', 'unit="percent"', "a time between two moments is not 'percent'"),
    "a total of what cannot be added": (
        'Total(of="amount_minor"', 'Total(of="state"', "KPI 'sold', numerator: it cannot be used: state: “state” is nothing",
    ),
    "a time since no moment": (
        'since="opened_at"', 'since="severity"', "KPI 'to_end', numerator: it cannot be used: severity: “severity” is nothing",
    ),
    "told apart by a number": ('by=["state"]', 'by=["amount_minor"]', "KPI 'sold', by: it cannot be used: amount_minor: “amount"),
    "told apart by a person": (
        'by=["state"]', 'by=["tried.owner"]', "it is told apart by 'owner', which is personal",
    ),
    "a group of nobody": ('"field": "tried.yard"', '"field": "yards"', "segment 'yards': its condition cannot be used"),
    "an event that is none": ('event="case.opened"', 'event="case.open"', "no event of the core; did you mean 'case.opened'?"),
    "a handler of one argument": ("def heard(session, event)", "def heard(event)", "heard does not take a session and an event"),
    "a handler that waits": ("def heard(", "async def heard(", "heard is a coroutine"),
    "one handler twice": ("return [Subscriber(", "return 2 * [Subscriber(", "case.opened by heard is there twice"),
}  # fmt: skip


def asked(point):
    return load(allowed=["tried"], found=[point], checks=CHECKS)


def test_the_sound_one_is_loaded(write):
    assert list(asked(write(SOUND, params=PARAMS)).everything.rules()) == [
        "tried.call", "tried.step", "tried.watch", "tried.move",
    ]  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_declaration_that_agrees_with_nothing_is_refused(write, what):
    right, wrong, words = WRONG[what]
    assert right in SOUND
    with pytest.raises(BootError) as refused:
        asked(write(SOUND.replace(right, wrong, 1), params=PARAMS))
    assert words in str(refused.value)


LIMITS = {
    "limits that nobody may use": ("minimum = 1", "no tenant may set another value"),
    "below its own minimum": ("overridable = true\nminimum = 5", "the value 3 is below its minimum 5"),
    "above its own maximum": ("overridable = true\nmaximum = 2", "the value 3 is above its maximum 2"),
    "a limit of another kind": ('overridable = true\nminimum = "09:00"', "which cannot be compared with the value 3"),
}


@pytest.mark.parametrize("what", LIMITS)
def test_legal_limits_without_sense_are_refused(write, what):
    added, words = LIMITS[what]
    with pytest.raises(BootError) as refused:
        asked(write(SOUND, params=PARAMS.replace("verified = true", f"verified = true\n{added}", 1)))
    assert words in str(refused.value)
