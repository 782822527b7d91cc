"""What no other API package serves."""
