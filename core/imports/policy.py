"""Permission of imports."""

RUN = "import.run"
