"""A package's own names with its namespace before them: its code may write ``acme__Size__c`` and ``Size__c`` alike."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView

from orgwright.apex.names import bare
from orgwright.localorg.schema.model import Field


class NamespacedFields(Mapping[str, Field]):
    """The fields of a type by lower-case name, found with the namespace before their names as well."""

    __slots__ = ("_fields", "_namespace")

    def __init__(self, namespace: str, fields: Mapping[str, Field]) -> None:
        self._namespace, self._fields = namespace, fields

    def __getitem__(self, name: str) -> Field:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def get(self, name: str, default: Field | None = None) -> Field | None:  # type: ignore[override]
        """The field of that lower-case name."""
        found = self._fields.get(name)
        if found is None and (own := bare(self._namespace, name)) is not None:
            found = self._fields.get(own)
        return default if found is None else found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def values(self) -> ValuesView[Field]:
        """The fields in describe order."""
        return self._fields.values()

    def items(self) -> ItemsView[str, Field]:
        """Names and fields in describe order."""
        return self._fields.items()
