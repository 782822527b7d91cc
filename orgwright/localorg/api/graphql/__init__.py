"""The GraphQL API (``uiapi``) over the org's own queries and saves."""
