"""A partner's wheel is found like one of ours, and a faulty one stops the boot with words that help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.core.plugin import partner

ADVICE = {
    "misspelt_hook": ("petcare: feilds", "did you mean 'fields'?"),
    "unmarked_hook": ("petcare: panels", "put @hookimpl above it"),
    "planned_hook": ("'clauses' is not in this version of the contract (1.0)",),
    "hook_with_arguments": ("petcare: fields", "takes arguments (tenant)", "write `def fields():`"),
    "raising_hook": ("petcare: panels", "raised IndexError"),
    "no_list": ("petcare: fields", "returned NoneType", "return a list of Field"),
    "wrong_item": ("petcare: fields, item 1", "not a Field", "return Field(...)"),
    "wrong_type": ("petcare: fields, item 2 ('pet_name')", "max_length: '40' is a str, not a int", "Field.max_length"),
    "one_language": ("fields: 'pet_name'", "label lacks zh-CN"),
    "taken_key": ("the key 'telecom' is taken by plugins.telecom.plugin of kehub 0", "choose another key"),
    "other_key": ("its key is 'vets', its entry point is 'petcare'", "make both the same"),
    "api_range": ("requires API >=2.0,<3, this Kehub has API 1.0", "widen `requires`"),
    "import_error": ("importing kehub_petcare.plugin failed with ImportError", "pagez", "correct the import"),
    "exit_at_import": ("SystemExit: licence expired",),
    "unknown_parameter": ("rules: 'vaccination'", "'reminder_weeks' is not in params.toml"),
    "unsourced_parameter": ("params.toml, parameter 1 (reminder_days)", "'source_article' is missing"),
}


def test_a_partners_wheel_is_discovered_beside_ours(site: Path) -> None:
    booted = partner.boot(site, allowed=["telecom", "petcare"])
    assert booted.returncode == 0, booted.stdout + booted.stderr
    assert booted.stdout.strip() == "['telecom', 'petcare']"


def test_a_wheel_that_is_installed_but_not_allowed_is_not_even_imported(site: Path, tmp_path: Path) -> None:
    bad = partner.spoilt(site, "exit_at_import", into=tmp_path / "bad")
    booted = partner.boot(bad, allowed=["telecom"])
    assert booted.returncode == 0, booted.stdout + booted.stderr
    assert booted.stdout.strip() == "['telecom']"


@pytest.mark.parametrize("fault", ADVICE)
def test_a_bad_cousin_refuses_the_boot_and_says_what_to_change(site: Path, tmp_path: Path, fault: str) -> None:
    bad = partner.spoilt(site, fault, into=tmp_path / "bad")
    booted = partner.boot(bad, allowed=["telecom", "petcare"])
    assert booted.returncode == 3, booted.stdout + booted.stderr
    assert "Kehub does not start" in booted.stdout
    for words in ADVICE[fault]:
        assert words in booted.stdout


def test_two_distributions_of_one_name_are_both_named(site: Path, tmp_path: Path) -> None:
    pirate = partner.renamed(site, into=tmp_path / "pirate")
    booted = partner.boot(site, pirate, allowed=["petcare"])
    assert booted.returncode == 3
    assert "kehub-petcare 1.2.0" in booted.stdout
    assert "petcare-pirate 1.2.0" in booted.stdout
    assert "uninstall one of them" in booted.stdout


def test_an_allowed_vertical_that_nobody_installed_is_missed(site: Path) -> None:
    booted = partner.boot(site, allowed=["petcare", "banking_plus"])
    assert booted.returncode == 3
    assert "banking_plus: KEHUB_VERTICALS" in booted.stdout
    assert "take 'banking_plus' out of KEHUB_VERTICALS" in booted.stdout


def test_the_check_holds_a_wheel_to_the_public_packages(site: Path, tmp_path: Path) -> None:
    bad = partner.spoilt(site, "inner_import", into=tmp_path / "bad")
    report = json.loads(partner.boot(bad, allowed=["petcare"], command="check").stdout)
    (fault,) = report["faults"]
    assert fault["problem"].startswith("pages.py, line 1: it imports core.errors; use only core.plugin")
    assert report["verticals"][0]["ok"] is False


def test_the_report_lists_what_a_sound_wheel_declares(site: Path) -> None:
    report = json.loads(partner.boot(site, allowed=["petcare"], command="check").stdout)
    assert report["faults"] == []
    (petcare,) = report["verticals"]
    assert petcare["ok"] is True
    assert petcare["distribution"] == "kehub-petcare 1.2.0"
    assert petcare["fields"] == ["species", "pet_name", "record:animal.chip_name", "case.diagnosis", "treated"]
    assert (petcare["record_types"], petcare["workflows"]) == (["animal"], ["treatment"])
    assert petcare["rules"] == ["vaccination", "too_often", "light"]
    assert petcare["kpis"] == ["healthy"]
    assert petcare["parameters"] == ["growth", "reminder_days"]


def test_the_list_tells_of_verticals_that_are_installed_but_not_allowed(site: Path) -> None:
    report = json.loads(partner.boot(site, allowed=["petcare"], command="list").stdout)
    assert {"petcare", "telecom"} <= set(report["installed"])
    assert [row["key"] for row in report["verticals"]] == ["petcare"]
