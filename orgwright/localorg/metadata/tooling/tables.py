"""The virtual tables of an org."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from orgwright.localorg.apexhost.program import PROGRAMS
from orgwright.localorg.hub import sandboxes
from orgwright.localorg.hub.packages import tables as packages
from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.metadata.tooling import containers, definitions, flows, logging, settings, tracking
from orgwright.localorg.metadata.tooling.documents import to_json
from orgwright.localorg.metadata.tooling.kept import Kind
from orgwright.localorg.metadata.tooling.stored import component_table
from orgwright.localorg.metadata.tooling.symbols import symbol_table
from orgwright.localorg.metadata.tooling.table import AUDIT, Asked, Table, column, reference, table
from orgwright.localorg.store import forms

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Row = dict[str, Any]


@cache
def tables() -> Mapping[str, Table]:
    """All virtual tables by lower-case name."""
    found = [
        *_components(),
        _apex("ApexClass", "01p"),
        _apex("ApexTrigger", "01q"),
        *_coverage(),
        _deploy_requests(),
        *definitions.tables(),
        *flows.tables(),
        *settings.tables(),
        *packages.views(),
        *sandboxes.views(),
        *tracking.tables(),
        *(one.table for one in kept().values()),
    ]
    return {one.sobject.name.lower(): one for one in found}


@cache
def kept() -> Mapping[str, Kind]:
    """The objects whose records clients write, by lower-case name."""
    return {
        one.name.lower(): one for one in (*logging.kinds(), *containers.kinds(), *packages.kinds(), *sandboxes.kinds())
    }


@cache
def tables_of(kind: str) -> Mapping[str, Table]:
    """The virtual tables of an org of that kind, by lower-case name."""
    return {name: one for name, one in tables().items() if not one.kinds or kind in one.kinds}


def _nothing(tx: Transaction, fields: Asked) -> Iterable[Row]:
    """Rows of what an embedded org has none of."""
    return ()


def _components() -> list[Table]:
    text = column("Description", "textarea")
    entity = reference("EntityDefinitionId", "EntityDefinition", "EntityDefinition")
    return [
        component_table("CustomObject", "CustomObject", "01I", _custom_object, text, column("SharingModel", "picklist")),
        component_table("CustomField", "CustomField", "00N", _custom_field, column("TableEnumOrId"), entity, text,
                         column("InlineHelpText", "textarea"), column("Length", "int"), column("Precision", "int"),
                         column("Scale", "int"), column("RelationshipLabel")),
        component_table("ValidationRule", "ValidationRule", "03d", _validation_rule, column("ValidationName"), entity,
                         column("Active", "boolean"), text, column("ErrorMessage"), column("ErrorDisplayField")),
        component_table("RemoteProxy", "RemoteSiteSetting", "0rp", _remote_site, column("SiteName"), column("EndpointUrl"),
                         column("IsActive", "boolean"), column("ProtocolMismatch", "boolean"), text),
        component_table("NamedCredential", "NamedCredential", "0XA", _named_credential, column("Endpoint"), column("PrincipalType")),
        component_table("ExternalCredential", "ExternalCredential", "0pt", _external_credential,
                         column("AuthenticationProtocol", "picklist"), text),
        component_table("ExternalClientApplication", "ExternalClientApplication", "0xI", _client_app, text,
                         column("ContactEmail"), column("DistributionState", "picklist")),
        component_table("ExtlClntAppOauthSettings", "ExtlClntAppOauthSettings", "0xM", _app_part, column("ExternalClientApplication")),
        component_table("ExtlClntAppOauthConfigurablePolicies", "ExtlClntAppOauthConfigurablePolicies", "0xL", _app_part,
                         column("ExternalClientApplication")),
        component_table("PlatformEventChannel", "PlatformEventChannel", "0YL", _channel, column("ChannelType", "picklist"),
                         column("EventType", "picklist")),
        component_table("PlatformEventChannelMember", "PlatformEventChannelMember", "0v8", _channel_member,
                         column("EventChannel"), column("SelectedEntity")),
        component_table("Layout", "Layout", "00h", _layout, column("Name"), column("TableEnumOrId"), entity,
                         column("LayoutType", "picklist")),
        component_table("FlexiPage", "FlexiPage", "0M0", _flexipage, column("Type", "picklist"), entity, text),
        component_table("GlobalValueSet", "GlobalValueSet", "0Nt", None, text),
        component_table("CustomTab", "CustomTab", "01r", None),
        component_table("CustomApplication", "CustomApplication", "02u", None, text),
        component_table("LightningComponentBundle", "LightningComponentBundle", "0Rb", None),
        component_table("RecordType", "RecordType", "012", _record_type, column("Name"), column("SobjectType", "picklist"),
                         column("IsActive", "boolean"), text, entity),
    ]  # fmt: skip


def _number(stored: Stored, tag: str) -> int | None:
    return stored.node.number(tag)


def _custom_object(tx: Transaction, stored: Stored) -> Row:
    node = stored.node
    return {"Description": node.value("description") or None, "SharingModel": node.value("sharingModel") or None}


def _entity_id(tx: Transaction, name: str) -> str:
    """The durable Id of an object: of a custom one its component's Id, else its name."""
    stored = Components(tx).get("CustomObject", name)
    custom = stored is not None and name.lower().endswith(("__c", "__e", "__mdt"))
    return stored.id[:15] if stored is not None and custom else name


