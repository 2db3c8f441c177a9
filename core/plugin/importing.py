"""A known layout of a file: what its rows are, which column goes where, and how rows are read that are not yet one thing each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.plugin.types import Label, Wrong


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A row of a file as it stands there: the `number` of the line it begins on, and its `cells` by column, as text."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One customer, record or contact that a file tells of: what it says by column of the importer, and in which `lines`.

    With `wrong` the lines are rejected and told why. `note` is something to be told of lines that are imported.
    """

    lines: Sequence[int]
    cells: Mapping[str, str] = field(default_factory=dict)
    wrong: Wrong | None = None
    note: Wrong | None = None


@dataclass(frozen=True, kw_only=True)
class Importer:
    """A known file layout: column -> target, with constants and value maps.

    `on` says what a row is: `customer`, `record:<type>` or `interaction`. Targets of customers: `name`, `kind`,
    `identifier:<scheme>`, `phone`, `email`, `address`, `document`, `<vertical>.<field>`. Of records: `identifier:<scheme>`,
    `state`, `occurred_at`, `ends_at`, `amount`, `currency`, `parent` or `parent:<scheme>`, `<vertical>.<field>`. Of contacts:
    `reference` (its number in the system it comes from), `channel`, `direction`, `purpose`, `disposition`, `outcome`,
    `next_step`, `started_at` (a month or a day is enough: `2008-05`), `ended_at`, `queued_s`, `ring_s`, `talk_s`, `hold_s`,
    `wrap_s`, `note`, `<vertical>.<field>`. Whose a record or contact is: `holder` (customer number) or `holder:<scheme>`;
    with `makes_customers` who is not there yet is made, of what `customer:<target of customers>` says.

    `values` says per column what a cell means, as text that the field's form control would send: a choice's key, "yes".
    `fixed` is what no column says, by target. `identify_by` is the target that says which one a row is about; a contact
    without a `reference` is known by all that its row says.

    `read` is for files whose rows are not yet one thing each, or not written as the core reads: a pure generator, called once
    for a file with its lines in order. It yields an Entry for each thing, whose cells are by the importer's `columns`; every
    line belongs to one entry, else the core says that nothing was made of it. What it holds at once must not grow with the
    file. `header` are the file's own columns that it needs.
    """

    key: str
    label: Label
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    identify_by: str = "identifier:external"
    on: str = "customer"
    fixed: Mapping[str, str] = field(default_factory=dict)
    makes_customers: bool = False
    header: Sequence[str] = ()
    read: Callable[[Iterator[Line]], Iterator[Entry]] | None = None
