"""Dated, sourced numbers of law and contract: which one is in force, and the list of all with their sources."""

from core.parameters.queries import ParameterRow, list_parameters, resolve

__all__ = ["ParameterRow", "list_parameters", "resolve"]
