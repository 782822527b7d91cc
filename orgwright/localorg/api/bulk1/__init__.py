"""Bulk API 1.0: ``/services/async/XX.0/job``, for clients that still use it (CSV, JSON and XML)."""
