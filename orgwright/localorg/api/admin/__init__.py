"""The embedded org's own administration: for local faces that can read ``service.json``."""
