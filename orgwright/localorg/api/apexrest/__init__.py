"""Apex REST: ``/services/apexrest``."""
