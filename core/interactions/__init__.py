"""Interactions: one touch with a customer on any channel, with its outcome and the gate decision behind it."""
