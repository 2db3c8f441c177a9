"""A partner's vertical for veterinary clinics: one field, one page, one table, one rule."""