def _custom_field(tx: Transaction, stored: Stored) -> Row:
    node, sobject = stored.node, stored.name.partition(".")[0]
    entity = _entity_id(tx, sobject)
    return {
        "TableEnumOrId": entity,
        "EntityDefinitionId": entity,
        "Description": node.value("description") or None,
        "InlineHelpText": node.value("inlineHelpText") or None,
        "Length": _number(stored, "length"),
        "Precision": _number(stored, "precision"),
        "Scale": _number(stored, "scale"),
        "RelationshipLabel": node.value("relationshipLabel") or None,
    }


def _validation_rule(tx: Transaction, stored: Stored) -> Row:
    node = stored.node
    return {
        "ValidationName": stored.name.partition(".")[2],
        "EntityDefinitionId": _entity_id(tx, stored.name.partition(".")[0]),
        "Active": node.flag("active"),
        "Description": node.value("description") or None,
        "ErrorMessage": node.value("errorMessage"),
        "ErrorDisplayField": node.value("errorDisplayField") or None,
    }


def _remote_site(tx: Transaction, stored: Stored) -> Row:
    node = stored.node
    return {
        "SiteName": stored.name,
        "EndpointUrl": node.value("url"),
        "IsActive": node.flag("isActive"),
        "ProtocolMismatch": node.flag("disableProtocolSecurity"),
        "Description": node.value("description") or None,
    }


def _named_credential(tx: Transaction, stored: Stored) -> Row:
    node = stored.node
    url = next(
        (p.value("parameterValue") for p in node.all("namedCredentialParameters") if p.value("parameterType") == "Url"),
        None,
    )
    return {"Endpoint": url or node.value("endpoint") or None, "PrincipalType": node.value("principalType") or None}


def _external_credential(tx: Transaction, stored: Stored) -> Row:
    return {
        "AuthenticationProtocol": stored.node.value("authenticationProtocol"),
        "Description": stored.node.value("description") or None,
    }


def _client_app(tx: Transaction, stored: Stored) -> Row:
    node = stored.node
    return {
        "Description": node.value("description") or None,
        "ContactEmail": node.value("contactEmail") or None,
        "DistributionState": node.value("distributionState") or "Local",
    }


def _app_part(tx: Transaction, stored: Stored) -> Row:
    return {"ExternalClientApplication": stored.node.value("externalClientApplication")}


def _channel(tx: Transaction, stored: Stored) -> Row:
    return {"ChannelType": stored.node.value("channelType"), "EventType": stored.node.value("eventType") or None}


def _channel_member(tx: Transaction, stored: Stored) -> Row:
    return {"EventChannel": stored.node.value("eventChannel"), "SelectedEntity": stored.node.value("selectedEntity")}


