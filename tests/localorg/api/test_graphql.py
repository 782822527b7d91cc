"""GraphQL: records by query, with conditions, order, pages, parents and children; mutations; errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .conftest import V, create, query

Unique = Callable[[], str]


def run(http: httpx.Client, text: str, **variables: Any) -> dict[str, Any]:
    answer = http.post(f"{V}/graphql", json={"query": text, "variables": variables})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def accounts(http: httpx.Client, text: str, **variables: Any) -> Any:
    found = run(http, text, **variables)
    assert found["errors"] == []
    return found["data"]["uiapi"]["query"]["Account"]


@pytest.fixture(scope="module")
def trees(http: httpx.Client) -> str:
    """The site of five accounts, the first with two contacts."""
    for number in range(5):
        revenue = None if number == 4 else number * 1000
        made = create(
            http,
            "Account",
            Name=f"gql{number}",
            Site="gql",
            AnnualRevenue=revenue,
            Industry="Energy" if number else None,
        )
        for last in ("Ash", "Birch") if number == 0 else ():
            create(http, "Contact", LastName=last, AccountId=made, Birthdate="2001-02-03")
    return "gql"


def test_fields_have_values_and_display_values(http: httpx.Client, trees: str) -> None:
    found = accounts(
        http,
        """query accounts { uiapi { query { Account(where: {Name: {eq: "gql3"}}) { edges { node {
             Id __typename Name { value displayValue } money: AnnualRevenue { value displayValue } Industry { value label }
             Owner { Username { value } ... on User { Email { value } } } } } } } } }""",
    )
    node = found["edges"][0]["node"]
    row = query(http, "SELECT Id, FORMAT(AnnualRevenue) shown, Owner.Username FROM Account WHERE Name = 'gql3'")[0]
    assert list(node) == ["Id", "__typename", "Name", "money", "Industry", "Owner"]
    assert (node["Id"], node["__typename"], node["Name"]) == (
        row["Id"],
        "Account",
        {"value": "gql3", "displayValue": None},
    )
    assert node["money"] == {"value": 3000.0, "displayValue": row["shown"]}
    assert node["Industry"] == {"value": "Energy", "label": "Energy"}
    assert node["Owner"]["Username"]["value"] == row["Owner"]["Username"]
    assert list(node["Owner"]) == ["Username", "Email"]


def test_fragments_tell_the_types_of_a_parent(http: httpx.Client, unique: Unique) -> None:
    subject = unique()
    create(http, "Case", Subject=subject)
    text = """query cases($subject: String) { uiapi { query { Case(where: {Subject: {eq: $subject}}) { edges { node {
        Owner { ApiName ... on User { Username { value } } ... on Group { Name { value } } } } } } } } }"""
    found = run(http, text, subject=subject)["data"]["uiapi"]["query"]["Case"]["edges"][0]["node"]["Owner"]
    owner = query(http, f"SELECT Owner.Username FROM Case WHERE Subject = '{subject}'")[0]["Owner"]
    assert found == {"ApiName": "User", "Username": {"value": owner["Username"]}}


def test_pages_follow_by_cursor(http: httpx.Client, trees: str) -> None:
    text = """query pages($site: String!, $after: String, $size: Int = 2) { uiapi { query {
        Account(first: $size, after: $after, where: {Site: {eq: $site}}, orderBy: {AnnualRevenue: {order: DESC, nulls: LAST}}) {
          totalCount pageResultCount pageInfo { hasNextPage hasPreviousPage endCursor }
          edges { cursor node { Name { value } } } } } } }"""
    names: list[str] = []
    after = None
    for more in (True, True, False):
        found = accounts(http, text, site=trees, after=after)
        names += [edge["node"]["Name"]["value"] for edge in found["edges"]]
        assert found["pageInfo"]["hasNextPage"] is more
        assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert found["totalCount"] == 5
        after = found["pageInfo"]["endCursor"]
        assert after == found["edges"][-1]["cursor"]
    assert names == ["gql3", "gql2", "gql1", "gql0", "gql4"]
    assert found["pageResultCount"] == 1


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ('{AnnualRevenue: {gte: 1000, lt: 3000}}', "12"),
        ('{or: [{Name: {eq: "gql0"}}, {and: [{Name: {like: "gql%"}}, {AnnualRevenue: {eq: null}}]}]}', "04"),
        ('{not: {Industry: {in: ["Energy", "Banking"]}}}', "0"),
        ('{Id: {inq: {Contact: {LastName: {eq: "Ash"}}, ApiName: "AccountId"}}}', "0"),
        ('{Id: {ninq: {Contact: {Birthdate: {eq: {value: "2001-02-03"}}}, ApiName: "AccountId"}}}', "1234"),
        ('{CreatedDate: {eq: {literal: TODAY}}, Owner: {Username: {ne: null}}, Name: {nin: ["gql1"]}}', "0234"),
        ('{CreatedDate: {gt: {range: {last_n_days: 3}}}}', ""),
        ('{Name: {eq: "it\'s \\\\"}}', ""),
    ],
)  # fmt: skip
def test_conditions(http: httpx.Client, trees: str, where: str, names: str) -> None:
    text = f"""{{ uiapi {{ query {{ Account(where: {{and: [{{Site: {{eq: "gql"}}}}, {where}]}}, orderBy: {{Name: {{order: ASC}}}})
        {{ edges {{ node {{ Name {{ value }} }} }} }} }} }} }}"""
    assert [edge["node"]["Name"]["value"] for edge in accounts(http, text)["edges"]] == [f"gql{n}" for n in names]


def test_children_fragments_and_directives(http: httpx.Client, trees: str) -> None:
    text = """
      fragment person on Contact { Id LastName { value } Account { Name { value } } }
      query children($all: Boolean!) { uiapi { query { Account(where: {Name: {eq: "gql0"}}) { edges { node {
        Contacts(first: 1, orderBy: {LastName: {order: DESC}}) { totalCount pageInfo { hasNextPage } edges { node {
          ...person  Birthdate @include(if: $all) { value displayValue } LastName @skip(if: $all) { displayValue } } } } } } } } } }"""
    contacts = accounts(http, text, all=True)["edges"][0]["node"]["Contacts"]
    assert (contacts["totalCount"], contacts["pageInfo"]) == (2, {"hasNextPage": True})
    node = contacts["edges"][0]["node"]
    assert (node["LastName"], node["Account"]) == ({"value": "Birch"}, {"Name": {"value": "gql0"}})
    assert node["Birthdate"] == {"value": "2001-02-03", "displayValue": "2/3/2001"}
    node = accounts(http, text, all=False)["edges"][0]["node"]["Contacts"]["edges"][0]["node"]
    assert "Birthdate" not in node
    assert node["LastName"] == {"value": "Birch", "displayValue": None}


def test_mutations_save_and_are_rolled_back_together(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    text = """mutation make($name: String!) { uiapi { AccountCreate(input: {Account: {Name: $name, AnnualRevenue: 5}}) {
        Record { Id Name { value } AnnualRevenue { value } } } } }"""
    made = run(http, text, name=name)["data"]["uiapi"]["AccountCreate"]["Record"]
    assert (made["Name"]["value"], made["AnnualRevenue"]["value"]) == (name, 5.0)
    both = """mutation both($id: IdOrRef!) { uiapi {
        AccountUpdate(input: {Id: $id, Account: {Site: "there"}}) { success Record { Site { value } } }
        ContactCreate(input: {Contact: {FirstName: "no last name"}}) { Record { Id } } } }"""
    found = run(http, both, id=made["Id"])
    assert found["data"]["uiapi"] == {"AccountUpdate": None, "ContactCreate": None}
    assert found["errors"][0]["message"] == "Required fields are missing: [LastName]"
    assert found["errors"][0]["path"] == ["uiapi", "ContactCreate"]
    assert query(http, f"SELECT Site FROM Account WHERE Id = '{made['Id']}'")[0]["Site"] is None
    found = run(http, both.replace("{ uiapi {", "{ uiapi(input: {allOrNone: false}) {"), id=made["Id"])
    assert found["data"]["uiapi"]["AccountUpdate"] == {"success": True, "Record": {"Site": {"value": "there"}}}
    delete = "mutation gone($id: IdOrRef!) { uiapi { AccountDelete(input: {Id: $id}) { Id } } }"
    gone = run(http, delete, id=made["Id"])
    assert gone["data"]["uiapi"]["AccountDelete"] == {"Id": made["Id"]}
    assert query(http, f"SELECT Id FROM Account WHERE Name = '{name}'") == []


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("{ uiapi { query { Nope__c { edges { node { Id } } } } } }",
         "Validation error of type FieldUndefined: Field 'Nope__c' in type 'RecordQuery' is undefined @ 'uiapi/query/Nope__c'", (1, 19)),
        ("{ uiapi { query { Account { edges {\n node { name { value } } } } } } }",
         "Validation error of type FieldUndefined: Field 'name' in type 'Account' is undefined @ 'uiapi/query/Account/edges/node/name'",
         (2, 9)),
        ("{ uiapi { query { Account(limit: 3) { edges { node { Id } } } } } }",
         "Validation error of type UnknownArgument: Unknown field argument limit @ 'uiapi/query/Account'", (1, 19)),
        ("{ uiapi { query { Account { edges { node { Name } } } } } }",
         "Validation error of type SubSelectionRequired: Sub selection required for type StringValue of field Name @ "
         "'uiapi/query/Account/edges/node/Name'", (1, 44)),
        ("{ uiapi { query { Account(where: {Nam: {eq: \"x\"}}) { edges { node { Id } } } } } }",
         "Validation error of type WrongType: argument 'where' contains a field not in 'Account_Filter': 'Nam' @ 'uiapi/query/Account'",
         (1, 19)),
        ("{ uiapi { query { Account { edges { node { Id } } } }", "Invalid Syntax : offending token '<EOF>' at line 1 column 54", (1, 54)),
    ],
)  # fmt: skip
def test_errors_tell_place_and_reason(http: httpx.Client, text: str, message: str, place: tuple[int, int]) -> None:
    found = run(http, text)
    assert found["data"] is None
    line, column = place
    assert found["errors"] == [{"message": message, "locations": [{"line": line, "column": column}]}]


def test_depth_has_a_bound(http: httpx.Client) -> None:
    where: dict[str, Any] = {"Name": {"eq": "x"}}
    for _ in range(200):
        where = {"not": where}
    text = "query deep($where: Account_Filter) { uiapi { query { Account(where: $where) { totalCount } } } }"
    assert "is nested deeper than 50 levels" in run(http, text, where=where)["errors"][0]["message"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{" + "a{" * 900, "Invalid Syntax : "),
        ("{ " + "a " * 30_000 + "}", "Invalid Syntax : "),
        ("{ ...f } fragment f on Query { ...f }", "lead back to themselves"),
        (
            "{ ...f0 } fragment f40 on Query { a } "
            + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(40)),
            "asks for more than 20000 fields",
        ),
        ("{ uiapi { query { Account(first: " + "9" * 5000 + ") { totalCount } } } }", "a number of 5000 digits"),
        ('{ uiapi { query { Account(where: {Name: {eq: "x} } } }', "Invalid Syntax : Unterminated string."),
        ("query a { uiapi { query { Account(first: $none) { totalCount } } } }", "Undefined variable none"),
    ],
    ids=[
        "depth",
        "length",
        "a fragment in itself",
        "fragments that multiply",
        "digits",
        "an open text",
        "an undeclared variable",
    ],
)
def test_what_cannot_be_read_is_an_error(http: httpx.Client, text: str, reason: str) -> None:
    assert reason in run(http, text)["errors"][0]["message"]


def test_values_cannot_leave_their_literals(http: httpx.Client) -> None:
    text = '{ uiapi { query { Account(where: {CreatedDate: {gt: {value: "2026-01-01T00:00:00Z OR Name != null"}}}) { totalCount } } } }'
    assert "is not valid for CreatedDate of type datetime" in run(http, text)["errors"][0]["message"]


@pytest.mark.parametrize("part", ["__schema { types { name } }", "uiapi { aggregate { Account { totalCount } } }"])
def test_what_is_missing_is_refused(http: httpx.Client, part: str) -> None:
    answer = http.post(f"{V}/graphql", json={"query": f"{{ {part} }}"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (501, "NOT_SUPPORTED_BY_EMBEDDED_ORG")
