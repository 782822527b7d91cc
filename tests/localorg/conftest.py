"""An org in memory with the settings and custom fields that many tests need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orgwright.apex.host import Record, SaveOutcome
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Org
from orgwright.localorg.schema import custom, edit
from orgwright.localorg.schema.model import PicklistEntry, Summary
from orgwright.localorg.schema.schema import Schema

NOW = dt.datetime(2026, 11, 22, 12, 30, tzinfo=dt.UTC)


def rich_schema() -> Schema:
    """Accounts with fields of every kind, a master-detail child, an event, orders, quotes, relations."""
    field = custom.custom_field
    schema = edit.with_settings(
        Schema(),
        {
            "AccountSettings.enableRelateContactToMultipleAccounts": True,
            "OrderSettings.enableOrders": True,
            "QuoteSettings.enableQuote": True,
        },
    )
    values = [PicklistEntry("Red", "Red"), PicklistEntry("Green", "Grün"), PicklistEntry("Blue", "Blue")]
    schema = edit.with_fields(
        schema,
        "Account",
        [
            field("Ext__c", "Text", length=20, unique=True, external_id=True, label="External Id"),
            field("Code__c", "Text", length=20, unique=True, case_sensitive=True),
            field("Size__c", "Number", precision=6, scale=2),
            field("Color__c", "Picklist", values=values, restricted=True),
            field("Tags__c", "MultiselectPicklist", values=values, restricted=True),
            field("Active__c", "Checkbox", default="true"),
            field("Notes__c", "LongTextArea", length=500),
            field("Place__c", "Location", scale=4),
            field("Opens__c", "Time"),
        ],
    )
    schema = edit.with_field(schema, "Contact", field("Ext__c", "Text", length=20, unique=True, external_id=True))
    schema = edit.with_object(
        schema,
        "Part__c",
        label="Part",
        label_plural="Parts",
        name_field=custom.name_field("Part Number", display_format="P-{0000}"),
    )
    schema = edit.with_fields(
        schema,
        "Part__c",
        [
            field(
                "Account__c",
                "MasterDetail",
                reference_to="Account",
                child_relationship_name="Parts",
                relationship_order=0,
                label="Account",
            ),
            field("Weight__c", "Number", precision=8, scale=3),
            field("Friend__c", "Lookup", reference_to="Contact", child_relationship_name="PartsOfFriend"),
            field(
                "Keeper__c",
                "Lookup",
                reference_to="Contact",
                child_relationship_name="KeptParts",
                delete_constraint="Restrict",
            ),
        ],
    )
    total = Summary("sum", "Part__c", "Account__c", "Weight__c")
    schema = edit.with_field(
        schema,
        "Account",
        field("Weight__c", "Summary", summary=total, summary_type="double", precision=18, scale=3),
    )
    schema = edit.with_object(
        schema, "News__e", label="News", label_plural="News", publish_behavior="PublishImmediately"
    )
    schema = edit.with_object(
        schema, "Later__e", label="Later", label_plural="Later", publish_behavior="PublishAfterCommit"
    )
    for name in ("News__e", "Later__e"):
        schema = edit.with_field(schema, name, field("Text__c", "Text", length=10))
        schema = edit.with_field(schema, name, field("Count__c", "Number", precision=18, scale=0))
    return schema


def grant_everything(org: Org) -> None:
    """Give the administrator every custom field, as a permission set of a deploy would."""
    with org.transaction() as tx:
        parent = tx.insert_setup("PermissionSet", {"Name": "All", "Label": "All"})
        for change in org.schema.changes.values():
            for field in change.fields.values():
                if field.permissionable:
                    tx.insert_setup(
                        "FieldPermissions",
                        {
                            "ParentId": parent,
                            "SobjectType": change.name,
                            "Field": f"{change.name}.{field.name}",
                            "PermissionsRead": True,
                            "PermissionsEdit": True,
                        },
                    )
        tx.insert_setup("PermissionSetAssignment", {"PermissionSetId": parent, "AssigneeId": org.record.admin_id})


@pytest.fixture
def org() -> Iterator[Org]:
    made = Org.create(None, alias="test", seed=7, clock=lambda: NOW, schema=rich_schema())
    grant_everything(made)
    yield made
    made.close()


Save = Callable[..., list[SaveOutcome]]
Query = Callable[..., list[Any]]


@pytest.fixture
def save(org: Org) -> Save:
    """``save("insert", "Account", {...}, {...}, all_or_none=True)``."""

    def run(operation: str, sobject: str, *rows: dict[str, Any], **options: Any) -> list[SaveOutcome]:
        with org.transaction() as tx:
            return tx.save(SaveRequest(operation, [Record(sobject, dict(row)) for row in rows], **options))  # type: ignore[arg-type]

    return run


@pytest.fixture
def query(org: Org) -> Query:
    """Rows of a query as plain dicts of typed values."""

    def run(soql: str, **options: Any) -> list[Any]:
        with org.read() as tx:
            return [record.fields for record in tx.query(soql, **options).records]

    return run