def _layout(tx: Transaction, stored: Stored) -> Row:
    sobject, _, name = stored.name.partition("-")
    entity = _entity_id(tx, sobject)
    kind = "GlobalQuickActionList" if sobject == "Global" else "Standard"
    return {"Name": name, "TableEnumOrId": entity, "EntityDefinitionId": entity, "LayoutType": kind}


def _flexipage(tx: Transaction, stored: Stored) -> Row:
    node = stored.node
    entity = node.value("sobjectType")
    return {
        "Type": node.value("type") or None,
        "EntityDefinitionId": _entity_id(tx, entity) if entity else None,
        "Description": node.value("description") or None,
    }


def _record_type(tx: Transaction, stored: Stored) -> Row:
    node, sobject = stored.node, stored.name.partition(".")[0]
    return {
        "Name": node.value("label"),
        "SobjectType": sobject,
        "IsActive": node.flag("active"),
        "Description": node.value("description") or None,
        "EntityDefinitionId": _entity_id(tx, sobject),
    }


# --- Apex -----------------------------------------------------------------------------


def _stored_form(value: Any) -> Any:
    """A value as a virtual table keeps it: whole numbers scaled, moments as text."""
    if isinstance(value, Decimal):
        return int(value * 10)
    return forms.datetime_text(value) if isinstance(value, dt.datetime) else value


def _apex(name: str, prefix: str) -> Table:
    """Classes or triggers: the row, and what only Tooling has."""
    usages = (
        "BeforeInsert",
        "AfterInsert",
        "BeforeUpdate",
        "AfterUpdate",
        "BeforeDelete",
        "AfterDelete",
        "IsBulk",
        "AfterUndelete",
    )
    trigger = (
        (column("TableEnumOrId"), *(column(f"Usage{u}", "boolean") for u in usages)) if name == "ApexTrigger" else ()
    )
    stored_names = (
        "Name", "NamespacePrefix", "ApiVersion", "Status", "IsValid", "BodyCrc", "Body", "LengthWithoutComments",
        *(c.name for c in trigger), *(c.name for c in AUDIT),
    )  # fmt: skip

    def rows(tx: Transaction, fields: Asked) -> Iterable[Row]:
        known = tx.schema.sobject(name)
        assert known is not None
        wanted = [n for n in stored_names if n.lower() in fields and known.field(n) is not None]
        soql = f"SELECT {', '.join(['Id', *wanted])} FROM {name}"
        for record in tx.query(soql, access="system").records:
            row = {field: _stored_form(value) for field, value in record.fields.items()}
            row["ManageableState"] = "unmanaged"
            if any(name in fields for name in ("fullname", "metadata", "symboltable")):
                stored = Components(tx).by_id(row["Id"])
                if stored is not None:
                    row["FullName"] = stored.name
                    row["Metadata"] = to_json(stored.node, name) if "metadata" in fields else None
                    if "symboltable" in fields:
                        row["SymbolTable"] = symbol_table(PROGRAMS.current(tx.org, tx), stored)
            yield row

    columns = (
        column("Name", name_field=True),
        column("NamespacePrefix"),
        column("ApiVersion", "double"),
        column("Status", "picklist"),
        column("IsValid", "boolean"),
        column("BodyCrc", "double"),
        column("Body", "textarea"),
        column("LengthWithoutComments", "int"),
        column("ManageableState", "picklist"),
        column("FullName"),
        column("Metadata", "complexvalue"),
        column("SymbolTable", "complexvalue"),
        *trigger,
        *AUDIT,
    )
    return table(name, rows, *columns, prefix=prefix, given=("Name", "Body", "ApiVersion"))


# --- coverage -------------------------------------------------------------------------

_UNIT = reference("ApexClassOrTriggerId", ("ApexClass", "ApexTrigger"), "ApexClassOrTrigger")
_COUNTS = (column("NumLinesCovered", "int"), column("NumLinesUncovered", "int"), column("Coverage", "complexvalue"))


