"""Operations of the partner and enterprise APIs that tools still use (SOAP API Developer Guide)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from orgwright.apex.host import LeadConversion, Record, RecordError, SaveOutcome
from orgwright.localorg.api.http import ApiError, Request
from orgwright.localorg.api.soap import around, reading, session
from orgwright.localorg.api.soap.envelope import Call, Nil, texts
from orgwright.localorg.api.soap.shapes import shaped
from orgwright.localorg.dml.convert import convert
from orgwright.localorg.dml.request import MergeRequest, SaveRequest
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.org import Transaction
from orgwright.localorg.store import forms, ids

Operation = Callable[[Request, Call], Any]
_MAX_ROWS = 200
_MAX_CONVERSIONS = 100
_NOT_CONVERTED = frozenset(
    {"accountRecord", "contactRecord", "opportunityRecord", "relatedPersonAccountId", "relatedPersonAccountRecord"}
)
_ORIGIN = "com/salesforce/api/soap/{}"


def get_server_timestamp(request: Request, call: Call) -> Any:
    """``getServerTimestamp()``."""
    return {"timestamp": forms.zulu_text(request.runtime.clock())}


def _save(operation: Literal["insert", "update", "upsert"]) -> Operation:
    def run(request: Request, call: Call) -> Any:
        objects = call.body.all("sObjects")
        if len(objects) > _MAX_ROWS:
            raise _too_many()
        key = call.body.value("externalIDFieldName") or None
        save = SaveRequest(
            operation,
            [_record(node) for node in objects],
            external_id=None if key in (None, "Id") else key,
            all_or_none=_all_or_none(call),
            allow_duplicates=_allows_duplicates(call),
            raw="csv",
        )
        with request.org.transaction(request.user_id) as tx:
            tx.origin = _ORIGIN.format(request.params["api"])
            outcomes = _saved(tx, save)
        return [_outcome(one, upsert=operation == "upsert") for one in outcomes]

    return run


def _saved(tx: Transaction, save: SaveRequest) -> list[SaveOutcome]:
    """Save; platform events are published instead."""
    if save.operation == "insert" and save.records and all(r.type.lower().endswith("__e") for r in save.records):
        return tx.publish(save.records, raw="csv", api=True)
    return tx.save(save)


def _allows_duplicates(call: Call) -> bool:
    header = call.header.find("DuplicateRuleHeader")
    return header.flag("allowSave") if header is not None else False


def _record(node: Node) -> Record:
    fields: dict[str, Any] = {}
    for child in node.children:
        if child.tag == "fieldsToNull":
            fields[child.text] = "#N/A"
        elif child.tag != "type" and not child.nil:
            fields[child.tag] = child.text
    return Record(node.value("type") or node.xsi_type or "", fields)


def _by_id(operation: Literal["delete", "undelete", "hardDelete"]) -> Operation:
    def run(request: Request, call: Call) -> Any:
        given = list(texts(call.body, "ids") or texts(call.body, "iDs"))
        if len(given) > _MAX_ROWS:
            raise _too_many()
        records = []
        with request.org.transaction(request.user_id) as tx:
            tx.origin = _ORIGIN.format(request.params["api"])
            for id in given:
                found = tx.schema.sobject_of_id(id)
                if found is None:
                    raise ApiError("MALFORMED_ID", f"malformed id {id}", 500)
                records.append(Record(found.name, {"Id": id}))
            outcomes = tx.save(SaveRequest(operation, records, all_or_none=_all_or_none(call), raw="json"))
        return [_outcome(one) for one in outcomes]

    return run


def empty_recycle_bin(request: Request, call: Call) -> Any:
    """``emptyRecycleBin(ids)``: records of the recycle bin go for good."""
    given = [ids.to18(id) or id for id in texts(call.body, "ids")]
    if len(given) > _MAX_ROWS:
        raise _too_many()
    shown = []
    with request.org.transaction(request.user_id) as tx:
        for id in given:
            found = tx.schema.sobject_of_id(id)
            gone = tx.column(found.name, "IsDeleted", [id]).get(id) if found is not None and found.recyclable else None
            if found is None or gone is None:
                error = RecordError("INVALID_ID_FIELD", f"Invalid record id; no recycle bin entry found: {id}")
            elif not gone:
                error = RecordError("INVALID_ID_FIELD", "Invalid record id; no recycle bin entry found")
            elif not tx.rights.can("delete", found):
                error = RecordError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
            else:
                tx.delete_setup(id)
                shown.append(_outcome(SaveOutcome(id, True)))
                continue
            shown.append(_outcome(SaveOutcome(id, False, False, (error,))))
    return shown


def merge(request: Request, call: Call) -> Any:
    """``merge(MergeRequest[])``: up to two records go into a master."""
    shown = []
    for asked in call.body.all("request"):
        master = asked.find("masterRecord")
        if master is None:
            raise ApiError("MISSING_ARGUMENT", "masterRecord is required", 500)
        losers = list(texts(asked, "recordToMergeIds"))
        with request.org.transaction(request.user_id) as tx:
            outcome = tx.merge(MergeRequest(_record(master), losers, access="user", raw="csv"))
        merged = losers if outcome.success else []
        shown.append(shaped("MergeResult", {**_outcome(outcome), "mergedRecordIds": merged}, request.params["api"]))
    return shown


def convert_lead(request: Request, call: Call) -> Any:
    """``convertLead(LeadConvert[])``: up to 100 leads become accounts, contacts and opportunities."""
    asked = call.body.all("leadConverts")
    if len(asked) > _MAX_CONVERSIONS:
        text = f"record limit reached. cannot submit more than {_MAX_CONVERSIONS} records into this call"
        raise ApiError("EXCEEDED_ID_LIMIT", text, 500)
    given = next(
        (child.tag for one in asked for child in one.children if child.tag in _NOT_CONVERTED and not child.nil), None
    )
    if given is not None:
        raise ApiError(
            "NOT_SUPPORTED_BY_EMBEDDED_ORG", f"{given} of convertLead is not supported by the embedded org", 500
        )
    with request.org.transaction(request.user_id) as tx:
        tx.origin = _ORIGIN.format(request.params["api"])
        outcomes = [convert(tx, _conversion(one), "user") for one in asked]
    return [
        {
            "accountId": one.account_id or Nil(),
            "contactId": one.contact_id or Nil(),
            "errors": _errors(one.errors),
            "leadId": one.lead_id or Nil(),
            "opportunityId": one.opportunity_id or Nil(),
            "success": not one.errors,
        }
        for one in outcomes
    ]


def _conversion(asked: Node) -> LeadConversion:
    return LeadConversion(
        ids.to18(asked.value("leadId")) or asked.value("leadId"),
        asked.value("convertedStatus") or None,
        account_id=asked.value("accountId") or None,
        contact_id=asked.value("contactId") or None,
        opportunity_id=asked.value("opportunityId") or None,
        opportunity_name=asked.value("opportunityName") or None,
        owner_id=asked.value("ownerId") or None,
        create_opportunity=not asked.flag("doNotCreateOpportunity"),
        overwrite_lead_source=asked.flag("overwriteLeadSource"),
    )


def _all_or_none(call: Call) -> bool:
    header = call.header.find("AllOrNoneHeader")
    return header.flag("allOrNone") if header is not None else False


def _too_many() -> ApiError:
    return ApiError(
        "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call", 500
    )


def _outcome(one: SaveOutcome, *, upsert: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"created": one.created} if upsert else {}
    return {**found, "errors": _errors(one.errors), "id": one.id or Nil(), "success": one.success}


def _errors(errors: Sequence[RecordError]) -> list[dict[str, Any]]:
    return [{"fields": list(one.fields), "message": one.message, "statusCode": one.code} for one in errors]


OPERATIONS: Mapping[str, Operation] = {
    **around.OPERATIONS,
    "create": _save("insert"),
    "update": _save("update"),
    "upsert": _save("upsert"),
    "delete": _by_id("delete"),
    "undelete": _by_id("undelete"),
    "emptyRecycleBin": empty_recycle_bin,
    "merge": merge,
    "convertLead": convert_lead,
    "getServerTimestamp": get_server_timestamp,
    "login": session.login,
    "logout": session.logout,
    "getUserInfo": session.get_user_info,
    "setPassword": session.set_password,
    "resetPassword": session.reset_password,
    "query": reading.query,
    "queryAll": reading.query_all,
    "queryMore": reading.query_more,
    "retrieve": reading.retrieve,
    "search": reading.search,
    "describeGlobal": reading.describe_global,
    "describeSObject": reading.describe_sobject,
    "describeSObjects": reading.describe_sobjects,
    "getUpdated": reading.get_updated,
    "getDeleted": reading.get_deleted,
}
