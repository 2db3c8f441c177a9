"""What a step does besides moving the case: named effects, executed in its transaction.

A workflow writes `verb` or `verb:argument`. The core knows the verbs; a boot check refuses any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from core.cases.models import Case
from core.contacts import service as contacts
from core.context import Context
from core.fields import merge_attributes

_REFUSED_ZH, _REFUSED_EN = "客户在工单 {} 中拒绝", "The customer refused in case {}"
"""Evidence is written down once, in the language of who records it."""

Effect: TypeAlias = Callable[[Session, Context, Case, str, datetime], None]


def _do_not_contact(session: Session, context: Context, case: Case, purpose: str, at: datetime) -> None:
    """The customer refused: an entry on the list, and a consent that is withdrawn on every channel."""
    reason = (_REFUSED_ZH if context.locale.startswith("zh") else _REFUSED_EN).format(case.number)
    contacts.add_do_not_contact(
        session, context=context, customer_id=case.customer_id, purpose=purpose, reason=reason, source="case"
    )
    contacts.record_consent(
        session,
        context=context,
        customer_id=case.customer_id,
        purpose=purpose,
        channel="any",
        status="withdrawn",
        captured_at=at,
        evidence=reason,
        source="case",
    )


def _close(_session: Session, _context: Context, case: Case, outcome: str, at: datetime) -> None:
    case.closed_at, case.outcome = at, outcome or case.outcome or case.state


def _set_field(_session: Session, _context: Context, case: Case, argument: str, _at: datetime) -> None:
    """`set_field:<key>.<choice>` sets a choice of the case; `true` and `false` a yes-no."""
    key, _, choice = argument.partition(".")
    value = {"true": True, "false": False}.get(choice, choice)
    owner = case.workflow.partition(".")[0]
    case.attributes = merge_attributes(case.attributes, {owner: {key: value}})


EFFECTS: Mapping[str, Effect] = {"do_not_contact": _do_not_contact, "close": _close, "set_field": _set_field}


def run(session: Session, context: Context, case: Case, effect: str, *, at: datetime) -> None:
    """Execute one effect. What it raises undoes the step."""
    verb, _, argument = effect.partition(":")
    EFFECTS[verb](session, context, case, argument, at)
