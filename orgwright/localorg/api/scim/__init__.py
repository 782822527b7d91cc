"""SCIM 2.0: users made by identity tools and the sf CLI."""
