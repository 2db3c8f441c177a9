"""Demonstration data: made-up client companies, their customers, a provider and what happened between them lately."""
