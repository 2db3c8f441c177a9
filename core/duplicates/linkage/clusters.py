"""Groups of records that are one, from pairs that are likely one, with a check against chains.

Not every customer has exactly two records, so groups are the connected components of the pairs. A chain (A like B, B like C, but A
and C plainly two) would join strangers through one record that resembles both: within a group each pair is asked, and where one
speaks clearly against, the group is cut at its weakest link until none does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import combinations

Pair = tuple[int, int]


def clusters(links: Mapping[Pair, float], *, weigh: Callable[[int, int], float], against: float) -> list[list[int]]:
    """Groups of two or more. `links` are pairs with their weights, `weigh` gives that of any pair, and one of two records of a
    group below `against` cuts it."""
    found = []
    waiting = [dict(links)]
    while waiting:
        edges = waiting.pop()
        for members in _components(edges):
            inside = {pair: weight for pair, weight in edges.items() if pair[0] in members}
            if _holds(members, inside, weigh, against):
                found.append(sorted(members))
            else:
                inside.pop(min(inside, key=lambda pair: inside[pair]))
                waiting.append(inside)
    return sorted(found)


def _holds(members: set[int], links: Mapping[Pair, float], weigh: Callable[[int, int], float], against: float) -> bool:
    pairs = combinations(sorted(members), 2)
    return all(pair in links or weigh(*pair) >= against for pair in pairs)


def _components(links: Mapping[Pair, float]) -> list[set[int]]:
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in links:
        near[one].add(other)
        near[other].add(one)
    left, found = set(near), []
    while left:
        reached, edge = set(), [left.pop()]
        while edge:
            here = edge.pop()
            if here not in reached:
                reached.add(here)
                edge += near[here] - reached
        left -= reached
        found.append(reached)
    return found
