"""Apex on the org: the border of :mod:`orgwright.apex.host` on top of a transaction."""
