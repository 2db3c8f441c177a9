"""The web edge: pages and their guards, the look, languages, security headers and errors. `install()` puts it all on an app."""
