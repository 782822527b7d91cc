"""The embedded org: Salesforce's own APIs on loopback. Knows nothing of connectors."""
