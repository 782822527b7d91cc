"""What reaches the org: DML with results, dynamic SOQL, describe, callouts, jobs, tests, limits."""

from __future__ import annotations

import pytest

from tests.apex.library.table import raised, values

INSERT = "insert new List<Account>{new Account(Name = 'A'), new Account(Name = 'B')};"
MOCK = """public class Mock implements HttpCalloutMock {
  public HttpResponse respond(HttpRequest r) {
    HttpResponse res = new HttpResponse(); res.setStatusCode(201); res.setBody(r.getMethod() + ' ' + r.getBody());
    res.setHeader('X-Test', r.getHeader('x-key')); return res;
  }
}"""


def test_dml_gives_results_in_the_order_of_the_rows() -> None:
    body = """List<Account> rows = new List<Account>{new Account(Name = 'A'), new Account(Name = 'B')};
      List<Database.SaveResult> done = Database.insert(rows, false);
      return done.size() + ' ' + done[0].isSuccess() + ' ' + (done[1].getId() == rows[1].Id) + ' ' + done[0].getErrors().size();"""
    assert values(body) == "2 true true 0"


def test_upsert_and_delete_tell_what_they_did() -> None:
    body = """Account a = new Account(Name = 'A');
      Database.UpsertResult first = Database.upsert(a);
      Database.UpsertResult second = Database.upsert(a);
      Database.DeleteResult gone = Database.delete(a.Id);
      return first.isCreated() + ' ' + second.isCreated() + ' ' + gone.isSuccess();"""
    assert values(body) == "true false true"


def test_dynamic_queries_bind_locals_fields_and_statics() -> None:
    holder = """public class Holder {
      public static String wanted = 'B'; String mine = 'A';
      public Integer own() { return Database.query('SELECT Id FROM Account WHERE Name = :mine').size(); }
      public static Integer shared() { return Database.countQuery('SELECT COUNT() FROM Account WHERE Name = :wanted'); }
    }"""
    body = f"""{INSERT} List<String> names = new List<String>{{'A', 'B', 'C'}};
      Integer local = Database.query('SELECT Id FROM Account WHERE Name IN :names').size();
      return local + ' ' + new Holder().own() + ' ' + Holder.shared();"""
    assert values(body, holder) == "2 1 1"


def test_dynamic_queries_take_binds_in_a_map() -> None:
    body = f"""{INSERT} return Database.queryWithBinds('SELECT Id FROM Account WHERE Name = :x',
      new Map<String, Object>{{'x' => 'A'}}, AccessLevel.USER_MODE).size();"""
    assert values(body) == 1


def test_an_unknown_bind_is_a_query_exception() -> None:
    found = raised("Database.query('SELECT Id FROM Account WHERE Name = :nowhere')")
    assert found == ("System.QueryException", "Variable does not exist: nowhere")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Account.SObjectType.getDescribe().getName()", "Account"),
        ("Schema.SObjectType.Account.getKeyPrefix()", "001"),
        ("Account.Name == Account.SObjectType.getDescribe().fields.getMap().get('NAME')", True),
        ("Account.AnnualRevenue.getDescribe().getType() == Schema.DisplayType.CURRENCY", True),
        ("Account.AnnualRevenue.getDescribe().getSoapType() == Schema.SoapType.DOUBLE", True),
        ("Account.NumberOfEmployees.getDescribe().getType().name()", "INTEGER"),
        ("Account.Name.getDescribe().isNillable()", False),
        ("Account.ParentId.getDescribe().getReferenceTo()", "(Account)"),
        ("Account.ParentId.getDescribe().getRelationshipName()", "Parent"),
        ("Account.SObjectType.getDescribe().getChildRelationships()[0].getRelationshipName()", "Contacts"),
        ("Schema.getGlobalDescribe().get('CoNtAcT').newSObject().getSObjectType() == Contact.SObjectType", True),
        ("Schema.describeSObjects(new List<String>{'contact', 'Account'})[0].getName()", "Contact"),
        ("((Id) '001000000000001AAA').getSObjectType()", None),
        ("Type.forName('List<Account>').getName()", "List<Account>"),
        ("Type.forName('Map<String, Object>').getName()", "Map<String,ANY>"),
        ("Type.forName('nothing.like.it')", None),
        ("Type.forName('List<Account')", None),
        ("Type.forName('object').getName()", "Object"),
        ("new Account(Name = 'x').getPopulatedFieldsAsMap().keySet()", "{Name}"),
        ("new List<Account>().getSObjectType()", None),
        ("UserInfo.getUserName()", "admin@example.com"),
        ("Limits.getLimitDmlStatements()", 150),
        ("Request.getCurrent().getRequestId() == Request.getCurrent().getRequestId()", True),
        ("FeatureManagement.checkPermission('Nope')", False),
    ],
)
def test_describe_and_context(expression: str, expected: object) -> None:
    found = values(expression)
    if expected is None and found is not None:
        assert found.name == "Account"
    else:
        assert found == expected


