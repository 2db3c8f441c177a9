"""The web edge: pages and their guards, the look, languages, security headers and errors."""
