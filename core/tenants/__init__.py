"""Tenants: organisations that own customers or work for those that do, their verticals and numbers."""
