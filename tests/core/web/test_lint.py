"""The lint finds each sin against the policy and each text that nobody translated."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.web.lint import lint, lint_catalogs, lint_template, lint_templates

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("sin", "said"),
    [
        ('<p style="color:red"></p>', "style attribute"),
        ('<p style="width: {{ width }}%"></p>', "style attribute"),
        ('<button onclick="go()"></button>', "onclick handler"),
        ("<style>p { color: red }</style>", "<style> element"),
        ("<script>go()</script>", "<script> without src"),
        ('<div hx-on:click="go()"></div>', "needs eval"),
        ('<div data-hx-on-click="go()"></div>', "needs eval"),
        ("<div hx-vals='js:{a: go()}'></div>", "holds script"),
        ('<a href="javascript:go()"></a>', "holds script"),
        ('<div hx-trigger="keyup[key==1]"></div>', "filter needs eval"),
        ("<h1>Customers</h1>", "untranslated text 'Customers'"),
        ("<h1>客户</h1>", "untranslated text '客户'"),
        ("<p>{{ count }} customers</p>", "untranslated text"),
        ('<input placeholder="Search">', "untranslated placeholder"),
        ('<nav aria-label="主导航"></nav>', "untranslated aria-label"),
        ('{{ ui.badge("Verified", "ok") }}', "untranslated text 'Verified'"),
        ('{{ ui.badge("未核实") }}', "untranslated text '未核实'"),
        ('{% set title = "New customer" %}', "untranslated text"),
        ("{% if x %}", "not a template"),
    ],
)
def test_each_sin_is_told_with_its_line(sin, said):
    [(line, what), *_] = lint_template("{# a template #}\n" + sin)
    assert said in what
    assert line == 2


@pytest.mark.parametrize(
    "good",
    [
        '<h1>{{ _("Customers") }}</h1>',
        "<p>{% trans count=1 %}{{ count }} customers{% endtrans %}</p>",
        '{{ ui.badge(_("Verified"), "ok", icon_name="check") }}',
        "<code>GET /api</code><kbd>Ctrl</kbd>",
        "<p>{{ a }} ÷ {{ b }} · –</p>",
        '<p class="soft small end" data-tone="bad" id="left"></p>',
        '<script src="/static/kehub.js" type="module"></script>',
        "{# lint: samples #}<h1>Components</h1>",
    ],
)
def test_what_is_right_is_left_alone(good):
    assert lint_template(good) == []


def test_a_samples_template_is_still_held_to_the_policy():
    assert lint_template('{# lint: samples #}<h1 style="x">Components</h1>')


def test_the_core_templates_are_clean():
    assert [fault for fault in lint_templates(ROOT) if fault.startswith("core/web/")] == []


def planted(root: Path, *, po: str) -> Path:
    (root / "core" / "thing" / "templates").mkdir(parents=True)
    (root / "core" / "thing" / "service.py").write_text(
        'raise Invalid("Enter %(count)s names", count=2)\nFieldError(field="a", code="b", message="Too short")\n'
    )
    (root / "core" / "thing" / "templates" / "page.html").write_text('<h1>{{ _("Things") }}</h1><p style="x"></p>')
    folder = root / "core" / "web" / "translations" / "zh_Hans_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + po)
    return root


GOOD = """
msgid "Enter %(count)s names"
msgstr "请填 %(count)s 个名字"

msgid "Too short"
msgstr "太短"

msgid "Things"
msgstr "东西"
"""


def test_a_full_catalog_is_clean_and_the_whole_lint_still_sees_the_template(tmp_path):
    root = planted(tmp_path, po=GOOD)
    assert lint_catalogs(root) == []
    assert [fault.split(": ")[0] for fault in lint(root)] == ["core/thing/templates/page.html:1"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('msgid "Things"', 'msgid "Other"', "core/thing/templates/page.html:1: not in the zh-CN catalog: 'Things'"),
        ('msgstr "东西"', 'msgstr ""', "not translated"),
        ('msgid "Things"', '#, fuzzy\nmsgid "Things"', "fuzzy"),
        ("请填 %(count)s 个名字", "请填名字", "other %(places)s"),
        ('msgid "Too short"', 'msgid "Too long"', "core/thing/service.py:2: not in the zh-CN catalog: 'Too short'"),
    ],
)
def test_a_gap_in_the_catalog_is_told(tmp_path, old, new, said):
    [fault] = lint_catalogs(planted(tmp_path, po=GOOD.replace(old, new)))
    assert said in fault


def test_a_vertical_answers_for_its_own_texts(tmp_path):
    root = planted(tmp_path, po=GOOD)
    plugin = root / "plugins" / "sample"
    plugin.mkdir(parents=True)
    (plugin / "rules.py").write_text('_("Things")\n_("Only here")\n')
    assert lint_catalogs(root) == ["sample/rules.py:2: not in the zh-CN catalog: 'Only here'"]
