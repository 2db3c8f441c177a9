"""The audit trail: who did what to which record, appended in the act's own transaction, and refusals kept after it."""
