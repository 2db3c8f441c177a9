"""What a vertical may declare: frozen, keyword-only values and nothing that runs by itself.

A hook returns an iterable of these. The catalog seals each with the key of the vertical that
declared it; the core alone decides when something is shown, asked or executed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

API_VERSION = "1.0"
"""Version of this contract, apart from the product's. A vertical's `requires` must admit it."""

LOCALES = ("zh-CN", "en")
"""Every label a vertical ships exists in each of these."""

Label: TypeAlias = Mapping[str, str]
"""A text per locale, for example `{"zh-CN": "套餐", "en": "Plan"}`."""

Condition: TypeAlias = Mapping[str, Any]
"""A typed tree as JSON: `{"op": "and", "of": [...]}`, `{"op": "eq", "field": "funeral.paid", "value": true}`."""

FieldKind = Literal[
    "text", "long_text", "integer", "decimal", "money", "boolean", "date", "datetime", "choice", "choices"
]
Sensitivity = Literal["plain", "personal", "sensitive"]
MaskKind = Literal["name", "phone", "email", "document", "card", "address", "plate", "vin", "text"]
FieldTarget = Literal["customer", "record", "case", "interaction"]
Side = Literal["client", "provider", "system"]
VerdictKind = Literal["allow", "warn", "defer", "hold", "deny"]
Action = Literal["outbound_contact", "reveal", "export", "campaign_start"]
Tone = Literal["ok", "warn", "bad", "info", "teal", "plum", "mute"]
Holder = Literal["required", "optional", "none"]
Exposure = Literal["leased", "shared", "client_only"]


class Wrong(ValueError):
    """What a field's validator raises: a stable `code`, and `message`, an English msgid whose %(name)s `params` fill.

    The translation of the message lies in the `translations` of whoever raises it.
    """

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.params = params


@dataclass(frozen=True, kw_only=True)
class Vertical:
    """A sector. `requires` is a PEP 440 range over `API_VERSION`."""

    key: str
    label: Label
    version: str
    requires: str
    icon: str = "puzzle"
    summary: Label = field(default_factory=dict)
    requires_core_revision: str | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    key: str
    label: Label
    tone: Tone = "mute"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One attribute. From it come form control, validation, import column, filter, API schema and mask.

    `on` is `customer`, `case`, `interaction` or `record:<type>`. Money is stored as minor units with `currency`.
    `validator` takes the parsed value and raises Wrong where it is not one; it may return the value in canonical form.
    """

    key: str
    label: Label
    kind: FieldKind
    on: str = "customer"
    required: bool = False
    choices: Sequence[Choice] = ()
    validator: Callable[[Any], Any] | None = None
    sensitivity: Sensitivity = "plain"
    mask: MaskKind | None = None
    indexed: bool = False
    unit: Label | None = None
    help: Label | None = None
    currency: str | None = None
    minimum: Decimal | int | date | None = None
    maximum: Decimal | int | date | None = None
    max_length: int = 500


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """What a customer has or a client sells: a line, a loan, a shipment, a unit."""

    key: str
    label: Label
    holder: Holder = "required"
    parent: str | None = None
    exposure: Exposure = "leased"
    states: Sequence[Choice] = ()
    identifiers: Sequence[str] = ()
    icon: str = "file"


