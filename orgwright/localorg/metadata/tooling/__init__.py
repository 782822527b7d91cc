"""Objects of the Tooling API that are no tables: made from components, schema, coverage and deploys when asked."""
