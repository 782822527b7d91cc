"""An office of users for tests of sharing: a manager, two sellers under him, somebody elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orgwright.apex.host import Record, SaveOutcome
from orgwright.localorg.dml.request import SaveOperation, SaveRequest
from orgwright.localorg.org import Org
from orgwright.localorg.schema import edit


@dataclass
class Office:
    """The Ids of roles and users."""

    org: Org
    top: str
    sales: str
    service: str
    boss: str
    ann: str
    bob: str
    eve: str

    def save(
        self, who: str | None, operation: SaveOperation, sobject: str, *rows: dict[str, Any], **options: Any
    ) -> list[SaveOutcome]:
        """Save as a user."""
        with self.org.transaction(who) as tx:
            return tx.save(SaveRequest(operation, [Record(sobject, row) for row in rows], **options))

    def make(self, who: str | None, sobject: str, **fields: Any) -> str:
        """A record made by a user."""
        (made,) = self.save(who, "insert", sobject, fields)
        assert made.id is not None, made
        return made.id

    def names(self, who: str | None, soql: str) -> list[str]:
        """The values of the first field of a query by a user."""
        with self.org.read(who) as tx:
            return sorted(str(next(iter(record.fields.values()))) for record in tx.query(soql).records)

    def model(self, sobject: str, model: str) -> None:
        """Set the organization-wide default of an object."""
        with self.org.transaction() as tx:
            tx.set_schema(edit.with_object(tx.schema, sobject, sharing_model=model))


def make_user(org: Org, name: str, role: str | None, profile: str = "Standard User") -> str:
    """A user of the profile Standard User unless told otherwise."""
    with org.transaction() as tx:
        found = tx.query(f"SELECT Id FROM Profile WHERE Name = '{profile}'").records[0].fields["Id"]
        row = {"LastName": name, "Email": "u@example.com", "Alias": name, "Username": f"{name}@office.example.com",
               "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8",
               "LanguageLocaleKey": "en_US", "ProfileId": found, "UserRoleId": role}  # fmt: skip
        (made,) = tx.save(SaveRequest("insert", [Record("User", row)]))
    assert made.id is not None, made
    return made.id


def open_office(org: Org) -> Office:
    """Make the people."""
    with org.transaction() as tx:
        top = tx.save(SaveRequest("insert", [Record("UserRole", {"Name": "Top"})]))[0].id
        below = [
            Record("UserRole", {"Name": name, "ParentRoleId": top, "OpportunityAccessForAccountOwner": "None"})
            for name in ("Sales", "Service")
        ]
        sales, service = (made.id for made in tx.save(SaveRequest("insert", below)))
    assert top and sales and service
    users = [make_user(org, *one) for one in (("boss", top), ("ann", sales), ("bob", sales), ("eve", service))]
    return Office(org, top, sales, service, *users)
