"""What each action is called: one sentence without its subject, "opened customer 10023", in English here and in the catalogs.

`%(what)s` is what the entry is about, `%(count)s` how many. Features and verticals add theirs with `register`; an action
without a sentence is shown by its name, and a test holds every action of the core to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from core.errors import N_
from core.plugin.types import Label
from core.web.i18n import label

Sentence = str | Label
"""An English msgid, or a text for each language."""

SENTENCES: dict[str, Sentence] = {
    "api_token.issued": N_("issued an API token"),
    "api_token.revoked": N_("revoked an API token"),
    "approval.approved": N_("approved a request"),
    "approval.declined": N_("declined a request"),
    "approval.delegated": N_("named a deputy for approvals"),
    "approval.delegation_ended": N_("ended a deputy's time"),
    "approval.expired": N_("let a request for approval expire"),
    "approval.requested": N_("asked somebody else for approval"),
    "approval.withdrawn": N_("withdrew a request for approval"),
    "audit.exported": N_("took an evidence pack of %(count)s entries"),
    "audit.pack_opened": N_("downloaded an evidence pack"),
    "audit.verified": N_("verified the audit trail: %(count)s entries"),
    "calendar.day_added": N_("added a day to the calendar"),
    "calendar.day_changed": N_("changed a day of the calendar"),
    "calendar.day_removed": N_("removed a day from the calendar"),
    "case.assigned": N_("assigned %(what)s"),
    "case.breach_step_refused": N_("was refused the step that a deadline asked for on %(what)s"),
    "case.commented": N_("commented on %(what)s"),
    "case.of_finding_refused": N_("could not open the case that a finding asks for"),
    "case.opened": N_("opened %(what)s for a customer"),
    "case.read": N_("looked at %(what)s"),
    "case.transitioned": N_("took a step on %(what)s"),
    "case.updated": N_("changed %(what)s"),
    "cases.change_undone": N_("took back a change of many cases"),
    "cases.changed": N_("changed %(count)s cases together"),
    "cases.listed": N_("looked at a list of cases (%(count)s)"),
    "configuration.exported": N_("exported the configuration"),
    "configuration.imported": N_("imported a configuration"),
    "consent.recorded": N_("recorded the consent of %(what)s"),
    "contact.added": N_("added a contact to %(what)s"),
    "contact_point.added": N_("added a number or address to %(what)s"),
    "customer.created": N_("created %(what)s"),
    "customer.identified": N_("added a number to %(what)s"),
    "customer.read": N_("looked at %(what)s"),
    "customer.revealed": N_("saw document numbers of %(what)s in clear"),
    "customer.updated": N_("changed %(what)s"),
    "customers.imported": N_("imported customers"),
    "customers.leased": N_("leased customers to the provider"),
    "customers.listed": N_("looked at a list of customers (%(count)s)"),
    "customers.searched": N_("searched customers (%(count)s found)"),
    "demo.seeded": N_("filled the demonstration"),
    "do_not_contact.added": N_("noted that %(what)s must not be contacted"),
    "engagement.opened": N_("opened an engagement"),
    "field.changed": N_("changed a field of the workspace"),
    "field.created": N_("added a field to the workspace"),
    "field.indexed": N_("made a field quick to filter by"),
    "field.released": N_("gave up filtering quickly by a field"),
    "field.restored": N_("restored a field of the workspace"),
    "field.retired": N_("retired a field of the workspace"),
    "field.tailored": N_("changed how a field is shown"),
    "fields.ordered": N_("changed the order of fields"),
    "finding.raised": N_("raised %(what)s"),
    "finding.read": N_("looked at %(what)s"),
    "finding.settled": N_("settled %(what)s"),
    "findings.listed": N_("looked at a list of findings (%(count)s)"),
    "gate.decided": N_("asked the gate: %(what)s"),
    "gate_decisions.listed": N_("looked at the gate's decisions (%(count)s)"),
    "interaction.read": N_("looked at %(what)s"),
    "interaction.recorded": N_("recorded %(what)s"),
    "interaction.ungated": N_("recorded %(what)s, made past the gate"),
    "interactions.listed": N_("looked at a list of interactions (%(count)s)"),
    "leases.ended": N_("took customers back from the provider"),
    "mail.sent_again": N_("sent an e-mail again"),
    "parameter.approved": N_("approved another value of a parameter"),
    "parameter.override_ended": N_("returned a parameter to its default"),
    "parameter.overridden": N_("asked for another value of a parameter"),
    "person.changed": N_("changed a person's details"),
    "person.invited": N_("invited a person"),
    "person.left": N_("ended a person's access"),
    "person.returned": N_("gave a person access again"),
    "person.roles_changed": N_("changed a person's roles"),
    "reading.added": N_("added a reading to %(what)s"),
    "record.breach_move_refused": N_("was refused the step that a deadline asked for on %(what)s"),
    "record.created": N_("created %(what)s"),
    "record.read": N_("looked at %(what)s"),
    "record.updated": N_("changed %(what)s"),
    "records.exported": N_("exported records (%(count)s)"),
    "records.imported": N_("imported records"),
    "records.listed": N_("looked at a list of records (%(count)s)"),
    "records.searched": N_("searched records (%(count)s found)"),
    "role.archived": N_("archived a role"),
    "role.changed": N_("changed a role"),
    "role.created": N_("made a role"),
    "rule.changed": N_("changed the mode of a rule"),
    "rule.tried": N_("tried a rule on past data"),
    "unit.archived": N_("archived a unit"),
    "unit.changed": N_("changed a unit"),
    "unit.created": N_("added a unit"),
    "vertical.disabled": N_("switched a vertical off"),
    "vertical.enabled": N_("switched a vertical on"),
    "workflow.tailored": N_("changed a workflow of the workspace"),
}

SUBJECTS: dict[str, tuple[str, str]] = {
    "customer": (N_("customer %(number)s"), N_("a customer")),
    "case": (N_("case %(number)s"), N_("a case")),
    "record": (N_("record %(number)s"), N_("a record")),
    "finding": (N_("finding %(number)s"), N_("a finding")),
    "gate_decision": (N_("decision %(number)s"), N_("a decision")),
    "interaction": (N_("interaction %(number)s"), N_("an interaction")),
}
"""What an entry is about, with its number and without."""

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
    "person": N_("Person"), "party": N_("Side"), "engagement": N_("Engagement"), "action": N_("Act"),
    "outcome": N_("Outcome"), "subject": N_("About"), "customer": N_("Customer"), "since": N_("From"), "until": N_("To"),
}  # fmt: skip
"""What a list can be narrowed by."""

PERMISSIONS: dict[str, Label] = {}
"""Labels of permissions, handed in by `app.py`: a refusal is noted under the permission that was missing."""

UNKNOWN = N_("did “%(action)s”")
REFUSED = N_("was refused: %(act)s")
NOBODY = N_("somebody who has left")


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


def subject(subject_type: str, number: int | str | None) -> str:
    numbered, bare = SUBJECTS.get(subject_type, (None, None))
    if numbered is None or bare is None:
        return subject_type.replace("_", " ")
    return str(gettext(bare) if number is None else gettext(numbered, number=number))
