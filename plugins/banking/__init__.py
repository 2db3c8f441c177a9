"""The banking vertical: accounts, suitability, complaint deadlines and the rules of contacting customers."""
