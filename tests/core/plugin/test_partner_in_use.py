"""A partner's wheel in a house of its own: migrated under its own versions, enabled, seen and walled like ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.db import home
from core.testing.database import temporary_config
from tests.core.plugin import partner

KEHUB = str(Path(sys.executable).with_name("kehub"))


class House:
    """A data folder, and the commands run for it with the partner's package installed."""

    def __init__(self, folder: Path, *sites: Path) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KEHUB_")},
            "KEHUB_DATA_DIR": str(folder),
            "KEHUB_VERTICALS": "telecom,petcare",
            "PYTHONPATH": os.pathsep.join(map(str, (*sites, partner.ROOT))),
            "PYTHONUTF8": "1",
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, env=self.environment, timeout=180, check=False, cwd=partner.ROOT
        )


@pytest.fixture(scope="module")
def house(site: Path) -> Iterator[House]:
    with temporary_config() as config:
        made = replace(config, database_url=None, owner_database_url=None)
        yield House(config.data_dir, site)
        home.server(made).destroy()


@pytest.fixture(scope="module")
def walked(house: House) -> dict[str, Any]:
    upgraded = house.run(KEHUB, "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stdout + upgraded.stderr
    done = house.run(sys.executable, "-m", "tests.core.plugin.in_use")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_its_migration_runs_under_a_version_table_of_its_own(walked: dict[str, Any]) -> None:
    assert walked["versions"]["petcare"] == "petcare_0001"
    assert walked["versions"]["core"] != "petcare_0001"


def test_its_field_is_on_the_customers_form_and_page(walked: dict[str, Any]) -> None:
    assert walked["form"]
    assert walked["customer"] == [True, True]


def test_a_tenant_without_it_sees_nothing_of_it(walked: dict[str, Any]) -> None:
    assert not walked["form_without"]
    assert not walked["customer_without"]
    assert not walked["link_without"]
    assert walked["visits_without"] == 404


def test_its_page_is_behind_the_cores_guard(walked: dict[str, Any]) -> None:
    assert walked["visits"] == 200
    assert walked["visits_words"]
    assert walked["link"]
    assert walked["visits_of_the_provider"] == 200
    assert walked["visits_of_a_stranger"] == 404
    assert walked["visits_signed_out"].startswith("/login?next=")


def test_its_form_is_committed_by_the_core_and_leads_where_it_says(walked: dict[str, Any]) -> None:
    assert walked["added"] == [303, "petcare/visits"]
    assert walked["count"]


def test_its_form_is_refused_to_who_may_not_and_from_another_site(walked: dict[str, Any]) -> None:
    assert walked["added_by_the_provider"] == 403
    assert walked["added_from_elsewhere"] == 403


def test_its_page_shows_templates_of_its_own_only(walked: dict[str, Any]) -> None:
    assert walked["foreign_template"] == 500


def test_its_table_is_walled_like_ours(walked: dict[str, Any]) -> None:
    own, stranger, provider, provider_with_a_lease = walked["rows"]
    assert (own, stranger, provider, provider_with_a_lease) == (1, 0, 0, 1)


def test_switching_it_on_opens_its_page(walked: dict[str, Any]) -> None:
    assert walked["enabling"] == 303
    assert walked["visits_once_enabled"] == 200


def test_the_walls_of_its_table_are_as_it_declares_them(walked: dict[str, Any]) -> None:
    assert walked["walls"] == []


def test_its_records_have_a_clock_with_a_counter_and_a_watch_that_finds(walked: dict[str, Any]) -> None:
    timer, state, counter, begun_at = walked["record_clock"]
    assert (timer, state, counter) == ("vaccination", "running", "weight")
    assert begun_at is not None
    assert walked["finding"] == ["petcare.light"]


def test_its_cases_are_held_to_its_rule_over_a_count_and_to_its_deadline(walked: dict[str, Any]) -> None:
    assert walked["steps"][:2] == [None, None]
    assert walked["steps"][2].startswith("gate_denied")
    assert "met" in walked["case_clocks"]
    assert "running" in walked["case_clocks"]


def test_its_inline_subscriber_undoes_an_act_and_its_outbox_subscriber_follows_one(walked: dict[str, Any]) -> None:
    assert walked["refused_inline"] == "conflict: Give the animal its registered name first."
    assert walked["cases_after_refusal"] == 0
    assert (walked["before_the_outbox"], walked["after_the_outbox"]) == (None, True)


def test_its_numbers_are_counted_and_its_pages_are_there(walked: dict[str, Any]) -> None:
    assert walked["records"] == 2
    assert walked["kpi"] == [2, 2]
    assert walked["pages"] == {"/records/petcare.animal": 200, "/cases": 200, "/kpis/petcare.healthy": 200}
    assert walked["pages_without"] == 404


def refusal(site: Path, folder: Path, *faults: str) -> str:
    for number, fault in enumerate(faults):
        site = partner.spoilt(site, fault, into=folder / f"bad{number}")
    refused = House(folder, site).run(KEHUB, "db", "upgrade")
    assert refused.returncode == 1
    return refused.stderr


def test_a_table_without_a_tenant_stops_the_boot_and_blames_its_vertical_alone(site: Path, tmp_path: Path) -> None:
    told = refusal(site, tmp_path, "tenantless_table")
    assert "1 fault in the verticals" in told
    assert "petcare: table check: petcare_visit: derive Visit from TenantModel" in told


def test_a_foreign_name_and_a_page_that_nobody_may_open_stop_the_boot(site: Path, tmp_path: Path) -> None:
    told = refusal(site, tmp_path, "foreign_table", "unknown_permission")
    assert "2 faults in the verticals" in told
    assert "petcare: table check: visit: name it petcare_visit" in told
    assert "petcare: page check: visits: no role includes the permission visit.read" in told
