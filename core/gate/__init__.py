"""The gate: no outbound contact, reveal, export or campaign start without a stored decision."""
