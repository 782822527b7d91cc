"""What Apex sees of an org that a project was deployed to: field sets, custom metadata, cursors, jobs."""

from __future__ import annotations

import pytest

from orgwright.localorg.project import sources, trial

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FIELD_SET = (
    f"<FieldSet {NS}><fullName>Short</fullName><label>Short one</label><description>d</description>"
    "<displayedFields><field>Name</field><isFieldManaged>false</isFieldManaged><isRequired>true</isRequired></displayedFields>"
    "<displayedFields><field>Owner.Name</field><isFieldManaged>false</isFieldManaged><isRequired>false</isRequired></displayedFields>"
    "</FieldSet>"
)
RULE = f"<CustomObject {NS}><label>Rule</label><pluralLabel>Rules</pluralLabel><visibility>Public</visibility></CustomObject>"


def relation(name: str, to: str, control: str = "") -> str:
    return (
        f"<CustomField {NS}><fullName>{name}</fullName><label>{name}</label><type>MetadataRelationship</type>"
        f"{control}<referenceTo>{to}</referenceTo><relationshipName>R{name[0]}</relationshipName></CustomField>"
    )


def record(label: str, **values: str) -> str:
    inner = "".join(
        f'<values><field>{n}</field><value xsi:type="xsd:string">{v}</value></values>' for n, v in values.items()
    )
    return (
        f'<CustomMetadata {NS} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><label>{label}</label>{inner}</CustomMetadata>'
    )


