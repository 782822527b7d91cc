"""Orders with their products, contracts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orgwright.localorg.dml.behaviours.registry import after, after_delete, before, before_delete
from orgwright.localorg.dml.behaviours.sales import price_lines
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_IN = "IN (SELECT value FROM json_each(?))"


def _code(tx: Transaction, sobject: str, status: Any, fallback: str) -> str:
    found = tx.setup_rows(sobject, "ApiName", ("StatusCode",)).get(status)
    return str(found[0]) if found else fallback


@before("Order")
def order_status(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """An order starts as a draft; with products it can be activated, and is locked then."""
    counts = _counts(tx, [row.id for row in rows]) if not creating else {}
    for row in rows:
        code = _code(tx, "OrderStatus", row.get("Status"), "Draft")
        was = row.old.get("StatusCode") if row.old else None
        row.values["StatusCode"] = code
        if code == "Activated" and was != "Activated":
            if not counts.get(row.id):
                row.fail("FAILED_ACTIVATION", "An order must have at least one product.")
            row.values["ActivatedDate"], row.values["ActivatedById"] = tx.now_text, tx.user_id
        elif was == "Activated" and code == "Activated" and (row.sets("Pricebook2Id") or row.sets("AccountId")):
            row.fail("ENTITY_IS_LOCKED", "The entity is locked.")
        elif was == "Activated" and code != "Activated":
            row.values["ActivatedDate"] = row.values["ActivatedById"] = None
        if row.sets("Pricebook2Id") and counts.get(row.id):
            text = "You cannot change the price book of an order that has products."
            row.fail("FIELD_INTEGRITY_EXCEPTION", text, "Pricebook2Id")
        if creating and "totalamount" in plan.sobject.fields:
            row.values.setdefault("TotalAmount", 0)


def _counts(tx: Transaction, ids: list[Any]) -> dict[Any, int]:
    if not tx.has_table("OrderItem"):
        return {}
    sql = f'SELECT "OrderId", COUNT(*) FROM "OrderItem" WHERE "OrderId" {_IN} AND "IsDeleted" = 0 GROUP BY "OrderId"'
    return dict(tx.connection.execute(sql, (json.dumps(ids),)))


@before_delete("Order")
def only_drafts_go(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """An activated order stays."""
    for row in rows:
        if row.old and row.old.get("StatusCode") == "Activated":
            row.fail("ENTITY_IS_LOCKED", "The entity is locked.")


@before("OrderItem")
def product_values(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """An order product's price and total; none can be added to an activated order."""
    price_lines(tx, plan, rows, creating)
    codes = tx.column("Order", "StatusCode", [row.get("OrderId") for row in rows])
    scale = 10 ** plan.fields["quantity"].scale
    for row in rows:
        if codes.get(row.get("OrderId")) == "Activated" and (creating or row.sets("Quantity") or row.sets("UnitPrice")):
            row.fail("ENTITY_IS_LOCKED", "The entity is locked.")
        if creating and row.get("UnitPrice") is None:
            text = "Required fields are missing: [UnitPrice]"
            row.fail("REQUIRED_FIELD_MISSING", text, "UnitPrice")
            continue
        quantity, price = row.get("Quantity"), row.get("UnitPrice")
        if quantity is not None and price is not None:
            row.values["TotalPrice"] = round(price * quantity / scale)
            if creating and "availablequantity" in plan.fields:
                row.values["AvailableQuantity"] = quantity


@after("OrderItem")
def products_changed(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """The order's total is the sum of its products."""
    _sum_up(tx, rows)


@after_delete("OrderItem")
def products_gone(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """The order's total is the sum of the products that are left."""
    _sum_up(tx, rows)


def _sum_up(tx: Transaction, rows: Sequence[Row]) -> None:
    order = tx.schema.sobject("Order")
    if order is None or "totalamount" not in order.fields:
        return
    listed = json.dumps([row.get("OrderId") for row in rows if row.get("OrderId")])
    total = 'SELECT SUM("TotalPrice") FROM "OrderItem" WHERE "OrderId" = o."Id" AND "IsDeleted" = 0'
    sql = f'UPDATE "Order" AS o SET "TotalAmount" = COALESCE(({total}), 0) WHERE o."Id" {_IN}'
    tx.connection.execute(sql, (listed,))


@before("Contract")
def contract_values(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A contract starts as a draft; its end follows start and term."""
    for row in rows:
        if creating and row.get("Status") is None:
            row.values["Status"] = "Draft"
        code = _code(tx, "ContractStatus", row.get("Status"), "Draft")
        if creating and code == "Activated":
            row.fail(
                "FAILED_ACTIVATION", "Choose a valid contract status and save your changes. Ask your admin for details."
            )
        if creating or row.sets("Status"):
            row.values["StatusCode"] = code
            if code == "Activated":
                row.values["ActivatedDate"], row.values["ActivatedById"] = tx.now_text, tx.user_id
        start, term = row.get("StartDate"), row.get("ContractTerm")
        if start and term and (creating or row.sets("StartDate") or row.sets("ContractTerm")):
            row.values["EndDate"] = _end(dt.date.fromisoformat(start), int(term)).isoformat()


def _end(start: dt.date, months: int) -> dt.date:
    index = start.year * 12 + start.month - 1 + months
    first = dt.date(index // 12, index % 12 + 1, 1)
    following = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    day = min(start.day, (following - first).days)
    return first.replace(day=day) - dt.timedelta(days=1)
