"""Who plays in the demonstration: the people of the provider and of each client, and how they sign in."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "kehub-demo-2026"  # noqa: S105 - printed by `kehub demo`, of made-up people on this machine only
PROVIDER_SLUG = "clearline"
PROVIDER_NAME = "汇众客服"
PROVIDER_DOMAIN = "clearline.example"


@dataclass(frozen=True, kw_only=True)
class Player:
    """`role` is a built-in role, `agent_no` what an agent says at the start of a call."""

    key: str
    name: str
    email: str
    role: str
    party: str
    agent_no: str | None = None


PROVIDER = (
    Player(key="lin", name="林可", email=f"lin@{PROVIDER_DOMAIN}", role="provider_manager", party="provider"),
    Player(key="chen", name="陈思敏", email=f"chen@{PROVIDER_DOMAIN}", role="agent", party="provider", agent_no="3306"),
    Player(key="wang", name="王静", email=f"wang@{PROVIDER_DOMAIN}", role="agent", party="provider", agent_no="3307"),
)
CLIENT_NAMES = (
    ("周启明", "高原"), ("沈岚", "陆川"), ("许知远", "方宁"), ("顾北辰", "唐婉"), ("江浩", "宋雨桐"), ("韩松", "孟晓"),
)  # fmt: skip


def client_people(slug: str, index: int) -> tuple[Player, Player]:
    """The administrator and the manager of client number `index`."""
    admin, manager = CLIENT_NAMES[index % len(CLIENT_NAMES)]
    return (
        Player(key="admin", name=admin, email=f"admin@{slug}.example", role="client_admin", party="client"),
        Player(key="manager", name=manager, email=f"manager@{slug}.example", role="client_manager", party="client"),
    )