def test_an_unknown_object_in_describe() -> None:
    type_name, message = raised("Schema.describeSObjects(new List<String>{'Nope__c'})")
    assert type_name == "System.InvalidParameterValueException"
    assert message.startswith(
        "Invalid sobject provided. The Schema.describeSObject() methods does not support the Nope__c"
    )


def test_callouts_in_tests_reach_the_mock() -> None:
    body = """Test.setMock(HttpCalloutMock.class, new Mock());
      HttpRequest r = new HttpRequest(); r.setEndpoint('https://x.test'); r.setMethod('POST'); r.setBody('b');
      r.setHeader('X-Key', 'k');
      HttpResponse res = new Http().send(r);
      return res.getStatusCode() + ' ' + res.getBody() + ' ' + res.getHeader('x-test') + ' ' + Limits.getCallouts();"""
    assert values(body, MOCK, in_test=True) == "201 POST b k 1"


@pytest.mark.parametrize(
    ("before", "type_name", "message"),
    [
        ("", "System.TypeException", "Methods defined as TestMethod do not support Web service callouts"),
        (INSERT + " Test.setMock(HttpCalloutMock.class, new Mock());", "System.CalloutException",
         "You have uncommitted work pending. Please commit or rollback before calling out"),
    ],
)  # fmt: skip
def test_callouts_that_a_test_may_not_make(before: str, type_name: str, message: str) -> None:
    body = f"""{before} HttpRequest r = new HttpRequest(); r.setEndpoint('https://x.test'); r.setMethod('GET');
      HttpResponse res = new Http().send(r);"""
    assert raised(body, MOCK, in_test=True) == (type_name, message)


def test_set_mock_outside_a_test() -> None:
    found = raised("Test.setMock(HttpCalloutMock.class, new Mock());", MOCK)
    assert found == ("System.TypeException", "Test.setMock() can only be called from test methods")


JOB = """public class Job implements Queueable, Database.Batchable<SObject>, Schedulable {
  public void execute(QueueableContext c) { insert new Account(Name = 'queued'); }
  public Database.QueryLocator start(Database.BatchableContext c) { return Database.getQueryLocator('SELECT Id, Name FROM Account'); }
  public void execute(Database.BatchableContext c, List<SObject> rows) {
    for (SObject row : rows) { row.put('Industry', 'Batch'); } update rows;
  }
  public void finish(Database.BatchableContext c) { }
  public void execute(SchedulableContext c) { insert new Account(Name = 'scheduled'); }
}"""


@pytest.mark.parametrize(
    ("start", "query", "count"),
    [
        ("System.enqueueJob(new Job());", "Name = \\'queued\\'", 1),
        ("Database.executeBatch(new Job());", "Industry = \\'Batch\\'", 2),
        ("System.schedule('nightly', '0 0 3 * * ?', new Job());", "Name = \\'scheduled\\'", 1),
    ],
)
def test_jobs_run_at_stop_test(start: str, query: str, count: int) -> None:
    body = f"""{INSERT} Test.startTest(); {start} Test.stopTest();
      return Database.countQuery('SELECT COUNT() FROM Account WHERE {query}');"""
    assert values(body, JOB, in_test=True) == count


@pytest.mark.parametrize(
    ("statement", "type_name", "message"),
    [
        ("System.enqueueJob(null);", "System.NullPointerException", "Argument cannot be null."),
        ("System.enqueueJob(new Job(), 11);", "System.InvalidParameterValueException", "Delay must be less than or equal to 10 minutes"),
        ("System.schedule('x', 'x', new Job());", "System.AsyncException",
         "Illegal cron expression format (java.lang.StringIndexOutOfBoundsException: begin 0, end 3, length 1)"),
    ],
)  # fmt: skip
def test_jobs_that_are_refused(statement: str, type_name: str, message: str) -> None:
    assert raised(statement, JOB) == (type_name, message)


