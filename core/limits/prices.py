"""Pages and operations of the API that spend from a budget of their own, by endpoint. A test holds that each exists."""

from __future__ import annotations

from collections.abc import Mapping

PRICES: Mapping[str, str] = {
    **dict.fromkeys(
        ("invitations.send", "invitations.resend", "api_invitations.invite", "api_invitations.resend"), "invitation"
    ),
    **dict.fromkeys(
        (
            "attachments.create", "attachments.create_on_case", "api_attachments.create", "api_attachments.create_on_case",
        ),
        "attachment",
    ),
    **dict.fromkeys(("privacy.show", "privacy.show_of_record", "api_reveals.create"), "reveal"),
    **dict.fromkeys(("privacy.found", "api_searches.create"), "search"),
    **dict.fromkeys(
        (
            "api_exports.create", "exports.ask", "exports.take", "audit.make_pack", "audit.pack_file",
            "configuration_files.export", "leaving.ask", "leaving.take", "metrics.as_csv",
        ),
        "export",
    ),
}  # fmt: skip
"""The budget is kept for each person; a program spends from its person's."""
