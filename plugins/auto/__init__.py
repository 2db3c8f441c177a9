"""The automotive vertical: vehicles, their odometers, and the statutory warranty (三包)."""
