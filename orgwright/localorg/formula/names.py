"""The merge fields of a formula: fields of the record, of its parents, and the globals that start with ``$``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from orgwright.localorg.formula import problem
from orgwright.localorg.formula.values import Source, Step, kind_of
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.schema.schema import Schema

MAX_LEVELS = 10
_SERVER_URL = re.compile(r"(?:Partner|Enterprise)_Server_URL_(\d+)0", re.IGNORECASE)
_OBJECTS = {"$user": "User", "$profile": "Profile", "$userrole": "UserRole", "$organization": "Organization"}
_LONG = 255

Exists = Callable[[str, str], bool]
"""Whether the org has a component of that metadata type and name."""


@dataclass(frozen=True)
class Names:
    """Finds what a formula on ``sobject`` names; ``sobject`` is ``None`` where no record is at hand (defaults)."""

    schema: Schema
    sobject: SObjectType | None
    use: str = "field"
    """``field``, ``rule`` or ``default``."""
    zero: bool = True
    """Blank numbers of fields count as 0."""
    exists: Exists | None = None

    def find(self, text: str) -> Source:
        """The source of a merge field; raises :class:`FormulaProblem`."""
        parts = tuple(text.split("."))
        if text.startswith("$"):
            return self._global(parts, text)
        if self.sobject is None:
            raise problem.no_field(text)
        return self._field(self.sobject, parts, text)

    def _field(self, sobject: SObjectType, parts: tuple[str, ...], text: str) -> Source:
        if len(parts) - 1 > MAX_LEVELS:
            raise problem.FormulaProblem(f"A formula can follow at most {MAX_LEVELS} relationships: {text}")
        steps: list[Step] = []
        for part in parts[:-1]:
            step = self._step(sobject, part, text)
            steps.append(step)
            sobject = step.target
        field = sobject.field(parts[-1])
        if field is None:
            raise problem.no_field(text)
        return self._source("field", field, text, tuple(steps))

    def _step(self, sobject: SObjectType, part: str, text: str) -> Step:
        name, _, wanted = part.partition(":")
        reference = sobject.parent_field(name)
        if reference is None:
            raise problem.no_field(text)
        targets = [t for t in map(self.schema.sobject, reference.reference_to) if t is not None]
        if wanted:
            targets = [t for t in targets if t.name.lower() == wanted.lower()]
            if not targets:
                raise problem.FormulaProblem(
                    f"{wanted} is an invalid object type for the {name} field. Check spelling."
                )
        elif len(targets) > 1:
            raise problem.no_field(text)
        if not targets:
            raise problem.no_field(text)
        return Step(reference, targets[0])

    def _source(
        self, origin: str, field: Field, text: str, steps: tuple[Step, ...], path: tuple[str, ...] = ()
    ) -> Source:
        kind = kind_of(field)
        if field.type == "encryptedstring":
            raise problem.FormulaProblem(
                f'You referenced an unsupported field type called "Text (Encrypted)" using the following field: {text}'
            )
        if self.use == "field" and field.type == "textarea" and field.length > _LONG and not field.calculated:
            raise problem.FormulaProblem(
                f'You referenced an unsupported field type called "Long Text Area" using the following field: {text}'
            )
        if kind == "location":
            raise problem.unsupported(f"the compound field {text} in a formula")
        return Source(origin, kind, path, field, steps, zero=self.zero)

    # --- globals ---

    def _global(self, parts: tuple[str, ...], text: str) -> Source:
        root = parts[0].lower()
        if root in _OBJECTS and len(parts) > 1:
            sobject = self.schema.sobject(_OBJECTS[root])
            if sobject is None:
                raise problem.no_field(text)
            found = self._field(sobject, parts[1:], text)
            return Source("global", found.kind, parts, found.field, zero=self.zero)
        if root == "$permission" and len(parts) == 2:
            if self.exists is not None and not self.exists("CustomPermission", parts[1]):
                raise problem.no_field(text)
            return Source("global", "boolean", parts)
        if root == "$label" and len(parts) in (2, 3):
            if not self.schema.has_label(parts[-1]):
                raise problem.no_field(text)
            return Source("global", "text", ("$Label", parts[-1]))
        if root == "$setup" and len(parts) == 3:
            return self._record_field(parts[1], parts, text, "setting")
        if root == "$custommetadata" and len(parts) == 4:
            return self._record_field(parts[1], parts, text, "metadata")
        if root == "$recordtype" and len(parts) == 2:
            return self._record_type(parts, text)
        if root == "$system" and len(parts) == 2 and parts[1].lower() == "origindatetime":
            return Source("global", "datetime", parts)
        if root == "$api" and len(parts) == 2 and _SERVER_URL.fullmatch(parts[1]):
            return Source("global", "text", parts)
        if root in ("$api", "$objecttype", "$client", "$action", "$site", "$network", "$system", "$resource"):
            raise problem.unsupported(f"{text} in a formula")
        raise problem.no_field(text)

    def _record_field(self, name: str, parts: tuple[str, ...], text: str, kind: str) -> Source:
        sobject = self.schema.sobject(name)
        field = sobject.field(parts[-1]) if sobject is not None and sobject.kind == kind else None
        if field is None:
            raise problem.no_field(text)
        return self._source("global", field, text, (), parts)

    def _record_type(self, parts: tuple[str, ...], text: str) -> Source:
        """``$RecordType.Name`` is that of the record's own record type."""
        if self.sobject is None:
            raise problem.no_field(text)
        if self.sobject.field("RecordTypeId") is None:
            known = self.schema.sobject("RecordType")
            if known is None or known.field(parts[1]) is None:
                raise problem.no_field(text)
            return Source("global", "text", parts)
        return self._field(self.sobject, ("RecordType", parts[1]), text)
