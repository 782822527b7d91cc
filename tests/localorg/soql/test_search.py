"""SOSL: words, groups of fields, conditions, limits, and what Apex gets."""

from __future__ import annotations

from typing import Any

import pytest

from orgwright.apex.host import QueryProblem, Record
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Org
from orgwright.localorg.soql.search import run_search
from tests.localorg.deploying import apex, deploy, make_org


@pytest.fixture
def org() -> Org:
    made = make_org()
    rows = [
        Record("Account", {"Name": "Acme Power Ltd", "Site": "Brno"}),
        Record("Account", {"Name": "Power of Acme", "Phone": "555-1234"}),
        Record("Account", {"Name": "Acmeology"}),
        Record("Contact", {"LastName": "Acme", "Email": "power@acme.example"}),
    ]
    with made.transaction() as tx:
        for row in rows:
            assert tx.save(SaveRequest("insert", [row], access="system"))[0].success
    return made


def names(org: Org, sosl: str, **binds: Any) -> list[list[str]]:
    with org.read() as tx:
        found = run_search(tx, sosl, binds, access="system")
    return [[record.fields["Name"] for record in records] for records in found]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("acme", ["Acme Power Ltd", "Power of Acme"]),
        ("acm*", ["Acme Power Ltd", "Acmeology", "Power of Acme"]),
        ("acme power", ["Acme Power Ltd", "Power of Acme"]),
        ('"acme power"', ["Acme Power Ltd"]),
        ("acme AND NOT brno", ["Power of Acme"]),
        ("acmeology OR brno", ["Acme Power Ltd", "Acmeology"]),
        ("(acmeology OR acme) AND power", ["Acme Power Ltd", "Power of Acme"]),
        ("br?o", ["Acme Power Ltd"]),
        ("555\\\\-1234", ["Power of Acme"]),
        ("nothing", []),
    ],
)
def test_words(org: Org, words: str, expected: list[str]) -> None:
    assert names(org, f"FIND '{words}' IN ALL FIELDS RETURNING Account(Name ORDER BY Name)") == [expected]


def test_without_returning_all_objects_are_searched(org: Org) -> None:
    with org.read() as tx:
        found = run_search(tx, "FIND {power} IN ALL FIELDS", {}, access="system")
        one = run_search(tx, "FIND {power} LIMIT 1", {}, access="system")
    assert [{record.type for record in records} for records in found] == [{"Account"}, {"Contact"}]
    assert [len(records) for records in found] == [2, 1]
    assert all(list(record.fields) == ["Id"] for records in found for record in records)
    assert [len(records) for records in one] == [1]


def test_groups_objects_conditions_and_limits(org: Org) -> None:
    assert names(org, "FIND {brno} IN NAME FIELDS RETURNING Account(Name)") == [[]]
    assert names(org, "FIND {power*} IN EMAIL FIELDS RETURNING Contact(Name), Account(Name)") == [["Acme"], []]
    where = "FIND :w IN ALL FIELDS RETURNING Account(Name WHERE Name LIKE :like ORDER BY Name LIMIT 1), Contact(Name)"
    assert names(org, where, w="acme", like="%Power%") == [["Acme Power Ltd"], ["Acme"]]
    assert names(org, "FIND {acme} RETURNING Account(Name ORDER BY Name), Contact(Name) LIMIT 2") == [
        ["Acme Power Ltd", "Power of Acme"],
        [],
    ]


@pytest.mark.parametrize(
    ("sosl", "code"),
    [
        ("FIND {a} RETURNING Account", "MALFORMED_SEARCH"),
        ("FIND {(acme} RETURNING Account", "MALFORMED_SEARCH"),
        ("FIND {acme OR} RETURNING Account", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Account(Name", "MALFORMED_SEARCH"),
        ("FOUND {acme}", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Nope__c", "INVALID_TYPE"),
        ("FIND {acme} RETURNING Account(Nope__c)", "INVALID_FIELD"),
        ("FIND {acme} WITH SNIPPET", "NOT_SUPPORTED_BY_EMBEDDED_ORG"),
        ("FIND {acme} RETURNING Account WITH SNIPPET", "NOT_SUPPORTED_BY_EMBEDDED_ORG"),
    ],
)
def test_problems(org: Org, sosl: str, code: str) -> None:
    with pytest.raises(QueryProblem) as found:
        names(org, sosl)
    assert found.value.code == code


def test_searches_of_apex_tests_find_what_the_test_says(org: Org) -> None:
    body = (
        "@IsTest class T { @IsTest static void t() { Account a = new Account(Name = 'Findme'); insert a;"
        " List<List<SObject>> none = [FIND 'Findme' IN ALL FIELDS RETURNING Account(Name)];"
        " Assert.areEqual(0, none[0].size()); Test.setFixedSearchResults(new List<Id>{ a.Id });"
        " List<List<SObject>> one = Search.query('FIND \\'zzz\\' RETURNING Account(Name), Contact(Name)');"
        " Assert.areEqual('Findme', ((Account) one[0][0]).Name); Assert.areEqual(0, one[1].size()); } }"
    )
    result = deploy(org, apex("T", body), {"ApexClass": ["T"]}, test_level="RunSpecifiedTests", run_tests=("T",))
    tests = result["details"]["runTestResult"]
    assert (tests["numTestsRun"], tests["numFailures"]) == (1, 0), tests["failures"]
