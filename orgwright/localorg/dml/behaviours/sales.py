"""Opportunities, price books, and the lines of opportunities and quotes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orgwright.localorg.dml.behaviours.registry import after, after_delete, before
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_IN = "IN (SELECT value FROM json_each(?))"
_STAGE = ("IsClosed", "IsWon", "DefaultProbability", "ForecastCategory", "ForecastCategoryName")
LINES = {"OpportunityLineItem": ("OpportunityId", "Opportunity"), "QuoteLineItem": ("QuoteId", "Quote"),
         "OrderItem": ("OrderId", "Order")}  # fmt: skip
"""Line objects with the reference to what they belong to."""


@before("Opportunity")
def opportunity_values(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Probability, forecast and closing follow the stage; expected revenue and fiscal period are computed."""
    stages = tx.setup_rows("OpportunityStage", "MasterLabel", _STAGE)
    for row in rows:
        stage = stages.get(row.get("StageName"))
        if stage is not None and (creating or row.sets("StageName")):
            values = dict(zip(_STAGE, stage, strict=True))
            row.values.update({name: values[name] for name in ("IsClosed", "IsWon", "ForecastCategory")})
            if "Probability" not in row.values or row.values["Probability"] is None:
                row.values["Probability"] = values["DefaultProbability"]
            row.values.setdefault("ForecastCategoryName", values["ForecastCategoryName"])
        if row.sets("Amount") and row.get("HasOpportunityLineItem") and row.old is not None:
            row.values["Amount"] = row.old.get("Amount")
        amount, chance = row.get("Amount"), row.get("Probability")
        if creating or row.sets("Amount") or row.sets("Probability"):
            row.values["ExpectedRevenue"] = None if amount is None else _half_up(amount * (chance or 0), 100)
        close = row.get("CloseDate")
        if close and (creating or row.sets("CloseDate")):
            year, quarter = int(close[:4]), (int(close[5:7]) + 2) // 3
            row.values.update(FiscalYear=year, FiscalQuarter=quarter, Fiscal=f"{year} {quarter}")
        if row.old is not None and row.sets("Pricebook2Id") and row.old.get("HasOpportunityLineItem"):
            text = "You cannot change the price book of an opportunity that has products."
            row.fail("FIELD_INTEGRITY_EXCEPTION", text, "Pricebook2Id")


