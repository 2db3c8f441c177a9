"""Work outside the request: one job that works for about a second, commits and defers its own continuation."""
