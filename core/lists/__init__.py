"""What lists of any kind of row share: saved views, and acts on many rows with preview, progress and undo."""
