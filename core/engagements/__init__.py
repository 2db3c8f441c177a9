"""Engagements: a client lets a provider work on listed customers, for a purpose and a time."""
