"""List, Set and Map."""
