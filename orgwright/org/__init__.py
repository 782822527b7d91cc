"""Clients: any org over HTTP. They know no connector."""

from orgwright.org.client import Answer, OrgClient, Request, RowResult, quote
from orgwright.org.connection import Connection, Secret
from orgwright.org.errors import ApiError, LimitExceeded, Unauthorized, UnexpectedAnswer, Unreachable

__all__ = [
    "Answer",
    "ApiError",
    "Connection",
    "LimitExceeded",
    "OrgClient",
    "Request",
    "RowResult",
    "Secret",
    "Unauthorized",
    "UnexpectedAnswer",
    "Unreachable",
    "quote",
]
