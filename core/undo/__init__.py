"""Undo: what a bulk act, an import or a merge changed is put back, row by row, where nobody has changed it since."""
