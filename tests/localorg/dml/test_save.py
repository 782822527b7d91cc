from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwright.apex.host import ApexFailure, Record, RecordError, TriggerErrors, TriggerEvent
from orgwright.localorg.dml.request import MergeRequest, SaveRequest
from orgwright.localorg.org import Org
from tests.localorg.conftest import NOW, Query, Save, grant_everything, rich_schema


def test_values_come_back_as_salesforce_keeps_them(org: Org, save: Save, query: Query) -> None:
    (made,) = save(
        "insert", "Account",
        {"name": "  Acme ", "Size__c": "1.005", "Color__c": "rED", "Tags__c": "blue; Red;blue", "Opens__c": "10:30:00Z",
         "Site": "", "Place__Latitude__s": 1.5, "Place__Longitude__s": -2, "AnnualRevenue": 10.5},
    )  # fmt: skip
    (row,) = query(
        "SELECT Name, Size__c, Color__c, Tags__c, Opens__c, Site, Place__c, AnnualRevenue, Active__c, OwnerId, CreatedDate FROM Account"
    )
    assert row == {
        "Name": "Acme", "Size__c": Decimal("1.005"), "Color__c": "Red", "Tags__c": "Red;Blue", "Opens__c": dt.time(10, 30),
        "Site": None, "Place__c": Record("Location", {"latitude": Decimal("1.5000"), "longitude": Decimal("-2.0000")}),
        "AnnualRevenue": Decimal("10.5"), "Active__c": True, "OwnerId": org.record.admin_id, "CreatedDate": NOW,
    }  # fmt: skip
    assert made.created and made.id and made.id.startswith("001") and len(made.id) == 18


cells = st.one_of(
    st.none(), st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=20)
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from("abcdefÄä"), cells, st.decimals(-9999, 9999, places=2)), min_size=1, max_size=12)
)
def test_upserts_leave_what_a_dictionary_would(rows: list[tuple[str, str | None, Decimal]]) -> None:
    org = Org.create(None, alias="p", seed=1, schema=_SCHEMA)
    grant_everything(org)
    model: dict[str, tuple[str | None, Decimal]] = {}
    for key, site, size in rows:
        fields = {"Ext__c": key, "Name": "n", "Site": site, "Size__c": size}
        with org.transaction() as tx:
            (outcome,) = tx.save(SaveRequest("upsert", [Record("Account", fields)], external_id="ext__c", raw="typed"))
        assert outcome.success
        assert outcome.created == (key.casefold() not in model)
        model[key.casefold()] = (site, size)
    with org.read() as tx:
        found = tx.query("SELECT Ext__c, Site, Size__c FROM Account").records
    assert {r.fields["Ext__c"].casefold(): (r.fields["Site"], r.fields["Size__c"]) for r in found} == model
    org.close()


_SCHEMA = rich_schema()


def test_csv_leaves_empty_cells_alone_and_clears_with_na(save: Save, query: Query) -> None:
    save("upsert", "Account", {"Ext__c": "1", "Name": "a", "Site": "s", "Fax": "f"}, external_id="Ext__c", raw="csv")
    (again,) = save(
        "upsert", "Account", {"Ext__c": "1", "Name": "", "Site": "#N/A", "Fax": ""}, external_id="Ext__c", raw="csv"
    )
    assert again.success and not again.created
    assert query("SELECT Name, Site, Fax FROM Account") == [{"Name": "a", "Site": None, "Fax": "f"}]


def test_parents_by_external_id(save: Save, query: Query) -> None:
    save("insert", "Account", {"Name": "a", "Ext__c": "A1"})
    outcomes = save(
        "insert",
        "Contact",
        {"LastName": "x", "Account.Ext__c": "a1"},
        {"LastName": "y", "Account.Ext__c": "?"},
        raw="csv",
    )
    assert [o.success for o in outcomes] == [True, False]
    typed = Record("Account", {"Ext__c": "A1"})
    assert save("insert", "Contact", {"LastName": "z", "Account": typed}, raw="typed")[0].success
    assert len(query("SELECT Id FROM Contact WHERE Account.Name = 'a'")) == 2


