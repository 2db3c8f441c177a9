"""The model of Fellegi and Sunter (1969): what an agreement weighs, and how likely two records are one.

`m` is how often a level is seen among records of one customer, `u` among those of two. A level weighs log2(m / u); a missing value
weighs nothing. The weights and the prior, log2 of the odds that any two compared records are one, sum up to the log2 odds of the
pair. Learned without labels: `u` from random pairs, which are almost never one; `m` by expectation maximisation over the pairs of
each blocking pass, for the comparisons that its key does not fix (Winkler 2000; Linacre 2022).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp2, log2

from core.duplicates.linkage.blocking import Pass, Record, pairs_of
from core.duplicates.linkage.levels import LEVELS, level

LEAST = 1e-6
ROUNDS = 60
SETTLED = 1e-5
RANDOM_PAIRS = 60_000

Levels = tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A field that is compared, and how: a kind of `LEVELS`. `others` are fields whose values may stand in its place."""

    field: str
    kind: str
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return LEVELS[self.kind][1]


@dataclass(frozen=True, kw_only=True)
class Term:
    """What one comparison adds: the level's name, and its weight in bits."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class Model:
    comparisons: tuple[Comparison, ...]
    m: tuple[tuple[float, ...], ...]
    u: tuple[tuple[float, ...], ...]
    prior: float = 0.001
    """The share of compared pairs that are one."""
    _weights: list[list[float]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        weights = [
            [log2(one / two) for one, two in zip(*each, strict=True)] for each in zip(self.m, self.u, strict=True)
        ]
        object.__setattr__(self, "_weights", weights)

    def levels(self, left: Record, right: Record) -> Levels:
        return tuple(_level(each, left, right) for each in self.comparisons)

    def weight(self, levels: Levels) -> float:
        """log2 of the odds that the two are one."""
        return self.start + sum(
            weights[found] for weights, found in zip(self._weights, levels, strict=True) if found is not None
        )

    @property
    def start(self) -> float:
        """log2 of the odds before anything is compared."""
        return log2(self.prior / (1 - self.prior))

    def trace(self, levels: Levels) -> list[Term]:
        """The terms of a weight, in order of the comparisons; `missing` weighs nothing."""
        found = []
        for each, weights, reached in zip(self.comparisons, self._weights, levels, strict=True):
            name = "missing" if reached is None else each.names[reached]
            found.append(Term(field=each.field, level=name, weight=0.0 if reached is None else weights[reached]))
        return found


def probability(weight: float) -> float:
    """Of log2 odds."""
    bound = max(-60.0, min(60.0, weight))
    return 1 / (1 + exp2(-bound))


def _level(comparison: Comparison, left: Record, right: Record) -> int | None:
    compare = LEVELS[comparison.kind][0]
    found = level(compare, left.get(comparison.field), right.get(comparison.field))
    if found == 0 or not comparison.others:
        return found
    for other in comparison.others:  # given name and surname in each other's place
        one = level(compare, left.get(comparison.field), right.get(other))
        two = level(compare, left.get(other), right.get(comparison.field))
        if one == 0 and two == 0:
            return 1
    return found


def learn(
    records: Sequence[Record],
    *,
    comparisons: Sequence[Comparison],
    passes: Sequence[Pass],
    seed: int = 1,
    start: Model | None = None,
    random_pairs: int = RANDOM_PAIRS,
) -> Model:
    """A model learned from the records themselves, without labels. `start` is kept where a comparison taught nothing."""
    comparisons = tuple(comparisons)
    blocks = [(each, pairs_of(records, each)[0]) for each in passes]
    union: set[tuple[int, int]] = set().union(*(found for _each, found in blocks))
    cache: dict[tuple[int, int], Levels] = {}
    bare = start or untaught(comparisons)
    for one, other in union:
        cache[one, other] = bare.levels(records[one], records[other])
    u = _by_chance(records, bare, seed=seed, most=random_pairs)
    seen: dict[int, list[tuple[float, list[float]]]] = defaultdict(list)
    for each, found in blocks:
        free = [place for place, one in enumerate(comparisons) if one.field not in each.fixes]
        if len(found) >= 10 and free:
            matches, m = _maximise(Counter(cache[pair] for pair in found), free, bare.m, u)
            for place in free:
                seen[place].append((matches, m[place]))
    learned = tuple(_mean(seen[place], bare.m[place]) for place in range(len(comparisons)))
    return Model(comparisons=comparisons, m=learned, u=u, prior=_prior(Counter(cache.values()), learned, u))


def untaught(comparisons: tuple[Comparison, ...]) -> Model:
    """Where learning begins: records of one customer mostly agree, those of two mostly differ."""
    m = tuple(_spread(len(each.names), 0.9) for each in comparisons)
    u = tuple(tuple(reversed(_spread(len(each.names), 0.9))) for each in comparisons)
    return Model(comparisons=comparisons, m=m, u=u)


def _spread(levels: int, first: float) -> tuple[float, ...]:
    rest = (1 - first) / (levels - 1)
    return (first, *([rest] * (levels - 1)))


def _by_chance(records: Sequence[Record], model: Model, *, seed: int, most: int) -> tuple[tuple[float, ...], ...]:
    """How often each level is seen between two records taken at random."""
    chance = random.Random(seed)  # noqa: S311 - a sample, nothing secret
    counts = [[1e-2] * len(each.names) for each in model.comparisons]
    many = len(records)
    for _ in range(min(most, many * (many - 1) // 2)):
        one, other = chance.randrange(many), chance.randrange(many)
        if one == other:
            continue
        for count, reached in zip(counts, model.levels(records[one], records[other]), strict=True):
            if reached is not None:
                count[reached] += 1
    return tuple(_shares(count) for count in counts)


def _shares(counts: Iterable[float]) -> tuple[float, ...]:
    listed = [max(each, LEAST) for each in counts]
    total = sum(listed)
    return tuple(max(each / total, LEAST) for each in listed)


def _maximise(
    patterns: Mapping[Levels, int],
    free: Sequence[int],
    first: Sequence[Sequence[float]],
    u: Sequence[Sequence[float]],
) -> tuple[float, dict[int, list[float]]]:
    """EM over the patterns of one pass: how many of its pairs are one, and `m` of the comparisons that are free."""
    m = {place: list(first[place]) for place in free}
    share, total = 0.2, sum(patterns.values())
    for _ in range(ROUNDS):
        counts = {place: [1e-3] * len(m[place]) for place in free}
        matches = 0.0
        for levels, times in patterns.items():
            one, two = share, 1 - share
            for place in free:
                reached = levels[place]
                if reached is not None:
                    one, two = one * m[place][reached], two * u[place][reached]
            likely = times * one / (one + two) if one + two else 0.0
            matches += likely
            for place in free:
                reached = levels[place]
                if reached is not None:
                    counts[place][reached] += likely
        before, share = share, min(max(matches / total, LEAST), 1 - LEAST)
        m = {place: list(_shares(counts[place])) for place in free}
        if abs(before - share) < SETTLED:
            break
    return share * total, m


def _mean(seen: Sequence[tuple[float, list[float]]], first: Sequence[float]) -> tuple[float, ...]:
    """Over the passes, each by how many of its pairs are one."""
    weight = sum(matches for matches, _m in seen)
    if weight < 1:
        return tuple(first)
    return _shares([sum(matches * m[place] for matches, m in seen) / weight for place in range(len(first))])


def _prior(patterns: Mapping[Levels, int], m: Sequence[Sequence[float]], u: Sequence[Sequence[float]]) -> float:
    """The share of all compared pairs that are one, `m` and `u` given."""
    share, total = 0.1, sum(patterns.values())
    if not total:
        return 0.001
    odds = []
    for levels, times in patterns.items():
        ratio = 1.0
        for place, reached in enumerate(levels):
            if reached is not None:
                ratio *= m[place][reached] / u[place][reached]
        odds.append((ratio, times))
    for _ in range(ROUNDS):
        matches = sum(times * share * ratio / (share * ratio + 1 - share) for ratio, times in odds)
        before, share = share, min(max(matches / total, LEAST), 1 - 1e-3)
        if abs(before - share) < SETTLED:
            break
    return share
