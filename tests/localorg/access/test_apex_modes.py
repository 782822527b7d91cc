"""Whose eyes Apex sees with: sharing keywords, user mode, API versions, System.runAs."""

from __future__ import annotations

import pytest

from orgwright.localorg.jobs import anonymous
from orgwright.localorg.org import Org
from tests.localorg.access.people import Office, make_user, open_office
from tests.localorg.deploying import NAMESPACE, apex, deploy, failures, make_org

COUNT = "return [SELECT COUNT() FROM Account];"


def readers() -> dict[str, bytes]:
    """A class for each way to say, or not to say, how it runs."""
    files: dict[str, bytes] = {}
    for name, words in (("W", "with sharing"), ("O", "without sharing"), ("I", "inherited sharing"), ("N", "")):
        body = (
            f"public virtual {words} class {name} {{\n"
            f"  public static Integer own() {{ {COUNT} }}\n"
            f"  public static Integer plain() {{ return N.own(); }}\n"
            f"  public static Integer kept() {{ return I.own(); }}\n"
            "  public static Integer dynamic() { return Database.countQuery('SELECT COUNT() FROM Account'); }\n"
            "  public static Integer asUser() { return [SELECT COUNT() FROM Account WITH USER_MODE]; }\n"
            "  public static Integer asSystem() { return [SELECT COUNT() FROM Account WITH SYSTEM_MODE]; }\n"
            "  public static Integer level() {\n"
            "    return Database.countQuery('SELECT COUNT() FROM Account', AccessLevel.SYSTEM_MODE); }\n"
            f"  public class Inner {{ public Integer own() {{ {COUNT} }} }}\n"
            "}"
        )
        files |= apex(name, body, version="60.0")
    files |= apex(
        "Child", f"public class Child extends W {{ public static Integer mine() {{ {COUNT} }} }}", version="60.0"
    )
    enforced = "return [SELECT Industry FROM Account WITH SECURITY_ENFORCED];"
    files |= apex(
        "Enforced",
        f"public class Enforced {{ public static List<Account> all() {{ {enforced} }} }}",
        version="60.0",
    )
    files |= apex("New67", f"public class New67 {{ public static Integer own() {{ {COUNT} }} }}", version="67.0")
    return files


@pytest.fixture(scope="module")
def office() -> Office:
    org: Org = make_org()
    made = open_office(org)
    model = f"<CustomObject {NAMESPACE}><sharingModel>Private</sharingModel></CustomObject>".encode()
    members = {"ApexClass": ["W", "O", "I", "N", "Child", "Enforced", "New67"], "CustomObject": ["Account"]}
    result = deploy(org, {"objects/Account.object": model, **readers()}, members)
    assert failures(result) == [], result
    for name in ("A", "B"):
        made.make(made.ann, "Account", Name=name)
    made.make(made.bob, "Account", Name="C")
    with org.transaction() as tx:
        parent = tx.insert_setup("PermissionSet", {"Name": "Dev", "Label": "Dev", "PermissionsAuthorApex": True})
    made.make(None, "PermissionSetAssignment", AssigneeId=made.bob, PermissionSetId=parent)
    return made


# bob owns one account of three; anonymous Apex runs with his sharing, so what says nothing follows that
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("W.own()", 1), ("O.own()", 3), ("I.own()", 1), ("N.own()", 1),
        ("O.plain()", 3), ("O.kept()", 3), ("W.plain()", 1), ("W.kept()", 1),
        ("W.dynamic()", 1), ("O.dynamic()", 3), ("O.asUser()", 1), ("W.asSystem()", 1), ("O.asSystem()", 3),
        ("W.level()", 1), ("O.level()", 3), ("new O.Inner().own()", 1), ("Child.mine()", 1), ("New67.own()", 1),
    ],
)  # fmt: skip
def test_sharing_keywords(office: Office, expression: str, expected: int) -> None:
    source = f"System.assertEquals({expected}, {expression});"
    done = anonymous.execute(office.org, office.bob, source)
    assert done.success, done


def test_dml_follows_the_class_too(office: Office) -> None:
    with office.org.read() as tx:
        other = tx.query("SELECT Id FROM Account WHERE Name = 'A'").records[0].fields["Id"]
    files = apex("WriteW", "public with sharing class WriteW { public static void go(Id i) { update new Account(Id = i, Phone = '1'); } }", version="60.0")  # fmt: skip
    files |= apex("WriteO", "public without sharing class WriteO { public static void go(Id i) { update new Account(Id = i, Phone = '2'); } }", version="60.0")  # fmt: skip
    assert deploy(office.org, files, {"ApexClass": ["WriteW", "WriteO"]})["success"]
    refused = anonymous.execute(office.org, office.bob, f"WriteW.go('{other}');")
    assert "INSUFFICIENT_ACCESS_OR_READONLY" in str(refused.exception_message), refused
    assert anonymous.execute(office.org, office.bob, f"WriteO.go('{other}');").success


def test_user_mode_names_what_is_closed(office: Office) -> None:
    field = (
        f"<CustomObject {NAMESPACE}><fields><fullName>Secret__c</fullName><label>Secret</label><length>9</length>"
        "<type>Text</type></fields></CustomObject>"
    ).encode()
    assert deploy(office.org, {"objects/Account.object": field}, {"CustomField": ["Account.Secret__c"]})["success"]
    checks = {
        "Database.query('SELECT Secret__c FROM Account', AccessLevel.USER_MODE);": "No such column 'Secret__c' on entity 'Account'",
        "insert as user new Account(Name = 'x', Secret__c = 'y');": (
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY, Operation failed due to fields being inaccessible on Sobject Account, "
            "check errors on Exception or Result!: [Secret__c]"
        ),
        "try { insert as user new Campaign(Name = 'x'); } catch (System.SecurityException e) { throw new NoDataFoundException(e.getMessage() + '!'); }": (
            "Access to entity 'Campaign' denied!"
        ),
        "insert as user new Campaign(Name = 'x');": "Access to entity 'Campaign' denied",
    }
    for source, text in checks.items():
        done = anonymous.execute(office.org, office.bob, source)
        assert text in str(done.exception_message or done.compile_problem), done


