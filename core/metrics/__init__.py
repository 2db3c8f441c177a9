"""Metrics: a vertical's KPIs computed by one function for screen, CSV and API, with numerator and denominator."""