THING = (
    f"<CustomObject {NS}><label>Thing</label><pluralLabel>Things</pluralLabel><deploymentStatus>Deployed</deploymentStatus>"
    "<enableActivities>true</enableActivities><nameField><label>Name</label><type>Text</type></nameField>"
    "<sharingModel>ReadWrite</sharingModel></CustomObject>"
)
METADATA = {
    "objects/Thing__c/Thing__c.object-meta.xml": THING,
    "objects/Account/fieldSets/Short.fieldSet-meta.xml": FIELD_SET,
    "objects/Rule__mdt/Rule__mdt.object-meta.xml": RULE,
    "objects/Rule__mdt/fields/Entity__c.field-meta.xml": relation("Entity__c", "EntityDefinition"),
    "objects/Rule__mdt/fields/Field__c.field-meta.xml": relation(
        "Field__c",
        "FieldDefinition",
        "<metadataRelationshipControllingField>Rule__mdt.Entity__c</metadataRelationshipControllingField>",
    ),
    "objects/Rule__mdt/fields/Parent__c.field-meta.xml": relation("Parent__c", "Rule__mdt"),
    "customMetadata/Rule.A.md-meta.xml": record("A", Entity__c="Account", Field__c="Industry", Parent__c="B"),
    "customMetadata/Rule.B.md-meta.xml": record("B", Entity__c="Contact", Field__c="Email"),
}
METHODS = {
    "field_sets": """
        Schema.FieldSet found = Schema.SObjectType.Account.fieldSets.getMap().get('short');
        System.assertEquals('Short one', found.getLabel());
        System.assertEquals(2, found.getFields().size());
        System.assertEquals('Owner.Name', found.getFields()[1].getFieldPath());
        System.assertEquals(true, found.getFields()[0].getRequired());
        System.assertEquals(Account.Name, found.getFields()[0].getSObjectField());
        System.assertEquals('Short', SObjectType.Account.FieldSets.Short.getName());
        System.assertEquals(0, Contact.SObjectType.getDescribe().fieldSets.getMap().size());""",
    "what_hangs_on_a_record": """
        Thing__c thing = new Thing__c(Name = 't');
        insert thing;
        insert new Note(ParentId = thing.Id, Title = 'A note');
        insert new Attachment(ParentId = thing.Id, Name = 'b.txt', Body = Blob.valueOf('four'));
        ContentVersion file = new ContentVersion(Title = 'c', PathOnClient = 'c.txt', VersionData = Blob.valueOf('three'));
        insert file;
        Id document = [SELECT ContentDocumentId FROM ContentVersion WHERE Id = :file.Id].ContentDocumentId;
        insert new ContentDocumentLink(LinkedEntityId = thing.Id, ContentDocumentId = document, ShareType = 'V');
        insert new List<Task>{new Task(WhatId = thing.Id, Subject = 'open'), new Task(WhatId = thing.Id, Subject = 'done', Status = 'Completed')};
        insert new Event(WhatId = thing.Id, Subject = 'past', DurationInMinutes = 10, ActivityDateTime = System.now().addDays(-2));
        insert new Event(WhatId = thing.Id, Subject = 'next', DurationInMinutes = 10, ActivityDateTime = System.now().addDays(2));
        Thing__c found = [SELECT (SELECT Title FROM Notes), (SELECT Name FROM Attachments), (SELECT Subject FROM Tasks), (SELECT Id FROM Events),
            (SELECT Title, IsNote FROM NotesAndAttachments ORDER BY Title), (SELECT Title, ContentDocumentId FROM AttachedContentDocuments),
            (SELECT Title, ContentSize FROM CombinedAttachments ORDER BY Title),
            (SELECT Subject, IsTask FROM OpenActivities ORDER BY Subject), (SELECT Subject FROM ActivityHistories ORDER BY Subject),
            (SELECT Id FROM ProcessInstances)
            FROM Thing__c];
        System.assertEquals('A note', found.Notes[0].Title);
        System.assertEquals('b.txt', found.Attachments[0].Name);
        System.assertEquals(2, found.Tasks.size());
        System.assertEquals(2, found.NotesAndAttachments.size());
        System.assertEquals(true, found.NotesAndAttachments[0].IsNote);
        System.assertEquals('b.txt', found.NotesAndAttachments[1].Title);
        System.assertEquals(document, found.AttachedContentDocuments[0].ContentDocumentId);
        System.assertEquals('c', found.AttachedContentDocuments[0].Title);
        System.assertEquals(3, found.CombinedAttachments.size());
        System.assertEquals(4, found.CombinedAttachments[1].ContentSize);
        System.assertEquals(5, found.CombinedAttachments[2].ContentSize);
        System.assertEquals('next', found.OpenActivities[0].Subject);
        System.assertEquals(false, found.OpenActivities[0].IsTask);
        System.assertEquals('open', found.OpenActivities[1].Subject);
        System.assertEquals(2, found.OpenActivities.size());
        System.assertEquals('past', found.ActivityHistories[1].Subject);
        System.assertEquals(2, found.ActivityHistories.size());
        delete thing;
        System.assertEquals(0, [SELECT COUNT() FROM Note]);
        System.assertEquals(0, [SELECT COUNT() FROM Attachment]);
        System.assertEquals(0, [SELECT COUNT() FROM Task]);
        System.assertEquals(0, [SELECT COUNT() FROM Event]);
        System.assertEquals(0, [SELECT COUNT() FROM ContentDocumentLink WHERE LinkedEntityId = :thing.Id]);
        undelete thing;
        System.assertEquals(1, [SELECT COUNT() FROM Note]);""",
    "activities_of_an_account": """
        Account a = new Account(Name = 'a');
        insert a;
        Contact c = new Contact(LastName = 'c', AccountId = a.Id);
        Opportunity o = new Opportunity(Name = 'o', StageName = 'Prospecting', CloseDate = Date.today(), AccountId = a.Id);
        insert new List<SObject>{c, o};
        insert new List<Task>{new Task(WhoId = c.Id, Subject = '1'), new Task(WhatId = o.Id, Subject = '2'), new Task(WhatId = a.Id, Subject = '3')};
        System.assertEquals(3, [SELECT (SELECT Id FROM OpenActivities) FROM Account].OpenActivities.size());
        System.assertEquals(1, [SELECT (SELECT Id FROM OpenActivities) FROM Contact].OpenActivities.size());
        update new Task(Id = [SELECT Id FROM Task WHERE Subject = '1'].Id, WhoId = null);
        System.assertEquals(2, [SELECT (SELECT Id FROM OpenActivities) FROM Account].OpenActivities.size());""",
    "junction_id_lists": """
        Contact one = new Contact(LastName = 'One'), two = new Contact(LastName = 'Two');
        insert new List<Contact>{one, two};
        List<Id> both = new List<Id>{one.Id, two.Id};
        EmailMessage mail = new EmailMessage(Subject = 's', Status = '3', toIds = both);
        mail.CcIds = new List<String>{UserInfo.getUserId()};
        System.assertEquals(2, mail.ToIds.size());
        insert mail;
        EmailMessage found = [SELECT ToIds, CcIds, BccIds, (SELECT RelationType, RelationObjectType FROM EmailMessageRelations
            WHERE RelationId = :one.Id) FROM EmailMessage WHERE Id = :mail.Id];
        System.assertEquals(new List<String>{one.Id, two.Id}, found.ToIds);
        System.assertEquals(UserInfo.getUserId(), found.CcIds[0]);
        System.assertEquals(null, found.BccIds);
        System.assertEquals('ToAddress', found.EmailMessageRelations[0].RelationType);
        System.assertEquals('Contact', found.EmailMessageRelations[0].RelationObjectType);
        System.assert(JSON.serialize(found).contains('"CcIds":["' + UserInfo.getUserId() + '"]'));
        update new EmailMessage(Id = mail.Id, ToIds = new List<String>{two.Id}, BccIds = new List<String>{one.Id});
        found = [SELECT ToIds, CcIds, BccIds FROM EmailMessage WHERE Id = :mail.Id];
        System.assertEquals(new List<String>{two.Id}, found.ToIds);
        System.assertEquals(1, found.CcIds.size());
        System.assertEquals(new List<String>{one.Id}, (List<String>) found.get('BccIds'));
        System.assertEquals(3, [SELECT COUNT() FROM EmailMessageRelation]);
        Database.SaveResult bad = Database.insert(new EmailMessage(Status = '3', ToIds = new List<String>{mail.Id}), false);
        System.assertEquals(false, bad.isSuccess());
        System.assertEquals(1, [SELECT COUNT() FROM EmailMessage]);
        List<EmailMessage> stripped = Security.stripInaccessible(AccessType.READABLE, new List<EmailMessage>{found}).getRecords();
        System.assertEquals(found.ToIds, stripped[0].ToIds);
        System.assertEquals(false, EmailMessage.SObjectType.getDescribe().fields.getMap().containsKey('ToIds'));
        for (Schema.ChildRelationship child : EmailMessage.SObjectType.getDescribe().getChildRelationships()) {
            if (child.getRelationshipName() == 'EmailMessageRelations') {
                System.assertEquals(new List<String>{'BccIds', 'CcIds', 'ToIds'}, child.getJunctionIdListNames());
                System.assert(child.getJunctionReferenceTo().contains(Contact.SObjectType));
            }
        }""",
    "metadata_relationships": """
        Rule__mdt a = [SELECT Entity__r.QualifiedApiName, Field__r.QualifiedApiName, Parent__r.DeveloperName,
            Parent__r.Id FROM Rule__mdt WHERE DeveloperName = 'A'];
        System.assertEquals('Account', a.Entity__r.QualifiedApiName);
        System.assertEquals('Industry', a.Field__r.QualifiedApiName);
        System.assertEquals('B', a.Parent__r.DeveloperName);
        System.assertEquals(1, [SELECT COUNT() FROM Rule__mdt WHERE Entity__r.QualifiedApiName = 'Contact']);
        System.assertEquals(2, Rule__mdt.getAll().values().size());
        System.assertEquals('B', Rule__mdt.getInstance('B').Label);
        Rule__mdt told = [SELECT Entity__r.Label, Entity__r.PluralLabel, Entity__r.KeyPrefix FROM Rule__mdt WHERE Entity__r.Label = 'Contact'];
        System.assertEquals('Contact Contacts 003', told.Entity__r.Label + ' ' + told.Entity__r.PluralLabel + ' ' + told.Entity__r.KeyPrefix);""",
    "batches_of_anything": """
        Object batch = new Batch();
        Database.Batchable<Object> any = (Database.Batchable<Object>) batch;
        System.assert(batch instanceof Database.Batchable<SObject>);
        Object job = new Job();
        try { any = (Database.Batchable<Object>) job; System.assert(false); } catch (TypeException e) { }""",
    "cursors": """
        insert new List<Account>{new Account(Name = 'a'), new Account(Name = 'b'), new Account(Name = 'c')};
        Database.Cursor all = Database.getCursor('SELECT Name FROM Account ORDER BY Name');
        Database.PaginationCursor pages = Database.getPaginationCursor('SELECT Name FROM Account ORDER BY Name');
        delete [SELECT Id FROM Account WHERE Name = 'b'];
        System.assertEquals(3, all.getNumRecords());
        System.assertEquals(1, all.fetch(0, 2).size());
        Database.CursorFetchResult page = pages.fetchPage(0, 2);
        System.assertEquals('c', page.getRecords()[1].get('Name'));
        System.assertEquals(1, page.getNumDeletedRecords());
        System.assertEquals(3, page.getNextIndex());
        System.assert(page.isDone());""",
    "rows_have_ids": """
        Account a = new Account(Name = 'a');
        insert a;
        insert new Contact(LastName = 'c', AccountId = a.Id);
        System.assertEquals(a.Id, [SELECT Name FROM Account].Id);
        System.assertEquals(a.Id, [SELECT Account.Name FROM Contact].Account.Id);
        System.assertNotEquals(null, [SELECT (SELECT LastName FROM Contacts) FROM Account].Contacts[0].Id);""",
    "jobs_share_statics": """
        Test.startTest();
        System.enqueueJob(new Job());
        Test.stopTest();
        System.assertEquals(1, ran);""",
    "flows_that_are_not_there": """
        Invocable.Action action = Invocable.Action.createCustomAction('flow', 'Nope');
        System.assertEquals(false, action.invoke()[0].isSuccess());""",
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    root = tmp_path_factory.mktemp("platform")
    body = "\n".join(f"    @IsTest static void {name}() {{{code}\n    }}" for name, code in METHODS.items())
    job = "    public class Job implements Queueable { public void execute(QueueableContext c) { ran++; } }\n"
    job += (
        "    public class Batch implements Database.Batchable<SObject> {\n"
        "        public Iterable<SObject> start(Database.BatchableContext c) { return new List<SObject>(); }\n"
        "        public void execute(Database.BatchableContext c, List<SObject> rows) { }\n"
        "        public void finish(Database.BatchableContext c) { }\n    }\n"
    )
    files = {
        **METADATA,
        "classes/PlatformTest.cls": f"@IsTest\nclass PlatformTest {{\n    static Integer ran = 0;\n{job}{body}\n}}\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    made = trial.deploy(sources.read(root))
    assert not made.faults, made.faults
    assert not made.skipped, made.skipped
    return {m.method: m.message for m in trial.test(made, trial.select(made, [])).methods}


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_platform_shows_what_was_deployed(outcomes: dict[str, str | None], name: str) -> None:
    assert outcomes[name] is None
