"""What people are told: the bell, mail, preferences and digests."""
