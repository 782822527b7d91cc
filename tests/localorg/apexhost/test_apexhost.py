"""Apex on the org: triggers on records and events, jobs, callouts, permissions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from orgwright.apex.host import Record
from orgwright.localorg.apexhost.sources import header, without_comments
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.jobs import anonymous, asynchronous, testruns
from orgwright.localorg.jobs.runner import Selection
from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, apex, deploy, failures, make_org

EVENT = f"""<CustomObject {NAMESPACE}>
    <deploymentStatus>Deployed</deploymentStatus>
    <eventType>HighVolume</eventType>
    <fields><fullName>Text__c</fullName><label>Text</label><length>64</length><type>Text</type></fields>
    <label>Ping</label>
    <pluralLabel>Pings</pluralLabel>
    <publishBehavior>{{}}</publishBehavior>
</CustomObject>"""


@pytest.fixture
def org() -> Org:
    return make_org()


def put(org: Org, files: dict[str, bytes], members: dict[str, list[str]]) -> None:
    result = deploy(org, files, members, ignore_warnings=True)
    assert failures(result) == [] and result["success"], result


def names(org: Org, soql: str) -> list[Any]:
    with org.read() as tx:
        return [next(iter(r.fields.values())) for r in tx.query(soql, access="system").records]


def insert(org: Org, *rows: str) -> list[Any]:
    with org.transaction() as tx:
        return list(tx.save(SaveRequest("insert", [Record("Account", {"Name": n}) for n in rows], access="system")))


def run(org: Org, source: str) -> None:
    done = anonymous.execute(org, org.record.admin_id, source)
    assert done.success, done


def test_triggers_change_refuse_and_see_records(org: Org) -> None:
    body = (
        "trigger T on Account (before insert) {\n  for (Account a : Trigger.new) {\n"
        "    if (a.Name == 'bad') { a.Name.addError('No bad names'); } else { a.Name = a.Name + '!'; }\n  }\n}"
    )
    put(org, apex("T", body, kind="trigger"), {"ApexTrigger": ["T"]})
    outcomes = insert(org, "good", "bad")
    assert [o.success for o in outcomes] == [True, False]
    assert outcomes[1].errors[0].message == "No bad names"
    assert names(org, "SELECT Name FROM Account") == ["good!"]


def test_an_inactive_trigger_does_not_run(org: Org) -> None:
    body = "trigger T on Account (before insert) { for (Account a : Trigger.new) { a.Name = 'x'; } }"
    put(org, apex("T", body, kind="trigger", status="Inactive"), {"ApexTrigger": ["T"]})
    insert(org, "kept")
    assert names(org, "SELECT Name FROM Account") == ["kept"]
    put(org, apex("T", body, kind="trigger"), {"ApexTrigger": ["T"]})
    insert(org, "changed")
    assert sorted(names(org, "SELECT Name FROM Account")) == ["kept", "x"]


LISTENER = apex(
    "PingTrigger",
    "trigger PingTrigger on Ping__e (after insert) {\n  List<Account> found = new List<Account>();\n"
    "  for (Ping__e e : Trigger.new) {\n    if (e.Text__c == 'boom') { Integer i = 1 / 0; }\n"
    "    found.add(new Account(Name = e.Text__c + ' ' + UserInfo.getName()));\n  }\n  insert found;\n}",
    kind="trigger",
    version="66.0",  # from 67 on database operations are in user mode, and Automated Process has no rights
)


@pytest.fixture(params=["PublishImmediately", "PublishAfterCommit"])
def listening(org: Org, request: pytest.FixtureRequest) -> Org:
    files = {"objects/Ping__e.object": EVENT.format(request.param).encode(), **LISTENER}
    put(org, files, {"CustomObject": ["Ping__e"], "ApexTrigger": ["PingTrigger"]})
    return org


def test_event_triggers_run_as_automated_process(listening: Org) -> None:
    run(listening, "EventBus.publish(new Ping__e(Text__c = 'hello'));")
    assert names(listening, "SELECT Name FROM Account") == ["hello Automated Process"]


def test_a_failing_subscriber_does_not_reach_the_publisher(listening: Org) -> None:
    run(listening, "insert new Account(Name = 'publisher'); EventBus.publish(new Ping__e(Text__c = 'boom'));")
    assert names(listening, "SELECT Name FROM Account") == ["publisher"]


def test_rollback_keeps_only_what_is_published_immediately(listening: Org) -> None:
    failed = anonymous.execute(
        listening, listening.record.admin_id, "EventBus.publish(new Ping__e(Text__c = 'lost?')); Integer i = 1 / 0;"
    )
    assert not failed.success
    event = listening.schema.sobject("Ping__e")
    assert event is not None
    expected = ["lost? Automated Process"] if event.publish_behavior == "PublishImmediately" else []
    assert names(listening, "SELECT Name FROM Account") == expected


TESTS = (
    "@IsTest\nprivate class PingTest {\n"
    "    @IsTest\n    static void delivered() {\n        Test.startTest();\n        EventBus.publish(new Ping__e(Text__c = 'a'));\n"
    "        System.assertEquals(0, [SELECT COUNT() FROM Account]);\n        Test.stopTest();\n"
    "        System.assertEquals(1, [SELECT COUNT() FROM Account]);\n    }\n"
    "    @IsTest\n    static void dropped() {\n        EventBus.publish(new Ping__e(Text__c = 'a'));\n        Test.getEventBus().fail();\n"
    "        System.assertEquals(0, [SELECT COUNT() FROM Account]);\n    }\n"
    "    @IsTest\n    static void isolated() {\n        System.assertEquals(0, [SELECT COUNT() FROM Account]);\n        Test.startTest();\n"
    "        Test.stopTest();\n        System.assertEquals(0, [SELECT COUNT() FROM Account]);\n    }\n}"
)


def test_events_in_tests(listening: Org) -> None:
    insert(listening, "data that tests do not see")
    put(listening, apex("PingTest", TESTS), {"ApexClass": ["PingTest"]})
    result = testruns.of(listening).run_now(listening.record.admin_id, Selection())
    assert [(f.method, f.message) for f in result.failures] == []
    assert result.number == 3
    assert names(listening, "SELECT Name FROM Account") == ["data that tests do not see"]


JOBS = (
    "public class Jobs implements Queueable {\n"
    "    @future\n    public static void later(String name) { insert new Account(Name = name); }\n"
    "    public void execute(QueueableContext c) { insert new Account(Name = 'queued'); }\n"
    "    @future\n    public static void broken() { Integer i = 1 / 0; }\n}"
)


def test_jobs_run_after_the_transaction(org: Org) -> None:
    put(org, apex("Jobs", JOBS), {"ApexClass": ["Jobs"]})
    run(org, "Jobs.later('future'); System.enqueueJob(new Jobs()); Jobs.broken();")
    asynchronous.of(org).run_due()
    assert sorted(names(org, "SELECT Name FROM Account")) == ["future", "queued"]
    with org.read() as tx:
        jobs = tx.query(
            "SELECT JobType, Status, ExtendedStatus FROM AsyncApexJob ORDER BY JobType, Status", access="system"
        ).records
    assert [(j.fields["JobType"], j.fields["Status"]) for j in jobs] == [
        ("Future", "Completed"), ("Future", "Failed"), ("Queueable", "Completed"),
    ]  # fmt: skip
    assert "Divide by 0" in jobs[1].fields["ExtendedStatus"]


def test_jobs_of_a_failed_transaction_do_not_run(org: Org) -> None:
    put(org, apex("Jobs", JOBS), {"ApexClass": ["Jobs"]})
    failed = anonymous.execute(org, org.record.admin_id, "Jobs.later('never'); Integer i = 1 / 0;")
    asynchronous.of(org).run_due()
    assert not failed.success and names(org, "SELECT Name FROM Account") == []
    assert names(org, "SELECT Id FROM AsyncApexJob") == []


@pytest.fixture
def echo() -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback that keeps what it is sent."""
    seen: list[bytes] = []

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(201)
            self.end_headers()
            self.wfile.write(b'{"ok":true}')

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


