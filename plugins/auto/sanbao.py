"""The 三包 articles as one pure function: what a vehicle's repairs entitle its consumer to, and how near they come.

`evaluate_sanbao(vehicle, repairs, now, parameters)` follows 《家用汽车产品修理更换退货责任规定》 (2021, No. 43),
articles 18 to 24, 27 and 40. Its readings where the text leaves room: a period of days ends with its last day, that of
the beginning not counted; a mileage that is not known limits nothing; "replaced twice" counts each assembly and each
main part by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import ceil
from typing import Any, Literal
from zoneinfo import ZoneInfo

LAW_ZONE = ZoneInfo("Asia/Shanghai")
"""Where the law holds, and so where its days begin and end."""

ASSEMBLIES = frozenset({"engine", "transmission", "battery", "motor"})
SYSTEMS = ASSEMBLIES | {"steering", "brakes", "suspension", "drivetrain", "emissions", "body"}
"""Whose main parts article 24 (1) (三) names."""

Remedy = Literal["replace_assembly", "loaner", "replace_or_refund"]


@dataclass(frozen=True, kw_only=True)
class Vehicle:
    """`warranty_years` and `warranty_km` as the maker promises; the law's are the least. `use_factor` in percent."""

    covered_from: date | None
    odometer: int | None = None
    warranty_years: int = 0
    warranty_km: int = 0
    price_minor: int | None = None
    use_factor: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Repair:
    """One repair. `part` names the main part, `problem` what was wrong; `resolved` is None while nobody knows."""

    opened_at: datetime
    closed_at: datetime | None = None
    odometer: int | None = None
    category: str = "other"
    part: str = ""
    problem: str = ""
    safety: bool = False
    incident: str = ""
    quality: bool = True
    assembly_replaced: bool = False
    part_replaced: bool = False
    resolved: bool | None = None
    excluded_hours: int = 0

    @property
    def day(self) -> date:
        return self.opened_at.astimezone(LAW_ZONE).date()

    def days(self, now: datetime, *, without_excluded: bool = False) -> int:
        """Begun days of 24 hours (article 40); an open repair lasts until now."""
        hours = Decimal(((self.closed_at or now) - self.opened_at) / timedelta(hours=1))
        if without_excluded:
            hours -= self.excluded_hours
        return max(0, ceil(hours / 24))


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the consumer may ask for, and the article that says so."""

    article: str
    remedy: Remedy


@dataclass(frozen=True, kw_only=True)
class Near:
    """A counter of article 24 that has come to one below its end: `count` of more than, or of, `limit`."""

    article: str
    count: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """`under_warranty` and `in_sanbao` as of now. `compensation_minor` is what article 27 lets the seller keep."""

    under_warranty: bool
    in_sanbao: bool
    grounds: Sequence[Ground] = ()
    near: Sequence[Near] = ()
    repair_days: int = 0
    compensation_minor: int | None = None

    @property
    def may_return(self) -> bool:
        return any(each.remedy == "replace_or_refund" for each in self.grounds)


def evaluate_sanbao(
    vehicle: Vehicle, repairs: Sequence[Repair], now: datetime, parameters: Mapping[str, Any]
) -> Assessment:
    """What holds now. Without a day from which the warranty counts, nothing is known and nothing is claimed."""
    begun = vehicle.covered_from
    if begun is None:
        return Assessment(under_warranty=False, in_sanbao=False)
    terms = {key: int(value) for key, value in parameters.items() if key != "use_factor_max"}
    ordered = sorted((each for each in repairs if each.quality), key=lambda each: each.opened_at)
    warranty = covered_until(begun, max(terms["warranty_years"], vehicle.warranty_years))
    warranty_km = max(terms["warranty_km"], vehicle.warranty_km)
    sanbao = covered_until(begun, terms["sanbao_years"])
    today = now.astimezone(LAW_ZONE).date()
    counted = [each for each in ordered if _within(each, until=sanbao, km=terms["sanbao_km"])]
    grounds = [
        *_early(ordered, begun, terms),
        *_loaners([each for each in ordered if _within(each, until=warranty, km=warranty_km)], now, terms),
    ]
    returns, near, days = _of_article_24(counted, now, terms)
    return Assessment(
        under_warranty=today <= warranty and _below(vehicle.odometer, warranty_km),
        in_sanbao=today <= sanbao and _below(vehicle.odometer, terms["sanbao_km"]),
        grounds=tuple(dict.fromkeys([*grounds, *returns])),
        near=tuple(near),
        repair_days=days,
        compensation_minor=_compensation(vehicle, parameters) if returns else None,
    )


def covered_until(begun: date, years: int) -> date:
    """The last day of a period of years: that of the same date, or the last of its month."""
    try:
        return begun.replace(year=begun.year + years)
    except ValueError:  # the 29th of February
        return begun.replace(year=begun.year + years, day=28)


def _below(odometer: int | None, km: int) -> bool:
    return odometer is None or odometer <= km


def _within(repair: Repair, *, until: date, km: int) -> bool:
    return repair.day <= until and _below(repair.odometer, km)


def _early(repairs: Sequence[Repair], begun: date, terms: Mapping[str, int]) -> Iterator[Ground]:
    """Articles 20, 22 and 23: what breaks in the first days."""
    early, first = begun + timedelta(days=terms["early_days"]), begun + timedelta(days=terms["first_days"])
    for each in repairs:
        if each.category in ASSEMBLIES and each.day <= first and (each.assembly_replaced or each.part_replaced):
            yield Ground(article="22", remedy="replace_or_refund")
        if _within(each, until=early, km=terms["early_km"]):
            if each.incident:
                yield Ground(article="23", remedy="replace_or_refund")
            if each.category in ASSEMBLIES and each.part:
                yield Ground(article="20", remedy="replace_assembly")


def _loaners(repairs: Sequence[Repair], now: datetime, terms: Mapping[str, int]) -> Iterator[Ground]:
    """Article 21: waiting for parts counts, whatever the parts are."""
    if any(each.days(now) > terms["loaner_days"] for each in repairs):
        yield Ground(article="21", remedy="loaner")


def _of_article_24(
    repairs: Sequence[Repair], now: datetime, terms: Mapping[str, int]
) -> tuple[list[Ground], list[Near], int]:
    returns: list[Ground] = []
    near: list[Near] = []

    def count(article: str, number: int, *, limit: int, warn_at: int, over: bool) -> None:
        if over:
            returns.append(Ground(article=article, remedy="replace_or_refund"))
        elif number >= warn_at:
            near.append(Near(article=article, count=number, limit=limit))

    safety = [each for each in repairs if each.safety]
    limit = terms["safety_repairs"]
    over = len(safety) > limit or (len(safety) == limit and safety[-1].resolved is False)
    count("24(1)(一)", len(safety), limit=limit, warn_at=limit - 1, over=over)
    limit = terms["replacements"]
    for article, replaced in (("24(1)(二)", _assemblies(repairs)), ("24(1)(三)", _main_parts(repairs))):
        number = max((len(each) for each, _ in replaced), default=0)
        over = any(len(each) >= limit and _still_broken(each, since) for each, since in replaced)
        count(article, number, limit=limit, warn_at=limit - 1, over=over)
    days = sum(each.days(now, without_excluded=True) for each in repairs)
    limit = terms["repair_days"]
    count("24(1)(四)", days, limit=limit, warn_at=terms["warn_repair_days"], over=days > limit)
    problems = Counter(each.problem for each in repairs if each.problem)
    same, limit = max(problems.values(), default=0), terms["same_problem_repairs"]
    count("24(1)(四)", same, limit=limit, warn_at=limit, over=same > limit)
    return returns, near, days


Replacements = list[tuple[list[Repair], list[Repair]]]
"""For each assembly or part: the repairs that replaced it, and all repairs of it."""


def _assemblies(repairs: Sequence[Repair]) -> Replacements:
    found = []
    for category in sorted(ASSEMBLIES):
        of = [each for each in repairs if each.category == category]
        found.append(([each for each in of if each.assembly_replaced], of))
    return found


def _main_parts(repairs: Sequence[Repair]) -> Replacements:
    """A part that went with its assembly is counted there (article 24 (2))."""
    named = sorted({(each.category, each.part) for each in repairs if each.part and each.category in SYSTEMS})
    found = []
    for category, part in named:
        of = [each for each in repairs if (each.category, each.part) == (category, part)]
        found.append(([each for each in of if each.part_replaced and not each.assembly_replaced], of))
    return found


def _still_broken(replaced: Sequence[Repair], of: Sequence[Repair]) -> bool:
    """It does not work after the last replacement: that did not help, or it came back."""
    last = replaced[-1]
    return last.resolved is False or any(each.opened_at > last.opened_at for each in of)


def _compensation(vehicle: Vehicle, parameters: Mapping[str, Any]) -> int | None:
    """Price x kilometres / 1000 x n, with n as certified, at most what the law allows."""
    if vehicle.price_minor is None or vehicle.odometer is None:
        return None
    most = Decimal(parameters["use_factor_max"])
    factor = min(vehicle.use_factor if vehicle.use_factor is not None else most, most) / 100
    exact = Decimal(vehicle.price_minor) * vehicle.odometer / 1000 * factor
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, kw_only=True)
class Jump:
    """Two readings that do not fit: the counter went back, or on faster than a car can."""

    kind: Literal["back", "fast"]
    earlier: int
    later: int
    read_at: datetime


def odometer_jumps(readings: Sequence[Mapping[str, Any]], *, tolerance: int, km_per_day: int) -> Sequence[Jump]:
    """What does not fit in a series, the newest first. A reading marked as replaced or rolled over begins the series anew."""
    series = []
    for each in sorted(readings, key=lambda each: each["read_at"], reverse=True):
        series.append(each)
        if each["status"] in ("replaced", "rolledover"):
            break
    found = []
    for later, earlier in pairwise(series):
        driven = later["value"] - earlier["value"]
        days = (later["read_at"] - earlier["read_at"]) / timedelta(days=1)
        if driven < -tolerance:
            found.append(Jump(kind="back", earlier=earlier["value"], later=later["value"], read_at=later["read_at"]))
        elif driven > km_per_day * max(days, 1):
            found.append(Jump(kind="fast", earlier=earlier["value"], later=later["value"], read_at=later["read_at"]))
    return found
