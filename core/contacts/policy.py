"""Permissions of contacts."""

CONSENT_WRITE = "consent.write"
