"""Flows that are called: their elements and resources."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orgwright.apex.host import FlowFailure, FlowRun, FlowUnsupported, Record
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.flows.launched import launch
from orgwright.localorg.org import Org
from tests.localorg.deploying import apex, deploy, failures, make_org
from tests.localorg.flows.building import assign, bring, decide, document, element, start, value, variable

FILTER = "<filterLogic>and</filterLogic><filters><field>Name</field><operator>{}</operator>{}</filters>"


@pytest.fixture
def org() -> Org:
    return make_org()


def run(org: Org, body: str, **inputs: Any) -> dict[str, Any]:
    """Run a flow of these elements; its output variables."""
    (ended,) = run_all(org, body, [inputs])
    assert isinstance(ended, FlowRun), ended
    return {one.name: one.value for one in ended.variables.values() if one.output}


def run_all(org: Org, body: str, inputs: list[dict[str, Any]]) -> list[Any]:
    bring(org, Tried=document(body))
    with org.transaction() as tx:
        return launch(tx, "Tried", inputs)


def make(org: Org, *accounts: dict[str, Any]) -> list[str]:
    with org.transaction() as tx:
        request = SaveRequest("insert", [Record("Account", one) for one in accounts], all_or_none=True, access="system")
        return [str(one.id) for one in tx.save(request)]


def names(org: Org) -> list[str]:
    with org.read() as tx:
        return [
            one.fields["Name"] for one in tx.query("SELECT Name FROM Account ORDER BY Name", access="system").records
        ]


def write(tag: str, name: str, body: str, **more: str) -> str:
    return element(tag, name, body, **more)


def field(name: str, given: object) -> str:
    return f"<inputAssignments><field>{name}</field>{value(given)}</inputAssignments>"


def test_texts_numbers_and_collections_are_assigned(org: Org) -> None:
    body = (
        start("Do")
        + assign(
            "Do",
            ("text", "Assign", "Hello {!who}"),
            ("text", "Add", "!"),
            ("number", "Add", 2.5),
            ("number", "Subtract", 1),
            ("items", "Add", "b"),
            ("items", "AddAtStart", "a"),
            ("items", "Add", "c"),
            ("items", "RemoveFirst", "b"),
            ("count", "AssignCount", "=items"),
        )
        + variable("who", use="in")
        + variable("text", use="out")
        + variable("number", "Number", "out", start=10)
        + variable("items", use="out", many=True)
        + variable("count", "Number", "out")
    )
    found = run(org, body, who="World")
    assert found == {"text": "Hello World!", "number": Decimal("11.5"), "items": ["a", "c"], "count": 2}


@pytest.mark.parametrize(
    ("operator", "left", "right", "taken"),
    [
        ("EqualTo", "Technical", "technical", True),  # agent-script-recipes' suite relies on it
        ("NotEqualTo", "a", "b", True),
        ("Contains", "abcd", "bc", True),
        ("StartsWith", "abcd", "b", False),
        ("EndsWith", "abcd", "cd", True),
        ("IsNull", None, True, True),
        ("IsNull", "a", True, False),
        ("IsNull", "a", False, True),
        ("GreaterThan", None, "a", False),
    ],
)
def test_decisions(org: Org, operator: str, left: str | None, right: object, taken: bool) -> None:
    body = (
        start("Which")
        + decide("Which", "Yes", "given", operator, right, "Mark")
        + assign("Mark", ("marked", "Assign", True))
        + variable("given", use="in")
        + variable("marked", "Boolean", "out", start=False)
    )
    assert run(org, body, given=left) == {"marked": taken}


def test_an_outcome_is_true_once_taken(org: Org) -> None:
    body = (
        start("First")
        + decide("First", "Short", "given", "EqualTo", "a", "Then", "Then")
        + assign("Then", ("before", "Assign", "=Short"), ("text", "Assign", "=Told"))
        + '<formulas><name>Told</name><dataType>String</dataType><expression>IF({!Short}, "short", "long")</expression></formulas>'
        + variable("given", use="in")
        + variable("before", "Boolean", "out")
        + variable("text", use="out")
    )
    assert run(org, body, given="a") == {"before": True, "text": "short"}
    assert run(org, body, given="b") == {"before": False, "text": "long"}


def test_records_are_found_looped_over_and_written(org: Org) -> None:
    make(
        org,
        {"Name": "x1", "AnnualRevenue": 100},
        {"Name": "x2", "AnnualRevenue": 50},
        {"Name": "y", "AnnualRevenue": 7},
    )
    loop = (
        "<collectionReference>Get</collectionReference><iterationOrder>Asc</iterationOrder><nextValueConnector><targetReference>"
        "Add</targetReference></nextValueConnector><noMoreValuesConnector><targetReference>Make</targetReference></noMoreValuesConnector>"
    )
    get = (
        FILTER.format("StartsWith", value("=prefix"))
        + "<getFirstRecordOnly>false</getFirstRecordOnly><object>Account</object><storeOutputAutomatically>true</storeOutputAutomatically>"
    )
    body = (
        start("Get")
        + element("recordLookups", "Get", get, "Each")
        + element("loops", "Each", loop)
        + assign("Add", ("total", "Add", "=Each.AnnualRevenue"), next="Each")
        + write(
            "recordCreates",
            "Make",
            field("Name", "Sum of {!prefix}") + field("AnnualRevenue", "=Half") + "<object>Account</object>",
            next="Up",
        )
        + write(
            "recordUpdates",
            "Up",
            FILTER.format("EqualTo", value("y")) + field("Name", "z") + "<object>Account</object>",
            next="Gone",
        )
        + write(
            "recordDeletes", "Gone", FILTER.format("EqualTo", value("x2")) + "<object>Account</object>", next="Keep"
        )
        + assign("Keep", ("made", "Assign", "=Make"))
        + "<formulas><name>Half</name><dataType>Number</dataType><expression>{!total} / 2</expression><scale>2</scale></formulas>"
        + variable("prefix", use="in")
        + variable("total", "Number", "out", start=0)
        + variable("made", use="out")
    )
    found = run(org, body, prefix="x")
    assert found["total"] == 150
    assert names(org) == ["Sum of x", "x1", "z"]
    with org.read() as tx:
        soql = f"SELECT AnnualRevenue FROM Account WHERE Id = '{found['made']}'"
        assert [one.fields["AnnualRevenue"] for one in tx.query(soql).records] == [75]


def test_a_fault_path_takes_what_fails_and_nothing_stays_of_it(org: Org) -> None:
    body = (
        start("Make")
        + write("recordCreates", "Make", "<inputReference>both</inputReference>", fault="Note")
        + assign("Note", ("text", "Assign", "=$Flow.FaultMessage"))
        + variable("both", "SObject", "in", many=True, object="Account")
        + variable("text", use="out")
    )
    ended = run(org, body, both=[Record("Account", {"Name": "good"}), Record("Account", {"Industry": "none"})])
    assert ended["text"].startswith(
        "This error occurred when the flow tried to create records: REQUIRED_FIELD_MISSING: "
    )
    assert names(org) == []


def test_a_fault_without_a_path_ends_the_flow(org: Org) -> None:
    body = start("Make") + write("recordCreates", "Make", field("Industry", "none") + "<object>Account</object>")
    (ended,) = run_all(org, body, [{}])
    assert isinstance(ended, FlowFailure) and "REQUIRED_FIELD_MISSING" in str(ended)


def test_interviews_side_by_side_write_at_once(org: Org) -> None:
    trigger = "trigger Seen on Account (after insert) { insert new Task(Subject = 'n' + Trigger.new.size()); }"
    assert failures(deploy(org, apex("Seen", trigger, kind="trigger"), {"ApexTrigger": ["Seen"]})) == []
    body = (
        start("Make")
        + write("recordCreates", "Make", field("Name", "=name") + "<object>Account</object>")
        + variable("name", use="in")
    )
    run_all(org, body, [{"name": "a"}, {"name": "b"}, {"name": "c"}])
    with org.read() as tx:
        assert [one.fields["Subject"] for one in tx.query("SELECT Subject FROM Task").records] == ["n3"]


def test_a_subflow_gives_its_outputs(org: Org) -> None:
    inner = (
        start("Do")
        + assign("Do", ("out", "Assign", "{!word}{!word}"))
        + variable("word", use="in")
        + variable("out", use="out")
    )
    bring(org, Inner=document(inner))
    call = f"<flowName>Inner</flowName><inputAssignments><name>word</name>{value('=mine')}</inputAssignments><storeOutputAutomatically>true</storeOutputAutomatically>"
    body = (
        start("Call")
        + element("subflows", "Call", call, "Keep")
        + assign("Keep", ("mine", "Assign", "=Call.out"))
        + variable("mine", use="in out")
    )
    assert run(org, body, mine="ab") == {"mine": "abab"}


def test_collections_are_sorted_and_filtered(org: Org) -> None:
    sort = "<collectionProcessorType>SortCollectionProcessor</collectionProcessorType><collectionReference>given</collectionReference><limit>2</limit><sortOptions><doesPutEmptyStringAndNullFirst>false</doesPutEmptyStringAndNullFirst><sortOrder>Desc</sortOrder></sortOptions>"
    keep = (
        "<assignNextValueToReference>currentItem_Some</assignNextValueToReference><collectionProcessorType>FilterCollectionProcessor"
        "</collectionProcessorType><collectionReference>given</collectionReference><conditionLogic>and</conditionLogic><conditions>"
        "<leftValueReference>currentItem_Some</leftValueReference><operator>Contains</operator><rightValue><stringValue>a</stringValue></rightValue></conditions>"
    )
    body = (
        start("Best")
        + element("collectionProcessors", "Best", sort, "Some")
        + element("collectionProcessors", "Some", keep, "Keep")
        + assign("Keep", ("sorted", "Assign", "=Best"), ("kept", "Assign", "=Some"))
        + variable("given", use="in", many=True)
        + variable("sorted", use="out", many=True)
        + variable("kept", use="out", many=True)
    )
    assert run(org, body, given=["ba", "c", "A", "d"]) == {"sorted": ["d", "c"], "kept": ["ba", "A"]}


@pytest.mark.parametrize(
    "body",
    [
        start("Ask") + element("screens", "Ask", "<allowBack>true</allowBack>"),
        start("Up")
        + element("recordCreates", "Up", "<doesUpsert>true</doesUpsert><inputReference>one</inputReference>"),
        start("Do") + assign("Do", ("out", "Assign", "Today is {!$Flow.CurrentDate}")) + variable("out", use="out"),
        start("Post")
        + element("actionCalls", "Post", "<actionName>chatterPost</actionName><actionType>chatterPost</actionType>"),
    ],
)
def test_what_does_not_run_says_so_and_no_fault_path_hides_it(org: Org, body: str) -> None:
    with pytest.raises(FlowUnsupported):
        run_all(org, body, [{}])


def test_a_flow_without_end_is_stopped(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orgwright.localorg.flows.interview.MAX_ELEMENTS", 50)
    (ended,) = run_all(
        org, start("Do") + assign("Do", ("n", "Add", 1), next="Do") + variable("n", "Number", start=0), [{}]
    )
    assert str(ended) == "The flow ran too many elements."


def test_a_flow_that_is_called_runs_though_it_is_not_active(org: Org) -> None:
    body = start("Do") + assign("Do", ("n", "Assign", "1")) + variable("n", use="out")
    bring(org, Idle=document(body, status="Draft"))
    with org.transaction() as tx:
        (ended,) = launch(tx, "Idle", [{}])
        (missing,) = launch(tx, "Nothing", [{}])
    assert isinstance(ended, FlowRun) and ended.variables["n"].value == "1"
    assert str(missing) == "The flow Nothing can't be found."


def test_as_many_records_are_found_as_the_limit_says(org: Org) -> None:
    make(org, *({"Name": f"x{n}"} for n in range(4)))
    get = (
        "<getFirstRecordOnly>false</getFirstRecordOnly><limit><elementReference>most</elementReference></limit>"
        "<object>Account</object><storeOutputAutomatically>true</storeOutputAutomatically>"
    )
    body = (
        start("Get")
        + element("recordLookups", "Get", get, "Keep")
        + assign("Keep", ("count", "AssignCount", "=Get"))
        + variable("most", "Number", "in")
        + variable("count", "Number", "out")
    )
    assert run(org, body, most=3) == {"count": 3}


def test_what_cannot_be_added_is_a_fault(org: Org) -> None:
    add = start("Do") + assign("Do", ("n", "Subtract", "text")) + variable("n", "Number", start=1)
    (ended,) = run_all(org, add, [{}])
    assert str(ended) == "n cannot take the value of the assignment (Subtract)."
