"""Cases: work that moves through a vertical's workflow, step by named step."""
