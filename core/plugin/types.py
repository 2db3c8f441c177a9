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
Action = Literal["outbound_contact", "reveal", "export", "campaign_start", "case_step", "record_change", "record_watch"]
"""What a rule is asked about. `record_watch` is no act: it is asked after a record changed or one of its clocks fired."""

PURPOSES = ("service", "marketing", "retention", "survey", "collections", "recall")
"""What a contact is for."""
CHANNELS = ("phone", "sms", "email", "post", "chat", "visit")

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
    show_when: Condition | None = None
    """Over fields of the same target. A field that is not shown is not required; a value it holds is kept, not shown."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a rule says what it says. `parameters` names the parameter keys it used."""

    code: str
    text: Label
    verdict: VerdictKind = "allow"
    until: Any = None
    parameters: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Count:
    """A number a rule needs of a customer's past: how many records of a type (or cases of a workflow) in the last days.

    `of` is `record:<type>` or `case:<workflow>`. `days` is a number or the key of a parameter; None counts all.
    A record's day is its `occurred_at`, else when it was made; a case's is `opened_at`. `states` empty means any.
    """

    key: str
    of: str
    states: Sequence[str] = ()
    days: int | str | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A test of an act: either `when` (a condition over the subject) or `decide` (a pure function), never both.

    With `when`, a subject that meets it gets `verdict` and `reason`. `decide(subject, parameters) -> Reason | None`
    gets the values of `parameters` by bare key; None means that the rule does not apply. A rule that raises does not
    pass: its verdict is then `hold`. Empty `purposes` or `channels` mean all.

    `on` names the workflows (`case_step`) or record types (`record_change`, `record_watch`) it belongs to; `steps` the
    transitions, empty for all. `counts` are facts it needs, found under `counts` by key; `children` the types of child
    records, of the record or of one it belongs to, found under `children`. A `record_watch` that fires makes a finding, and
    opens a case of workflow `opens`.
    `segments` names those that `decide` asks for on a contact: of the vertical by bare key, of the tenant as `own.<key>`; it
    finds those the customer is in under `segments`. A condition names them as `segments` contains `<vertical>.<key>`.
    A `mandatory` rule cannot be switched off by a tenant; what is law is mandatory.
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
    on: Sequence[str] = ()
    steps: Sequence[str] = ()
    counts: Sequence[Count] = ()
    children: Sequence[str] = ()
    segments: Sequence[str] = ()
    opens: str | None = None
    mandatory: bool = True
    when: Condition | None = None
    decide: Callable[[Mapping[str, Any], Mapping[str, Any]], Reason | None] | None = None
    reason: Label | None = None


@dataclass(frozen=True, kw_only=True)
class Total:
    """Part of a KPI that adds instead of counting: a whole number or amount `of` the rows that meet `when` and have it.

    `of` names a field of kind integer or money, or a core name of such a kind (`amount_minor`, `talk_s`). With `since`, both
    name dates or points in time, and what is added are the whole seconds from `since` to `of`; a day has 86,400 of them.
    """

    of: str
    when: Condition
    since: str | None = None


KpiUnit = Literal["percent", "per_million", "ratio", "number", "seconds", "hours", "days", "money"]


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """A ratio of two parts over customers, cases, interactions or records (`record:<type>`).

    A part is a condition, which counts the rows that meet it, or a `Total`. Cases are those of the vertical's own
    workflows. Besides fields a part may name, of cases, `workflow`, `state`, `severity`, `opened_at`, `due_at`, `closed_at`;
    of interactions `channel`, `direction`, `purpose`, `disposition`, `outcome`, `started_at`, `talk_s` and the other
    timings; of records `state`, `occurred_at`, `ends_at`, `amount_minor`; of cases and records `clock.<timer>`: running,
    paused, met, breached or cancelled. `hours` and `days` are of numerators in seconds. With `money` the numerator adds minor
    units of `currency`, and rows in another are left out of both parts.

    `by` names fields of kind choice or yes/no, or a core name such as `state`: the page tells the KPI for each of their values.
    `target` is the key of the parameter that says what is aimed at, in the KPI's unit; a tenant sets its own.
    """

    key: str
    label: Label
    on: str = "customer"
    numerator: Condition | Total
    denominator: Condition | Total
    version: int = 1
    unit: KpiUnit = "percent"
    currency: str | None = None
    direction: Literal["up", "down"] = "up"
    by: Sequence[str] = ()
    note: Label | None = None
    target: str | None = None


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

    A place `<uuid:record_id>` of the path takes the id of a row, and is named after its table; `<name>` takes any word.

    `view(context, values)` gets the values of the form or query, and the path's places, as text. It returns
    `(template, values)` with a template in the vertical's own `templates/<key>/`, or after a POST the path of the route to go
    to. The core commits after a POST.

    With `on`, as `record:<type>`, the pages of such records lead here by `label`; the path then has the one place
    `<uuid:record_id>`.
    """

    path: str
    view: Callable[..., Any]
    permission: str
    method: Literal["GET", "POST"] = "GET"
    label: Label | None = None
    icon: str = "file"
    on: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A handler of an event such as `case.transitioned`: `handle(session, event)`, for tenants that have the vertical on.

    It acts as `event.context`. `inline` runs in the transaction of the act: what it raises undoes the act, and an error
    of `core.facade` is told to whoever acted. `outbox` runs after the act in a job and transaction of its own, for the
    tenant itself, at least once and in no promised order. What it raises is tried again for some hours, then given up and
    logged. An event carries ids and names of changed `fields`; values are asked of `core.facade`.
    """

    event: str
    handle: Callable[..., None]
    mode: Literal["inline", "outbox"] = "outbox"


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """Which columns of a vertical's own table hold personal data and how erasure treats them."""

    table: str
    columns: Sequence[str]
    on_erase: Literal["null", "delete_row"] = "null"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A dated, sourced number of law or contract, read from the vertical's `params.toml`. Half-open: [from, to).

    A tenant may set another value where `overridable`, never below `minimum` or above `maximum` (the legal limits);
    such a value is `set_by_tenant`.
    """

    key: str
    value: Decimal | int | str | bool | timedelta
    unit: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    source_title: str
    source_article: str = ""
    verified: bool
    label: Label
    overridable: bool = False
    minimum: Decimal | int | str | None = None
    maximum: Decimal | int | str | None = None
    set_by_tenant: bool = False

    @property
    def source(self) -> str:
        """Where it is written. A house default, of no country and not verified, has no article."""
        return f"{self.source_title} {self.source_article}".rstrip()
