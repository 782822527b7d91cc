"""Mutation testing of the generated Apex: ``make mutation``."""
