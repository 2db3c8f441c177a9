"""A customer as a record of linkage: what is compared, by which keys pairs are found, and what an agreement weighs untaught.

Customers in both scripts go through the same comparisons: a Chinese name is compared by characters and by sound, a Latin one by
words and Jaro-Winkler. Document numbers are compared by their digests: they agree or they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.duplicates.linkage.blocking import Pass, Record, any_of, texts, together
from core.duplicates.linkage.levels import plain_address
from core.duplicates.linkage.model import Comparison, Model
from core.duplicates.linkage.sounds import sound
from core.fields.normalise import name_key

COMPARISONS = (
    Comparison(field="name", kind="name"),
    Comparison(field="born_on", kind="day"),
    Comparison(field="phone", kind="exact"),
    Comparison(field="email", kind="number"),
    Comparison(field="document", kind="document"),
    Comparison(field="address", kind="address"),
)

GIVEN = Model(
    comparisons=COMPARISONS,
    m=(
        (0.82, 0.10, 0.04, 0.04),
        (0.93, 0.05, 0.01, 0.01),
        (0.80, 0.20),
        (0.75, 0.08, 0.17),
        (0.97, 0.03),
        (0.60, 0.20, 0.10, 0.10),
    ),
    u=(
        (0.0008, 0.004, 0.02, 0.9752),
        (0.0001, 0.0015, 0.02, 0.9784),
        (0.0004, 0.9996),
        (0.0001, 0.0004, 0.9995),
        (0.000002, 0.999998),
        (0.0003, 0.003, 0.03, 0.9667),
    ),
    prior=0.0001,
)
"""What is known of people in general, until the tenant's own customers have taught better."""

UPPER, LOWER = 6.6, -1.0
"""log2 odds. From the upper on a pair is very likely one (99 %); under the lower it is not shown; between them a person looks."""

LEAST_TAUGHT = 20
"""Pairs that must be one by what was learned, so that it is believed."""


def _name_and_place(record: Record) -> Iterable[str]:
    sounds, places = texts(record.get("sound")), texts(record.get("address"))
    for each in sounds:
        for place in places:
            yield f"{each}|{plain_address(place)[:10]}"


PASSES = (
    Pass(key="phone", fixes=frozenset({"phone"}), of=any_of("phone")),
    Pass(key="email", fixes=frozenset({"email"}), of=any_of("email")),
    Pass(key="document", fixes=frozenset({"document"}), of=any_of("document")),
    Pass(key="name", fixes=frozenset({"name"}), of=together("name")),
    Pass(key="sound_born", fixes=frozenset({"name", "born_on"}), of=together("sound", "born_on")),
    Pass(key="sound_place", fixes=frozenset({"name", "address"}), of=_name_and_place),
)


def record_of(
    *,
    name: str | None,
    born_on: Any = None,
    points: Mapping[str, Iterable[str]] | None = None,
    documents: Iterable[str] = (),
) -> dict[str, Any]:
    """`points` are values of contact points by kind, `documents` are `scheme:digest`."""
    known = points or {}
    key = name_key(name) if name else ""
    return {
        "name": key or None,
        "sound": (sound(key) or None) if key else None,
        "born_on": str(born_on) if born_on else None,
        "phone": tuple(sorted(set(known.get("phone", ())))) or None,
        "email": tuple(sorted(set(known.get("email", ())))) or None,
        "address": tuple(sorted({name_key(each) for each in known.get("address", ())})) or None,
        "document": tuple(sorted(set(documents))) or None,
    }


def dumped(model: Model) -> dict[str, Any]:
    """For storing."""
    return {"m": [list(each) for each in model.m], "u": [list(each) for each in model.u], "prior": model.prior}


def loaded(settings: Mapping[str, Any] | None) -> Model:
    """A stored model; the given one for none, and where what was stored does not fit what is compared today."""
    if not settings:
        return GIVEN
    m, u = (tuple(tuple(each) for each in settings[name]) for name in ("m", "u"))
    shape = [len(each.names) for each in COMPARISONS]
    if [len(each) for each in m] != shape or [len(each) for each in u] != shape:
        return GIVEN
    return Model(comparisons=COMPARISONS, m=m, u=u, prior=float(settings["prior"]))


def believable(model: Model) -> Model:
    """What was learned, but for comparisons that few pairs taught: where the same does not speak for and different not against,
    the given weights stay."""
    m, u = list(model.m), list(model.u)
    for place, (one, two) in enumerate(zip(model.m, model.u, strict=True)):
        if not (one[0] > two[0] and one[-1] < two[-1]):
            m[place], u[place] = GIVEN.m[place], GIVEN.u[place]
    prior = min(max(model.prior, 0.00001), 0.2)
    return Model(comparisons=COMPARISONS, m=tuple(m), u=tuple(u), prior=prior)
