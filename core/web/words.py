"""The words of the core's own fixed lists, in the reader's language: `word("purpose", "retention")`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from core.context import WITHHELD

WORDS: Mapping[str, Mapping[str, Any]] = {
    "purpose": {
        "service": _l("Service"),
        "marketing": _l("Marketing"),
        "retention": _l("Retention"),
        "survey": _l("Survey"),
        "collections": _l("Collections"),
        "recall": _l("Recall"),
        "any": _l("Every purpose"),
    },
    "channel": {
        "phone": _l("Phone"),
        "sms": _l("Text message"),
        "email": _l("E-mail"),
        "post": _l("Post"),
        "chat": _l("Chat"),
        "visit": _l("Visit"),
        "any": _l("Every channel"),
    },
    "match_level": {
        "same": _l("Same"),
        "close": _l("Nearly the same"),
        "alike": _l("Alike"),
        "different": _l("Different"),
        "missing": _l("Missing"),
    },
    "engagement_state": {
        "idea": _l("Idea"),
        "business_case": _l("Business case"),
        "sourcing": _l("Sourcing"),
        "due_diligence": _l("Due diligence"),
        "contracting": _l("Contracting"),
        "transition": _l("Transition"),
        "live": _l("Live"),
        "remediation": _l("Remediation"),
        "suspended": _l("Suspended"),
        "renewing": _l("Renewing"),
        "exiting": _l("Exiting"),
        "closed": _l("Closed"),
    },
    "tenant_state": {
        "trial": _l("On trial"),
        "active": _l("Active"),
        "suspended": _l("Suspended"),
        "closing": _l("Closing"),
        "deleted": _l("Deleted"),
    },
    "run_state": {
        "waiting": _l("Waiting"),
        "running": _l("Running"),
        "done": _l("Done"),
        "failed": _l("Failed"),
        "cancelled": _l("Cancelled"),
    },
    "tenant_actor": {"admin": _l("Administrator"), "operator": _l("The platform"), "clock": _l("The clock")},
    "criticality": {"ordinary": _l("Ordinary"), "important": _l("Important"), "critical": _l("Critical")},
    "engagement_event": {
        "begun": _l("Begun"),
        "offered": _l("Offered to a provider"),
        "accepted": _l("Accepted by the provider"),
        "declined": _l("Declined by the provider"),
        "dated": _l("Last day set"),
    },
    "grant_state": {
        "requested": _l("Asked for"),
        "dpo_check": _l("Checked, waits for approval"),
        "approved": _l("Approved, not begun"),
        "active": _l("Active"),
        "expiring": _l("Ends soon"),
        "refused": _l("Refused"),
        "revoked": _l("Revoked"),
        "replaced": _l("Replaced by a wider one"),
        "expired": _l("Expired"),
        "purge_proved": _l("Deletion proved"),
    },
    "list_state": {
        "lending": _l("Being leased"),
        "live": _l("On lease"),
        "returned": _l("Returned with proof"),
        "expired": _l("Expired, proof is due"),
        "ended": _l("Taken back, proof is due"),
    },
    "mask_policy": {"masked": _l("Masked"), "clear": _l("Seen clear"), "hidden": _l("Hidden")},
    "site_kind": {
        "provider_site": _l("Provider's site"),
        "onsite_client": _l("At the client"),
        "home": _l("At home"),
        "offshore": _l("Offshore"),
    },
    "seat_state": {"waiting": _l("Waits for the client"), "active": _l("Let in"), "blocked": _l("Blocked")},
    "canary_alarm": {
        "contact": _l("Contacted outside the lease"),
        "gate": _l("A contact was asked for outside the lease"),
        "reveal": _l("Revealed outside the lease"),
        "report": _l("Reported from outside"),
    },
    "customer_kind": {"person": _l("Person"), "organisation": _l("Organisation"), "household": _l("Household")},
    "customer_state": {
        "active": _l("Active"),
        "merged": _l("Merged"),
        "archived": _l("Archived"),
        "erased": _l("Erased"),
    },
    "consent": {
        "granted": _l("Granted"),
        "withdrawn": _l("Withdrawn"),
        "refused": _l("Refused"),
        "expired": _l("Expired"),
        "never": _l("Never asked"),
    },
    "exact_number": {
        "phone": _l("Phone number"),
        "document": _l("Identity document"),
        "card": _l("Card"),
        "account": _l("Account or other number"),
        "plate": _l("Plate or vehicle number"),
    },
    "contact_kind": {
        "phone": _l("Phone"),
        "email": _l("E-mail"),
        "address": _l("Address"),
        "chat": _l("Chat account"),
    },
    "verified_how": {
        "call": _l("By a call"),
        "code": _l("By a code they read back"),
        "letter": _l("By a letter they answered"),
        "document": _l("By a document"),
        "visit": _l("By a visit"),
        "other": _l("Otherwise"),
    },
    "stale_reason": {
        "unreachable": _l("cannot be reached"),
        "bounced": _l("comes back"),
        "not_theirs": _l("is somebody else's"),
        "moved": _l("moved away"),
        "said_so": _l("they said so"),
    },
    "basis": {
        "consent": _l("Consent"),
        "contract": _l("Contract"),
        "legal": _l("Legal duty"),
        "public": _l("Public interest"),
        "legitimate_interest": _l("Legitimate interest"),
    },
    "number_scheme": {
        "account": _l("Account number"),
        "document:ric": _l("Identity card"),
        "document:passport": _l("Passport"),
        "document:uscc": _l("Unified social credit code"),
        "external": _l("Number in another system"),
    },
    "verdict": {
        "allow": _l("Allowed"),
        "warn": _l("Allowed with a warning"),
        "defer": _l("Not yet"),
        "hold": _l("On hold"),
        "deny": _l("Denied"),
    },
    "record_column": {
        "state": _l("State"),
        "customer_id": _l("Holder"),
        "parent_id": _l("Belongs to"),
        "occurred_at": _l("Begins"),
        "ends_at": _l("Ends"),
        "amount_minor": _l("Amount"),
        "currency": _l("Currency"),
    },
    "reading_status": {
        "original": _l("The counter as it was"),
        "replaced": _l("The counter was replaced"),
        "rolledover": _l("The counter began again at zero"),
        "unknown": _l("Not known"),
    },
    "approval_state": {"approved": _l("Approved"), "refused": _l("Refused")},
    "severity": {"low": _l("Low"), "normal": _l("Normal"), "high": _l("High"), "urgent": _l("Urgent")},
    "party": {"client": _l("Client"), "provider": _l("Provider"), "system": _l("System")},
    "field_kind": {
        "text": _l("Text"),
        "long_text": _l("Long text"),
        "integer": _l("Whole number"),
        "decimal": _l("Number"),
        "money": _l("Amount"),
        "boolean": _l("Yes or no"),
        "date": _l("Date"),
        "datetime": _l("Date and time"),
        "choice": _l("One of a list"),
        "choices": _l("Some of a list"),
    },
    "sensitivity": {"plain": _l("Plain"), "personal": _l("Personal"), "sensitive": _l("Sensitive")},
}


def word(kind: str, key: str) -> Any:
    """The word for a key; a key without one (a newer release wrote it) is shown as it is."""
    return WORDS[kind].get(key, key)


def withheld_text(reason: str) -> str:
    """Why customers are withheld from a provider's person, in the reader's language."""
    return str(gettext(WITHHELD.get(reason, reason)))


def install_words(app: Flask) -> None:
    app.jinja_env.globals.update(word=word, withheld_text=withheld_text)
