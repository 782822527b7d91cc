"""Copies of orgs: snapshots to go back to, clones, sandboxes."""
