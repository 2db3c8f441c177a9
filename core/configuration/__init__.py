"""How a tenant tailors a vertical: fields, workflows, rules and parameters, with preview and a second person."""
