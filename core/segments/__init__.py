"""Segments of customers, live or taken at a moment, and their grades."""
