"""Raw records to stored values: names, types, rights, parents by external id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Record
from orgwright.localorg.dml import junctions
from orgwright.localorg.dml.coerce import Coercer, Refused
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.dml.rows import ParentKey, Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.schema.model import Field
from orgwright.localorg.store import ids

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

Setter = Callable[[Row, Any], None]


class Loader:
    """Loads the records of one request and type; a setter for each key is found once."""

    def __init__(self, tx: Transaction, plan: TypePlan, request: SaveRequest, creating: bool) -> None:
        self.tx, self.plan, self.request, self.creating = tx, plan, request, creating
        self.raw = request.raw
        self._setters: dict[str, Setter] = {}
        self._plain: dict[str, tuple[str, Coercer]] = {}

    def load(self, rows: Sequence[Row]) -> None:
        """Fill ``values`` of every row; rows that do not load get their errors."""
        plain = self._plain
        csv = self.raw == "csv"
        for row in rows:
            values = row.values
            for key, value in row.raw.fields.items():
                found = plain.get(key)
                if found is None:
                    self._other(row, key, value)
                    continue
                if csv:
                    if value == "":
                        continue
                    if value == "#N/A":
                        value = None
                try:
                    values[found[0]] = found[1](value)
                except Refused as refused:
                    _refuse(row, found[0], refused)
        self._parents(rows)

    def plain(self, key: str) -> Field | None:
        """The field that a key sets by a mere conversion; ``None`` when there is more to it, or an error."""
        self._setter(key)
        found = self._plain.get(key)
        return self.plan.fields[found[0].lower()] if found is not None else None

    def _setter(self, key: str) -> Setter:
        setter = self._setters.get(key)
        if setter is None:
            setter = self._setters[key] = self._make(key)
        return setter

    def _other(self, row: Row, key: str, value: Any) -> None:
        """A key that is seen for the first time, or that needs more than a conversion."""
        setter = self._setter(key)
        if self.raw == "csv" and value == "":
            return
        try:
            setter(row, None if self.raw == "csv" and value == "#N/A" else value)
        except Refused as refused:
            row.errors.append(refused.error)

    def _make(self, key: str) -> Setter:
        if key.lower() in ("attributes", "type") and self.plan.sobject.field(key) is None:
            return lambda row, value: None
        field = self.plan.sobject.field(key)
        if field is not None:
            return self._field(field, key)
        parent = self._parent_setter(key)
        if parent is not None:
            return parent
        text = f"No such column '{key}' on sobject of type {self.plan.sobject.name}"
        return self._refusing("INVALID_FIELD", text)

    def _refusing(self, code: str, text: str, *fields: str) -> Setter:
        def refuse(row: Row, value: Any) -> None:
            row.fail(code, text, *fields)

        return refuse

    def _field(self, field: Field, key: str) -> Setter:
        if field.name == "Id":
            return self._id_setter()
        sobject = self.plan.sobject
        user_mode = self.request.access == "user"
        if user_mode and self.raw == "typed" and not self._open(field):
            return self._closed(field)
        if user_mode and not self.tx.rights.reads_field(sobject, field.name):
            return self._refusing("INVALID_FIELD", f"No such column '{key}' on sobject of type {sobject.name}")
        allowed = field.createable if self.creating else field.updateable
        if allowed and user_mode:
            allowed = self.tx.rights.edits_field(sobject, field.name)
        if not allowed and not self._audit(field):
            return self._read_only(field)
        if field.junction is not None:
            return junctions.setter(self.tx, field, field.junction, self.raw)
        coerce = self.plan.coercer(field, self.raw)
        self._plain[key] = (field.name, coerce)

        def put(row: Row, value: Any) -> None:
            try:
                row.values[field.name] = coerce(value)
            except Refused as refused:
                _refuse(row, field.name, refused)

        return put

    def _open(self, field: Field) -> bool:
        """Whether the user may write the field; one that nobody may write is judged later."""
        rights, sobject = self.tx.rights, self.plan.sobject
        if not (field.createable if self.creating else field.updateable):
            return True
        return rights.reads_field(sobject, field.name) and rights.edits_field(sobject, field.name)

    def _closed(self, field: Field) -> Setter:
        """Apex in user mode names the object and the field (Apex Developer Guide, Enforce User Mode)."""
        text = (
            f"Operation failed due to fields being inaccessible on Sobject {self.plan.sobject.name}, check errors on "
            "Exception or Result!"
        )
        return self._refusing("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text, field.name)

    def _audit(self, field: Field) -> bool:
        """Audit fields may be set on create by those who have the permission."""
        audit = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById")
        return self.creating and field.name in audit and self.tx.rights.has("CreateAuditFields")

    def _read_only(self, field: Field) -> Setter:
        if self.raw == "typed" and self.request.access != "user":
            # Apex cannot set such a field itself: it came with a queried or cloned record
            return lambda row, value: None
        text = (
            f"Unable to create/update fields: {field.name}. Please check the security settings of this field and verify "
            "that it is read/write for your profile or permission set."
        )
        return self._refusing("INVALID_FIELD_FOR_INSERT_UPDATE", text, field.name)

    def _id_setter(self) -> Setter:
        creating, raw = self.creating, self.raw

        def put(row: Row, value: Any) -> None:
            if row.id is not None or value is None or value == "":
                return
            if creating:
                row.fail("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")
                return
            row.id = ids.to18(str(value))
            if row.id is None:
                label = "Id" if raw == "typed" else "ID"
                row.fail(
                    "MALFORMED_ID", f"{self.plan.sobject.label} {label}: id value of incorrect type: {value}", "Id"
                )

        return put

    # --- parents by external id ---

    def _parent_setter(self, key: str) -> Setter | None:
        """``Parent__r.Ext__c``, ``Type:Parent__r.Ext__c`` or ``Parent__r`` with a nested record."""
        kind, _, rest = key.rpartition(":")
        relation, _, ext = rest.partition(".")
        field = self.plan.sobject.parent_field(relation)
        if field is None:
            return None
        allowed = field.createable if self.creating else field.updateable
        if not allowed:
            return self._read_only(field)
        if ext:
            return lambda row, value: self._name_parent(row, field, kind or field.reference_to[0], ext, value)

        def nested(row: Row, value: Any) -> None:
            if value is None:
                row.values[field.name] = None
                return
            if not isinstance(value, Record | Mapping):
                row.fail("INVALID_FIELD", f"Cannot reference a foreign key field {key}.")
                return
            given = dict(value.fields if isinstance(value, Record) else value)
            attributes = given.pop("attributes", None) or {}
            target = value.type if isinstance(value, Record) else attributes.get("type", "")
            if self.raw == "typed" and (len(given) != 1 or "Id" in given):
                return  # a parent that came with a query is not written
            for name, one in given.items():
                self._name_parent(row, field, target or field.reference_to[0], name, one)

        return nested

    def _name_parent(self, row: Row, field: Field, target: str, ext: str, value: Any) -> None:
        if value is None:
            row.values[field.name] = None
            return
        sobject = self.tx.schema.sobject(target)
        key = sobject.field(ext) if sobject else None
        if sobject is None or key is None or not (key.external_id or key.id_lookup or key.type == "id"):
            text = f"Field name provided, {ext} does not match an External ID, Salesforce Id, or indexed field for {target}"
            row.fail("INVALID_FIELD", text)
            return
        if key.type == "id":
            row.values[field.name] = self.plan.coercer(field, self.raw)(value)
            return
        stored = self.tx.type_plan(sobject).coercer(key, self.raw)(value)
        if row.parents is None:
            row.parents = []
        row.parents.append(ParentKey(field.name, sobject.name, key.name, stored))

    def _parents(self, rows: Sequence[Row]) -> None:
        """Find the Ids of all parents that the rows name, with one query for each kind of key."""
        groups: dict[tuple[str, str], list[tuple[Row, ParentKey]]] = defaultdict(list)
        for row in rows:
            for parent in row.parents or ():
                groups[parent.target, parent.key].append((row, parent))
        for (target, key), wanted in groups.items():
            found = self.tx.find_by_key(target, key, {parent.value for _, parent in wanted})
            key_of = self.tx.key_of(target, key)
            for row, parent in wanted:
                matches = found.get(key_of(parent.value), [])
                if len(matches) == 1:
                    row.values[parent.reference] = matches[0]
                elif not matches:
                    text = f"Foreign key external ID: {parent.value} not found for field {key} in entity {target}"
                    row.fail("INVALID_FIELD", text)
                else:
                    listed = ", ".join(matches)
                    text = f"{key}: more than one record found for external id field: [{listed}]"
                    row.fail("DUPLICATE_EXTERNAL_ID", text, key)


def _refuse(row: Row, name: str, refused: Refused) -> None:
    """Note the error, or wait whether a before trigger shortens the text."""
    if refused.kept is None:
        row.errors.append(refused.error)
    else:
        row.doubt(name, refused.kept, refused.error)
