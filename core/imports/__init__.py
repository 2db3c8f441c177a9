"""Imports: files of customers, every row reported, nothing lost, safe to run again."""
