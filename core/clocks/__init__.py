"""Deadlines of cases and records, kept as rows and fired once."""
