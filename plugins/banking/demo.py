"""Made-up customers of a bank: most of them cautious and small, a few of them rich, some of them due for a review.

Everything is drawn from the given generator, so a seed gives the same customers for a month (days are counted from the
first of this month).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from core.plugin import Demo, label

SEGMENTS = {"mass": 0.72, "affluent": 0.20, "private": 0.03, "business": 0.05}
ASSETS = {"mass": (2_000, 180_000), "affluent": (300_000, 3_000_000), "private": (6_000_000, 40_000_000),
          "business": (50_000, 8_000_000)}  # fmt: skip
"""Yuan."""
CAPACITIES = {"c1": 0.16, "c2": 0.34, "c3": 0.31, "c4": 0.14, "c5": 0.05}
SCORES = {"c1": (10, 29), "c2": (30, 49), "c3": (50, 69), "c4": (70, 84), "c5": (85, 100)}
KYC = {"verified": 0.83, "review_due": 0.08, "documents_requested": 0.04, "overdue": 0.04, "restricted": 0.01}
AML = {"low": 0.88, "medium": 0.10, "high": 0.02}
REVIEW_DAYS = {"low": 1095, "medium": 365, "high": 182}
ASSESSED, EXPIRED = 0.78, 0.12
ACCOUNT_STATES = {"active": 0.93, "dormant": 0.05, "frozen": 0.01, "closed": 0.01}
BRANCHES = ("营业部", "城东支行", "滨江支行", "大学城支行", "高新区支行", "中山路支行")
QUESTIONNAIRE = "2026-A"
YUAN = 100


def customer(random: Random, _index: int) -> dict[str, Any]:
    segment, risk, state = _drawn(random, SEGMENTS), _drawn(random, AML), _drawn(random, KYC)
    values: dict[str, Any] = {
        "segment": segment,
        "assets": random.randint(*ASSETS[segment]) * YUAN,
        "opened_on": _this_month() - timedelta(days=random.randint(400, 6000)),
        "branch": random.choice(BRANCHES),
        "professional": segment in ("private", "business") and random.random() < 0.4,
        "kyc_state": state,
        "kyc_due_on": _review(random, state, every=REVIEW_DAYS[risk]),
        "aml_risk": risk,
        "politically_exposed": random.random() < 0.004,
    }
    if random.random() < ASSESSED:
        ago = random.randint(370, 620) if random.random() < EXPIRED else random.randint(3, 340)
        values |= {"risk_capacity": _drawn(random, CAPACITIES), "assessed_on": _this_month() - timedelta(days=ago)}
    return values


def records(random: Random, index: int, held: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """One to three accounts that share the customer's assets, and the assessment in force with the one before it."""
    kinds = ["current", *(kind for kind in ("savings", "wealth", "loan") if random.random() < 0.35)][:3]
    accounts = [_account(random, index, number, kind, held) for number, kind in enumerate(kinds)]
    accounts[0]["amount_minor"] = held["assets"] // 5
    if len(accounts) > 1:
        accounts[1]["amount_minor"] = held["assets"] - held["assets"] // 5
    return [*accounts, *_assessments(random, held)]


def _account(random: Random, index: int, number: int, kind: str, held: Mapping[str, Any]) -> dict[str, Any]:
    name = f"31{random.randint(10, 99)}00{index:08d}{number:02d}"
    opened = held["opened_on"] + timedelta(days=random.randint(0, 300) * number)
    return {
        "type": "account",
        "state": _drawn(random, ACCOUNT_STATES),
        "occurred_at": _noon(opened),
        "amount_minor": 0,
        "identifiers": {"account_no": name},
        "attributes": {"kind": kind, "account_no": name, "opened_on": opened},
    }


def _assessments(random: Random, held: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "assessed_on" not in held:
        return []
    made = [_assessment(random, held["risk_capacity"], held["assessed_on"], "valid")]
    if random.random() < 0.5:
        before = held["assessed_on"] - timedelta(days=random.randint(340, 364))
        made.append(_assessment(random, _drawn(random, CAPACITIES), before, "superseded"))
    return made


def _assessment(random: Random, result: str, on: date, state: str) -> dict[str, Any]:
    return {
        "type": "suitability_assessment",
        "state": state,
        "occurred_at": _noon(on),
        "attributes": {"result": result, "score": random.randint(*SCORES[result]), "questionnaire": QUESTIONNAIRE},
    }


def _review(random: Random, state: str, *, every: int) -> date:
    """The day of the next review: past where it is overdue, near where it is due."""
    ahead = {"verified": (45, every), "review_due": (1, 30), "documents_requested": (-20, 20), "overdue": (-200, -31)}
    return _this_month() + timedelta(days=random.randint(*ahead.get(state, (-400, -60))))


def _drawn(random: Random, shares: Mapping[str, float]) -> str:
    return random.choices(tuple(shares), weights=tuple(shares.values()))[0]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


def _this_month() -> date:
    return datetime.now(UTC).date().replace(day=1)


DEMO = Demo(
    tenant=label("江南银行（演示）", "Jiangnan Bank (demo)"),
    slug="jiangnan-bank",
    customer=customer,
    records=records,
    customers=400,
)
