"""The documented subject of an act of a case or a record: what rules read, what is kept, and the subject of a kept decision.

    {"action", "on": "<vertical>.<workflow or record type>", "step": key | None, "at": aware datetime,
     "local_date": the customer's date,
     "customer": {"kind", "state", "country", "grade", "time_zone"} | None, "attributes": {"<vertical>": {...}},
     "consents": {"marketing:phone": "granted|withdrawn|never"},
     "case": {"id", "state", "target", "severity", "attributes"} | None,
     "record": {"id", "type", "state", "attributes", "amount_minor", "currency", "occurred_at", "ends_at", "parents"} | None,
     "before": {"state", "attributes"} | None,
     "readings": {counter: ({"value", "read_at", "status"}, ...)},
     "children": {type: ({"state", "attributes", "occurred_at", "ends_at"}, ...)}, "counts": {key: n}}

| part | on `case_step` | on `record_change`, `record_watch` |
|---|---|---|
| `customer`, `attributes`, `consents` | of the case's customer | of the record's holder, None and empty without one |
| `case` | the case; `target` is where the step leads | None |
| `record`, `readings`, `children` | of the record it is about, or None and empty | the record as it shall be |
| `before` | None | the record as it was, None on creation |
| `counts` | of the customer's past, without the case or record itself; 0 without a customer | the same |

Everything in it is read only; times in `record`, `readings` and `children` are aware datetimes or None. Attributes are as
stored. Of them only those a rule has read are kept, personal ones under the customer's data key; of a record that nobody
holds there is no such key, and a personal attribute of it is left out of what is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from core.audit import keys
from core.conditions import flatten
from core.gate.prepared import Panel, Places
from core.gate.subject import Noted, frozen, thawed, zone_of
from core.plugin.catalog import CatalogView

ACTIONS = frozenset({"case_step", "record_change", "record_watch"})
PARTS = ("action", "on", "step", "customer", "consents", "case", "record", "before", "readings", "children", "approved")
TIMES = ("at", "read_at", "occurred_at", "ends_at")


@dataclass(frozen=True, kw_only=True)
class ActSubject:
    """`read` holds `(holder, name)` of attributes read: of `customer`, `case`, or `record:<vertical>.<type>`."""

    values: Mapping[str, Any]
    counts: Mapping[str, Mapping[str, int]]
    read: set[tuple[str, str]]
    zone: ZoneInfo
    place: str
    attributes: Mapping[str, Mapping[str, Mapping[str, Any]]]
    """Of every holder by path: `customer`, `case`, `record`, `record.parents.0`, `before`, `children.<type>.0`."""
    _flat: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _own: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        moment: datetime = self.values["at"]
        return moment

    @property
    def places(self) -> Places:
        customer = self.values["customer"]
        return (customer["country"] if customer else None, self.place)

    @property
    def approved(self) -> Mapping[str, Any] | None:
        """The holds that a second person has lifted: `{"approval_id", "rules"}`."""
        found: Mapping[str, Any] | None = self.values["approved"]
        return found

    def note(self, panel: Panel) -> None:
        record = self.values["record"]
        kind = f"record:{record['type']}" if record else ""
        for name in panel.reads:
            head, _, rest = name.partition(".")
            if head in ("record", "before") and "." in rest:
                self.read.add((kind, rest))
        self.read.update(panel.held)

    def values_for(self, owner: str) -> Mapping[str, Any]:
        found = self._own.get(owner)
        if found is None:
            own = MappingProxyType(dict(self.counts.get(owner, {})))
            found = self._own[owner] = MappingProxyType({**self.values, "counts": own})
        return found

    def flat(self, owner: str) -> Mapping[str, Any]:
        """For conditions, by the names that `prepared.py` lists. A field of the case wins over the customer's of its name."""
        found = self._flat.get(owner)
        if found is None:
            found = self._flat[owner] = dict(self._flattened(owner))
        return found

    def _flattened(self, owner: str) -> Iterator[tuple[str, Any]]:
        values = self.values
        for path, prefix in (("customer", ""), ("case", ""), ("record", "record."), ("before", "before.")):
            for name, value in flatten(self.attributes.get(path, {})).items():
                yield prefix + name, value
        for part, names in _NAMED.items():
            if values[part] is not None:
                yield from ((f"{part}.{name}", values[part][name]) for name in names)
        yield "step", values["step"]
        yield from ((f"counts.{key}", number) for key, number in self.counts.get(owner, {}).items())


_NAMED = {
    "customer": ("kind", "state", "country", "grade"),
    "case": ("state", "target", "severity"),
    "record": ("type", "state"),
    "before": ("state",),
}


