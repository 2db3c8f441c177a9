"""Find customers, contacts, records and cases from anywhere."""
