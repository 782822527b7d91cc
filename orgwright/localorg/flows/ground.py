"""Records as flows read them: whole, with their formulas, and what they refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import QueryProblem, Record
from orgwright.localorg.dml.calculated import add_calculated
from orgwright.localorg.flows.faults import Fault
from orgwright.localorg.flows.values import FlowRecord
from orgwright.localorg.schema.model import Field, SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


class Ground:
    """What flows read of the org, in system mode."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def type(self, name: str) -> SObjectType:
        """The SObject type; a fault where the org has none of that name."""
        found = self.tx.schema.sobject(name)
        if found is None:
            raise Fault(f"The object {name} can't be found.")
        return found

    def field(self, sobject: str, name: str) -> Field:
        """A field of a type; a fault where there is none of that name."""
        found = self.type(sobject).field(name)
        if found is None:
            raise Fault(f"The field {name} of {sobject} can't be found.")
        return found

    def query(self, soql: str, binds: Mapping[str, Any]) -> list[FlowRecord]:
        """Records of a query, with all their fields, in its order."""
        try:
            found = self.tx.query(soql, binds=binds, access="system").records
        except QueryProblem as problem:
            raise Fault(
                f"This error occurred when the flow tried to look up records: {problem.code}: {problem}."
            ) from None
        if not found:
            return []
        whole = self.records(found[0].type, [str(record.fields["Id"]) for record in found])
        return [whole[str(record.fields["Id"])] for record in found if str(record.fields["Id"]) in whole]

    def records(self, sobject: str, wanted: Sequence[str]) -> dict[str, FlowRecord]:
        """Records by Id."""
        plan = self.tx.type_plan(self.type(sobject))
        stored = self.tx.fetch(plan, wanted)
        late = [plan.late(id, row) for id, row in stored.items()]
        add_calculated(self.tx, plan, late, lambda: list(stored.values()))
        return {str(one.id): loaded(one) for one in late}

    def member(self, record: Record, name: str) -> Any:
        """A field of a record, or the record that it refers to."""
        low = name.lower()
        for known, value in record.fields.items():
            if known.lower() == low:
                return FlowRecord(value.type, value.fields) if type(value) is Record else value
        sobject = self.type(record.type)
        reference = sobject.parent_field(name)
        if reference is None:
            if sobject.field(name) is None:
                raise Fault(f"The field {name} of {record.type} can't be found.")
            return None
        id = self.member(record, reference.name)
        target = self.tx.schema.sobject_of_id(str(id)) if id else None
        return None if target is None else self.records(target.name, [str(id)]).get(str(id))


def loaded(record: Record) -> FlowRecord:
    """A record that came from the org."""
    return FlowRecord(record.type, dict(record.fields), dict(record.fields))
