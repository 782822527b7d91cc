"""Syntax tree to typed tree: names, overloads, conversions, flow; compile errors in Salesforce's words."""

from orgwright.apex.check.compile import Compiler, compile_units

__all__ = ["Compiler", "compile_units"]