@dataclass(frozen=True, kw_only=True)
class State:
    key: str
    label: Label
    kind: Literal["initial", "open", "done", "failed"] = "open"


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A named step. `guard` is a condition over the case and its customer; `required` names case fields."""

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


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A deadline counted from entering `start` until any of `stops`; `parameter` holds the length."""

    key: str
    label: Label
    parameter: str
    unit: Literal["hours", "calendar_days", "working_days"]
    start: str
    stops: Sequence[str]
    pauses: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """States and named steps of a kind of case. A case keeps the version it began with."""

    key: str
    label: Label
    version: int
    states: Sequence[State]
    transitions: Sequence[Transition]
    timers: Sequence[Timer] = ()
    blocks_marketing: bool = False


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a rule says what it says. `parameters` names the parameter keys it used."""

    code: str
    text: Label
    verdict: VerdictKind = "allow"
    until: Any = None
    parameters: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A test of an act: either `when` (a condition over the subject) or `decide` (a pure function), never both.

    With `when`, a subject that meets it gets `verdict` and `reason`. `decide(subject, parameters) -> Reason | None`
    gets the values of `parameters` by bare key; None means that the rule does not apply. A rule that raises does not
    pass: its verdict is then `hold`. Empty `purposes` or `channels` mean all.
    """

    key: str
    label: Label
    action: Action
    parameters: Sequence[str] = ()
    citation: str
    verdict: VerdictKind = "deny"
    severity: Literal["low", "medium", "high"] = "high"
    purposes: Sequence[str] = ()
    channels: Sequence[str] = ()
    when: Condition | None = None
    decide: Callable[[Mapping[str, Any], Mapping[str, Any]], Reason | None] | None = None
    reason: Label | None = None


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """A ratio of two counts of customers (or cases), each selected by a condition."""

    key: str
    label: Label
    on: Literal["customer", "case"] = "customer"
    numerator: Condition
    denominator: Condition
    version: int = 1
    unit: Literal["percent", "per_million", "ratio"] = "percent"
    direction: Literal["up", "down"] = "up"
    note: Label | None = None


@dataclass(frozen=True, kw_only=True)
class Segment:
    key: str
    label: Label
    condition: Condition
    tone: Tone = "mute"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Facts of the vertical shown on a customer's page: keys of fields, in order."""

    key: str
    label: Label
    fields: Sequence[str]
    icon: str = "puzzle"


@dataclass(frozen=True, kw_only=True)
class Route:
    """A page. Not a Flask rule: the core builds `/t/<workspace>/<key>/<path>` and guards it.

    `view(context, values)` gets the values of the form or query, and the path's places, as text. It returns
    `(template, values)` with a template in the vertical's own `templates/<key>/`, or after a POST the path of the route to go
    to. The core commits after a POST.
    """

    path: str
    view: Callable[..., Any]
    permission: str
    method: Literal["GET", "POST"] = "GET"
    label: Label | None = None
    icon: str = "file"


@dataclass(frozen=True, kw_only=True)
class Importer:
    """A known file layout: column -> target, with constants and value maps.

    Targets: `name`, `kind`, `identifier:<scheme>`, `phone`, `email`, `address`, `document`, `<vertical>.<field>`.
    `values` says per column what a cell means, as text that the field's form control would send: a choice's key, "yes".
    """

    key: str
    label: Label
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    identify_by: str = "identifier:external"


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A handler of an event such as `case.transitioned`.

    `inline` runs in the transaction of the act and can fail it; `outbox` runs afterwards in a job, at least once.
    """

    event: str
    handle: Callable[[Any], None]
    mode: Literal["inline", "outbox"] = "outbox"


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """Which columns of a vertical's own table hold personal data and how erasure treats them."""

    table: str
    columns: Sequence[str]
    on_erase: Literal["null", "delete_row"] = "null"


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Seeded demo data: `customer(random, index) -> {field key: value}` for one generated customer.

    Keys are bare, values typed: date, Decimal, int minor units for money, bool, text.
    `records(random, index, customer)` gives that customer's records, each as
    `{"type", "state", "identifiers": {scheme: value}, "attributes": {field key: value}}`.
    """

    tenant: Label
    slug: str
    customer: Callable[[Any, int], Mapping[str, Any]]
    customers: int = 1200
    records: Callable[[Any, int, Mapping[str, Any]], Sequence[Mapping[str, Any]]] | None = None


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A dated, sourced number of law or contract, read from the vertical's `params.toml`. Half-open: [from, to)."""

    key: str
    value: Decimal | int | str | bool | timedelta
    unit: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    source_title: str
    source_article: str
    verified: bool
    label: Label