def _coverage() -> list[Table]:
    return [
        table("ApexCodeCoverage", _by_method, reference("ApexTestClassId", "ApexClass", "ApexTestClass"),
              column("TestMethodName"), _UNIT, *_COUNTS, prefix="714"),
        table("ApexCodeCoverageAggregate", _aggregate, _UNIT, *_COUNTS, prefix="715"),
        table("ApexOrgWideCoverage", _org_wide, column("PercentCovered", "int"), prefix="716"),
    ]  # fmt: skip


def _counts(lines: list[int], covered: set[int]) -> Row:
    hit = [line for line in lines if line in covered]
    missed = [line for line in lines if line not in covered]
    return {
        "NumLinesCovered": len(hit),
        "NumLinesUncovered": len(missed),
        "Coverage": {"coveredLines": hit, "uncoveredLines": missed},
    }


def _coverable(tx: Transaction) -> dict[str, list[int]]:
    return {unit: json.loads(lines) for unit, lines in tx.sql("SELECT unit_id, lines FROM _coverable")}


def _by_method(tx: Transaction, fields: Asked) -> Iterable[Row]:
    lines = _coverable(tx)
    rows = tx.sql("SELECT unit_id, test_id, method, covered FROM _coverage ORDER BY test_id, method, unit_id")
    for number, (unit, test, method, covered) in enumerate(rows, 1):
        yield {
            "Id": f"714{number:012d}AAA",
            "ApexTestClassId": test,
            "TestMethodName": method,
            "ApexClassOrTriggerId": unit,
            **_counts(lines.get(unit, []), set(json.loads(covered))),
        }


def covered_lines(tx: Transaction) -> dict[str, set[int]]:
    """The lines that any test covered, by unit."""
    found: dict[str, set[int]] = {}
    for unit, covered in tx.sql("SELECT unit_id, covered FROM _coverage"):
        found.setdefault(unit, set()).update(json.loads(covered))
    return found


def _aggregate(tx: Transaction, fields: Asked) -> Iterable[Row]:
    covered = covered_lines(tx)
    for number, (unit, lines) in enumerate(sorted(_coverable(tx).items()), 1):
        yield {"Id": f"715{number:012d}AAA", "ApexClassOrTriggerId": unit, **_counts(lines, covered.get(unit, set()))}


def _org_wide(tx: Transaction, fields: Asked) -> Iterable[Row]:
    covered = covered_lines(tx)
    lines = _coverable(tx)
    total = sum(len(one) for one in lines.values())
    hit = sum(len(set(one) & covered.get(unit, set())) for unit, one in lines.items())
    yield {"Id": "716000000000001AAA", "PercentCovered": hit * 100 // total if total else 0}


# --- deploys --------------------------------------------------------------------------

_DEPLOY_COLUMNS: Mapping[str, str] = {
    "Status": "picklist", "CheckOnly": "boolean", "RollbackOnError": "boolean", "IgnoreWarnings": "boolean",
    "RunTestsEnabled": "boolean", "StartDate": "datetime", "CompletedDate": "datetime", "CreatedDate": "datetime",
    "ErrorMessage": "textarea", "ErrorStatusCode": "string", "StateDetail": "string",
    "NumberComponentErrors": "int", "NumberComponentsDeployed": "int", "NumberComponentsTotal": "int",
    "NumberTestErrors": "int", "NumberTestsCompleted": "int", "NumberTestsTotal": "int",
}  # fmt: skip


def _deploy_requests() -> Table:
    def rows(tx: Transaction, fields: Asked) -> Iterable[Row]:
        for id, result in tx.sql("SELECT id, json_remove(result, '$.details') FROM _deploy ORDER BY created"):
            found = json.loads(result)
            row = {name: found.get(name[0].lower() + name[1:]) for name in _DEPLOY_COLUMNS}
            yield {"Id": id, "CreatedById": found["createdBy"], **row}

    columns = [column(name, kind) for name, kind in _DEPLOY_COLUMNS.items()]
    return table("DeployRequest", rows, *columns, reference("CreatedById", "User", "CreatedBy"), prefix="0Af")
