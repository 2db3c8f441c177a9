"""Kehub's core: tenants, customers, contacts and billing. It names no vertical."""