def _half_up(number: int, divisor: int) -> int:
    sign = -1 if number < 0 else 1
    return sign * ((abs(number) * 2 + divisor) // (divisor * 2))


@before("PricebookEntry")
def price_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A standard price comes first; one entry for each product and book."""
    tx.ensure(plan.sobject)
    products = json.dumps([row.get("Product2Id") for row in rows if row.get("Product2Id")])
    sql = (
        'SELECT e."Product2Id", e."Pricebook2Id", e."UnitPrice", b."IsStandard" FROM "PricebookEntry" e'
        f' JOIN "Pricebook2" b ON b."Id" = e."Pricebook2Id" WHERE e."Product2Id" {_IN} AND e."IsDeleted" = 0'
    )
    known = {
        (product, book): (price, standard) for product, book, price, standard in tx.connection.execute(sql, (products,))
    }
    standards = {product: price for (product, _), (price, standard) in known.items() if standard}
    books = set(tx.setup_ids("Pricebook2", "IsStandard"))
    named = tx.column("Product2", "Name", [row.get("Product2Id") for row in rows])
    codes = tx.column("Product2", "ProductCode", [row.get("Product2Id") for row in rows])
    for row in rows:
        product, book = row.get("Product2Id"), row.get("Pricebook2Id")
        standard = book in books
        if creating:
            row.values["Name"] = named.get(product)
            row.values["ProductCode"] = codes.get(product)
            if (product, book) in known:
                text = "This price definition already exists in this price book"
                row.fail("FIELD_INTEGRITY_EXCEPTION", text)
            elif not standard and product not in standards:
                row.fail("STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product")
            known[product, book] = (row.get("UnitPrice"), standard)
            if standard and product:
                standards[product] = row.get("UnitPrice")
        if row.get("UseStandardPrice") and not standard and product in standards:
            row.values["UnitPrice"] = standards[product]


@before("OpportunityLineItem", "QuoteLineItem")
def line_values(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Product, price and total of a line come from the price book entry, quantity and discount."""
    price_lines(tx, plan, rows, creating)
    for row in rows:
        if row.errors:
            continue
        quantity, price = row.get("Quantity"), row.get("UnitPrice")
        scale = 10 ** plan.fields["quantity"].scale
        if row.values.get("TotalPrice") is not None and not row.sets("UnitPrice") and quantity:
            row.values["UnitPrice"] = price = _half_up(row.values["TotalPrice"] * scale, quantity)
        if quantity is not None and price is not None:
            total = price * quantity
            discount = row.get("Discount") or 0
            power = 10 ** plan.fields["discount"].scale if "discount" in plan.fields else 1
            row.values["TotalPrice"] = _half_up(total * (100 * power - discount), 100 * power * scale)
            if "subtotal" in plan.fields:
                row.values["Subtotal"] = _half_up(total, scale)


def price_lines(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Take product and list price from the entry; refuse entries of another or inactive price."""
    reference, parent = LINES[plan.sobject.name]
    entries = _entries(tx, [row.get("PricebookEntryId") for row in rows if row.get("PricebookEntryId")])
    books = tx.column(parent, "Pricebook2Id", [row.get(reference) for row in rows])
    word = parent.lower()
    for row in rows:
        entry = entries.get(row.get("PricebookEntryId"))
        if entry is None or not (creating or row.sets("PricebookEntryId")):
            continue
        product, book, price, active = entry
        owner = row.get(reference)
        assigned = books.get(owner)
        if assigned is None and owner is not None and parent != "Order":
            tx.connection.execute(f'UPDATE {quote(parent)} SET "Pricebook2Id" = ? WHERE "Id" = ?', (book, owner))
            books[owner] = assigned = book
        if assigned != book:
            text = (
                "field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook than the one "
                f"assigned to the {word})"
            )
            row.fail("FIELD_INTEGRITY_EXCEPTION", text, "PricebookEntryId")
            continue
        if not active:
            text = "field integrity exception: PricebookEntryId (pricebook entry is inactive)"
            row.fail("FIELD_INTEGRITY_EXCEPTION", text, "PricebookEntryId")
        row.values["Product2Id"] = product
        if "listprice" in plan.fields:
            row.values["ListPrice"] = price
        if row.get("UnitPrice") is None and row.get("TotalPrice") is None:
            row.values["UnitPrice"] = price


def _entries(tx: Transaction, ids: list[Any]) -> dict[Any, tuple[Any, ...]]:
    if not ids or not tx.has_table("PricebookEntry"):
        return {}
    sql = f'SELECT "Id", "Product2Id", "Pricebook2Id", "UnitPrice", "IsActive" FROM "PricebookEntry" WHERE "Id" {_IN}'
    return {row[0]: row[1:] for row in tx.connection.execute(sql, (json.dumps(ids),))}


@after("OpportunityLineItem")
def lines_changed(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """The opportunity's amount is the sum of its lines."""
    _sum_up(tx, rows)


@after_delete("OpportunityLineItem")
def lines_gone(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """The opportunity's amount is the sum of the lines that are left."""
    _sum_up(tx, rows)


def _sum_up(tx: Transaction, rows: Sequence[Row]) -> None:
    listed = json.dumps([row.get("OpportunityId") for row in rows if row.get("OpportunityId")])
    alive = '"OpportunityId" = o."Id" AND "IsDeleted" = 0'
    sql = (
        'UPDATE "Opportunity" AS o SET'
        f' "Amount" = COALESCE((SELECT SUM("TotalPrice") FROM "OpportunityLineItem" WHERE {alive}), "Amount"),'
        f' "HasOpportunityLineItem" = EXISTS (SELECT 1 FROM "OpportunityLineItem" WHERE {alive})'
        f' WHERE o."Id" {_IN}'
    )
    tx.connection.execute(sql, (listed,))
    sql = f'UPDATE "Opportunity" SET "ExpectedRevenue" = CAST(round("Amount" * "Probability" / 100.0) AS INTEGER) WHERE "Id" {_IN}'
    tx.connection.execute(sql, (listed,))
