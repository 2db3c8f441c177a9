"""The file store: uploaded and generated files, outside the web root, known by id."""
