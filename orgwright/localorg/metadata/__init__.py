"""The Metadata API of the embedded org: deploy, retrieve, list, describe, read."""
