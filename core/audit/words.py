"""What each action is called: one sentence without its subject, "opened customer 10023", in English here and in the catalogs.

`%(what)s` is what the entry is about, `%(count)s` how many. Features and verticals add theirs with `register`; an action
without a sentence is shown by its name, and a test holds every action of the core to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from core.audit.sentences import SENTENCES
from core.errors import N_
from core.plugin.types import Label
from core.web.i18n import label

Sentence = str | Label
"""An English msgid, or a text for each language."""

SUBJECTS: dict[str, tuple[str, str]] = {
    "customer": (N_("customer %(number)s"), N_("a customer")),
    "case": (N_("case %(number)s"), N_("a case")),
    "record": (N_("record %(number)s"), N_("a record")),
    "export": (N_("export %(number)s"), N_("an export")),
    "finding": (N_("finding %(number)s"), N_("a finding")),
    "gate_decision": (N_("decision %(number)s"), N_("a decision")),
    "interaction": (N_("interaction %(number)s"), N_("an interaction")),
}
"""What an entry is about, with its number and without."""

ANY = N_("a customer, case or record")
ABOUT: dict[str, str] = {
    **dict.fromkeys(("attachment", "reveal", "value"), ANY), "gate": SUBJECTS["gate_decision"][1],
    "reading": SUBJECTS["record"][1],
}  # fmt: skip
"""What acts are about that are not called by it; all others are about a customer."""

KINDS: dict[str, str] = {
    "customer": N_("Customer"), "case": N_("Case"), "record": N_("Record"), "finding": N_("Finding"),
    "gate_decision": N_("Gate decision"), "interaction": N_("Interaction"),
}  # fmt: skip
"""Types of subjects that the page filters by number."""

FAULTS: dict[str, str] = {
    "entry_changed": N_("Entry %(sequence)s of batch %(batch)s was changed."),
    "entry_removed": N_("Entry %(sequence)s of batch %(batch)s was removed."),
    "entry_inserted": N_("Entry %(sequence)s was put into batch %(batch)s after it was sealed."),
    "batch_changed": N_("Batch %(batch)s was changed."),
    "batch_removed": N_("Batches %(batch)s to %(until)s were removed."),
    "batch_reordered": N_("Batch %(batch)s does not follow the one before it."),
    "tail_removed": N_("The end of the trail is missing: batches %(batch)s to %(until)s were there before."),
    "chain_replaced": N_("Batch %(batch)s is another one than was seen before."),
    "unknown_key": N_("Batch %(batch)s is signed with a key that this installation does not have."),
}
"""What verification finds (`verifying.Fault`)."""

ASKED: dict[str, str] = {
    "person": N_("By whom"), "party": N_("Side"), "engagement": N_("Engagement"), "action": N_("Act"),
    "outcome": N_("Result"), "subject": N_("About"), "customer": N_("Customer"), "since": N_("From day"), "until": N_("To day"),
}  # fmt: skip
"""What a list can be narrowed by."""

FIELDS: dict[str, Label] = {}
"""Labels of fields of customers, cases and records by name, handed in by `app.py`; of a vertical's `<key>.<name>`."""

DETAILS: dict[str, str] = {
    "endpoint": N_("Page or request"), "count": N_("Rows"), "asked": N_("Digest of what was asked"),
    "term": N_("Digest of what was typed"), "found": N_("Found"), "kind": N_("Kind"), "batches": N_("Batches"),
    "faults": N_("Faults"), "owner_id": N_("Looked after by"), "unit_id": N_("Unit"), "attributes": N_("Further fields"),
    "identifiers": N_("Numbers"), "number": N_("Number"), "hash": N_("Hash"), "state": N_("State"), "reason": N_("Reason"),
}  # fmt: skip
"""What an entry says besides, and of a list how many rows; digests are keyed, and tell nobody what was typed."""

PERMISSIONS: dict[str, Label] = {}
"""Labels of permissions, handed in by `app.py`: a refusal is noted under the permission that was missing."""

UNKNOWN = N_("did “%(action)s”")
REFUSED = N_("was refused: %(act)s")
NOBODY = N_("somebody who has left")


def field(name: str) -> str:
    """What a field is called, in the reader's language; a name that nobody declares is told as it is."""
    bare = name.partition(":")[0]
    known = FIELDS.get(bare) or FIELDS.get(bare.rpartition(".")[2])
    if known is not None:
        return label(known)
    told = DETAILS.get(bare) or ASKED.get(bare)
    return str(gettext(told)) if told else bare.rpartition(".")[2].replace("_", " ")


def register(sentences: Mapping[str, Sentence]) -> None:
    """Add the sentences of a feature or a vertical. One that is there already is a mistake."""
    twice = sorted(SENTENCES.keys() & sentences.keys())
    if twice:
        raise ValueError(f"These actions have a sentence already: {', '.join(twice)}")
    SENTENCES.update(sentences)


def sentence(action: str, *, subject_type: str, number: int | str | None, details: Mapping[str, Any]) -> str:
    """What was done, in the reader's language."""
    found = SENTENCES.get(action)
    what = subject(subject_type, number)
    count = details.get("count", details.get("found"))
    values = {"what": what, "count": "–" if count is None else count, "action": action}
    if found is None:
        return str(gettext(UNKNOWN, **values))
    if isinstance(found, str):
        return str(gettext(found, **values))
    return label(found) % values


def act(action: str) -> str:
    """What is done by it, of nothing in particular, in the reader's language."""
    noun, blank = action.partition(".")[0], {"count": "–", "action": action}
    what = SUBJECTS[noun][1] if noun in SUBJECTS else ABOUT.get(noun, SUBJECTS["customer"][1])
    found = SENTENCES[action]
    return str(gettext(found, what=gettext(what), **blank)) if isinstance(found, str) else label(found) % blank


def subject(subject_type: str, number: int | str | None) -> str:
    numbered, bare = SUBJECTS.get(subject_type, (None, None))
    if numbered is None or bare is None:
        return subject_type.replace("_", " ")
    return str(gettext(bare) if number is None else gettext(numbered, number=number))
