"""Custom fields and objects from the words of the Metadata API."""

from __future__ import annotations
