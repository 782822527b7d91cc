"""``AccountCreate``, ``AccountUpdate`` and ``AccountDelete`` for each object.

https://developer.salesforce.com/docs/platform/graphql/guide/mutations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orgwright.apex.host import Record
from orgwright.localorg.api.graphql.document import Asked
from orgwright.localorg.api.graphql.nodes import Fetch, Read, node
from orgwright.localorg.api.rest import querying
from orgwright.localorg.api.rest.saving import quoted, refused, save
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import SObjectType

_OPERATIONS = {"Create": "insert", "Update": "update", "Delete": "delete"}


@dataclass(frozen=True)
class Mutation:
    """One change of one record, checked but not yet made."""

    asked: Asked
    sobject: SObjectType
    operation: str
    record: Record

    @classmethod
    def of(cls, tx: Transaction, asked: Asked) -> Mutation:
        """The mutation that a field describes; raises ``Invalid`` for what no mutation is."""
        kind = asked.name[-6:]
        sobject = tx.schema.sobject(asked.name[:-6])
        if (
            kind not in _OPERATIONS
            or sobject is None
            or sobject.name != asked.name[:-6]
            or not tx.rights.reads(sobject)
        ):
            raise asked.undefined("UIAPIMutations")
        given = asked.arguments.get("input")
        if not isinstance(given, Mapping):
            raise asked.invalid("MissingFieldArgument", "Missing field argument input")
        allowed = {"Create": {sobject.name}, "Update": {"Id", sobject.name}, "Delete": {"Id"}}[kind]
        fields = dict(given.get(sobject.name) or {}) if isinstance(given.get(sobject.name) or {}, Mapping) else None
        if set(given) - allowed or fields is None or (kind != "Create" and not isinstance(given.get("Id"), str)):
            text = f"argument 'input' with value '{dict(given)}' is not a valid '{asked.name}Input'"
            raise asked.invalid("WrongType", text)
        for name, value in fields.items():
            known = sobject.field(name)
            if known is None or known.name != name or name == "Id" or isinstance(value, (Mapping, list)):
                text = f"argument 'input.{sobject.name}' has no such field or value in '{asked.name}Representation': '{name}'"
                raise asked.invalid("WrongType", text)
        if kind != "Create":
            fields["Id"] = given["Id"]
        found = cls(asked, sobject, _OPERATIONS[kind], Record(sobject.name, fields))
        found._readers(Fetch(tx))
        return found

    def run(self, tx: Transaction, version: str) -> dict[str, Any]:
        """Make the change; what was asked of its outcome. Raises ``ApiError`` when the record is refused."""
        outcome = save(tx, self.operation, [self.record])[0]
        if not outcome.success or outcome.id is None:
            raise refused(outcome.errors)
        fetch = Fetch(tx)
        readers = self._readers(fetch)
        row: Mapping[str, Any] = {}
        if any(one.name == "Record" for one in self.asked.asked):
            soql = f"SELECT {', '.join(fetch.items)} FROM {self.sobject.name} WHERE Id = {quoted(outcome.id)}"
            row = next(iter(querying.fetch(tx, soql, version=version)), {})
        return {key: reader({"Id": outcome.id, **row}) for key, reader in readers.items()}

    def _readers(self, fetch: Fetch) -> dict[str, Read]:
        return {one.alias: self._reader(fetch, one) for one in self.asked.asked}

    def _reader(self, fetch: Fetch, asked: Asked) -> Read:
        deletes = self.operation == "delete"
        if asked.name == "Record" and not deletes:
            return node(fetch, self.sobject, asked)
        if asked.name == "Id" and deletes:
            return lambda row: row["Id"]
        if asked.name == "success" and self.operation == "update":
            return lambda row: True
        if asked.name == "__typename":
            return lambda row: f"{self.asked.name}Payload"
        raise asked.undefined(f"{self.asked.name}Payload")
