"""The REST data API: ``/services/data``."""
