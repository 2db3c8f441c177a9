"""Working days of a place: public holidays with their swapped working days, and a tenant's own exceptions."""
