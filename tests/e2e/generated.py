"""Customers nobody has: names, telephone numbers, e-mail addresses and identity cards that are valid and made up."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from stdnum.cn import ric

SURNAMES = "赵钱孙李周吴郑冯陈褚"
GIVEN = ("彧璟", "翀珩", "昶淏", "骁峤", "沄楹", "濯缨")
"""Characters that no page of ours uses, so that finding one means finding a name."""

HEADER = ("客户编号", "姓名", "手机号", "邮箱", "身份证号", "时区", "城市")


@dataclass(frozen=True)
class Generated:
    code: str
    name: str
    phone: str
    email: str
    document: str

    @property
    def clear_values(self) -> tuple[str, str, str, str]:
        return (self.name, self.phone, self.email, self.document)


def sixty() -> list[Generated]:
    people = [(surname, given) for given in GIVEN for surname in SURNAMES]
    return [
        Generated(
            code=f"HB-{index:04}",
            name=surname + given,
            phone=f"139{7_204_000 + index * 6_151:08}",
            email=f"{surname_letters(index)}.{index:03}@qiongyu.example.cn",
            document=identity_card(index),
        )
        for index, (surname, given) in enumerate(people)
    ]


def surname_letters(index: int) -> str:
    return ("zhao", "qian", "sun", "li", "zhou", "wu", "zheng", "feng", "chen", "chu")[index % 10] + "qx"


def identity_card(index: int) -> str:
    """Of a woman or man born in the eighties in Xuhui, Shanghai, with its check digit."""
    seventeen = f"310104{1980 + index % 10}{1 + index % 12:02}{1 + index % 28:02}{101 + index * 7:03}"
    return seventeen + ric.calc_check_digit(seventeen + "0")


def zone_at_noon(now: datetime | None = None) -> str:
    """A time zone in which it is between noon and one, whatever the hour here: contact hours shall not decide this test."""
    ahead = 12 - (now or datetime.now(UTC)).hour
    return f"Etc/GMT{-ahead:+}" if ahead else "Etc/GMT"


def write_csv(path: Path, people: Iterable[Generated], *, zone: str) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(HEADER)
        lines.writerows([each.code, each.name, each.phone, each.email, each.document, zone, "上海"] for each in people)
    return path
