"""Facts about Salesforce's standard objects, and how they are packed."""
