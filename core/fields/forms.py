"""The forms of the page of fields: an own field, and how a vertical's field is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.conditions import ConditionError
from core.context import Context
from core.errors import FieldError, Invalid
from core.fields.editor import ConditionEditor
from core.fields.fieldset import FieldSet
from core.fields.models import FieldSetting, TenantField
from core.fields.own import KINDS, LONGEST_HELP, LONGEST_LABEL, MASKS, SENSITIVITIES, Wanted
from core.fields.slots import SLOTS_OF
from core.plugin import Choice, Field
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.plugin.types import LOCALES
from core.web.forms import Control, control
from core.web.words import word

LANGUAGES: Mapping[str, Any] = {"zh-CN": "中文", "en": "English"}
MASK_WORDS: Mapping[str, Any] = {
    "name": _l("Name"), "phone": _l("Telephone number"), "email": _l("E-mail address"),
    "document": _l("Document number"), "card": _l("Card number"), "address": _l("Address"), "plate": _l("Number plate"),
    "vin": _l("Vehicle number (VIN)"), "text": _l("Text: long numbers and addresses in it"),
}  # fmt: skip
SHOW_WHEN = "when"


@dataclass(frozen=True, kw_only=True)
class OwnForm:
    """`sent` is what the browser sent, None at first; `row` the field as it is now, None for a new one."""

    context: Context
    view: CatalogView
    target: str
    sent: Any = None
    row: TenantField | None = None
    errors: Mapping[str, str] | None = None
    edited: ConditionEditor | None = None

    @cached_property
    def editor(self) -> ConditionEditor:
        if self.edited is not None:
            return self.edited
        fields = FieldSet.of(self.view, target=self.target).fields
        name = f"{OWN}.{self.row.key}" if self.row is not None else None
        empty = ConditionEditor(
            root=SHOW_WHEN,
            offered=FieldSet(fields={key: each for key, each in fields.items() if key != name}),
            zone=ZoneInfo(self.context.zone),
            currency=self.context.currency,
        )
        if self.sent is not None:
            return empty.of_form(self.sent)
        if self.row is None or self.row.show_when is None:
            return empty
        try:
            return empty.of_tree(self.row.show_when)
        except ConditionError:
            return empty

    def after_button(self) -> OwnForm | None:
        """The form after a button of its editor, None where it was sent to be saved."""
        edited = self.editor.pressed(self.sent)
        return None if edited is None else replace(self, edited=edited)

    def wrong(self, errors: Mapping[str, str]) -> OwnForm:
        return replace(self, errors=errors, edited=self.editor.tree()[1])

    @property
    def key(self) -> str:
        return self.row.key if self.row is not None else str(self.sent.get("key", "")).strip()

    @property
    def version(self) -> int:
        typed = str(self.sent.get("version", "")) if self.sent is not None else ""
        if typed.isascii() and typed.isdigit() and len(typed) < 10:
            return int(typed)
        return self.row.version if self.row is not None else 0

    def read(self) -> Wanted:
        """Raises Invalid where the condition of showing is wrong; everything else the service says."""
        show_when, edited = self.editor.tree()
        if edited.wrong:
            raise Invalid(errors=[FieldError(field=SHOW_WHEN, code="condition", message=each.message, params=each.params)
                                  for each in edited.draft.errors.values()])  # fmt: skip
        return Wanted(
            label=self._texts("label"),
            help=self._texts("help"),
            kind=self.row.kind if self.row is not None else self.sent.get("kind", ""),
            required=bool(self.sent.get("required")),
            choices=choices_of(self.sent.get("choices", "")),
            sensitivity=self.sent.get("sensitivity", "plain"),
            mask=self.sent.get("mask") or None,
            currency=str(self.sent.get("currency", "")).strip().upper() or None,
            show_when=show_when,
        )

    def _texts(self, name: str) -> dict[str, str]:
        return {locale: str(self.sent.get(f"{name}.{locale}", "")).strip() for locale in LOCALES}

    @cached_property
    def controls(self) -> list[Control]:
        made = [*self._words(), *self._kind(), *self._secrecy()]
        return [replace(each, value=self._held(each), error=(self.errors or {}).get(each.name)) for each in made]

    @property
    def loose_errors(self) -> list[str]:
        named = {each.name for each in self.controls} | {SHOW_WHEN}
        return [text for name, text in (self.errors or {}).items() if name not in named]

    def _held(self, each: Control) -> Any:
        if self.sent is not None and not each.readonly:
            return self.sent.get(each.name)
        return self._stored.get(each.name, each.value)

    @cached_property
    def _stored(self) -> Mapping[str, Any]:
        if self.row is None:
            return {}
        row = self.row
        texts = {f"{name}.{locale}": getattr(row, name).get(locale) for name in ("label", "help") for locale in LOCALES}
        plain = {name: getattr(row, name) for name in ("key", "kind", "required", "sensitivity", "mask", "currency")}
        return {**texts, **plain, "choices": choice_lines(row.choices)}

    def _words(self) -> list[Control]:
        made = [
            control(f"label.{locale}", _("Label (%(language)s)", language=LANGUAGES[locale]), maxlength=LONGEST_LABEL,
                    required=locale == LOCALES[0])
            for locale in LOCALES
        ]  # fmt: skip
        made += [
            control(f"help.{locale}", _("Help (%(language)s)", language=LANGUAGES[locale]), maxlength=LONGEST_HELP)
            for locale in LOCALES
        ]
        return made

    def _kind(self) -> list[Control]:
        kept = _("A field keeps its key and kind: rows hold values by them.") if self.row is not None else None
        made = [
            control("key", _("Key"), required=True, maxlength=40, readonly=self.row is not None, reason=kept,
                    help=_("Small letters, digits and underscores: for files and the API"), autocomplete="off"),
            control("kind", _("Kind"), kind="select", required=True, readonly=self.row is not None, reason=kept,
                    value="text", options=[(kind, word("field_kind", kind)) for kind in KINDS]),
            control("choices", _("Choices"), kind="textarea",
                    help=_("For a choice: one on each line, as key | 中文 | English")),
            control("currency", _("Currency"), maxlength=3,
                    help=_("For an amount, where it is not the workspace's own (%(currency)s)", currency=self.context.currency)),
            control("required", _("Must be filled in"), kind="checkbox"),
        ]  # fmt: skip
        if self.row is None:
            made.append(control("indexed", _("Index it, so that lists sort and filter by it fast"), kind="checkbox"))
        return made

    def _secrecy(self) -> list[Control]:
        return [
            control("sensitivity", _("Sensitivity"), kind="select", required=True, value="plain",
                    help=_("Personal and sensitive values are hidden from providers."),
                    options=[(each, word("sensitivity", each)) for each in SENSITIVITIES]),
            control("mask", _("Mask"), kind="select", placeholder=_("Hide all of it"),
                    help=_("For a personal text: what a provider still sees of it"),
                    options=[(each, MASK_WORDS[each]) for each in MASKS]),
        ]  # fmt: skip


def choices_of(text: str) -> Sequence[Choice]:
    """`gold | 金卡 | Gold` on each line; what is wrong with a line the service says."""
    found = []
    for line in text.splitlines():
        if line.strip():
            key, *labels = [part.strip() for part in line.split("|")]
            label = {locale: part for locale, part in zip(LOCALES, labels, strict=False) if part}
            found.append(Choice(key=key, label=label))
    return tuple(found)


def choice_lines(choices: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(
        " | ".join([each["key"], *(each["label"].get(locale, "") for locale in LOCALES)]) for each in choices
    )


@dataclass(frozen=True, kw_only=True)
class SettingForm:
    """How one field of a vertical is shown."""

    field: Field
    row: FieldSetting | None
    sent: Any = None
    errors: Mapping[str, str] | None = None

    @property
    def controls(self) -> list[Control]:
        row, law = self.row, self.field.required
        label = dict(row.label) if row is not None else {}
        why = _("The vertical requires it.") if law else None
        made = [
            control("shown", _("Show it in forms, lists and files"), kind="checkbox", readonly=law, reason=why,
                    value=row is None or row.shown),
            control("required", _("Must be filled in"), kind="checkbox", readonly=law, reason=why,
                    value=law or (row is not None and row.required)),
            *(control(f"label.{locale}", _("Label (%(language)s)", language=LANGUAGES[locale]), maxlength=LONGEST_LABEL,
                      value=label.get(locale), placeholder=self.field.label.get(locale)) for locale in LOCALES),
        ]  # fmt: skip
        return [replace(each, value=self._held(each), error=(self.errors or {}).get(each.name)) for each in made]

    def _held(self, each: Control) -> Any:
        return each.value if each.readonly or self.sent is None else self.sent.get(each.name)

    @property
    def values(self) -> dict[str, Any]:
        law = self.field.required
        return {
            "shown": law or bool(self.sent.get("shown")),
            "required": not law and bool(self.sent.get("required")),
            "label": {locale: str(self.sent.get(f"label.{locale}", "")) for locale in LOCALES},
        }


def indexable(field: Field) -> bool:
    return field.kind in SLOTS_OF
