"""``Database.convertLead`` and ``Database.emptyRecycleBin`` (Apex Reference Guide, Database Class)."""

from __future__ import annotations

from typing import Any, ClassVar

from orgwright.apex.host import ConversionOutcome, LeadConversion
from orgwright.apex.library.access import AccessLevel
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.dmloptions import DMLOptions
from orgwright.apex.library.dmlresults import EmptyRecycleBinResult, Error, result_list, told_id
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import DmlException, DmlRow, NotSupported, null_pointer
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import Id, PlatformObject

_RECORDS = ("AccountRecord", "ContactRecord", "OpportunityRecord")
_UNSUPPORTED = (*_RECORDS, "RelatedPersonAccountId", "RelatedPersonAccountRecord")


@platform("Database.LeadConvertResult")
class LeadConvertResult(PlatformObject):
    """``Database.LeadConvertResult``: what one lead became."""

    __slots__ = ("outcome", "success")

    json_members: ClassVar[dict[str, RType]] = {
        "success": types.BOOLEAN,
        "leadId": types.STRING,
        "accountId": types.STRING,
        "contactId": types.STRING,
        "opportunityId": types.STRING,
        "errors": types.list_of(Error.rtype()),
    }

    def __init__(self, outcome: ConversionOutcome, success: bool | None = None) -> None:
        self.outcome = outcome
        self.success = not outcome.errors if success is None else success

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> LeadConvertResult:
        """The result with these members, as tests make it to stand for what an org says."""
        errors = values.get("errors")
        failed = tuple(error.error for error in errors.items) if errors is not None else ()
        outcome = ConversionOutcome(
            lead_id=told_id(values.get("leadId")),
            account_id=told_id(values.get("accountId")),
            contact_id=told_id(values.get("contactId")),
            opportunity_id=told_id(values.get("opportunityId")),
            errors=failed,
        )
        return cls(outcome, bool(values.get("success")))

    def json_fields(self) -> dict[str, Any]:
        """How it is serialised."""
        return {
            "success": self.isSuccess(),
            "leadId": self.getLeadId(),
            "accountId": self.getAccountId(),
            "contactId": self.getContactId(),
            "opportunityId": self.getOpportunityId(),
            "errors": self.getErrors(),
        }

    @classmethod
    def rtype(cls) -> RType:
        """The run-time type."""
        return RType("platform", "Database.LeadConvertResult", (), cls)

    def isSuccess(self) -> bool:
        """Whether it was converted."""
        return self.success

    def getLeadId(self) -> Id | None:
        """The lead."""
        return _id(self.outcome.lead_id)

    def getAccountId(self) -> Id | None:
        """The account."""
        return _id(self.outcome.account_id)

    def getContactId(self) -> Id | None:
        """The contact."""
        return _id(self.outcome.contact_id)

    def getOpportunityId(self) -> Id | None:
        """The opportunity, if one was made."""
        return _id(self.outcome.opportunity_id)

    def getErrors(self) -> List:
        """Why it was not converted."""
        return List(types.list_of(Error.rtype()), [Error(error) for error in self.outcome.errors])

    def getRelatedPersonAccountId(self) -> Id | None:
        """The person account that was made: orgs with person accounts have one, embedded ones have none."""
        return None

    Success = property(isSuccess)
    LeadId = property(getLeadId)
    AccountId = property(getAccountId)
    ContactId = property(getContactId)
    OpportunityId = property(getOpportunityId)
    RelatedPersonAccountId = property(getRelatedPersonAccountId)
    Errors = property(getErrors)


def _id(value: str | None) -> Id | None:
    return None if value is None else Id(value)


@native("Database.convertLead", context=True)
def convert_lead(execution: Any, leads: Any, *options: Any) -> Any:
    """Convert one lead or a list of them."""
    if leads is None:
        raise null_pointer()
    wanted = leads.items if isinstance(leads, List) else [leads]
    all_or_none, level = _options(options)
    execution.limits.count("dmlstatements")
    execution.limits.count("dmlrows", len(wanted))
    execution.work_pending = True
    access = execution.access_of(level)
    point = execution.host.savepoint()
    found = [execution.host.convert_lead(_wanted(one), access=access) for one in wanted]
    if all_or_none and any(outcome.errors for outcome in found):
        execution.host.rollback(point)
        raise _failure(found)
    results = [LeadConvertResult(outcome) for outcome in found]
    return List(types.list_of(LeadConvertResult.rtype()), results) if isinstance(leads, List) else results[0]


def _options(options: tuple[Any, ...]) -> tuple[bool, Any]:
    all_or_none, level = True, None
    for option in options:
        if option is None:
            raise null_argument()
        if isinstance(option, bool):
            all_or_none = option
        elif isinstance(option, AccessLevel):
            level = option.plain_mode()
        elif isinstance(option, DMLOptions):
            all_or_none = bool(option.OptAllOrNone)
    return all_or_none, level


def _wanted(one: Any) -> LeadConversion:
    if one is None:
        raise null_pointer()
    for name in _UNSUPPORTED:
        if getattr(one, name) is not None:
            raise NotSupported(f"Database.LeadConvert.{name}")
    return LeadConversion(
        lead_id=str(one.LeadId or ""),
        status=one.ConvertedStatus,
        account_id=one.AccountId,
        contact_id=one.ContactId,
        opportunity_id=one.OpportunityId,
        opportunity_name=one.OpportunityName,
        owner_id=one.OwnerId,
        create_opportunity=not one.DoNotCreateOpportunity,
        overwrite_lead_source=bool(one.OverwriteLeadSource),
    )


def _failure(found: list[ConversionOutcome]) -> DmlException:
    rows = [DmlRow(n, one.lead_id or None, error) for n, one in enumerate(found) for error in one.errors]
    first = rows[0]
    return DmlException(
        f"ConvertLead failed. First exception on row {first.index}; first error: {first.error.code}, "
        f"{first.error.message}: [{', '.join(first.error.fields)}]",
        rows=rows,
    )


@native("Database.emptyRecycleBin", context=True)
def empty_recycle_bin(execution: Any, records: Any) -> Any:
    """Remove deleted records, with what went with them, for good."""
    if records is None:
        raise null_pointer()
    items = records.items if isinstance(records, List) else [records]
    ids = [str(one.fields.get("Id") if isinstance(one, SObject) else one) for one in items]
    execution.limits.count("dmlstatements")
    execution.limits.count("dmlrows", len(ids))
    results = result_list(EmptyRecycleBinResult, execution.host.empty_recycle_bin(ids), ids)
    return results if isinstance(records, List) else results.items[0]
