"""The real estate vertical: projects, buildings and units, and a sale from subscription to filing."""
