"""Mixed DML: one Apex transaction may not write setup objects and others (Apex Developer Guide)."""

from __future__ import annotations

from collections.abc import Sequence

from orgwright.apex.host import Operation, Record, RecordError, SaveOutcome

_SETUP = frozenset(
    ("UserRole", "Group", "GroupMember", "QueueSobject", "PermissionSet", "PermissionSetAssignment",
     "PermissionSetGroup", "PermissionSetGroupComponent", "ObjectPermissions", "FieldPermissions",
     "SetupEntityAccess", "CustomPermission", "UserPackageLicense", "ObjectTerritory2Association", "Territory2",
     "UserTerritory2Association")
)  # fmt: skip
_OF_USERS = frozenset(("userroleid", "isactive", "forecastenabled", "isportalenabled", "username", "profileid"))


class MixedDml:
    """What one transaction wrote so far. A test starts anew with ``Test.startTest`` and in ``System.runAs``."""

    def __init__(self) -> None:
        self._first: dict[bool, str] = {}
        self._phase: object = None

    def enter(self, phase: object) -> None:
        """Begin anew when the test's phase has changed."""
        if phase != self._phase:
            self._phase = phase
            self._first = {}

    def refuse(self, operation: Operation, records: Sequence[Record]) -> list[SaveOutcome] | None:
        """The outcomes of a statement that mixes, else ``None``; the statement is remembered."""
        for record in records:
            setup = _is_setup(operation, record)
            if setup is None:
                continue
            other = self._first.get(not setup)
            if other is not None:
                text = (
                    "DML operation on setup object is not permitted after you have updated a non-setup object (or vice "
                    f"versa): {record.type}, original object: {other}"
                )
                error = RecordError("MIXED_DML_OPERATION", text)
                return [SaveOutcome(None, False, False, (error,)) for _ in records]
            self._first.setdefault(setup, record.type)
        return None


def _is_setup(operation: Operation, record: Record) -> bool | None:
    """Whether the record counts as set-up; ``None`` for what may be mixed."""
    if record.type == "User":
        given = {name.lower() for name, value in record.fields.items() if value is not None}
        # a new user without a role may go with other objects, as may changes of his personal data
        return True if ("userroleid" in given if operation == "insert" else given & _OF_USERS) else None
    if record.type == "Group" and operation in ("insert", "update"):
        return None
    if record.type.lower().endswith(("__e", "__mdt")):
        return None
    return record.type in _SETUP
