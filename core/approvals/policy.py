"""Permissions of approvals. Who decides on a request needs the permission that the request itself names."""

READ = "approval.read"
