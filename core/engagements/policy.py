"""Permissions of engagements."""

READ = "engagement.read"
LEASE = "lease.manage"
