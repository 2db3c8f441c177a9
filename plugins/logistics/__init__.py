"""The logistics vertical: shipments, what was promised, complaints, and goods that must not be carried."""
