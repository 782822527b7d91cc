"""The facade: programs, test runs, jobs, incremental compilation."""

from __future__ import annotations

import pytest

from orgwright.apex.engine import Coverage, Execution, Source, compile_program
from orgwright.apex.host import ApexFailure, TriggerEvent
from tests.apex.orgfake import Org, Schema, compiled, fails, run

# Apex of the CINNOX integration guide's kind: a webhook class, a trigger on Contact, a mock and the tests.
WEBHOOK = """
global class Webhook {
    public static String jsonContent(System.TriggerOperation operation, List<SObject> newRows, List<SObject> oldRows) {
        Map<String, Object> content = new Map<String, Object>{
            'operation' => operation.name(), 'new' => newRows, 'old' => oldRows, 'user' => UserInfo.getUserId()
        };
        return JSON.serialize(content);
    }
    @future(callout=true)
    public static void callout(String url, String content) {
        HttpRequest request = new HttpRequest();
        request.setEndpoint(url);
        request.setMethod('POST');
        request.setHeader('Content-Type', 'application/json');
        request.setBody(content);
        HttpResponse response = new Http().send(request);
        if (response.getStatusCode() != 200) {
            throw new CalloutException('status ' + response.getStatusCode());
        }
    }
}
"""
WEBHOOK_TRIGGER = """
trigger ContactWebhook on Contact (after insert, after update, after delete, after undelete) {
    String content = Webhook.jsonContent(Trigger.operationType, Trigger.new, Trigger.old);
    Webhook.callout('https://hooks.example.com/contact', content);
}
"""
WEBHOOK_MOCK = """
@isTest
global class WebhookMock implements HttpCalloutMock {
    public static HttpRequest seen;
    global HttpResponse respond(HttpRequest request) {
        seen = request;
        HttpResponse response = new HttpResponse();
        response.setStatusCode(200);
        return response;
    }
}
"""
WEBHOOK_TEST = """
@isTest
private class WebhookTest {
    @TestSetup static void prepare() { insert new Account(Name = 'Parent'); }
    @isTest static void sendsOnInsert() {
        Account parent = [SELECT Id FROM Account LIMIT 1];
        Contact person = new Contact(LastName = 'Person', AccountId = parent.Id);
        Test.startTest();
        Test.setMock(HttpCalloutMock.class, new WebhookMock());
        Database.SaveResult result = Database.insert(person, false);
        Test.stopTest();
        System.assert(result.isSuccess());
        System.assertEquals(0, result.getErrors().size());
    }
    @isTest static void writesJson() {
        List<Account> none = new List<Account>();
        System.assert(Webhook.jsonContent(TriggerOperation.AFTER_INSERT, none, none).length() > 0);
    }
    @isTest static void fails() { System.assertEquals(1, 2, 'numbers'); }
}
"""


def test_webhook_tests_run_with_mock_future_and_coverage() -> None:
    program = compiled(WEBHOOK, WEBHOOK_TRIGGER, WEBHOOK_MOCK, WEBHOOK_TEST)
    tests = {t.name: t for t in program.test_classes()}
    assert tests["WebhookTest"].setup == "prepare"
    assert tests["WebhookTest"].methods == ("sendsOnInsert", "writesJson", "fails")
    coverage = Coverage(program)
    setup = Org(program, in_test=True, coverage=coverage)
    setup.execution.run_setup("WebhookTest")
    for method in ("sendsOnInsert", "writesJson"):
        Org(program, in_test=True, coverage=coverage, rows=dict(setup.rows)).execution.run_test("WebhookTest", method)
    with pytest.raises(ApexFailure) as info:
        Org(program, in_test=True).execution.run_test("WebhookTest", "fails")
    assert str(info.value) == "System.AssertException: Assertion Failed: numbers: Expected: 1, Actual: 2"
    assert info.value.stack == "Class.WebhookTest.fails: line 19, column 1"
    uncovered = [line for line, hits in coverage.lines("Webhook").items() if not hits]
    assert uncovered == [18]
    assert all(coverage.lines("ContactWebhook", "trigger").values())


