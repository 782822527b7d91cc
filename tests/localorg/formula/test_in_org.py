"""Formulas where an org uses them: queries, triggers, validation rules, defaults, deploys."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pytest

from orgwright.apex.host import Record, SaveOutcome
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.jobs import anonymous
from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, apex, deploy, failures, fields, make_org


def formula(name: str, kind: str, text: str, rest: str = "") -> str:
    return f"<fullName>{name}</fullName><label>{name}</label><type>{kind}</type>{rest}<formula>{escape(text)}</formula>"


def number(name: str, rest: str = "") -> str:
    return (
        f"<fullName>{name}</fullName><label>{name}</label><type>Number</type><precision>10</precision>"
        f"<scale>2</scale>{rest}"
    )


NUMBER = "<precision>18</precision><scale>2</scale>"


def rule(name: str, condition: str, message: str, field: str = "") -> dict[str, bytes]:
    shown = f"<errorDisplayField>{field}</errorDisplayField>" if field else ""
    body = (
        f"<validationRules><fullName>{name}</fullName><active>true</active><errorConditionFormula>{escape(condition)}"
        f"</errorConditionFormula>{shown}<errorMessage>{message}</errorMessage></validationRules>"
    )
    return {"objects/Account.object": f"<CustomObject {NAMESPACE}>{body}</CustomObject>".encode()}


def deployed(org: Org, files: Mapping[str, bytes], members: Mapping[str, list[str]]) -> None:
    result = deploy(org, files, members)
    assert failures(result) == [] and result["status"] == "Succeeded", failures(result)


def save(org: Org, operation: Any, *records: Record) -> list[SaveOutcome]:
    with org.transaction() as tx:
        return tx.save(SaveRequest(operation, list(records), access="system", raw="json"))


def rows(org: Org, soql: str) -> list[dict[str, Any]]:
    with org.read() as tx:
        found: list[dict[str, Any]] = tx.query(soql, access="system", form="json").records
        return [{k: v for k, v in row.items() if k != "attributes"} for row in found]


@pytest.fixture
def org() -> Org:
    made = make_org()
    files = fields(
        "Account",
        formula("Deep__c", "Text", 'IF(ISBLANK(Parent.Name), "", Parent.Deep0__c & " > ") & Name'),
        number("Size__c"),
        formula("Deep0__c", "Text", "UPPER(Name)"),
        formula("Double__c", "Number", "Size__c * 2", NUMBER),
        formula("Plain__c", "Number", "Size__c * 2", NUMBER + "<formulaTreatBlanksAs>BlankAsBlank</formulaTreatBlanksAs>"),
        formula("Big__c", "Checkbox", "Double__c > 10"),
        formula("Share__c", "Percent", "0.125", NUMBER),
        formula("Doubled__c", "Percent", "Share__c * 2", NUMBER),
        formula("Who__c", "Text", '$User.LastName & "/" & $Organization.Name & "/" & TEXT(TODAY())'),
        formula("Oops__c", "Number", "1 / Size__c", NUMBER),
    )  # fmt: skip
    names = ["Size", "Deep", "Deep0", "Double", "Plain", "Big", "Share", "Doubled", "Who", "Oops"]
    deployed(made, files, {"CustomField": [f"Account.{name}__c" for name in names]})
    return made


def test_formula_fields_in_queries(org: Org) -> None:
    top = save(org, "insert", Record("Account", {"Name": "Top", "Size__c": 7}))[0].id
    save(org, "insert", Record("Account", {"Name": "Low", "ParentId": top}))
    found = rows(org, "SELECT Deep__c, Double__c, Plain__c, Big__c, Doubled__c, Oops__c FROM Account ORDER BY Deep__c")
    assert found == [
        {"Deep__c": "Top", "Double__c": 14.0, "Plain__c": 14.0, "Big__c": True, "Doubled__c": 25.0, "Oops__c": 0.14},
        {"Deep__c": "TOP > Low", "Double__c": 0.0, "Plain__c": None, "Big__c": False, "Doubled__c": 25.0, "Oops__c": None},
    ]  # fmt: skip
    assert rows(org, "SELECT Name FROM Account WHERE Deep__c = 'top > LOW' AND Big__c = false") == [{"Name": "Low"}]
    assert rows(org, "SELECT SUM(Double__c) total FROM Account WHERE Parent.Big__c = false OR Big__c = true") == [
        {"total": 14.0}
    ]
    assert rows(org, "SELECT Who__c FROM Account LIMIT 1")[0]["Who__c"].endswith("/2026-11-22")
    assert rows(org, "SELECT Parent.Double__c FROM Account WHERE Name = 'Low'")[0]["Parent"]["Double__c"] == 14.0


def test_rules_refuse_with_their_text_and_field(org: Org) -> None:
    deployed(
        org,
        rule("Grow", "OR(Size__c &lt; PRIORVALUE(Size__c))".replace("&lt;", "<"), "Only up", "Size__c"),
        {"ValidationRule": ["Account.Grow"]},
    )
    id = save(org, "insert", Record("Account", {"Name": "A", "Size__c": 5}))[0].id
    (refused,) = save(org, "update", Record("Account", {"Id": id, "Size__c": 4}))
    assert [(e.code, e.message, e.fields) for e in refused.errors] == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Only up", ("Size__c",))
    ]
    assert save(org, "update", Record("Account", {"Id": id, "Size__c": 6}))[0].success
    assert rows(org, "SELECT Size__c FROM Account") == [{"Size__c": 6.0}]


def test_rules_see_parents_formulas_and_that_the_record_is_new(org: Org) -> None:
    deployed(org, rule("Big", "AND(Parent.Big__c, Double__c > 2)", "Too big"), {"ValidationRule": ["Account.Big"]})
    deployed(org, rule("New", 'AND(ISBLANK(Id), ISNEW(), Name = "x")', "No x"), {"ValidationRule": ["Account.New"]})
    top = save(org, "insert", Record("Account", {"Name": "Top", "Size__c": 7}))[0].id
    outcomes = save(
        org,
        "insert",
        Record("Account", {"Name": "x", "Size__c": 2, "ParentId": top}),
        Record("Account", {"Name": "y", "Size__c": 1, "ParentId": top}),
        Record("Account", {"Name": "z", "Size__c": 2}),
    )
    assert [[e.message for e in one.errors] for one in outcomes] == [["Too big", "No x"], [], []]
    (changed,) = save(org, "update", Record("Account", {"Id": outcomes[1].id, "Name": "x"}))
    assert changed.success


def test_a_rule_judges_what_before_triggers_leave_and_triggers_see_formulas(org: Org) -> None:
    deployed(org, rule("Named", 'Size__c <> 3', "Not three"), {"ValidationRule": ["Account.Named"]})  # fmt: skip
    trigger = (
        "trigger T on Account (before insert, after insert) { for (Account a : Trigger.new) {"
        " if (Trigger.isBefore) { a.Site = String.valueOf(a.Double__c); a.Size__c = 3; }"
        " else if (a.Double__c != 6) { a.addError('after ' + a.Double__c); } } }"
    )
    deployed(org, apex("T", trigger, kind="trigger"), {"ApexTrigger": ["T"]})
    (saved,) = save(org, "insert", Record("Account", {"Name": "A", "Size__c": 5}))
    assert saved.errors == ()
    assert rows(org, "SELECT Site, Double__c FROM Account") == [{"Site": "10.00", "Double__c": 6.0}]


def test_default_formulas(org: Org) -> None:
    body = "<type>Text</type><length>80</length><defaultValue>$User.LastName &amp; &quot;!&quot;</defaultValue>"
    due = "<type>Date</type><defaultValue>TODAY() + 7</defaultValue>"
    files = fields(
        "Account",
        f"<fullName>By__c</fullName><label>By</label>{body}",
        f"<fullName>Due__c</fullName><label>Due</label>{due}",
    )
    deployed(org, files, {"CustomField": ["Account.By__c", "Account.Due__c"]})
    save(org, "insert", Record("Account", {"Name": "A"}), Record("Account", {"Name": "B", "By__c": None}))
    found = rows(org, "SELECT By__c, Due__c FROM Account ORDER BY Name")
    assert found[0]["By__c"].endswith("!") and found[0]["Due__c"] == "2026-11-29"
    assert found[1]["By__c"] is None
    source = (
        "System.assertEquals(Date.newInstance(2026, 11, 29), Account.SObjectType.newSObject(null, true).get('Due__c'));"
    )
    assert anonymous.execute(org, org.record.admin_id, source).exception_message is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nope__c", "Field Nope__c does not exist. Check spelling."),
        ("Name", "Formula result is data type (Text), incompatible with expected data type (Number)."),
        ("VLOOKUP(1, 2, 3)", "Function VLOOKUP may not be used in this type of formula"),
    ],
)
def test_deploys_refuse_formulas_that_do_not_compile(org: Org, text: str, expected: str) -> None:
    result = deploy(
        org, fields("Account", formula("Bad__c", "Number", text, NUMBER)), {"CustomField": ["Account.Bad__c"]}
    )
    assert [found[-1] for found in failures(result)] == [expected]


def test_a_formula_cannot_read_itself(org: Org) -> None:
    again = fields("Account", formula("Deep0__c", "Text", "Deep__c"))
    result = deploy(org, again, {"CustomField": ["Account.Deep0__c"]})
    expected = "Formula cannot use another formula field that directly or indirectly refers to itself. Deep0__c"
    assert [found[-1] for found in failures(result)] == [expected]
