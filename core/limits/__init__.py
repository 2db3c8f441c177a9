"""Rate limits: how much of something one address, person or token may ask for, counted over all processes."""
