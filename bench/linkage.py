"""`linkage`: F1 of duplicates found without labels in the FEBRL sets, whose record numbers say which records are one person.

1. Records are read from the shared data and normalised as the product does. The truth (`rec_id`) is set aside.
2. `m` by expectation maximisation, `u` from random pairs, thresholds from the model's own odds: `core.duplicates.linkage`.
3. Records joined into one group are pairs found. Only now they are compared with the truth.
"""

from __future__ import annotations

import csv
import os
import sys
import time
from itertools import combinations
from pathlib import Path
from typing import Any

from core.duplicates.linkage.blocking import Pass, Record, any_of, pairs_of, together
from core.duplicates.linkage.clusters import clusters
from core.duplicates.linkage.model import Comparison, learn
from core.duplicates.linkage.sounds import soundex
from core.fields.normalise import name_key

SHARED = Path(os.environ.get("KEHUB_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
SETS = {"febrl1": 500, "febrl2": 1934}
"""Pairs of records that are one person, in truth."""

COMPARISONS = (
    Comparison(field="given_name", kind="word", others=("surname",)),
    Comparison(field="surname", kind="word", others=("given_name",)),
    Comparison(field="date_of_birth", kind="day"),
    Comparison(field="soc_sec_id", kind="number"),
    Comparison(field="street_number", kind="exact"),
    Comparison(field="address_1", kind="word"),
    Comparison(field="address_2", kind="word"),
    Comparison(field="suburb", kind="word", others=("address_2",)),
    Comparison(field="postcode", kind="exact"),
    Comparison(field="state", kind="exact"),
)
PASSES = (
    Pass(key="ssid", fixes=frozenset({"soc_sec_id"}), of=any_of("soc_sec_id")),
    Pass(key="born", fixes=frozenset({"date_of_birth"}), of=any_of("date_of_birth")),
    Pass(key="name", fixes=frozenset({"given_name", "surname"}), of=together("given_name", "surname")),
    Pass(key="sound", fixes=frozenset({"surname", "postcode"}), of=together("sound", "postcode")),
    Pass(key="street", fixes=frozenset({"street_number", "address_1"}), of=together("street_number", "address_1")),
    Pass(key="place", fixes=frozenset({"suburb", "given_name"}), of=together("suburb", "given_name")),
)
LIKELY, AGAINST = 0.0, -12.0
"""log2 odds: even odds make a link; 4,096 to 1 against cuts a group."""


def run() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, true_pairs in SETS.items():
        path = SHARED / "core" / f"{name}.csv"
        if not path.exists():
            print(f"{path} is not here; set KEHUB_SHARED_DATA", file=sys.stderr)
            found[name] = None
            continue
        began = time.perf_counter()
        records, truth = read(path)
        joined = duplicates(records)
        took = time.perf_counter() - began
        right = len(joined & truth)
        precision, recall = right / max(len(joined), 1), right / true_pairs
        found |= {
            name: round(2 * precision * recall / (precision + recall), 4) if right else 0.0,
            f"{name}_precision": round(precision, 4),
            f"{name}_recall": round(recall, 4),
            f"{name}_seconds": round(took, 1),
        }
        print(f"{name}: {len(joined)} pairs found, {right} of {true_pairs} right, {took:.1f} s", file=sys.stderr)
    return found


def read(path: Path) -> tuple[list[Record], set[tuple[int, int]]]:
    """The records without their numbers, and the pairs that these say are one."""
    with path.open(newline="") as source:
        rows = list(csv.DictReader(source, skipinitialspace=True))
    people: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        people.setdefault(row.pop("rec_id").split("-")[1], []).append(place)
    records: list[Record] = []
    for row in rows:
        record = {key: name_key(value) or None for key, value in row.items()}
        records.append({**record, "sound": soundex(record["surname"] or "") or None})
    return records, {pair for members in people.values() for pair in combinations(members, 2)}


def duplicates(records: list[Record]) -> set[tuple[int, int]]:
    """Pairs of records of one group, by a model learned from the records themselves."""
    model = learn(records, comparisons=COMPARISONS, passes=PASSES)
    candidates = set().union(*(pairs_of(records, each)[0] for each in PASSES))
    weighed = {pair: model.weight(model.levels(records[pair[0]], records[pair[1]])) for pair in candidates}
    links = {pair: weight for pair, weight in weighed.items() if weight >= LIKELY}
    groups = clusters(
        links, weigh=lambda one, other: model.weight(model.levels(records[one], records[other])), against=AGAINST
    )
    return {pair for members in groups for pair in combinations(members, 2)}
