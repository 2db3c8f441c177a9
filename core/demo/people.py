"""Made-up customers: name, telephone, e-mail, address and document number, each valid in form and nobody's.

Telephone numbers end in `0000` to `0009` and four digits, e-mail addresses are of the reserved domains, and document numbers
have serial numbers no registry reaches. Within one list no number comes twice. The same seed gives the same people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from stdnum.cn import ric, uscc

from core.demo import names, places
from core.demo.names import Gender

MOBILE = (
    130,
    131,
    133,
    135,
    136,
    137,
    138,
    139,
    150,
    151,
    152,
    155,
    158,
    159,
    166,
    176,
    180,
    181,
    185,
    186,
    188,
    189,
    191,
)
MOST = 10_000
"""A list may be as long as this: four digits tell its people apart."""
SERIALS = 25
OLD_DISTRICTS = ("310104", "320102", "330102", "110105")
ORGANISATIONS = 0.03
FOREIGNERS = 0.03


@dataclass(frozen=True, kw_only=True)
class Person:
    """A customer before it has a row. `documents` are `(scheme, number)`, `contacts` `(name, role)`."""

    kind: str
    name: str
    salutation: str | None
    born_on: date | None
    phone: str
    email: str
    address: str
    region: str
    time_zone: str | None
    locale: str
    documents: tuple[tuple[str, str], ...]
    contacts: tuple[tuple[str, str], ...] = ()


def drawn(random: Random, index: int, *, today: date, known: Mapping[str, Any] | None = None) -> Person:
    """Number `index` of a list. `known` may say `gender` and `senior_citizen`, so that the person agrees with them."""
    if not 0 <= index < MOST:
        raise ValueError(f"a list has at most {MOST} people")
    what = random.random()
    if what < ORGANISATIONS:
        return _organisation(random, index)
    known = known or {}
    gender: Gender = known["gender"] if known.get("gender") in ("female", "male") else random.choice(("female", "male"))
    return _person(random, index, gender, _birthday(random, index, today, known), foreign=what > 1 - FOREIGNERS)


def _birthday(random: Random, index: int, today: date, known: Mapping[str, Any]) -> date:
    """A day that, with the serial number, makes the document number unlike any other of the list."""
    senior = known.get("senior_citizen", random.random() < 0.12)
    years = random.randint(67, 84) if senior else round(random.triangular(20, 62, 36))
    born = today - timedelta(days=round(years * 365.25) + random.randint(0, 364))
    days = MOST // SERIALS
    return born + timedelta(days=(index // SERIALS - born.toordinal()) % days)


def _person(random: Random, index: int, gender: Gender, born: date, *, foreign: bool) -> Person:
    place = places.drawn(random)
    district, code = random.choice(place.districts)
    name = (names.english if foreign else names.chinese)(random, gender=gender)
    number = _passport(index) if foreign else _identity(code, born, index, gender)
    titles = {"female": "Ms", "male": "Mr"} if foreign else {"female": "女士", "male": "先生"}
    return Person(
        kind="person",
        name=name.shown,
        salutation=titles[gender],
        born_on=born,
        phone=_mobile(random, index),
        email=f"{name.latin}{index:04}@{'example.com' if foreign else 'example.cn'}",
        address=places.address(random, place, district),
        region=place.city,
        time_zone=place.time_zone,
        locale="en" if foreign else "zh-CN",
        documents=(("document:passport" if foreign else "document:ric", number),),
    )


def _organisation(random: Random, index: int) -> Person:
    place = places.drawn(random)
    district, code = random.choice(place.districts)
    roles = random.sample(("采购负责人", "行政负责人", "财务负责人"), random.choice((1, 2)))
    people = [names.chinese(random, gender=random.choice(("female", "male"))) for _ in roles]
    body = f"91{code}MA99{index:05}"
    return Person(
        kind="organisation",
        name=names.company(random, city=place.city),
        salutation=None,
        born_on=None,
        phone=_mobile(random, index),
        email=f"office{index:04}@example.cn",
        address=places.office(random, place, district),
        region=place.city,
        time_zone=place.time_zone,
        locale="zh-CN",
        documents=(("document:uscc", body + str(uscc.calc_check_digit(body))),),
        contacts=tuple((name.shown, role) for name, role in zip(people, roles, strict=True)),
    )


def _mobile(random: Random, index: int) -> str:
    """E.164. 7919 is a prime, so the last four digits do not come twice and do not run in order."""
    return f"+86{random.choice(MOBILE)}000{random.randint(0, 9)}{index * 7919 % MOST:04}"


def _identity(district: str, born: date, index: int, gender: Gender) -> str:
    """A resident identity number (GB 11643), of another district where this one is younger than the person."""
    for code in (district, *OLD_DISTRICTS):
        body = f"{code}{born:%Y%m%d}{_serial(index, gender):03}"
        number = body + str(ric.calc_check_digit(f"{body}0"))
        if ric.is_valid(number):
            return number
    raise ValueError(f"no district is as old as {born}")


def _serial(index: int, gender: Gender) -> int:
    """950 to 999, which registries do not reach; odd for men."""
    return 950 + index % SERIALS * 2 + (gender == "male")


def _passport(index: int) -> str:
    return f"X{index * 7919 % MOST:04}0000"
