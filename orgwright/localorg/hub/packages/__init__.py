"""Second-generation packages: made in a Dev Hub, kept by the server, installed into any of its orgs."""
