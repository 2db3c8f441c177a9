"""Who plays in the demonstration: two providers, the people of each party, and how they sign in."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "kehub-demo-2026"  # noqa: S105 - printed by `kehub demo`, of made-up people on this machine only


@dataclass(frozen=True, kw_only=True)
class Player:
    """`role` is a built-in role, `agent_no` what an agent says at the start of a call."""

    key: str
    name: str
    email: str
    role: str
    party: str
    agent_no: str | None = None


@dataclass(frozen=True, kw_only=True)
class Company:
    """A provider: its address, its names, what it does for clients, and its people there."""

    slug: str
    name: str
    latin: str
    purpose: str
    work: str
    people: tuple[Player, ...]

    @property
    def agents(self) -> list[str]:
        return [player.key for player in self.people if player.role == "agent"]

    @property
    def team(self) -> list[str]:
        """The agents and who leads them."""
        return [player.key for player in self.people if player.role in ("agent", "team_leader")]


def _provider(key: str, name: str, slug: str, role: str, agent_no: str | None = None) -> Player:
    return Player(
        key=key, name=name, email=f"{key}@{slug}.example", role=role, party="provider", agent_no=agent_no
    )  # fmt: skip


PROVIDERS = (
    Company(
        slug="clearline", name="汇众客服", latin="Clearline", purpose="retention", work="存量保有",
        people=(
            _provider("lin", "林可", "clearline", "provider_manager"),
            _provider("ma", "马骏", "clearline", "team_leader", "3305"),
            _provider("chen", "陈思敏", "clearline", "agent", "3306"),
            _provider("wang", "王静", "clearline", "agent", "3307"),
        ),
    ),
    Company(
        slug="brightvoice", name="明声外包", latin="Brightvoice", purpose="service", work="客户服务",
        people=(
            _provider("zhao", "赵启航", "brightvoice", "provider_manager"),
            _provider("tang", "汤薇", "brightvoice", "team_leader", "5100"),
            _provider("luo", "罗佳", "brightvoice", "agent", "5101"),
            _provider("he", "何晨", "brightvoice", "agent", "5102"),
        ),
    ),
)  # fmt: skip


def providers_of(index: int) -> tuple[Company, ...]:
    """Who works for client number `index`: one or the other, and for every third both."""
    first, second = PROVIDERS
    return ((second,), (first, second), (first,))[index % 3]


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