def make(
    values: Mapping[str, Any],
    *,
    counts: Mapping[str, Mapping[str, int]],
    at: datetime,
    zone: str,
    place: str,
) -> ActSubject:
    """From the parts (PARTS and the customer's `attributes`), in plain types."""
    reader = _Reader()
    record = values["record"]
    kind = record["type"] if record else ""
    children = {
        bare: tuple(reader.part(f"children.{bare}.{n}", each, _child(kind, bare)) for n, each in enumerate(each_of))
        for bare, each_of in values["children"].items()
    }
    place_zone = zone_of(zone)
    whole = {
        **{name: values[name] for name in ("action", "on", "step")},
        "at": at,
        "local_date": at.astimezone(place_zone).date(),
        "customer": frozen(values["customer"]),
        "attributes": reader.noted("customer", "customer", values.get("attributes") or {}),
        "consents": frozen(dict(values["consents"])),
        "approved": frozen(dict(values["approved"])) if values.get("approved") else None,
        "case": reader.part("case", values["case"], "case"),
        "record": reader.part("record", record, f"record:{kind}"),
        "before": reader.part("before", values["before"], f"record:{kind}"),
        "readings": MappingProxyType(
            {counter: tuple(_reading(each) for each in series) for counter, series in values["readings"].items()}
        ),
        "children": MappingProxyType(children),
    }
    return ActSubject(
        values=MappingProxyType(whole),
        counts=counts,
        read=reader.read,
        zone=place_zone,
        place=place,
        attributes=reader.held,
    )


@dataclass(frozen=True)
class _Reader:
    """Makes the parts of one subject: what rules read of each is noted in `read`, what each holds is in `held`."""

    read: set[tuple[str, str]] = field(default_factory=set)
    held: dict[str, Any] = field(default_factory=dict)

    def noted(self, path: str, holder: str, attributes: Mapping[str, Any]) -> Noted:
        self.held[path] = attributes
        return Noted(attributes, self.read, holder=holder)

    def part(self, path: str, of: Mapping[str, Any] | None, holder: str) -> Any:
        if of is None:
            return None
        rest = {
            name: frozen(_timed(name, value)) for name, value in of.items() if name not in ("attributes", "parents")
        }
        rest["attributes"] = self.noted(path, holder, of.get("attributes") or {})
        if path == "record":
            rest["parents"] = tuple(
                self.part(f"record.parents.{n}", each, f"record:{each['type']}")
                for n, each in enumerate(of.get("parents", ()))
            )
        return MappingProxyType(rest)


def _child(kind: str, bare: str) -> str:
    """The holder of a child's attributes. A bare type is of the vertical of the record itself."""
    return f"record:{bare}" if "." in bare else f"record:{kind.partition('.')[0]}.{bare}"


def _reading(each: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType({name: frozen(_timed(name, value)) for name, value in each.items()})


def _timed(name: str, value: Any) -> Any:
    if name in TIMES and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return str(value) if isinstance(value, UUID) else value


def kept(subject: ActSubject, *, view: CatalogView, tenant_id: UUID, data_key: bytes | None) -> dict[str, Any]:
    """What the decision stores, in plain JSON types."""
    plain: dict[str, dict[str, Any]] = {}
    personal: dict[str, dict[str, Any]] = {}
    for path, attributes in subject.attributes.items():
        holder = _holder(path, subject)
        fields = view.all_fields(on=holder)
        for name, value in flatten(attributes).items():
            if (holder, name) in subject.read:
                of = fields.get(name)
                into = plain if of is not None and of.sensitivity == "plain" else personal
                into.setdefault(path, {})[name] = value
    found = {name: _plain(subject.values[name]) for name in PARTS}
    found |= {
        "at": subject.at.isoformat(),
        "zone": subject.zone.key,
        "place": subject.place,
        "attributes": plain,
        "read": sorted(f"{holder} {name}" for holder, name in subject.read),
        "counts": {owner: dict(of) for owner, of in subject.counts.items()},
    }
    if personal and data_key is not None:
        clear = orjson.dumps(personal).decode()
        found["sealed"] = keys.encrypt(clear, data_key=data_key, tenant_id=tenant_id).hex()
    return found


def _holder(path: str, subject: ActSubject) -> str:
    head, _, rest = path.partition(".")
    record = subject.values["record"]
    if head in ("customer", "case"):
        return head
    if head == "children":
        return _child(record["type"], rest.rpartition(".")[0])
    if rest:
        return f"record:{record['parents'][int(rest.partition('.')[2])]['type']}"
    return f"record:{record['type']}" if record else ""


def _plain(value: Any) -> Any:
    """Without attributes, which are kept by path; times as text."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items() if key != "attributes"}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else thawed(value)


def from_kept(stored: Mapping[str, Any], *, personal: Mapping[str, Mapping[str, Any]] | None = None) -> ActSubject:
    """The subject a stored decision was made on. `personal` are its sealed attributes by path, opened."""
    by_path: dict[str, dict[str, Any]] = {}
    for held in (stored["attributes"], personal or {}):
        for path, named in held.items():
            by_path.setdefault(path, {}).update(named)

    def put(path: str, of: Mapping[str, Any] | None) -> Any:
        if of is None:
            return None
        found = {**of, "attributes": _nested(by_path.get(path, {}))}
        if path == "record":
            found["parents"] = [put(f"record.parents.{n}", each) for n, each in enumerate(of.get("parents", ()))]
        return found

    values = {name: stored.get(name) for name in PARTS}
    values |= {name: put(name, stored[name]) for name in ("case", "record", "before")}
    values["attributes"] = _nested(by_path.get("customer", {}))
    values["children"] = {
        bare: [put(f"children.{bare}.{n}", each) for n, each in enumerate(each_of)]
        for bare, each_of in stored["children"].items()
    }
    at = datetime.fromisoformat(stored["at"]).astimezone(UTC)
    return make(values, counts=stored["counts"], at=at, zone=stored["zone"], place=stored["place"])


def _nested(named: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in named.items():
        owner, _, key = name.partition(".")
        found.setdefault(owner, {})[key] = value
    return found
