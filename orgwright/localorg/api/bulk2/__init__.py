"""Bulk API 2.0: ``/services/data/vXX.0/jobs/ingest`` and ``/jobs/query``."""
