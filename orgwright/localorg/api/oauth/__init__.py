"""OAuth 2.0 as Salesforce speaks it: ``/services/oauth2`` and the identity URL ``/id``."""
