"""REST resources of the Metadata API: ``metadata/deployRequest``."""