def test_upsert_refuses_a_key_twice_and_a_missing_key(save: Save) -> None:
    first, second, third = save(
        "upsert",
        "Account",
        {"Ext__c": "1", "Name": "a"},
        {"Ext__c": "1", "Name": "b"},
        {"Name": "c"},
        external_id="Ext__c",
    )
    assert first.errors[0].message == second.errors[0].message == "Duplicate external id specified: 1"
    assert (third.errors[0].code, third.errors[0].message) == ("MISSING_ARGUMENT", "Ext__c not specified")
    (refused,) = save("upsert", "Account", {"Name": "a"}, external_id="Site")
    assert refused.errors[0].message == "Provided external ID field does not exist or is not accessible: Site"


def test_delete_takes_children_clears_lookups_and_undelete_gives_back(save: Save, query: Query) -> None:
    (account,) = save("insert", "Account", {"Name": "a"})
    (contact,) = save("insert", "Contact", {"LastName": "c", "AccountId": account.id})
    (other,) = save("insert", "Account", {"Name": "b"})
    save("insert", "Part__c", {"Account__c": account.id}, {"Account__c": other.id, "Friend__c": contact.id})
    assert save("delete", "Account", {"Id": account.id})[0].success
    assert query("SELECT Id FROM Contact") == []
    assert query("SELECT Friend__c FROM Part__c") == [{"Friend__c": None}]
    assert len(query("SELECT Id FROM Part__c", all_rows=True)) == 2
    assert save("undelete", "Account", {"Id": account.id})[0].success
    assert len(query("SELECT Id FROM Contact")) == 1 and len(query("SELECT Id FROM Part__c")) == 2
    assert save("undelete", "Account", {"Id": account.id})[0].errors[0].message == "Entity is not in the recycle bin"
    save("hardDelete", "Account", {"Id": account.id})
    assert query("SELECT Id FROM Account WHERE Name = 'a'", all_rows=True) == []


def test_contacts_have_a_direct_relation(save: Save, query: Query) -> None:
    a, b = save("insert", "Account", {"Name": "a"}, {"Name": "b"})
    (contact,) = save("insert", "Contact", {"LastName": "c", "AccountId": a.id})
    soql = "SELECT AccountId, IsDirect FROM AccountContactRelation ORDER BY IsDirect DESC"
    assert query(soql) == [{"AccountId": a.id, "IsDirect": True}]
    (again,) = save("insert", "AccountContactRelation", {"AccountId": a.id, "ContactId": contact.id})
    assert again.errors[0].code == "DUPLICATE_VALUE"
    assert save("insert", "AccountContactRelation", {"AccountId": b.id, "ContactId": contact.id})[0].success
    direct = query("SELECT Id FROM AccountContactRelation WHERE IsDirect = true")[0]["Id"]
    (refused,) = save("delete", "AccountContactRelation", {"Id": direct})
    assert refused.errors[0].message.startswith("A direct relationship can't be deleted.")
    save("update", "Contact", {"Id": contact.id, "AccountId": b.id})
    assert query(soql) == [{"AccountId": b.id, "IsDirect": True}]
    save("delete", "Contact", {"Id": contact.id})
    assert query(soql) == []


def sale(save: Save, query: Query) -> dict[str, str]:
    """A product with a standard price, an account, an order."""
    (book,) = query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    (product,) = save("insert", "Product2", {"Name": "Power", "IsActive": True})
    (entry,) = save(
        "insert",
        "PricebookEntry",
        {"Product2Id": product.id, "Pricebook2Id": book["Id"], "UnitPrice": 2.5, "IsActive": True},
    )
    (account,) = save("insert", "Account", {"Name": "a"})
    (order,) = save(
        "insert",
        "Order",
        {"AccountId": account.id, "EffectiveDate": "2026-01-01", "Status": "Draft", "Pricebook2Id": book["Id"]},
    )
    ids = {"book": book["Id"], "product": product.id, "entry": entry.id, "account": account.id, "order": order.id}
    assert all(ids.values()), ids
    return ids  # type: ignore[return-value]