QUEUE = """
public class Work implements Queueable, Database.Batchable<SObject>, Schedulable {
    public Integer n = 1;
    public static Integer ran = 0;
    public void execute(QueueableContext context) { insert new Account(Name = 'queued ' + n); }
    public List<SObject> start(Database.BatchableContext context) { return [SELECT Id, Name FROM Account]; }
    public void execute(Database.BatchableContext context, List<SObject> rows) {
        for (SObject row : rows) { row.put('Description', 'batched'); }
        update rows;
    }
    public void finish(Database.BatchableContext context) { insert new Account(Name = 'finished'); }
    public void execute(SchedulableContext context) { insert new Account(Name = 'scheduled'); }
    @future public static void later(List<String> names) { ran++; insert new Account(Name = names[0]); }
}
"""


def names_after(body: str) -> list[str]:
    """The names of the accounts after a test method."""
    test = f"@isTest private class T {{ @isTest static void go() {{ {body} }} }}"
    org = Org(compiled(QUEUE, test), in_test=True)
    org.execution.run_test("T", "go")
    return sorted(f"{r.fields['Name']}/{r.fields.get('Description') or ''}" for r in org.rows.values())


def test_classes_of_a_job_are_initialised_when_it_comes_back() -> None:
    work = """public class Labelled implements Queueable {
        private static final String LABEL = make();
        private final Inner inner = new Inner();
        private static String make() { return 'made'; }
        public void execute(QueueableContext context) { insert new Account(Name = LABEL + inner.text()); }
        private class Inner { String text() { return Other.TEXT; } }
    }"""
    other = "public class Other { public static final String TEXT = ' there'.trim(); }"
    test = """@isTest private class T { @isTest static void go() {
        Test.startTest(); System.enqueueJob(new Labelled()); Test.stopTest(); } }"""
    org = Org(compiled(work, other, test), in_test=True)
    org.execution.run_test("T", "go")
    assert [record.fields["Name"] for record in org.rows.values()] == ["madethere"]


def test_jobs_run_at_stop_test_with_copied_state() -> None:
    assert names_after("Test.startTest(); Work w = new Work(); System.enqueueJob(w); w.n = 5; Test.stopTest();") == [
        "queued 1/"
    ]
    assert names_after(
        "Test.startTest(); Work.later(new List<String>{'f'}); Test.stopTest(); System.assertEquals(1, Work.ran);"
    ) == ["f/"]
    assert names_after(
        "insert new Account(Name = 'a'); Test.startTest(); Database.executeBatch(new Work()); Test.stopTest();"
    ) == [
        "a/batched",
        "finished/",
    ]
    assert names_after("Test.startTest(); System.schedule('s', '0 0 1 * * ?', new Work()); Test.stopTest();") == [
        "scheduled/"
    ]


def test_limits_start_anew_between_start_and_stop() -> None:
    body = """
        insert new Account(Name = 'a');
        Test.startTest();
        Integer inside = Limits.getDmlStatements();
        Test.stopTest();
        System.assertEquals(0, inside);
        System.assertEquals(1, Limits.getDmlStatements());
    """
    names_after(body)


MOCKING = """
@isTest
public class Mocking {
    public class Service {
        public String greet(String name) { return 'real ' + name; }
        public Integer twice(Integer n) { return n * 2; }
    }
    class Provider implements System.StubProvider {
        public Object handleMethodCall(Object stubbed, String name, Type returns, List<Type> types, List<String> names, List<Object> values) {
            return name == 'greet' ? (Object) (name + names[0] + values[0] + returns) : (Object) 42;
        }
    }
    @isTest static void stubs() {
        Service s = (Service) Test.createStub(Service.class, new Provider());
        System.assertEquals('greetnamexString', s.greet('x'));
        System.assertEquals(42, s.twice(1));
    }
}
"""


