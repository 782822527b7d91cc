"""Errors of the request itself, such as an invalid session: as REST writes them."""

from __future__ import annotations

from orgwright.localorg.api.rest.errors import answer

__all__ = ["answer"]
