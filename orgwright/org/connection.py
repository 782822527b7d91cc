"""How to reach one org: where it is, who we are there, and the secret that opens it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_API_VERSION = "67.0"


class Secret:
    """A token or password that shows itself only when asked to."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True)
class Connection:
    """One org as a client sees it.

    ``instance_url`` has no trailing slash, ``api_version`` reads ``67.0``; ``ca_bundle`` is a PEM file that
    vouches for the org's certificate; ``refresh`` fetches a new token when the org refuses the old one.
    """

    alias: str
    instance_url: str
    token: Secret
    org_id: str
    username: str
    api_version: str = DEFAULT_API_VERSION
    ca_bundle: Path | None = None
    refresh: Callable[[], Secret] | None = field(default=None, repr=False)
