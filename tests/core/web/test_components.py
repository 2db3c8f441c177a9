"""Components are wired for people who do not see them, and refuse what the policy would block."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import render_template_string

from core.errors import FieldError, Invalid
from core.web.forms import control, errors_of, filled
from core.web.static_files import STATIC
from core.web.ui import attributes, sort_state, sort_url, with_args


def rendered(site, source: str, path: str = "/login", **values) -> str:
    with site.app.test_request_context(path, headers={"Accept-Language": "en"}):
        return render_template_string(source, **values)


def test_a_wrong_field_points_to_its_hint_and_its_error(site):
    phone = control("phone", "Mobile", kind="tel", value="138", help="11 digits", error="3 digits, it needs 11")
    html = rendered(site, "{{ ui.field(c) }}", c=phone)
    assert 'aria-invalid="true" aria-describedby="f-phone-help f-phone-error"' in html
    assert 'id="f-phone-error" data-tone="bad">3 digits, it needs 11<' in html
    assert '<label for="f-phone">' in html


def test_what_was_typed_is_escaped_and_kept(site):
    html = rendered(site, "{{ ui.field(c) }}", c=control("name", "Name", value='"><script>x</script>'))
    assert "<script>" not in html
    assert "&#34;&gt;&lt;script&gt;" in html


def test_a_password_is_never_written_back(site):
    html = rendered(site, "{{ ui.field(c) }}", c=control("pass", "Password", kind="password", value="secret"))
    assert "secret" not in html


@pytest.mark.parametrize("kind", ["select", "radio", "checks"])
def test_the_chosen_option_is_chosen(site, kind):
    made = control("city", "City", kind=kind, options=[("nj", "Nanjing"), ("hz", "Hangzhou")], value="hz")
    html = rendered(site, "{{ ui.field(c) }}", c=made)
    assert html.count(" selected") + html.count(" checked") == 1
    assert 'value="hz" selected' in html or 'value="hz" checked' in html


def test_the_errors_of_a_form_lead_to_their_fields(site):
    error = Invalid(errors=[FieldError(field="phone", code="digits", message="%(n)s digits", params={"n": 3})])
    with site.app.test_request_context(headers={"Accept-Language": "en"}):
        messages = errors_of(error)
        general = errors_of(Invalid("The file is empty."))
    assert general == {"": "The file is empty."}
    controls = filled([control("phone", "Mobile")], values={"phone": "138"}, errors=messages)
    assert controls[0].value == "138"
    html = rendered(site, "{{ ui.form_errors('Not saved', controls, also=['x']) }}", controls=controls)
    assert '<a href="#f-phone">Mobile: 3 digits</a>' in html
    assert 'role="alert"' in html


def test_a_step_that_is_not_allowed_stays_visible_with_its_reason(site):
    html = rendered(site, "{{ ui.button('Approve', reason='Someone else approves.') }}")
    assert 'type="button" aria-disabled="true" aria-describedby="why-1"' in html
    assert 'id="why-1">Someone else approves.<' in html
    assert "disabled>" not in html


def test_a_masked_value_keeps_its_tail(site):
    html = rendered(site, "{{ ui.mask('138 **** 2038') }}")
    assert "<i>138 ****</i>2038" in html
    assert "masked, ends in" in html


def test_a_number_explains_itself(site):
    cut = datetime(2026, 11, 15, 16, tzinfo=UTC)
    explain = {"numerator": 412, "denominator": 1312, "formula": "save_rate", "version": 3, "cut": cut}
    html = rendered(site, "{{ ui.kpi('Save rate', '31.4%', explain=explain) }}", explain=explain)
    assert "412 ÷ 1,312" in html
    assert "save_rate" in html
    assert "version 3" in html
    assert "16 Nov 2026 00:00:00" in html


def test_a_list_is_sorted_by_links_that_say_how(site):
    with site.app.test_request_context("/customers?sort=name&after=abc&city=%E5%8D%97%E4%BA%AC"):
        assert sort_state("name") == "ascending"
        assert sort_url("name") == "/customers?city=%E5%8D%97%E4%BA%AC&sort=-name"
        assert sort_url("spend").endswith("sort=spend")
        assert "after" not in with_args(after=None)
    html = rendered(site, "{{ ui.th('Name', sort='name') }}", path="/customers?sort=-name")
    assert 'aria-sort="descending"' in html


@pytest.mark.parametrize("name", ["style", "onclick", "onload", "OnClick", "x onclick", "a=b"])
def test_an_attribute_the_policy_blocks_is_refused(name):
    with pytest.raises(ValueError, match="not allowed"):
        attributes({name: "x"})


def test_attributes_are_escaped():
    assert attributes({"data_key": 'a"b', "hidden": True, "title": None}) == ' data-key="a&#34;b" hidden'


def test_a_misspelt_component_is_an_error(site):
    with pytest.raises(Exception, match="bagde"):
        rendered(site, "{{ ui.bagde('x') }}")


def test_the_gallery_shows_every_component(site):
    html = site.signed_in("alice").get("/t/harbour/gallery").text
    gallery = (STATIC.parent / "templates" / "gallery.html").read_text()
    for shown in ("gate", "clock", "kpi", "flow", "chart_card", "timeline", "stepper", "field", "form_errors", "moves"):
        assert f"ui.{shown}(" in gallery
    assert html.count('<section class="gate"') == 4
