"""Made-up subscribers whose figures resemble a real operator's: 26.5 % churned, most of them month to month.

Shares and churn rates per contract follow IBM's public sample; no row of it is used. Everything is drawn from the given
generator, so a seed gives the same customers for a month (contract ends are counted from the first of this month).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from stdnum import luhn

from core.plugin import Demo, label

CONTRACTS = {"month_to_month": 0.550, "one_year": 0.209, "two_year": 0.241}
CHURN = {"month_to_month": 0.427, "one_year": 0.113, "two_year": 0.028}
TENURE = {"month_to_month": (1, 36), "one_year": (12, 66), "two_year": (24, 72)}
TERM_DAYS = {"one_year": 365, "two_year": 730}
INTERNET = {"dsl": 0.344, "fiber": 0.440, "none": 0.216}
CHARGE = {"dsl": (45, 75), "fiber": (75, 115), "none": (19, 29)}
PAYMENT = {"mobile_wallet": 0.55, "bank_transfer": 0.30, "credit_card": 0.15}
TIERS = {"diamond": 0.04, "gold": 0.14, "silver": 0.32, "standard": 0.50}
REAL_NAME = {"verified": 0.95, "pending": 0.02, "unverified": 0.015, "suspect": 0.01, "failed": 0.005}
PLANS = {"none": "畅聊 29", "dsl": "家庭融合 69", "fiber": "千兆融合 99"}
EXTRAS = (
    "online_security",
    "online_backup",
    "device_protection",
    "tech_support",
    "streaming_tv",
    "streaming_movies",
)
SHOCK_RATE = 0.02
YUAN = 100


def customer(random: Random, _index: int) -> dict[str, Any]:
    contract = _drawn(random, CONTRACTS)
    internet = _drawn(random, INTERNET)
    tenure = random.randint(*TENURE[contract])
    churned = random.random() < CHURN[contract]
    phone = internet == "none" or random.random() < 0.9
    values: dict[str, Any] = {
        "plan": PLANS[internet],
        "contract": contract,
        "tenure_months": tenure,
        "value_tier": _drawn(random, TIERS),
        "real_name_status": _drawn(random, REAL_NAME),
        "phone_service": phone,
        "multiple_lines": random.choice(("yes", "no")) if phone else "no_phone",
        "internet_service": internet,
        "payment_method": _drawn(random, PAYMENT),
        "paperless_billing": random.random() < 0.8,
        "gender": random.choice(("female", "male")),
        "senior_citizen": random.random() < 0.16,
        "partner": random.random() < 0.48,
        "dependents": random.random() < 0.30,
        "churned": churned,
        "churn_score": _score(random, contract=contract, churned=churned),
    }
    values |= {key: _extra(random, internet=internet) for key in EXTRAS}
    values |= _charges(random, internet=internet, tenure=tenure)
    if contract in TERM_DAYS and not churned:
        values["contract_end"] = _this_month() + timedelta(days=random.randint(10, TERM_DAYS[contract]))
    return values


def lines(random: Random, index: int, subscriber: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """One line per subscriber with a telephone. The numbers run upwards within one block, so none comes twice."""
    if not subscriber["phone_service"]:
        return []
    card = f"898600{random.randint(0, 99):02d}{index:010d}"
    msisdn, iccid, imsi = f"+86199{index:08d}", card + str(luhn.calc_check_digit(card)), f"46000{index:010d}"
    activated = _this_month() - timedelta(days=30 * subscriber["tenure_months"])
    return [
        {
            "type": "line",
            "state": "terminated"
            if subscriber["churned"]
            else _drawn(random, {"active": 0.97, "suspended_credit": 0.03}),
            "identifiers": {"msisdn": msisdn, "iccid": iccid, "imsi": imsi},
            "attributes": {
                "msisdn": msisdn,
                "iccid": iccid,
                "imsi": imsi,
                "plan": subscriber["plan"],
                "payment_mode": random.choice(("prepaid", "postpaid")),
                "activated_on": activated,
            },
        }
    ]


def _drawn(random: Random, shares: Mapping[str, float]) -> str:
    return random.choices(tuple(shares), weights=tuple(shares.values()))[0]


def _score(random: Random, *, contract: str, churned: bool) -> int:
    middle = 100 * CHURN[contract] + (25 if churned else 0)
    return max(0, min(100, round(random.gauss(middle, 15))))


def _extra(random: Random, *, internet: str) -> str:
    if internet == "none":
        return "no_internet"
    return "yes" if random.random() < 0.4 else "no"


def _charges(random: Random, *, internet: str, tenure: int) -> dict[str, int]:
    """Minor units. Now and then a roaming bill makes the shock that the rule looks for."""
    mean = random.randint(*CHARGE[internet]) * YUAN
    shock = random.random() < SHOCK_RATE
    charge = mean * random.randint(6, 12) if shock else round(mean * random.uniform(0.9, 1.1))
    return {"monthly_charge": charge, "charge_mean_3m": mean, "total_charge": mean * (tenure - 1) + charge}


def _this_month() -> date:
    return datetime.now(UTC).date().replace(day=1)


DEMO = Demo(
    tenant=label("华东电信（演示）", "Huadong Telecom (demo)"),
    slug="huadong-telecom",
    customer=customer,
    records=lines,
    customers=800,
)
