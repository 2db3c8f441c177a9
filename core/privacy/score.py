"""How unusual a person's reveals are among their peers: same engagement, same role (`reveal_z`, version 1).

    x = reveals / worked cases of the person       (at least one case counts, so that reveals without work weigh most)
    mu = reveals of the peers / their worked cases   (the person left out: in a team of five nobody else could reach z = 2)
    sigma = max(deviation of the peers' rates, sqrt(mu' / cases)), mu' = max(mu, 1 / the peers' cases)
    z = (x - mu) / sigma

The second term is what chance alone gives (Poisson): where nobody reveals anything, one reveal is no alarm. Without two peers
there is no z. A person with fewer than `LEAST` reveals is not unusual, whatever z says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import pstdev
from typing import TypeVar

FORMULA = "reveal_z@1"
LEAST = 5
PEERS = 2

K = TypeVar("K")


@dataclass(frozen=True)
class Counted:
    """What one person did in the period."""

    reveals: int
    cases: int

    @property
    def rate(self) -> float:
        return self.reveals / max(self.cases, 1)


@dataclass(frozen=True, kw_only=True)
class Scored:
    rate: float
    peers: int
    mean: float | None = None
    deviation: float | None = None
    z: float | None = None

    def unusual(self, counted: Counted, *, threshold: float) -> bool:
        return self.z is not None and self.z >= threshold and counted.reveals >= LEAST


def scores(group: Mapping[K, Counted]) -> dict[K, Scored]:
    """Each person of one group of peers. Pure."""
    return {key: _score(one, [other for name, other in group.items() if name != key]) for key, one in group.items()}


def _score(one: Counted, peers: Sequence[Counted]) -> Scored:
    if len(peers) < PEERS:
        return Scored(rate=one.rate, peers=len(peers))
    cases = sum(max(each.cases, 1) for each in peers)
    mean = sum(each.reveals for each in peers) / cases
    chance = sqrt(max(mean, 1 / cases) / max(one.cases, 1))
    deviation = max(pstdev(each.rate for each in peers), chance)
    return Scored(rate=one.rate, peers=len(peers), mean=mean, deviation=deviation, z=(one.rate - mean) / deviation)
