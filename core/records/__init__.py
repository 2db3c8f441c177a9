"""Records: what a customer has or a client sells. The type comes from a vertical, the table from here."""
