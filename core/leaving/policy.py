"""Permissions of leaving."""

EXPORT = "tenant.export"
APPROVE_EXPORT = "tenant.export_approve"
CLOSE = "tenant.close"
