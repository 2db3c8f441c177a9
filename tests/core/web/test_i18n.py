"""Every page speaks Chinese and English; a link switches, a cookie remembers."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.web.i18n import TRANSLATIONS, compile_catalogs, label, own_tongue

CHINESE, ENGLISH = "跳到正文", "Skip to content"


@pytest.mark.parametrize(
    ("person", "workspace", "lang", "words"),
    [("wang", "lanjiang", "zh-CN", CHINESE), ("alice", "harbour", "en", ENGLISH)],
)
def test_a_page_speaks_the_persons_language(site, person, workspace, lang, words):
    html = site.signed_in(person).get(f"/t/{workspace}/customers").text
    assert f'<html lang="{lang}"' in html
    assert words in html


def test_the_switch_is_a_link_and_is_remembered(site):
    client = site.signed_in("wang")
    assert 'href="/t/lanjiang/customers?lang=en"' in client.get("/t/lanjiang/customers").text
    switched = client.get("/t/lanjiang/customers?sort=name&lang=en")
    assert (switched.status_code, switched.location) == (303, "/t/lanjiang/customers?sort=name")
    assert ENGLISH in client.get(switched.location).text


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("en-GB,en;q=0.9", "en"), ("zh-TW,en;q=0.5", "zh-CN"), ("fr", "zh-CN"), ("fr,en;q=0.3", "en"), ("", "zh-CN")],
)
def test_a_stranger_is_met_in_the_browsers_language(site, accepted, lang):
    html = site.app.test_client().get("/login", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{lang}"' in html


@pytest.mark.parametrize("path", ["//evil.example", "/%5Cevil.example", "/\\evil.example", "///evil.example"])
def test_the_switch_never_leads_to_another_host(site, path):
    response = site.app.test_client().get(f"{path}?lang=en", base_url="http://localhost")
    assert urlsplit(response.location).netloc in {"", "localhost"}
    assert not response.location.startswith(("//", "/\\"))


def test_an_unknown_language_is_not_remembered(site):
    response = site.app.test_client().get("/login?lang=xx")
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


def test_a_label_falls_back_to_the_language_there_is(site):
    with site.app.test_request_context(headers={"Accept-Language": "en"}):
        assert label({"zh-CN": "套餐", "en": "Plan"}) == "Plan"
        assert label({"zh-CN": "套餐"}) == "套餐"
        assert label("as it is") == "as it is"
        assert label(None) == ""


def test_a_catalog_is_compiled_when_it_is_missing_or_older(tmp_path: Path):
    shutil.copytree(TRANSLATIONS, tmp_path / "t", ignore=shutil.ignore_patterns("*.mo"))
    [written] = compile_catalogs([tmp_path / "t"])
    assert written.suffix == ".mo"
    assert compile_catalogs([tmp_path / "t"]) == []
    later = time.time() + 10
    source = written.with_suffix(".po")
    os.utime(source, (later, later))
    assert compile_catalogs([tmp_path / "t"]) == [written]


@pytest.mark.parametrize(
    ("tongue", "shown"),
    [("zh", "L-COD；由合同约定；《民法典》"), ("en", "L-COD；by contract；《民法典》")],
)
def test_of_what_is_written_in_both_languages_one_is_shown(site, tongue, shown):
    with site.app.test_request_context(headers={"Accept-Language": tongue}):
        assert own_tongue("L-COD；由合同约定 / by contract；《民法典》") == shown
        assert own_tongue("汇总 / Kehub; 默认值") == "汇总 / Kehub; 默认值"
