"""Lead conversion: account, contact and opportunity of a lead ("Convert Leads", SOAP API Developer Guide, convertLead()).

Values go where the standard mapping and the org's own (``LeadConvertSettings``) put them. An account or a contact that is there already
keeps what it has.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import AccessMode, ConversionOutcome, LeadConversion, Record, RecordError
from orgwright.localorg.dml.request import SaveOperation, SaveRequest
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.store import ids

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_MAPPING: dict[str, dict[str, str]] = {
    "Account": {
        "Name": "Company", "Phone": "Phone", "Fax": "Fax", "Website": "Website", "Industry": "Industry", "Rating": "Rating",
        "AnnualRevenue": "AnnualRevenue", "NumberOfEmployees": "NumberOfEmployees", "AccountSource": "LeadSource",
        **{f"Billing{part}": part for part in _ADDRESS},
    },
    "Contact": {
        "Salutation": "Salutation", "FirstName": "FirstName", "LastName": "LastName", "Title": "Title", "Email": "Email",
        "Phone": "Phone", "MobilePhone": "MobilePhone", "Fax": "Fax", "LeadSource": "LeadSource", "Description": "Description",
        **{f"Mailing{part}": part for part in _ADDRESS},
    },
    "Opportunity": {"LeadSource": "LeadSource"},
}  # fmt: skip
"""Object, field, field of the lead ("Mapping Standard Lead Fields" in Salesforce Help)."""


class _Refused(Exception):
    def __init__(self, *errors: RecordError) -> None:
        self.errors = errors


def convert(tx: Transaction, wanted: LeadConversion, access: AccessMode) -> ConversionOutcome:
    """Convert one lead; what fails leaves nothing behind."""
    point = tx.savepoint()
    try:
        found = _Conversion(tx, wanted, access).run()
    except _Refused as refused:
        tx.rollback(point)
        return ConversionOutcome(wanted.lead_id, errors=refused.errors)
    tx.release(point)
    return found


class _Conversion:
    def __init__(self, tx: Transaction, wanted: LeadConversion, access: AccessMode) -> None:
        self.tx, self.wanted, self.access = tx, wanted, access
        self.mapping = {name: {**fields, **_own_mapping(tx).get(name, {})} for name, fields in _MAPPING.items()}
        self.lead = self._lead()

    def _lead(self) -> dict[str, Any]:
        sobject = self.tx.schema.sobject("Lead")
        id = ids.to18(self.wanted.lead_id) if self.wanted.lead_id else None
        if sobject is None or id is None:
            raise _Refused(RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
        self.tx.ensure(sobject)
        rows = self.tx.fetch(self.tx.type_plan(sobject), [id])
        if id not in rows or rows[id].get("IsDeleted"):
            raise _Refused(RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
        record = self.tx.type_plan(sobject).typed(rows[id])
        if record.fields.get("IsConverted"):
            raise _Refused(RecordError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"))
        return record.fields

    def run(self) -> ConversionOutcome:
        """Account, contact, opportunity, then the lead itself."""
        self._check_status()
        owner = self.wanted.owner_id or self.lead.get("OwnerId")
        if owner is None or not str(owner).startswith("005"):
            raise _Refused(RecordError("INVALID_CROSS_REFERENCE_KEY", "Owner ID: owner cannot be blank", ("OwnerId",)))
        account = self._record("Account", self.wanted.account_id, {"OwnerId": owner})
        contact = self._record("Contact", self.wanted.contact_id, {"OwnerId": owner, "AccountId": account})
        opportunity = self._opportunity(account, contact, owner)
        self._close(account, contact, opportunity)
        return ConversionOutcome(self.lead["Id"], account, contact, opportunity)

    def _check_status(self) -> None:
        status = self.wanted.status
        known = self.tx.setup_rows("LeadStatus", "MasterLabel", ["IsConverted"])
        good = [label for label, (converted,) in known.items() if converted]
        if status is None or status.lower() not in [str(label).lower() for label in good]:
            raise _Refused(RecordError("INVALID_STATUS", f"invalid convertedStatus: {status}", ("Status",)))

    def _mapped(self, name: str) -> dict[str, Any]:
        sobject = self.tx.schema.sobject(name)
        assert sobject is not None
        return {
            target: self.lead[source]
            for target, source in self.mapping[name].items()
            if self.lead.get(source) is not None and sobject.field(target) is not None
        }

    def _record(self, name: str, id: str | None, extra: dict[str, Any]) -> str:
        """The record that is there, its empty fields filled, or a new one."""
        values = self._mapped(name)
        if id is None:
            return self._save("insert", Record(name, {**values, **extra}))
        sobject = self.tx.schema.sobject(name)
        assert sobject is not None
        self.tx.ensure(sobject)
        rows = self.tx.fetch(self.tx.type_plan(sobject), [ids.to18(id) or id])
        if not rows:
            raise _Refused(RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
        (row,) = rows.values()
        empty = {field: value for field, value in values.items() if row.get(field) is None}
        if self.wanted.overwrite_lead_source and "LeadSource" in values:
            empty["LeadSource"] = values["LeadSource"]
        return self._save("update", Record(name, {"Id": id, **empty}))

    def _opportunity(self, account: str, contact: str, owner: str) -> str | None:
        if self.wanted.opportunity_id is not None or not self.wanted.create_opportunity:
            return self.wanted.opportunity_id
        stages = self.tx.setup_rows("OpportunityStage", "MasterLabel", ["IsClosed", "SortOrder"])
        open_ones = sorted((order or 0, label) for label, (closed, order) in stages.items() if not closed)
        today = self.tx.now().date()
        month = (today.month - 1) // 3 * 3 + 4
        quarter_end = dt.date(today.year + month // 13, (month - 1) % 12 + 1, 1) - dt.timedelta(days=1)
        values = {
            **self._mapped("Opportunity"),
            "Name": self.wanted.opportunity_name or f"{self.lead.get('Company')}-",
            "StageName": open_ones[0][1] if open_ones else None,
            "CloseDate": quarter_end,
            "AccountId": account,
            "OwnerId": owner,
        }
        made = self._save("insert", Record("Opportunity", values))
        role = {"OpportunityId": made, "ContactId": contact, "IsPrimary": True}
        self._save("insert", Record("OpportunityContactRole", role))
        return made

    def _close(self, account: str, contact: str, opportunity: str | None) -> None:
        id = str(self.lead["Id"])
        self.tx.converting[id] = {
            "IsConverted": 1,
            "ConvertedDate": self.tx.now().date().isoformat(),
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
            "ConvertedOpportunityId": opportunity,
        }
        try:
            self._save("update", Record("Lead", {"Id": id, "Status": self.wanted.status}))
        finally:
            del self.tx.converting[id]

    def _save(self, operation: SaveOperation, record: Record) -> str:
        request = SaveRequest(operation, [record], all_or_none=True, access=self.access, raw="typed")
        (outcome,) = self.tx.save(request)
        if not outcome.success or outcome.id is None:
            raise _Refused(*outcome.errors)
        return outcome.id


def _own_mapping(tx: Transaction) -> dict[str, dict[str, str]]:
    """The field mapping of the org's ``LeadConvertSettings``: object, field, field of the lead."""
    components = Components(tx)
    if not components.there:
        return {}
    found: dict[str, dict[str, str]] = {}
    for stored in components.all("LeadConvertSettings"):
        for mapping in stored.node.all("objectMapping"):
            fields = {one.value("outputField"): one.value("inputField") for one in mapping.all("mappingFields")}
            found.setdefault(mapping.value("outputObject"), {}).update(fields)
    return found
