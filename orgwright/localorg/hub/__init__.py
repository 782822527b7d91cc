"""The embedded Dev Hub: production orgs sign scratch orgs up."""
