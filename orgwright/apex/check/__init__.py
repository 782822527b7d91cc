"""Syntax tree to typed tree: names, overloads, conversions, flow; compile errors in Salesforce's words."""
