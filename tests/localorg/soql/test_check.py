"""Queries that are refused, with Salesforce's words."""

from __future__ import annotations

import pytest

from orgwright.apex.host import QueryProblem, QueryShape
from orgwright.localorg.schema import edit
from tests.localorg.conftest import rich_schema

SCHEMA = rich_schema()
HELP = "Please reference your WSDL or the describe call for the appropriate names."
NO_TYPE = (
    "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' "
    "after the entity name. " + HELP
)
NO_COLUMN = (
    "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' after "
    "the custom field name. " + HELP
)
NO_PATH = (
    "Didn't understand relationship '{}' in field path. If you are attempting to use a custom relationship, be sure to "
    "append the '__r' after the custom relationship name. " + HELP
)
NO_CHILD = (
    "Didn't understand relationship '{}' in FROM part of query call. If you are attempting to use a custom relationship, "
    "be sure to append the '__r' after the custom relationship name. " + HELP
)

REFUSED = [
    ("SELECT Id FROM Nope", "INVALID_TYPE", NO_TYPE.format("Nope"), 15),
    ("SELECT Id FROM News__e", "INVALID_TYPE", NO_TYPE.format("News__e"), 15),
    ("SELECT Id, Foo FROM Account", "INVALID_FIELD", NO_COLUMN.format("Foo", "Account"), 11),
    ("SELECT Id FROM Account WHERE Foo__c = 1", "INVALID_FIELD", NO_COLUMN.format("Foo__c", "Account"), 29),
    ("SELECT Foo.Name FROM Account", "INVALID_FIELD", NO_PATH.format("Foo"), 7),
    ("SELECT Account.Foo FROM Contact", "INVALID_FIELD", NO_COLUMN.format("Foo", "Account"), 7),
    ("SELECT (SELECT Id FROM Foos__r) FROM Account", "INVALID_TYPE", NO_CHILD.format("Foos__r"), 23),
    (
        "SELECT Id FROM Account WHERE Notes__c = 'x'",
        "INVALID_FIELD",
        "field 'Notes__c' can not be filtered in a query call",
        29,
    ),
    (
        "SELECT Id FROM Account ORDER BY Tags__c",
        "INVALID_FIELD",
        "field 'Tags__c' can not be sorted in a query call",
        32,
    ),
    (
        "SELECT COUNT(Id) FROM Account GROUP BY Size__c",
        "INVALID_FIELD",
        "field 'Size__c' can not be grouped in a query call",
        39,
    ),
    ("SELECT Id, id FROM Account", "INVALID_FIELD", "duplicate field selected: Id", 11),
    ("SELECT Name n FROM Account", "MALFORMED_QUERY", "only aggregate expressions use field aliasing", 7),
    ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name", 7),
    (
        "SELECT Name FROM Account GROUP BY Name ORDER BY Type",
        "MALFORMED_QUERY",
        "Ordered field must be grouped or aggregated: Type",
        48,
    ),
    (
        "SELECT COUNT(Id) FROM Account LIMIT 5",
        "MALFORMED_QUERY",
        "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
        36,
    ),
    (
        "SELECT Id FROM Account WHERE Name = 5",
        "INVALID_FIELD",
        "value of filter criterion for field 'Name' must be of type string and should be enclosed in quotes",
        36,
    ),
    (
        "SELECT Id FROM Account WHERE CreatedDate > '2026-01-01'",
        "INVALID_FIELD",
        "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
        43,
    ),
    (
        "SELECT Id FROM Account WHERE CreatedDate > 2026-01-01",
        "INVALID_FIELD",
        "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
        43,
    ),
    (
        "SELECT Id FROM Account WHERE Size__c = '5'",
        "INVALID_FIELD",
        "value of filter criterion for field 'Size__c' must be of type double and should not be enclosed in quotes",
        39,
    ),
    (
        "SELECT Id FROM Account WHERE Active__c = 'true'",
        "INVALID_FIELD",
        "value of filter criterion for field 'Active__c' must be of type boolean and should not be enclosed in quotes",
        41,
    ),
    (
        "SELECT Id FROM Account WHERE Id LIKE '001%'",
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid operator on id field",
        32,
    ),
    ("SELECT Id FROM Account WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc", 34),
    (
        "SELECT Id FROM Account LIMIT 1 OFFSET 2001",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Maximum SOQL offset allowed is 2000",
        38,
    ),
    (
        "SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Contact)",
        "MALFORMED_QUERY",
        "Semi join sub-selects are not allowed with the 'OR' operator",
        50,
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))",
        "MALFORMED_QUERY",
        "Nesting of semi join sub-selects is not supported",
        79,
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT LastName FROM Contact)",
        "MALFORMED_QUERY",
        "semi join sub selects can only query id fields, cannot use: 'LastName'",
        43,
    ),
    (
        "SELECT FIELDS(ALL) FROM Account",
        "MALFORMED_QUERY",
        "The SOQL FIELDS function must have a LIMIT of at most 200",
        7,
    ),
]


@pytest.mark.parametrize(("soql", "code", "message", "offset"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(soql: str, code: str, message: str, offset: int) -> None:
    with pytest.raises(QueryProblem) as caught:
        SCHEMA.check_query(soql)
    assert (caught.value.code, caught.value.message, caught.value.offset) == (code, message, offset)


def test_the_shape_of_a_query_with_binds_is_known_before_it_runs() -> None:
    shape = SCHEMA.check_query(
        "SELECT id, account.NAME FROM contact WHERE AccountId IN :ids AND LastName = :name LIMIT :n"
    )
    assert shape == QueryShape("Contact", "records", ("Id", "Account.Name"))
    assert SCHEMA.check_query("SELECT COUNT() FROM Account").kind == "count"
    assert SCHEMA.check_query("SELECT MAX(CreatedDate) m FROM Account").kind == "aggregate"


def test_what_is_real_soql_but_not_done_says_so() -> None:
    with pytest.raises(QueryProblem) as caught:
        SCHEMA.check_query("SELECT Id FROM Account USING SCOPE mine")
    assert caught.value.code == "NOT_SUPPORTED_BY_EMBEDDED_ORG"


def test_amounts_are_converted_where_there_is_one_currency_and_refused_where_there_are_several() -> None:
    text = "SELECT Name, convertCurrency({}) FROM Opportunity"
    SCHEMA.check_query(text.format("Amount"))
    several = edit.with_setting(SCHEMA, "CurrencySettings.enableMultiCurrency", True)
    for schema, path, code in (
        (several, "Amount", "NOT_SUPPORTED_BY_EMBEDDED_ORG"),
        (several, "Foo", "INVALID_FIELD"),
        (SCHEMA, "Account.Foo", "INVALID_FIELD"),
    ):
        with pytest.raises(QueryProblem) as found:
            schema.check_query(text.format(path))
        assert found.value.code == code
