"""Flows that Apex and the REST API start."""

from __future__ import annotations

import pytest

from orgwright.localorg.jobs import anonymous
from orgwright.localorg.org import Org
from tests.localorg.deploying import apex, deploy, failures, make_org
from tests.localorg.flows.building import assign, bring, document, element, start, variable

GREETS = (
    start("Do")
    + assign(
        "Do",
        ("greeting", "Assign", "Hello {!who.Name}"),
        ("parts", "Add", "a"),
        ("parts", "Add", "b"),
        ("twice", "Assign", "=Double"),
        ("who.Site", "Assign", "seen"),
    )
    + "<formulas><name>Double</name><dataType>Number</dataType><expression>{!number} * 2</expression><scale>0</scale></formulas>"
    + variable("who", "SObject", "in out", object="Account")
    + variable("number", "Number", "in")
    + variable("greeting", use="out")
    + variable("parts", use="out", many=True)
    + variable("twice", "Number", "out")
)
FAILS = start("Make") + element("recordCreates", "Make", "<object>Account</object>")


@pytest.fixture(scope="module")
def org() -> Org:
    org = make_org()
    bring(org, Greets=document(GREETS), Fails=document(FAILS))
    # a class makes the static form known to the compiler as well as the dynamic one
    body = """public class Starts {
        public static String named() {
            Flow.Interview.Greets one = new Flow.Interview.Greets(new Map<String, Object>{'who' => new Account(Name = 'N'), 'number' => 1});
            one.start();
            return (String) one.getVariableValue('greeting');
        }
    }"""
    assert failures(deploy(org, apex("Starts", body), {"ApexClass": ["Starts"]})) == []
    return org


def run(org: Org, block: str) -> None:
    done = anonymous.execute(org, org.record.admin_id, block)
    assert done.success, (done.compile_problem, done.exception_message)


INPUTS = "new Map<String, Object>{'who' => new Account(Name = 'Ada'), 'number' => 21}"


def test_an_interview_gives_the_values_of_its_variables(org: Org) -> None:
    run(
        org,
        f"""Flow.Interview one = Flow.Interview.createInterview('Greets', {INPUTS});
        Assert.areEqual(21, one.getVariableValue('number'));
        one.start();
        Assert.areEqual('Hello Ada', (String) one.getVariableValue('GREETING'));
        Assert.areEqual(new List<String>{{'a', 'b'}}, (List<String>) one.getVariableValue('parts'));
        Assert.areEqual(42, (Decimal) one.getVariableValue('twice'));
        Assert.areEqual('seen', ((Account) one.getVariableValue('who')).Site);
        Assert.isNull(one.getVariableValue('nothing'));
        Assert.areEqual('Hello N', Starts.named());""",
    )


def test_what_fails_throws(org: Org) -> None:
    run(
        org,
        """try { Flow.Interview.createInterview('Nothing', new Map<String, Object>()); Assert.fail(); }
        catch (TypeException e) { Assert.areEqual('Invalid type: Nothing', e.getMessage()); }
        try { Flow.Interview.createInterview('Fails', new Map<String, Object>()).start(); Assert.fail(); }
        catch (FlowException e) { Assert.isTrue(e.getMessage().contains('REQUIRED_FIELD_MISSING'), e.getMessage()); }""",
    )


def test_an_action_runs_a_flow_for_each_call(org: Org) -> None:
    run(
        org,
        f"""Invocable.Action action = Invocable.Action.createCustomAction('flow', 'Greets');
        action.setInvocations(new List<Map<String, Object>>{{{INPUTS}, {INPUTS.replace("Ada", "Bob")}}});
        List<Invocable.Action.Result> found = action.invoke();
        Assert.areEqual(2, found.size());
        Assert.isTrue(found[1].isSuccess());
        Assert.areEqual('Hello Bob', found[1].getOutputParameters().get('greeting'));
        Invocable.Action.Result failed = Invocable.Action.createCustomAction('flow', 'Fails').invoke()[0];
        Assert.isFalse(failed.isSuccess());
        Assert.isTrue(failed.getErrors()[0].getMessage().contains('REQUIRED_FIELD_MISSING'));""",
    )
