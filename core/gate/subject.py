"""The documented subject of an outbound contact: what rules read, what is kept, and the subject of a kept decision.

    {"customer": {"kind", "state", "country", "grade", "time_zone"}, "attributes": {"<vertical>": {...as stored...}},
     "purpose", "channel", "at": aware datetime, "local_time": time,
     "consents": {"marketing:phone": "granted|withdrawn|never"}, "do_not_contact": ["marketing", ...],
     "interactions": {"day", "week", "month", "same_purpose": {"day", "week", "month"}, "past": ((purpose, time), ...)},
     "open_complaints": n,
     "contact_points": ["phone", ...], "leased_until": datetime | None,
     "segments": ("<vertical>.<key>", ...): of those that rules name, "treatment": {"contact_cap", "priority",
     "offer_ceiling_minor"}: what the live scheme says of the customer's grade, if a condition names it; else empty}

Everything in it is read only. Of the attributes only those a rule has read are kept, and personal ones under the
customer's data key: a decision replays as long as the customer is not erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from core.audit import keys
from core.conditions import ValueType, flatten
from core.gate.facts import CHANNELS, PURPOSES, Past, Question
from core.plugin.catalog import CatalogView

CORE_TYPES: Mapping[str, ValueType] = MappingProxyType(
    {
        "kind": ValueType(kind="text"),
        "state": ValueType(kind="text"),
        "country": ValueType(kind="text"),
        "purpose": ValueType(kind="choice", choices=frozenset(PURPOSES)),
        "channel": ValueType(kind="choice", choices=frozenset(CHANNELS)),
        "consent": ValueType(kind="choice", choices=frozenset({"granted", "withdrawn", "never"})),
        "open_complaints": ValueType(kind="integer"),
        "interactions.day": ValueType(kind="integer"),
        "interactions.week": ValueType(kind="integer"),
        "interactions.month": ValueType(kind="integer"),
        "customer.grade": ValueType(kind="text"),
        "segments": ValueType(kind="choices"),
        "treatment.contact_cap": ValueType(kind="integer"),
        "treatment.priority": ValueType(kind="integer"),
        "treatment.offer_ceiling_minor": ValueType(kind="integer"),
    }
)
"""What a rule's condition may name besides the fields of customers. `consent` is that for this purpose and channel."""


class Reads(Protocol):
    """What of rules a subject must know (`prepared.Panel`, which stands above this module)."""

    @property
    def reads(self) -> frozenset[str]: ...


