"""Figures of whole commands: run with ``make bench``."""