def test_orders_sum_up_and_lock(save: Save, query: Query) -> None:
    ids = sale(save, query)
    (refused,) = save("update", "Order", {"Id": ids["order"], "Status": "Activated"})
    assert (refused.errors[0].code, refused.errors[0].message) == (
        "FAILED_ACTIVATION",
        "An order must have at least one product.",
    )
    (item,) = save(
        "insert",
        "OrderItem",
        {"OrderId": ids["order"], "PricebookEntryId": ids["entry"], "Quantity": 3, "UnitPrice": 2},
    )
    assert item.success, item
    assert query("SELECT TotalAmount, OrderNumber FROM Order") == [
        {"TotalAmount": Decimal("6.00"), "OrderNumber": "00000001"}
    ]
    assert save("update", "Order", {"Id": ids["order"], "Status": "Activated"})[0].success
    (locked,) = save(
        "insert",
        "OrderItem",
        {"OrderId": ids["order"], "PricebookEntryId": ids["entry"], "Quantity": 1, "UnitPrice": 2},
    )
    assert locked.errors[0].code == "ENTITY_IS_LOCKED"
    assert save("delete", "Order", {"Id": ids["order"]})[0].errors[0].code == "ENTITY_IS_LOCKED"


def test_prices_and_opportunity_lines(save: Save, query: Query) -> None:
    ids = sale(save, query)
    (own,) = save("insert", "Pricebook2", {"Name": "Own", "IsActive": True})
    (bare,) = save("insert", "Product2", {"Name": "Bare"})
    (early,) = save("insert", "PricebookEntry", {"Product2Id": bare.id, "Pricebook2Id": own.id, "UnitPrice": 1})
    assert (early.errors[0].code, early.errors[0].message) == (
        "STANDARD_PRICE_NOT_DEFINED",
        "No standard price defined for this product",
    )
    (twice,) = save(
        "insert", "PricebookEntry", {"Product2Id": ids["product"], "Pricebook2Id": ids["book"], "UnitPrice": 1}
    )
    assert twice.errors[0].message == "This price definition already exists in this price book"
    (deal,) = save(
        "insert", "Opportunity", {"Name": "o", "StageName": "Closed Won", "CloseDate": "2026-05-05", "Amount": 7}
    )
    soql = "SELECT IsWon, IsClosed, Probability, ExpectedRevenue, Amount, Fiscal FROM Opportunity"
    assert query(soql) == [{"IsWon": True, "IsClosed": True, "Probability": Decimal(100), "ExpectedRevenue": Decimal("7.00"),
                            "Amount": Decimal("7.00"), "Fiscal": "2026 2"}]  # fmt: skip
    (line,) = save(
        "insert", "OpportunityLineItem", {"OpportunityId": deal.id, "PricebookEntryId": ids["entry"], "Quantity": 4}
    )
    assert line.success, line
    assert query("SELECT Amount, HasOpportunityLineItem FROM Opportunity") == [
        {"Amount": Decimal("10.00"), "HasOpportunityLineItem": True}
    ]


class Runner:
    """Triggers in Python; keeps what they were given."""

    def __init__(self, act: Any, *events: TriggerEvent) -> None:
        self.act, self.events = act, events
        self.calls: list[tuple[TriggerEvent, int]] = []

    def has(self, sobject: str, event: TriggerEvent) -> bool:
        return sobject == "Account" and event in self.events

    def run(
        self, sobject: str, event: TriggerEvent, new: Sequence[Record] | None, old: Sequence[Record] | None
    ) -> TriggerErrors:
        self.calls.append((event, len(new if new is not None else old or ())))
        return TriggerErrors(self.act(event, new, old) or {})


