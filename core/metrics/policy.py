"""Permissions of metrics."""

READ = "kpi.read"
