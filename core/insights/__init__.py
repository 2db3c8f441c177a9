"""Insights: the dashboard both parties begin the day with."""
