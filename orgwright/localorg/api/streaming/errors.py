"""Errors outside a Bayeux message (no session, a body that is no JSON): REST's shape."""

from __future__ import annotations

from orgwright.localorg.api.rest.errors import answer

__all__ = ["answer"]