def test_stubs_ask_their_provider() -> None:
    Org(compiled(MOCKING), in_test=True).execution.run_test("Mocking", "stubs")


def test_run_as_changes_the_user() -> None:
    body = "User u = new User(Id = '005000000000009AAA'); System.runAs(u) { System.assertEquals('005000000000009AAA', UserInfo.getUserId()); }"
    assert names_after(body) == []


def test_the_same_sources_are_not_compiled_again() -> None:
    sources = [Source("class", "A", "public class A {}")]
    schema = Schema()
    first = compile_program(sources, schema)
    assert compile_program(list(sources), schema, previous=first) is first


def test_compile_errors_tell_unit_and_place() -> None:
    program = compile_program([Source("class", "A", "public class A {\n  Integer x = 'a';\n}")], Schema())
    assert [(e.unit, e.line, e.message) for e in program.errors] == [
        ("A", 2, "Illegal assignment from String to Integer")
    ]


def test_inactive_triggers_do_not_run() -> None:
    trigger = Source("trigger", "T", "trigger T on Account (before insert) { }", active=False)
    assert compile_program([trigger], Schema()).triggers("Account", TriggerEvent.BEFORE_INSERT) == ()


def test_two_transactions_at_once_have_their_own_statics() -> None:
    program = compiled(
        "public class S { static List<Integer> l = new List<Integer>(); public static Integer add() { l.add(1); return l.size(); } }"
    )
    first, second = Org(program).execution, Org(program).execution
    assert [e.call_static("S", "add") for e in (first, second, first, second, first)] == [1, 1, 2, 2, 3]
    assert isinstance(first, Execution)


def test_platform_interfaces_reach_user_code() -> None:
    sorter = """
        public class ByLength implements Comparator<String>, Callable {
            public Integer compare(String a, String b) { return a.length() - b.length(); }
            public Object call(String action, Map<String, Object> args) { return action + args.size(); }
        }"""
    assert (
        run("List<String> l = new List<String>{'ccc', 'a', 'bb'}; l.sort(new ByLength()); return l[2];", sorter)
        == "ccc"
    )
    assert run("Callable c = new ByLength(); return c.call('x', new Map<String, Object>());", sorter) == "x0"
    assert (
        run("return ((Callable) Type.forName('ByLength').newInstance()).call('y', new Map<String, Object>());", sorter)
        == "y0"
    )


def test_own_iterators_drive_loops() -> None:
    source = """
        public class Counter implements Iterable<Integer>, Iterator<Integer> {
            Integer n = 0;
            public Iterator<Integer> iterator() { return this; }
            public Boolean hasNext() { return n < 3; }
            public Integer next() { return n++; }
        }"""
    assert run("Integer s = 0; for (Integer i : new Counter()) { s += i; } return s;", source) == 3


def test_a_failure_in_a_static_initialiser_is_reported_where_it_happened() -> None:
    source = "public class Bad {\n  public static Integer x = 1 / zero();\n  static Integer zero() { return 0; }\n}"
    assert fails("Integer y = Bad.x;", source).message == "Divide by 0"


def test_seeing_all_data_is_the_classs_or_the_methods_own() -> None:
    """Apex Developer Guide, Using the @IsTest(SeeAllData=True) Annotation."""
    body = """@IsTest class Seeing {
        // @IsTest(SeeAllData=true) static void blind() {} is only said
        @IsTest(SeeAllData=true) @SuppressWarnings('x') static void seeing() {}
        @IsTest(SeeAllData=false) static void blind() {}
        static testMethod void old() {}
    }"""
    whole = "@IsTest(seeAllData=TRUE) class Whole { @IsTest static void all() {} }"
    program = compiled(body, whole)
    found = {(t.name, m): t.sees_all_data(m) for t in program.test_classes() for m in t.methods}
    assert found == {
        ("Seeing", "seeing"): True,
        ("Seeing", "blind"): False,
        ("Seeing", "old"): False,
        ("Whole", "all"): True,
    }
