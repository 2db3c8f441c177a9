"""The tree over a batch's entries (RFC 6962, section 2.1): its root, and the path that proves that an entry is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

SIZE = 32
Step = tuple[str, bytes]
"""`left` or `right`: on which side the digest stands."""


def _pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _level(nodes: Sequence[bytes]) -> list[bytes]:
    """The next level up. A last one without a partner goes up as it is, which gives RFC 6962's tree."""
    paired = [_pair(nodes[at], nodes[at + 1]) for at in range(0, len(nodes) - 1, 2)]
    return [*paired, nodes[-1]] if len(nodes) % 2 else paired


def root(leaves: Sequence[bytes]) -> bytes:
    """The root of one or more digests."""
    nodes = list(leaves)
    while len(nodes) > 1:
        nodes = _level(nodes)
    return nodes[0]


def path(leaves: Sequence[bytes], index: int) -> list[Step]:
    """What to hash with the digest at `index`, from the bottom up, to come to the root."""
    nodes, found = list(leaves), []
    while len(nodes) > 1:
        other = index ^ 1
        if other < len(nodes):
            found.append(("left" if other < index else "right", nodes[other]))
        nodes, index = _level(nodes), index // 2
    return found


def climbed(leaf: bytes, steps: Sequence[Step]) -> bytes:
    """The root that a digest and its path lead to."""
    for side, other in steps:
        leaf = _pair(other, leaf) if side == "left" else _pair(leaf, other)
    return leaf
