"""Values of what a formula reads that is no field of the record: the time, ``$User``, ``$Setup`` ..."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orgwright.localorg.dml.coerce import coercer
from orgwright.localorg.formula.moments import zone
from orgwright.localorg.formula.values import Source
from orgwright.localorg.store import forms

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_ORIGIN = "1900-01-01T00:00:00.000+0000"


class Globals:
    """Stored forms of global values as a transaction's running user has them."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def __call__(self, source: Source) -> Any:
        """The stored form of one value."""
        if source.origin == "now":
            return forms.datetime_text(self.tx.now())
        if source.origin == "today":
            return self.tx.now().astimezone(zone(self.tx.user().time_zone)).date().isoformat()
        if source.origin == "zone":
            return self.tx.user().time_zone
        root = source.path[0].lower()
        if root == "$permission":
            return int(self.tx.has_permission(source.path[1]))
        if root == "$label":
            return self.tx.schema.label(source.path[1])
        if root == "$system":
            return _ORIGIN
        if root == "$api":
            kind, _, _, version = source.path[1].split("_")
            door = "u" if kind.lower() == "partner" else "c"
            return (
                f"{self.tx.org.record.instance_url}/services/Soap/{door}/{int(version) / 10}/{self.tx.org.info.id[:15]}"
            )
        if root == "$setup":
            return self._setting(source)
        if root == "$custommetadata":
            _, sobject, record, _ = source.path
            return self._read(source, sobject, "DeveloperName", record)
        if root == "$recordtype":
            return None  # the object has no record types
        return self._object(root, source)

    def _object(self, root: str, source: Source) -> Any:
        user = self.tx.user()
        if root == "$user":
            return self._read(source, "User", "Id", user.id)
        if root == "$profile":
            return self._read(source, "Profile", "Id", user.profile_id)
        if root == "$userrole":
            return self._read(source, "UserRole", "Id", user.role_id)
        return self._read(source, "Organization", "Id", self.tx.org.info.id)

    def _setting(self, source: Source) -> Any:
        """A hierarchy setting: the user's own value, else that of his profile, else the org's."""
        user = self.tx.user()
        for owner in (user.id, user.profile_id, self.tx.org.info.id):
            found = self._read(source, source.path[1], "SetupOwnerId", owner)
            if found is not None:
                return found
        return None

    def _read(self, source: Source, sobject: str, key: str, value: str | None) -> Any:
        field = source.field
        if not value or field is None:
            return None
        path = ".".join(source.path[1:]) if sobject in ("User", "Profile", "UserRole", "Organization") else field.name
        soql = f"SELECT {path} FROM {sobject} WHERE {key} = :wanted LIMIT 1"
        found: Any = next(iter(self.tx.query(soql, binds={"wanted": value}, access="system").records), None)
        for part in path.split("."):
            if found is None:
                return None
            found = next((v for name, v in found.fields.items() if name.lower() == part.lower()), None)
        return coercer(replace(field, restricted_picklist=False), "typed")(found)