def with_triggers(org: Org, act: Any, *events: TriggerEvent) -> Runner:
    runner = Runner(act, *events)
    org.trigger_factory = lambda tx: runner
    return runner


def test_before_triggers_change_what_is_saved_and_see_every_field(org: Org, save: Save, query: Query) -> None:
    seen: list[Any] = []

    def act(event: TriggerEvent, new: Any, old: Any) -> None:
        for n, record in enumerate(new):
            seen.append((event, record.fields["Name"], old and old[n].fields["Site"], record.fields["IsDeleted"]))
            record.fields["Size__c"] = Decimal("2.345")
            record.fields["Site"] = f"{record.fields['Site']}!"

    with_triggers(org, act, TriggerEvent.BEFORE_INSERT, TriggerEvent.BEFORE_UPDATE)
    (made,) = save("insert", "Account", {"Name": "a", "Site": "s"})
    save("update", "Account", {"Id": made.id, "Name": "b"})
    assert query("SELECT Name, Site, Size__c FROM Account") == [
        {"Name": "b", "Site": "s!!", "Size__c": Decimal("2.345")}
    ]
    assert seen == [(TriggerEvent.BEFORE_INSERT, "a", None, False), (TriggerEvent.BEFORE_UPDATE, "b", "s!", False)]


def test_chunks_of_200(org: Org, save: Save) -> None:
    runner = with_triggers(org, lambda *a: None, TriggerEvent.BEFORE_INSERT, TriggerEvent.AFTER_INSERT)
    save("insert", "Account", *({"Name": str(n)} for n in range(201)))
    before, after = TriggerEvent.BEFORE_INSERT, TriggerEvent.AFTER_INSERT
    assert runner.calls == [(before, 200), (after, 200), (before, 1), (after, 1)]


def test_partial_success_runs_the_good_rows_again(org: Org, save: Save, query: Query) -> None:
    def act(event: TriggerEvent, new: Any, old: Any) -> Any:
        return {
            n: (RecordError("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no"),)
            for n, r in enumerate(new)
            if r.fields["Name"] == "bad"
        }

    runner = with_triggers(org, act, TriggerEvent.AFTER_INSERT)
    good, bad = save("insert", "Account", {"Name": "good"}, {"Name": "bad"})
    assert good.success and bad.errors[0].message == "no" and bad.id is None
    assert [size for _, size in runner.calls] == [2, 1]
    assert query("SELECT Name FROM Account") == [{"Name": "good"}]


def test_three_attempts_and_no_more(org: Org, save: Save, query: Query) -> None:
    def act(event: TriggerEvent, new: Any, old: Any) -> Any:
        return {0: (RecordError("FIELD_CUSTOM_VALIDATION_EXCEPTION", "first one"),)}

    runner = with_triggers(org, act, TriggerEvent.AFTER_INSERT)
    outcomes = save("insert", "Account", *({"Name": str(n)} for n in range(5)))
    assert [o.errors[0].message for o in outcomes[:3]] == ["first one"] * 3
    assert {o.errors[0].message for o in outcomes[3:]} == {
        "Too many batch retries in the presence of Apex triggers and partial failures."
    }
    assert len(runner.calls) == 3 and query("SELECT Id FROM Account") == []


def test_an_uncaught_exception_fails_the_chunk(org: Org, save: Save) -> None:
    def act(*_: Any) -> None:
        raise ApexFailure(
            "System.NullPointerException", "Attempt to de-reference a null object", "Trigger.Accounts: line 3, column 1"
        )

    with_triggers(org, act, TriggerEvent.BEFORE_INSERT)
    (outcome,) = save("insert", "Account", {"Name": "a"})
    assert outcome.errors[0].code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert outcome.errors[0].message == (
        "Accounts: execution of BeforeInsert\n\ncaused by: System.NullPointerException: Attempt to de-reference a null "
        "object\n\nTrigger.Accounts: line 3, column 1"
    )


