"""What is measured, each with its limit program beside it. See README.md."""
