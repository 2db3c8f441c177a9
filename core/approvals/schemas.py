"""What the API says and takes of requests for approval."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.approvals.queries import SHOWN
from core.approvals.service import TEXT_LIMIT
from core.approvals.shown import STATES

HIDDEN = "Numbers and addresses in it are hidden from a provider."


class Approval(Schema):
    id = fields.UUID()
    number = fields.Integer(metadata={"description": "Short enough to say on the phone."})
    kind = fields.String(metadata={"description": "What is asked for, as `case.step`."})
    title = fields.String(metadata={"description": "What is asked, in the language of the token's person."})
    subject_type = fields.String()
    subject_id = fields.UUID(allow_none=True)
    customer_id = fields.UUID(allow_none=True)
    permission = fields.String(metadata={"description": "What a person needs to decide."})
    reason = fields.String(allow_none=True, metadata={"description": HIDDEN})
    requested_by = fields.UUID(allow_none=True)
    requested_party = fields.String()
    requested_at = Instant()
    expires_at = Instant()
    state = fields.String(metadata={"enum": list(STATES)})
    may_decide = fields.Boolean(metadata={"description": "Whether the token's person may decide on it now."})
    decided_by = fields.UUID(allow_none=True)
    decided_for = fields.UUID(allow_none=True, metadata={"description": "In whose place it was decided."})
    decided_at = Instant(allow_none=True)
    note = fields.String(allow_none=True, metadata={"description": f"Of who decided. {HIDDEN}"})
    result = fields.Dict(metadata={"description": "Ids and numbers of what came of it."})
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


ApprovalPage = page_of(Approval, name="ApprovalPage")


class ApprovalQuery(ListQuery):
    show = fields.String(
        load_default="all",
        validate=validate.OneOf([*SHOWN, "all"], error=NO_CHOICE),
        metadata={"description": "`open` waits for you, `mine` you asked for, `decided` is no longer open."},
    )
    state = fields.String(load_default=None, validate=validate.OneOf(list(STATES), error=NO_CHOICE))


class ApprovalDecision(Strict):
    approve = fields.Boolean(required=True)
    note = fields.String(
        load_default=None, allow_none=True,
        metadata={"maxLength": TEXT_LIMIT, "description": "Needed to refuse."},
    )  # fmt: skip
