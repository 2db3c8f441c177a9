"""What may be moved between the accounts of one membership: pure functions from what its lots hold to moves.

Points are earned `pending`, mature to `available`, are `reserved` for a redemption and `redeemed`, or go back; what is not used
expires. The lot that expires first is spent first. A return takes back its share of the points of its order: first from the
order's own lot, then from the others, and what is spent already becomes a debt, which the next points settle. No account of a
lot ever falls below zero, save that debt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Move:
    """`points` of a lot from the account `source` to `target`. `returned` is the lot whose order went back, if one did."""

    lot: UUID
    kind: str
    source: str
    target: str
    points: int
    returned: UUID | None = None


@dataclass(kw_only=True)
class Lot:
    """A lot, what its accounts hold, and how many points were taken back because its order went back, wherever from."""

    id: UUID
    points: int
    matures_on: date
    expires_on: date | None
    holds: dict[str, int] = field(default_factory=dict)
    taken_back: int = 0

    def of(self, account: str) -> int:
        return self.holds.get(account, 0)


class Short(Exception):
    """There are fewer points than asked for."""

    def __init__(self, *, available: int, asked: int) -> None:
        super().__init__(available, asked)
        self.available, self.asked = available, asked


class Moving:
    """The lots of a membership, the one that expires first in front, and the moves of one act on them."""

    def __init__(self, lots: Iterable[Lot], *, on: date) -> None:
        self.lots: Sequence[Lot] = sorted(lots, key=_turn)
        self.on = on
        self.made: list[Move] = []

    def add(self, lot: Lot) -> None:
        self.lots = sorted((*self.lots, lot), key=_turn)

    def held(self, account: str) -> int:
        return sum(lot.of(account) for lot in self.lots)

    def note(self, move: Move) -> None:
        """Let the lots hold what they do after a move that is in the books."""
        lot = next(each for each in self.lots if each.id == move.lot)
        lot.holds[move.source] = lot.of(move.source) - move.points
        lot.holds[move.target] = lot.of(move.target) + move.points
        for each in self.lots:
            if each.id == move.returned:
                each.taken_back += move.points

    def move(self, lot: Lot, kind: str, path: tuple[str, str], points: int, *, returned: UUID | None = None) -> int:
        """How many points were moved: none where there are none."""
        if points <= 0:
            return 0
        made = Move(lot=lot.id, kind=kind, source=path[0], target=path[1], points=points, returned=returned)
        self.note(made)
        self.made.append(made)
        return points

    def spread(self, kind: str, path: tuple[str, str], points: int, *, returned: UUID | None = None) -> int:
        """From one lot after the other, as far as they go; how many points were moved."""
        left = points
        for lot in self.lots:
            left -= self.move(lot, kind, path, min(left, lot.of(path[0])), returned=returned)
        return points - left


def _turn(lot: Lot) -> tuple[date, date, UUID]:
    return (lot.expires_on or date.max, lot.matures_on, lot.id)


def earn(moving: Moving, lot: Lot) -> None:
    """Book a new lot, which is one of the lots already."""
    moving.move(lot, "earn", ("issued", "pending"), lot.points)
    pass_days(moving)


def pass_days(moving: Moving) -> None:
    """What the days do by `moving.on`: points mature, settle a debt, and expire after their last day."""
    for lot in moving.lots:
        if lot.matures_on <= moving.on:
            moving.move(lot, "mature", ("pending", "available"), lot.of("pending"))
    moving.spread("settle", ("available", "debt"), -moving.held("debt"))
    for lot in moving.lots:
        if lot.expires_on is not None and lot.expires_on < moving.on:
            moving.move(lot, "expire", ("available", "expired"), lot.of("available"))


def reserve(moving: Moving, points: int) -> None:
    """Raises Short where fewer are available."""
    pass_days(moving)
    if moving.held("available") < points:
        raise Short(available=moving.held("available"), asked=points)
    moving.spread("reserve", ("available", "reserved"), points)


def redeem(moving: Moving, reserved: Iterable[Move]) -> None:
    """What was reserved is spent, lot by lot."""
    _again(moving, reserved, "redeem", ("reserved", "redeemed"))


def release(moving: Moving, reserved: Iterable[Move]) -> None:
    """What was reserved is available again; of a lot that expired meanwhile it expires."""
    _again(moving, reserved, "release", ("reserved", "available"))
    pass_days(moving)


def restore(moving: Moving, redeemed: Iterable[Move]) -> None:
    """What was bought with points went back, and so do the points."""
    _again(moving, redeemed, "restore", ("redeemed", "available"))
    pass_days(moving)


def _again(moving: Moving, moves: Iterable[Move], kind: str, path: tuple[str, str]) -> None:
    lots = {lot.id: lot for lot in moving.lots}
    for each in moves:
        moving.move(lots[each.lot], kind, path, each.points)


def reverse(moving: Moving, lot: Lot, *, refunded: int, paid: int) -> int:
    """Take back the part of an order's points that was refunded of what was paid, less what was taken before; half up.

    How many points were taken. `refunded` is all that was refunded so far, `paid` more than zero, both in the same unit.
    """
    pass_days(moving)
    part = min(max(refunded, 0), paid)
    wanted = (2 * lot.points * part + paid) // (2 * paid) - lot.taken_back
    left = wanted
    for account in ("pending", "available"):
        left -= moving.move(lot, "reverse", (account, "reversed"), min(left, lot.of(account)), returned=lot.id)
    left -= moving.spread("reverse", ("available", "reversed"), left, returned=lot.id)
    moving.move(lot, "reverse", ("debt", "reversed"), left, returned=lot.id)
    return max(wanted, 0)


def next_day(moving: Moving) -> date | None:
    """The next day on which the days alone will move something: a lot matures, or is past its last day."""
    days = [lot.matures_on for lot in moving.lots if lot.of("pending")]
    days += [
        lot.expires_on + timedelta(days=1)
        for lot in moving.lots
        if lot.expires_on is not None and (lot.of("available") or lot.of("pending"))
    ]
    return min((day for day in days if day > moving.on), default=None)
