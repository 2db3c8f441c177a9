"""What a vertical declares that has states and deadlines: records and workflows, with their timers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.plugin.types import Choice, Condition, Exposure, Holder, Label, Side

TimerUnit = Literal["hours", "calendar_days", "working_days", "months", "years"]


@dataclass(frozen=True, kw_only=True)
class Counter:
    """A meter of a record that is read again and again, such as an odometer: an append-only series of whole numbers."""

    key: str
    label: Label
    unit: Label


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """Whom a clock tells, and when: at `percent` of its time (100 is the deadline, above it is overdue).

    `role` is a role of either party; `to_assignee` tells the person who has the case as well.
    """

    percent: int
    role: str
    to_assignee: bool = True


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A deadline: of a case or record, counted from entering `start` until any of `stops`; suspended in `pauses`.

    The length is the number that `parameter` holds, in `unit`. Days are counted from the day after; a period of days,
    months or years ends at midnight, where the customer is (`ends="day"`), or at the very time it began (`"moment"`).
    `rolls` moves an end on a day off to the end of the next working day (《民法典》第二百零三条).
    `from_field` counts from a date or time the subject holds; without a `parameter` that moment is itself the deadline.
    `counter` and `counter_parameter` make it "whichever is first": due as soon as the counter has advanced by so much.
    `calendar` is the country whose working days count; empty means that of the customer, else of the tenant.
    On breach the system takes the step `on_breach` from the state the case is in, if there is one.
    """

    key: str
    label: Label
    parameter: str | None = None
    unit: TimerUnit = "calendar_days"
    start: str
    stops: Sequence[str]
    pauses: Sequence[str] = ()
    from_field: str | None = None
    ends: Literal["day", "moment"] = "day"
    rolls: bool = False
    counter: str | None = None
    counter_parameter: str | None = None
    calendar: str = ""
    escalations: Sequence[Escalation] = ()
    on_breach: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """What a customer has or a client sells: a line, a loan, a shipment, a unit.

    `title` and `columns` are keys of its fields: what a record is called by, and what its list shows. `moves` says which
    states follow which; a state that is no key of it may be followed by any.
    """

    key: str
    label: Label
    holder: Holder = "required"
    parent: str | None = None
    exposure: Exposure = "leased"
    states: Sequence[Choice] = ()
    identifiers: Sequence[str] = ()
    icon: str = "file"
    title: Sequence[str] = ()
    columns: Sequence[str] = ()
    moves: Mapping[str, Sequence[str]] = field(default_factory=dict)
    counters: Sequence[Counter] = ()
    timers: Sequence[Timer] = ()


@dataclass(frozen=True, kw_only=True)
class State:
    key: str
    label: Label
    kind: Literal["initial", "open", "done", "failed"] = "open"


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A named step. `guard` is a condition over the case and its customer; `required` names case fields.

    `approval`: it is taken only when a second person has approved it. `optional`: a tenant may switch it off; without all
    optional steps every state still leads to an end.
    `effects` are written `verb` or `verb:argument`; the core knows the verbs (`core/cases/effects.py`).
    """

    key: str
    label: Label
    source: str
    target: str
    permission: str = "case.transition"
    sides: Sequence[Side] = ("client", "provider")
    guard: Condition | None = None
    guard_reason: Label | None = None
    required: Sequence[str] = ()
    effects: Sequence[str] = ()
    approval: bool = False
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """States and named steps of a kind of case. A case keeps the version it began with.

    `record_type` is the type of record a case is about, `record_required` that it always is. `fields` are the case fields
    it shows, in order; empty means those its steps require.
    """

    key: str
    label: Label
    version: int
    states: Sequence[State]
    transitions: Sequence[Transition]
    timers: Sequence[Timer] = ()
    blocks_marketing: bool = False
    record_type: str | None = None
    record_required: bool = False
    fields: Sequence[str] = ()