def test_a_savepoint_takes_back_and_is_then_void() -> None:
    body = f"""Savepoint early = Database.setSavepoint(); Savepoint late = Database.setSavepoint(); {INSERT}
      Database.rollback(early); return Database.countQuery('SELECT COUNT() FROM Account');"""
    assert values(body) == 0
    again = body.replace("return", "Database.rollback(late); return")
    assert raised(again.replace("return Database.countQuery('SELECT COUNT() FROM Account');", "")) == (
        "System.TypeException", "Savepoint does not exist in this context",
    )  # fmt: skip


def test_dml_exceptions_tell_of_their_rows() -> None:
    trigger = "trigger Refuse on Account (before insert) { Trigger.new[1].Name.addError('no'); }"
    body = """try { insert new List<Account>{new Account(Name = 'A'), new Account(Name = 'B')}; } catch (DmlException e) {
      return e.getNumDml() + ' ' + e.getDmlIndex(0) + ' ' + e.getDmlMessage(0) + ' ' + e.getDmlType(0)
        + ' ' + e.getDmlFieldNames(0); } return null;"""
    assert values(body, trigger) == "1 1 no FIELD_CUSTOM_VALIDATION_EXCEPTION (Name)"


def test_mail_is_checked_and_kept() -> None:
    mail = """Messaging.SingleEmailMessage m = new Messaging.SingleEmailMessage();
      m.setToAddresses(new List<String>{'%s'}); m.setSubject('s'); m.setPlainTextBody('b');
      List<Messaging.SendEmailResult> r = Messaging.sendEmail(new List<Messaging.Email>{m});"""
    assert values(mail % "a@b.co" + " return r[0].isSuccess() + ' ' + Limits.getEmailInvocations();") == "true 1"
    type_name, message = raised(mail % "nonsense")
    assert type_name == "System.EmailException"
    assert message.startswith("SendEmail failed. First exception on row 0; first error: INVALID_EMAIL_ADDRESS, ")


def test_rest_contexts_are_kept_for_the_transaction() -> None:
    body = """RestContext.request = new RestRequest(); RestContext.response = new RestResponse();
      RestContext.request.requestURI = '/x'; RestContext.request.addParameter('a', '1');
      RestContext.response.statusCode = 404;
      return RestContext.request.requestURI + RestContext.request.params.get('a') + RestContext.response.statusCode;"""
    assert values(body) == "/x1404"


def test_data_classes_are_made_from_their_declarations() -> None:
    body = """Messaging.InboundEmail m = new Messaging.InboundEmail(); m.subject = 'hi'; return m.subject;"""
    assert values(body) == "hi"


def test_the_cache_keeps_values() -> None:
    body = """Cache.Org.put('local.Part.key1', 5); return Cache.Org.get('local.Part.key1');"""
    assert values(body) == 5


def test_duplicate_options_are_there_to_be_filled_in() -> None:
    body = """Database.DMLOptions o = new Database.DMLOptions(); o.DuplicateRuleHeader.allowSave = true; o.optAllOrNone = true;
      return Database.insert(new Account(Name = 'A'), o).isSuccess();"""
    assert values(body) is True


def test_xml_is_read_and_written() -> None:
    body = """Dom.Document d = new Dom.Document();
      d.load('<a xmlns="urn:x" k="v&amp;"><b>1</b><!-- c --><b>2</b></a>');
      Dom.XmlNode root = d.getRootElement();
      root.addChildElement('n', 'urn:x', null).addTextNode('<3');
      return root.getName() + root.getAttributeValue('k', null) + root.getChildElements().size()
        + root.getChildElement('b', 'urn:x').getText() + d.toXmlString();"""
    xml = '<?xml version="1.0" encoding="UTF-8"?><a xmlns="urn:x" k="v&amp;"><b>1</b><!-- c --><b>2</b><n>&lt;3</n></a>'
    assert values(body) == "av&31" + xml


def test_hostile_xml_is_refused() -> None:
    body = """Dom.Document d = new Dom.Document(); d.load('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>');"""
    assert raised(body) == ("System.XmlException", "DOCTYPE is not allowed")