CALL = (
    "HttpRequest r = new HttpRequest(); r.setMethod('POST'); r.setEndpoint('{}/hook'); r.setBody('hi');"
    "HttpResponse a = new Http().send(r); System.assertEquals(201, a.getStatusCode()); System.assertEquals('{{\"ok\":true}}', a.getBody());"
)


def test_callouts_need_a_remote_site(org: Org, echo: tuple[str, list[bytes]]) -> None:
    url, seen = echo
    refused = anonymous.execute(org, org.record.admin_id, CALL.format(url))
    text = f"Unauthorized endpoint, please check Setup->Security->Remote site settings. endpoint = {url}/hook"
    assert refused.exception_message == f"System.CalloutException: {text}"
    site = (
        f"<RemoteSiteSetting {NAMESPACE}><disableProtocolSecurity>true</disableProtocolSecurity><isActive>true</isActive>"
        f"<url>{url}</url></RemoteSiteSetting>"
    )
    put(org, {"remoteSiteSettings/Hook.remoteSite": site.encode()}, {"RemoteSiteSetting": ["Hook"]})
    run(org, CALL.format(url))
    assert seen == [b"hi"]


def test_callouts_through_a_named_credential(org: Org, echo: tuple[str, list[bytes]]) -> None:
    url, seen = echo
    credential = (
        f"<NamedCredential {NAMESPACE}><endpoint>{url}</endpoint><label>Hook</label><principalType>Anonymous</principalType>"
        "<protocol>NoAuthentication</protocol></NamedCredential>"
    )
    put(org, {"namedCredentials/Hook.namedCredential": credential.encode()}, {"NamedCredential": ["Hook"]})
    run(org, CALL.format("callout:Hook"))
    assert seen == [b"hi"]


def test_custom_permissions_follow_assignments(org: Org) -> None:
    permission = f"<CustomPermission {NAMESPACE}><isLicensed>false</isLicensed><label>Skip</label></CustomPermission>"
    grants = (
        f"<PermissionSet {NAMESPACE}><customPermissions><enabled>true</enabled><name>Skip</name></customPermissions>"
        "<label>Skipper</label></PermissionSet>"
    )
    put(
        org,
        {
            "customPermissions/Skip.customPermission": permission.encode(),
            "permissionsets/Skipper.permissionset": grants.encode(),
        },
        {"CustomPermission": ["Skip"], "PermissionSet": ["Skipper"]},
    )
    check = "System.assertEquals({}, FeatureManagement.checkPermission('Skip'));"
    run(org, check.format("false"))
    with org.transaction() as tx:
        found = tx.query("SELECT Id FROM PermissionSet WHERE Name = 'Skipper'", access="system").records[0].fields["Id"]
        row = Record("PermissionSetAssignment", {"PermissionSetId": found, "AssigneeId": org.record.admin_id})
        assert tx.save(SaveRequest("insert", [row], access="system"))[0].success
    run(org, check.format("true"))


def test_reading_sources() -> None:
    found = header(
        "/* trigger X on Y */ // no\ntrigger T on Account (before insert, after  update) { String s = '// kept'; }"
    )
    assert found is not None
    assert (found.name, found.sobject, found.events) == ("T", "Account", frozenset({"before insert", "after update"}))
    assert without_comments("a /* b */ '/* c */' // d\ne") == "a  '/* c */' \ne"
