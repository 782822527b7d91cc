"""Results of DML: ``Database.SaveResult`` and its kin (Apex Reference Guide, Database Namespace)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from orgwright.apex.host import RecordError, SaveOutcome
from orgwright.apex.library.enums import status_code
from orgwright.apex.library.registry import platform
from orgwright.apex.library.textshape import text_list
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import EnumValue, Id, PlatformObject, parse_id


class _Typed(PlatformObject):
    """A platform object whose class has a run-time type for lists."""

    __slots__ = ()

    @classmethod
    def rtype(cls) -> RType:
        """The run-time type."""
        return RType("platform", cls.apex_type, (), cls)


@platform("Database.Error")
class Error(_Typed):
    """``Database.Error``."""

    __slots__ = ("error",)

    json_members: ClassVar[dict[str, RType]] = {
        "statusCode": types.STRING,
        "message": types.STRING,
        "fields": types.list_of(types.STRING),
    }

    def __init__(self, error: RecordError) -> None:
        self.error = error

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Error:
        """The error with these members, as tests make it to stand for what an org says."""
        fields = values.get("fields")
        return cls(
            RecordError(
                code=values.get("statusCode") or "",
                message=values.get("message") or "",
                fields=() if fields is None else tuple(fields.items),
            )
        )

    def apex_text(self, limit: int | None = None) -> str:
        """The parts of the error."""
        fields = ", ".join(self.error.fields)
        return f"Database.Error[getFields=({fields});getMessage={self.error.message};getStatusCode={self.error.code};]"

    def json_fields(self) -> dict[str, Any]:
        """How it is serialised."""
        return {"statusCode": self.error.code, "message": self.error.message, "fields": self.getFields()}

    def getFields(self) -> List:
        """The names of the fields concerned."""
        return text_list(self.error.fields)

    def getMessage(self) -> str:
        """The text."""
        return self.error.message

    def getStatusCode(self) -> EnumValue:
        """The constant of ``System.StatusCode``."""
        return status_code(self.error.code)

    Fields = property(getFields)
    Message = property(getMessage)
    StatusCode = property(getStatusCode)


def told_id(text: str | None) -> Id | None:
    """The Id that JSON gives to a result. It is not checked: any text is one, as NebulaLogger's tests show."""
    return None if text is None else parse_id(text) or Id(text)


class _Result(_Typed):
    """What all results share."""

    __slots__ = ("id", "outcome")

    json_members: ClassVar[dict[str, RType]] = {
        "success": types.BOOLEAN,
        "id": types.STRING,
        "errors": types.list_of(Error.rtype()),
    }

    def __init__(self, outcome: SaveOutcome, id: str | None = None) -> None:
        self.outcome = outcome
        found = outcome.id if outcome.id is not None else id
        self.id = None if found is None else Id(found)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> _Result:
        """The result with these members: the only way in which Apex can make one."""
        errors = values.get("errors")
        outcome = SaveOutcome(
            id=told_id(values.get("id")),
            success=bool(values.get("success")),
            created=bool(values.get("created")),
            errors=() if errors is None else tuple(error.error for error in errors.items),
        )
        return cls(outcome)

    def apex_text(self, limit: int | None = None) -> str:
        """Its getters with their values."""
        errors = ", ".join(Error(error).apex_text() for error in self.outcome.errors)
        success = "true" if self.outcome.success else "false"
        return f"{self.apex_type}[getErrors=({errors});getId={self.id or 'null'};isSuccess={success};]"

    def json_fields(self) -> dict[str, Any]:
        """How it is serialised."""
        return {"success": self.outcome.success, "id": self.id, "errors": self.getErrors()}

    def getErrors(self) -> List:
        """The errors of the row; empty when it was saved."""
        return List(types.list_of(Error.rtype()), [Error(error) for error in self.outcome.errors])

    def getId(self) -> Id | None:
        """The record's Id."""
        return self.id

    def isSuccess(self) -> bool:
        """Whether the row was saved."""
        return self.outcome.success

    Errors = property(getErrors)
    Id = property(getId)
    Success = property(isSuccess)


@platform("Database.SaveResult")
class SaveResult(_Result):
    """Of insert and update."""

    __slots__ = ()


@platform("Database.DeleteResult")
class DeleteResult(_Result):
    """Of delete."""

    __slots__ = ()


@platform("Database.UndeleteResult")
class UndeleteResult(_Result):
    """Of undelete."""

    __slots__ = ()


@platform("Database.EmptyRecycleBinResult")
class EmptyRecycleBinResult(_Result):
    """Of emptyRecycleBin."""

    __slots__ = ()


@platform("Database.UpsertResult")
class UpsertResult(_Result):
    """Of upsert."""

    __slots__ = ()

    json_members: ClassVar[dict[str, RType]] = {**_Result.json_members, "created": types.BOOLEAN}

    def json_fields(self) -> dict[str, Any]:
        """How it is serialised."""
        return {**super().json_fields(), "created": self.outcome.created}

    def isCreated(self) -> bool:
        """Whether the record is new."""
        return self.outcome.created

    Created = property(isCreated)


@platform("Database.MergeResult")
class MergeResult(_Result):
    """Of merge: the records merged into the master."""

    __slots__ = ("merged",)

    def __init__(self, outcome: SaveOutcome, id: str | None = None, merged: Sequence[str] = ()) -> None:
        super().__init__(outcome, id)
        self.merged = tuple(merged)

    def getMergedRecordIds(self) -> List:
        """The Ids of the losers."""
        return text_list(self.merged)

    MergedRecordIds = property(getMergedRecordIds)


def result_list(kind: type[_Result], outcomes: Sequence[SaveOutcome], ids: Sequence[str | None] = ()) -> List:
    """Results of one kind for rows in their order; ``ids`` are those of the rows given."""
    padded = [*ids, *([None] * (len(outcomes) - len(ids)))]
    rows = [kind(outcome, id) for outcome, id in zip(outcomes, padded, strict=True)]
    return List(types.list_of(kind.rtype()), rows)