@pytest.fixture(scope="module")
def newcomer(office: Office) -> str:
    """A user of the profile Minimum Access who may read accounts and their phone, create them, and write Apex."""
    user = make_user(office.org, "new", None, "Minimum Access - Salesforce")
    with office.org.transaction() as tx:
        flags = {"PermissionsAuthorApex": True, "PermissionsApiEnabled": True}
        parent = tx.insert_setup("PermissionSet", {"Name": "New", "Label": "New", **flags})
        row = {"ParentId": parent, "SobjectType": "Account", "PermissionsRead": True, "PermissionsCreate": True}
        tx.insert_setup("ObjectPermissions", row)
        row = {"ParentId": parent, "SobjectType": "Account", "Field": "Account.Phone", "PermissionsRead": True}
        tx.insert_setup("FieldPermissions", row)
        tx.insert_setup("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": parent})
    return user


def run(office: Office, user: str, source: str) -> None:
    done = anonymous.execute(office.org, user, source)
    assert done.success, done


def test_standard_fields_that_no_permission_opens_are_closed_to_user_mode(office: Office, newcomer: str) -> None:
    run(
        office,
        newcomer,
        """
        List<Account> open = [SELECT Id, Name, Phone, CreatedDate FROM Account WITH USER_MODE];
        try {
            Database.query('SELECT Name, Industry FROM Account WHERE Website != null ORDER BY Rating', AccessLevel.USER_MODE);
            throw new NoDataFoundException();
        } catch (QueryException e) {
            Map<String, Set<String>> closed = e.getInaccessibleFields();
            System.assertEquals(new Set<String>{ 'Account' }, closed.keySet());
            System.assertEquals(new Set<String>{ 'Industry', 'Website', 'Rating' }, closed.get('Account'));
        }
        try {
            Enforced.all();
            throw new NoDataFoundException();
        } catch (QueryException e) {
            System.assert(e.getMessage().contains('inaccessible field'), e.getMessage());
            System.assertEquals(new Set<String>{ 'Industry' }, e.getInaccessibleFields().get('Account'));
        }
        try {
            Database.query('SELECT Name FROM Opportunity', AccessLevel.USER_MODE);
            throw new NoDataFoundException();
        } catch (QueryException e) {
            System.assert(e.getInaccessibleFields().get('Opportunity').contains('Name'));
        }
        try {
            Database.query('SELECT Wrong FROM Account', AccessLevel.USER_MODE);
            throw new NoDataFoundException();
        } catch (QueryException e) {
            System.assertEquals(null, e.getInaccessibleFields());
        }
        Database.SaveResult saved = Database.insert(
            new Account(Name = 'x', Industry = 'Energy', Phone = '1'), false, AccessLevel.USER_MODE);
        System.assert(!saved.isSuccess());
        """,
    )


def test_describes_and_strip_inaccessible_know_what_is_closed(office: Office, newcomer: str) -> None:
    parent = office.make(None, "Account", Name="parent", Industry="Energy", OwnerId=newcomer)
    office.make(None, "Contact", LastName="C", AccountId=parent)
    run(
        office,
        newcomer,
        """
        Schema.DescribeFieldResult name = Account.Name.getDescribe();
        System.assert(name.isAccessible() && name.isCreateable() && !name.isUpdateable());
        Schema.DescribeFieldResult phone = Account.Phone.getDescribe();
        System.assert(phone.isAccessible() && !phone.isCreateable());
        System.assert(!Account.Industry.getDescribe().isAccessible());
        System.assert(!Contact.LastName.getDescribe().isAccessible());

        List<Account> rows = Database.query('SELECT Name, Industry, (SELECT LastName FROM Contacts) FROM Account '
            + 'WHERE Industry != null', AccessLevel.SYSTEM_MODE);
        SObjectAccessDecision decision = Security.stripInaccessible(AccessType.READABLE, rows);
        System.assertEquals(new Set<String>{ 'Industry', 'Contacts' }, decision.getRemovedFields().get('Account'));
        System.assertEquals(new Set<Integer>{ 0 }, decision.getModifiedIndexes());
        Account left = (Account) decision.getRecords()[0];
        System.assertEquals('parent', left.Name);
        System.assertEquals(null, left.getSObjects('Contacts'));
        try {
            System.debug(left.Industry);
            throw new NoDataFoundException();
        } catch (SObjectException e) {
            System.assert(e.getMessage().contains('without querying the requested field'), e.getMessage());
        }
        try {
            Security.stripInaccessible(AccessType.READABLE, [SELECT COUNT(Id) n FROM Account]);
            throw new NoDataFoundException();
        } catch (NoAccessException e) {
            System.assertEquals('AggregateResult SObject types are not supported', e.getMessage());
        }
        List<Account> fresh = new List<Account>{ new Account(Name = 'n', Phone = '1') };
        decision = Security.stripInaccessible(AccessType.CREATABLE, fresh);
        System.assertEquals(new Set<String>{ 'Phone' }, decision.getRemovedFields().get('Account'));
        """,
    )