def test_delete_triggers_see_the_old_record_and_may_refuse(org: Org, save: Save, query: Query) -> None:
    a, b = save("insert", "Account", {"Name": "keep"}, {"Name": "go"})

    def act(event: TriggerEvent, new: Any, old: Any) -> Any:
        assert new is None or event is TriggerEvent.AFTER_UNDELETE
        records = old if old is not None else new
        return {
            n: (RecordError("FIELD_CUSTOM_VALIDATION_EXCEPTION", "stay"),)
            for n, r in enumerate(records)
            if r.fields["Name"] == "keep"
        }

    runner = with_triggers(org, act, TriggerEvent.BEFORE_DELETE, TriggerEvent.AFTER_DELETE, TriggerEvent.AFTER_UNDELETE)
    kept, gone = save("delete", "Account", {"Id": a.id}, {"Id": b.id})
    assert kept.errors[0].message == "stay" and kept.id == a.id and gone.success
    assert query("SELECT Name FROM Account") == [{"Name": "keep"}]
    assert save("undelete", "Account", {"Id": b.id})[0].success
    assert runner.calls[-1] == (TriggerEvent.AFTER_UNDELETE, 1)


def test_savepoints_undo_rows_and_calls(org: Org, query: Query) -> None:
    called: list[str] = []
    with org.transaction() as tx:
        tx.on_commit(lambda: called.append("first"))
        point = tx.savepoint()
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "x"})]))
        tx.on_commit(lambda: called.append("second"))
        tx.rollback(point)
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "y"})]))
    assert query("SELECT Name FROM Account") == [{"Name": "y"}] and called == ["first"]
    with pytest.raises(RuntimeError), org.transaction() as tx:
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "z"})]))
        raise RuntimeError
    with org.transaction(commit=False) as tx:
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "w"})]))
    assert query("SELECT Name FROM Account") == [{"Name": "y"}]


def test_merge_moves_children_and_deletes_losers(org: Org, save: Save, query: Query) -> None:
    a, b = save("insert", "Account", {"Name": "a"}, {"Name": "b"})
    save("insert", "Contact", {"LastName": "c", "AccountId": b.id})
    with org.transaction() as tx:
        outcome = tx.merge(MergeRequest(Record("Account", {"Id": a.id, "Site": "won"}), [b.id or ""]))
    assert outcome.success
    assert query("SELECT Site, (SELECT LastName FROM Contacts) FROM Account") == [
        {"Site": "won", "Contacts": [Record("Contact", {"LastName": "c"})]}
    ]
    assert query("SELECT MasterRecordId FROM Account WHERE IsDeleted = true", all_rows=True) == [
        {"MasterRecordId": a.id}
    ]


def test_users_have_rules(org: Org, save: Save) -> None:
    with org.read() as tx:
        profile = tx.query("SELECT Id FROM Profile WHERE Name = 'Standard User'").records[0].fields["Id"]
    user = {"LastName": "S", "Email": "s@example.com", "Alias": "s", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US",
            "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US", "ProfileId": profile}  # fmt: skip
    (made,) = save("insert", "User", {**user, "Username": "s@example.com"})
    assert made.success, made
    (again,) = save("insert", "User", {**user, "Username": "S@example.com"})
    assert again.errors[0].code == "DUPLICATE_USERNAME"
    with org.transaction(made.id) as tx:
        assert tx.user().name == "S" and not tx.can("delete", "Case") and tx.can("edit", "Account")
        (refused,) = tx.save(SaveRequest("insert", [Record("Product2", {"Name": "p"})]))
        assert refused.errors[0].message == "entity type cannot be inserted: Product"