class Noted(Mapping[str, Any]):
    """Attributes by vertical, read only, that note which of them were looked for: their names, or `(holder, name)`.

    A vertical without attributes is an empty mapping, so that a rule meets the same on the facts that a decision kept.
    """

    def __init__(self, held: Mapping[str, Any], read: set[Any], *, holder: str = "", prefix: str = "") -> None:
        self._held, self._read, self._holder, self._prefix = held, read, holder, prefix
        self._of: dict[str, Noted] = {}

    def __getitem__(self, key: str) -> Any:
        if self._prefix:
            self._note(key)
            return self._held[key]
        found = self._of.get(key)
        if found is None:
            of = self._held.get(key)
            own = of if isinstance(of, Mapping) else {}
            found = self._of[key] = Noted(own, self._read, holder=self._holder, prefix=f"{key}.")
        return found

    def get(self, key: str, default: Any = None) -> Any:
        if not self._prefix:
            return self[key]
        self._note(key)
        return self._held.get(key, default)

    def __iter__(self) -> Iterator[str]:
        for key in self._held:
            self._note(key)
            yield key

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _note(self, key: str) -> None:
        if self._prefix:
            name = self._prefix + key
            self._read.add((self._holder, name) if self._holder else name)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`values` is what rules get, `plain` the same without attributes as JSON has it; `read` grows as they read attributes."""

    values: Mapping[str, Any]
    plain: Mapping[str, Any]
    attributes: Mapping[str, Mapping[str, Any]]
    read: set[str]
    zone: ZoneInfo

    @property
    def at(self) -> datetime:
        moment: datetime = self.values["at"]
        return moment

    @property
    def past(self) -> Sequence[Past]:
        """The contacts of the last 30 days."""
        found: Sequence[Past] = self.values["interactions"]["past"]
        return found

    def note(self, panel: Reads) -> None:
        self.read.update(panel.reads)

    def values_for(self, owner: str) -> Mapping[str, Any]:  # noqa: ARG002 - the same for all verticals
        return self.values

    def flat(self, owner: str) -> Mapping[str, Any]:  # noqa: ARG002 - the same for all verticals
        return self._flat

    @cached_property
    def _flat(self) -> Mapping[str, Any]:
        """For conditions: fields of customers by qualified name, and the names of CORE_TYPES."""
        values, customer = self.values, self.values["customer"]
        counts = values["interactions"]
        purpose = "marketing" if values["purpose"] == "retention" else values["purpose"]
        return {
            **flatten(self.attributes),
            **{name: customer[name] for name in ("kind", "state", "country")},
            **{name: values[name] for name in ("purpose", "channel", "open_complaints")},
            **{f"interactions.{name}": counts[name] for name in ("day", "week", "month")},
            **{f"treatment.{name}": value for name, value in values["treatment"].items()},
            "consent": values["consents"].get(f"{purpose}:{values['channel']}", "never"),
            "customer.grade": customer.get("grade"),
            "segments": values["segments"],
        }


def from_facts(facts: Mapping[str, Any], question: Question) -> Subject:
    """The subject of a decision to be made. Missing counts are zero: who knows nothing has counted nothing."""
    customer = facts["customer"]
    counts = facts.get("interactions", {})
    return _subject(
        {
            "customer": customer,
            "purpose": question.purpose,
            "channel": question.channel,
            "consents": facts.get("consents", {}),
            "do_not_contact": sorted(facts.get("do_not_contact", ())),
            "interactions": {
                **{span: counts.get(span, 0) for span in ("day", "week", "month")},
                "same_purpose": {"day": 0, "week": 0, "month": 0} | dict(counts.get("same_purpose", {})),
                "past": tuple(counts.get("past", ())),
            },
            "open_complaints": facts.get("open_complaints", 0),
            "contact_points": sorted(facts.get("contact_points", ())),
            "leased_until": facts.get("leased_until"),
            "segments": list(facts.get("segments", ())),
            "treatment": dict(facts.get("treatment", {})),
        },
        attributes=facts.get("attributes", {}),
        at=question.at,
    )


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _subject(values: dict[str, Any], *, attributes: Mapping[str, Mapping[str, Any]], at: datetime) -> Subject:
    zone = zone_of(values["customer"]["time_zone"])
    read: set[str] = set()
    whole = {
        **values,
        "attributes": Noted(attributes, read),
        "at": at,
        "local_time": at.astimezone(zone).time(),
    }
    return Subject(values=frozen(whole), plain=values, attributes=attributes, read=read, zone=zone)


def frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(each) for key, each in value.items()})
    if isinstance(value, list):
        return tuple(frozen(each) for each in value)
    return value


KEPT = (
    "customer", "purpose", "channel", "consents", "do_not_contact", "interactions", "open_complaints", "contact_points",
    "segments", "treatment",
)  # fmt: skip
LATER: Mapping[str, Any] = MappingProxyType({"segments": (), "treatment": MappingProxyType({})})
"""Parts that decisions of earlier days did not keep."""


def kept(subject: Subject, *, view: CatalogView, data_key: bytes | None, question: Question) -> dict[str, Any]:
    """What the decision stores. A personal attribute without a data key to seal it with is left out."""
    fields = view.all_fields()
    plain: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for name, value in flatten(subject.attributes).items():
        if name in subject.read:
            field = fields.get(name)
            (plain if field is not None and field.sensitivity == "plain" else personal)[name] = value
    found = {name: subject.plain[name] for name in KEPT}
    past = [[each.purpose, each.at.isoformat()] for each in subject.past]
    found["interactions"] = {**found["interactions"], "past": past}
    until = subject.values["leased_until"]
    found["read"] = sorted(subject.read)
    found |= {"at": subject.at.isoformat(), "attributes": plain, "leased_until": until.isoformat() if until else None}
    if personal and data_key is not None:
        tenant_id = question.context.tenant_id
        clear = orjson.dumps(personal).decode()
        found["sealed"] = keys.encrypt(clear, data_key=data_key, tenant_id=tenant_id).hex()
    return found


def from_kept(stored: Mapping[str, Any], *, personal: Mapping[str, Any] | None = None) -> Subject:
    """The subject a stored decision was made on. `personal` are its sealed attributes, opened."""
    attributes: dict[str, dict[str, Any]] = {}
    for name, value in {**stored["attributes"], **(personal or {})}.items():
        owner, _, key = name.partition(".")
        attributes.setdefault(owner, {})[key] = value
    until = stored.get("leased_until")
    values = {**LATER, **{name: stored[name] for name in KEPT if name not in LATER or name in stored}}
    past = stored["interactions"].get("past", ())
    moments = tuple(Past(purpose, datetime.fromisoformat(at)) for purpose, at in past)
    values["interactions"] = {**stored["interactions"], "past": moments}
    values["leased_until"] = datetime.fromisoformat(until) if until else None
    return _subject(values, attributes=attributes, at=datetime.fromisoformat(stored["at"]).astimezone(UTC))


def thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: thawed(each) for key, each in value.items()}
    if isinstance(value, tuple) and not isinstance(value, Past):
        return [thawed(each) for each in value]
    return value
