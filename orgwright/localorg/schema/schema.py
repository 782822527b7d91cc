"""All SObject types of an org at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orgwright.apex.host import QueryShape
from orgwright.localorg.schema.model import SObjectType


class Schema:
    """Immutable; edited by the functions of :mod:`orgwright.localorg.schema.edit`."""

    settings: Mapping[str, Any]
    """Org settings that were deployed, as ``QuoteSettings.enableQuote`` -> value."""

    @property
    def fingerprint(self) -> str:
        raise NotImplementedError

    def sobject(self, name: str) -> SObjectType | None:
        raise NotImplementedError

    def sobject_names(self) -> Iterable[str]:
        raise NotImplementedError

    def sobject_of_id(self, id: str) -> SObjectType | None:
        raise NotImplementedError

    def check_query(self, soql: str) -> QueryShape:
        raise NotImplementedError

    def has_label(self, name: str) -> bool:
        raise NotImplementedError

    def label(self, name: str) -> str | None:
        raise NotImplementedError
