"""Contacts: how a customer can be reached, and whether it may be, per purpose and channel."""