def test_a_cache_builder_fills_the_cache_once() -> None:
    builder = """public class Builder implements Cache.CacheBuilder {
      public static Integer calls = 0;
      public Object doLoad(String key) { calls++; return key + '!'; }
    }"""
    body = """Object one = Cache.Org.get(Builder.class, 'k'); Object two = Cache.Org.get(Builder.class, 'k');
      return one + '' + two + Builder.calls;"""
    assert values(body, builder) == "k!k!1"


@pytest.mark.parametrize(
    ("call", "method"),
    [
        ("Site.login('a@b.cd', 'x', null)", "Site.login"),
        ("Site.createExternalUser(new User(), '001000000000001')", "Site.createExternalUser"),
        ("Site.changePassword('x', 'x', 'y')", "Site.changePassword"),
    ],
)
def test_nobody_signs_in_where_there_is_no_site(call: str, method: str) -> None:
    assert values(call, in_test=True) is None
    assert raised(f"Object o = {call};") == (
        "NotSupportedByEmbeddedOrg", f"{method} outside of tests is not supported by the embedded org",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("new List<Integer>{ 1, 2 }.hashCode()", 994),
        ("new Set<String>{ 'a', 'b' }.hashCode()", 195),
        ("new Map<String, Integer>{ 'a' => 1 }.hashCode()", 96),
        ("new List<Object>{ null, true, -1L }.hashCode()", 67952),
        ("System.hashCode(1.5)", 466),
        ("((Object) 5).hashCode()", 5),
        ("System.hashCode(new Map<String, List<Decimal>>{ 'a' => new List<Decimal>{ 1.5 } })", 400),
        (
            "System.hashCode(new Account(Name = 'a')) == System.hashCode(new Account(Name = 'a', AnnualRevenue = null))",
            True,
        ),
        ("System.hashCode(new Account(Name = 'a')) == System.hashCode(new Account(Name = 'b'))", False),
    ],
)
def test_hash_codes_are_javas_whoever_is_asked(expression: str, code: object) -> None:
    assert values(expression) == code


def test_keys_that_ignore_case_are_found_after_changes() -> None:
    body = (
        "Map<String, String> p = new PageReference('/a?Who=1').getParameters(); List<Object> said = new List<Object>(); "
        "said.add(p.get('WHO')); p.put('who', '2'); said.add(p.get('Who')); said.add(p.size()); p.remove('WHO'); said.add(p.get('who')); "
        "p.put('wHO', '3'); said.add(p.keySet()); said.add(p.get('Who')); said.add(p.containsKey('why')); return said;"
    )
    assert values(body) == "(1, 2, 1, null, {wHO}, 3, false)"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("List<Object> l = new List<Object>(); l.add(l); return '' + l;", "((already output))"),
        ("List<Object> l = new List<Object>{ 1 }; l.add(l); return l.toString();", "(1, (already output))"),
        ("Map<String, Object> m = new Map<String, Object>(); m.put('a', m); return '' + m;", "{a=(already output)}"),
        ("Account a = new Account(Name = 'x'); return '' + new List<Account>{ a, a, new Account(Name = 'x') };",
         "(Account:{Name=x}, (already output), Account:{Name=x})"),
        ("Node n = new Node(); n.next = n; return '' + n;", "Node:[label=null, next=(already output)]"),
        ("Node n = new Node(); n.label = 'top'; n.next = new Node(); return '' + new List<Node>{ n, n.next };",
         "(Node:[label=top, next=Node:[label=null, next=null]], (already output))"),
        ("List<Named> l = new List<Named>(); l.add(new Named(l)); l.add(l[0]); return '' + l;", "(2 of (1, 2), 2 of (1, 2))"),
        ("List<String> l = new List<String>{ 'a' }; return '' + l + l;", "(a)(a)"),
    ],
)  # fmt: skip
def test_an_object_is_shown_once_in_a_text(body: str, text: str) -> None:
    # Apex Reference Guide, List Class, toString; what a class's own toString says is not looked into
    node = "public class Node { public String label; public Node next; }"
    named = """public class Named { List<Named> all; public Named(List<Named> all) { this.all = all; }
        public override String toString() { return all.size() + ' of ' + new List<Integer>{ 1, 2 }; } }"""
    assert values(body, node, named) == text
