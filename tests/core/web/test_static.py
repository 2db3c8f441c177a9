"""One stylesheet from its parts, addresses that change with the content, and a page that works without htmx."""

from __future__ import annotations

import re

from core.web.static_files import STATIC, stylesheet, stylesheet_parts


def test_every_part_of_the_stylesheet_is_served_once():
    assert sorted(stylesheet_parts()) == sorted((STATIC / "css").rglob("*.css"))
    assert stylesheet().index(b"@layer reset, tokens, base, layout, parts, tone, screen;") < 400


def test_the_address_changes_with_the_content_and_may_be_kept_for_a_year(site):
    html = site.signed_in("alice").get("/t/harbour/customers").text
    [address] = re.findall(r'href="(/static/kehub\.css\?v=[0-9a-f]{8})"', html)
    client = site.app.test_client()
    assert client.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/kehub.css?v=00000000").headers["Cache-Control"] == "no-cache"
    assert client.get("/static/kehub.css").mimetype == "text/css"


def test_nothing_outside_the_folder_is_served(site):
    assert site.app.test_client().get("/static/../static_files.py").status_code == 404
    assert site.app.test_client().get("/static/%2e%2e/static_files.py").status_code == 404


def test_without_the_downloaded_assets_a_page_is_whole(site):
    site.app.jinja_env.globals["has_asset"] = lambda _name: False
    html = site.signed_in("alice").get("/t/harbour/customers").text
    assert "htmx" not in html
    assert "<h1>Customers</h1>" in html


def test_every_icon_that_a_template_names_exists():
    known = set(re.findall(r'<symbol id="(\w+)"', (STATIC / "icons.svg").read_text()))
    templates = STATIC.parent / "templates"
    named = {name for path in templates.rglob("*.html") for name in re.findall(r'icon\("(\w+)"', path.read_text())}
    named |= {name for path in templates.rglob("*.html") for name in re.findall(r'icon_name="(\w+)"', path.read_text())}
    assert named - known == set()
    assert len(known) > 40
