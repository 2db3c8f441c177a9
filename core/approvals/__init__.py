"""One person asks, another decides: requests for acts that need a second pair of eyes."""
