"""The SOAP APIs over HTTP, as clients of several libraries write their envelopes."""

from __future__ import annotations

import base64
import io
import zipfile

import httpx
import pytest
from lxml import etree

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.registry import OrgEntry
from orgwright.metadata import zip as archive
from tests.localorg.api.conftest import Site
from tests.localorg.deploying import NAMESPACE, apex, fields, manifest

M = "http://soap.sforce.com/2006/04/metadata"
TEXT = "<fullName>Soap__c</fullName><label>Soap</label><length>{}</length><type>Text</type>"


@pytest.fixture(scope="module")
def soap_entry(site: Site) -> OrgEntry:
    made = site.runtime.registry.create("soap", "scratch")
    attach(site.runtime.registry.open("soap"))
    return made


class Soap:
    """Calls in the three styles of envelope that clients use."""

    def __init__(self, http: httpx.Client, token: str) -> None:
        self.http, self.token = http, token

    def send(
        self, body: str, kind: str = "m", namespace: str = M, style: str = "default", header: str = ""
    ) -> httpx.Response:
        if style == "prefixed":  # simple-salesforce
            text = (
                f'<?xml version="1.0" encoding="utf-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
                f'xmlns:met="{namespace}"><soapenv:Header><met:SessionHeader><met:sessionId>{self.token}</met:sessionId>'
                f"</met:SessionHeader></soapenv:Header><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
            )
        else:  # jsforce, CumulusCI
            text = (
                f'<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" '
                f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><env:Header><urn:SessionHeader xmlns:urn="{namespace}">'
                f"<urn:sessionId>{self.token}</urn:sessionId></urn:SessionHeader>{header}</env:Header>"
                f'<env:Body xmlns="{namespace}">{body}</env:Body></env:Envelope>'
            )
        return self.http.post(f"/services/Soap/{kind}/67.0/00D000000000001", content=text, headers={"SOAPAction": '""'})

    def call(self, body: str, **more: str) -> etree._Element:
        answer = self.send(body, **more)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/xml")
        return etree.fromstring(answer.content)


@pytest.fixture
def soap(site: Site, soap_entry: OrgEntry) -> Soap:
    return Soap(site.http, site.runtime.open_session(soap_entry)["access_token"])


def texts(root: etree._Element, tag: str, namespace: str = M) -> list[str | None]:
    return [e.text for e in root.iter(f"{{{namespace}}}{tag}")]


def deploy(
    soap: Soap, files: dict[str, bytes], members: dict[str, list[str]], options: str = "", style: str = "default"
) -> etree._Element:
    data = base64.b64encode(archive.write({"package.xml": manifest(members), **files})).decode()
    prefix = "met:" if style == "prefixed" else ""
    body = f"<{prefix}deploy><{prefix}ZipFile>{data}</{prefix}ZipFile><{prefix}DeployOptions>{options}</{prefix}DeployOptions></{prefix}deploy>"
    started = soap.call(body, style=style)
    id = texts(started, "id")[0]
    body = f"<checkDeployStatus><asyncProcessId>{id}</asyncProcessId><includeDetails>true</includeDetails></checkDeployStatus>"
    status = soap.call(body)
    while texts(status, "done")[0] != "true":
        status = soap.call(body)
    return status


@pytest.mark.parametrize("style", ["default", "prefixed"])
def test_deploy_and_status(soap: Soap, style: str) -> None:
    result = deploy(soap, fields("Account", TEXT.format(10)), {"CustomField": ["Account.Soap__c"]}, style=style)
    assert texts(result, "done")[0] == "true" and texts(result, "status")[0] == "Succeeded"
    success = result.find(f".//{{{M}}}componentSuccesses")
    assert success is not None
    assert [etree.QName(child).localname for child in success] == [
        "changed", "componentType", "created", "createdDate", "deleted", "fileName", "fullName", "id", "success",
    ]  # fmt: skip
    assert success.findtext(f"{{{M}}}createdDate", "").endswith("Z")


def test_a_failed_deploy_names_the_problem(soap: Soap) -> None:
    result = deploy(
        soap,
        fields("Account", "<fullName>X__c</fullName><label>X</label><type>Text</type>"),
        {"CustomField": ["Account.X__c"]},
    )
    failure = result.find(f".//{{{M}}}componentFailures")
    assert failure is not None and texts(result, "status")[0] == "Failed"
    found = {etree.QName(child).localname: child.text for child in failure}
    assert found["problem"] == "Must specify 'length' for a CustomField of type Text (2:13)"
    assert (found["created"], found["deleted"], found["changed"], found["success"]) == ("false",) * 4


def test_retrieve(soap: Soap) -> None:
    deploy(
        soap,
        {**fields("Account", TEXT.format(10)), **apex("Kept", "public class Kept {}")},
        {"CustomField": ["Account.Soap__c"], "ApexClass": ["Kept"]},
    )
    types = (
        "<types><members>Account</members><name>CustomObject</name></types><types><members>*</members><name>ApexClass</name></types>"
        "<types><members>Nope</members><name>ApexTrigger</name></types>"
    )
    started = soap.call(
        f"<retrieve><retrieveRequest><apiVersion>67.0</apiVersion><unpackaged>{types}<version>67.0</version></unpackaged></retrieveRequest></retrieve>"
    )
    id = texts(started, "id")[0]
    found = soap.call(f"<checkRetrieveStatus><asyncProcessId>{id}</asyncProcessId></checkRetrieveStatus>")
    assert texts(found, "status") == ["Succeeded"]
    assert texts(found, "problem") == ["Entity of type 'ApexTrigger' named 'Nope' cannot be found"]
    data = base64.b64decode(texts(found, "zipFile")[0] or "")
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert {"unpackaged/package.xml", "unpackaged/objects/Account.object", "unpackaged/classes/Kept.cls"} <= set(
            opened.namelist()
        )
        document = etree.fromstring(opened.read("unpackaged/objects/Account.object"))
        assert opened.read("unpackaged/classes/Kept.cls") == b"public class Kept {}"
    assert "Soap__c" in [e.text for e in document.iter(f"{{{M}}}fullName")]


def test_what_was_retrieved_deploys_again_without_a_change(soap: Soap) -> None:
    deploy(soap, fields("Account", TEXT.format(10)), {"CustomField": ["Account.Soap__c"]})
    started = soap.call(
        "<retrieve><retrieveRequest><apiVersion>67.0</apiVersion><unpackaged><types><members>Account.Soap__c</members>"
        "<name>CustomField</name></types><version>67.0</version></unpackaged></retrieveRequest></retrieve>"
    )
    found = soap.call(
        f"<checkRetrieveStatus><asyncProcessId>{texts(started, 'id')[0]}</asyncProcessId></checkRetrieveStatus>"
    )
    files = archive.read(base64.b64decode(texts(found, "zipFile")[0] or ""))
    again = deploy(
        soap,
        {"objects/Account.object": files["unpackaged/objects/Account.object"]},
        {"CustomField": ["Account.Soap__c"]},
    )
    success = again.find(f".//{{{M}}}componentSuccesses")
    assert success is not None and success.findtext(f"{{{M}}}changed") == "false"


def test_read_list_and_describe(soap: Soap) -> None:
    deploy(soap, fields("Account", TEXT.format(10)), {"CustomField": ["Account.Soap__c"]})
    read = soap.call(
        "<readMetadata><type>CustomObject</type><fullNames>Account</fullNames><fullNames>Nope__c</fullNames></readMetadata>"
    )
    records = list(read.iter(f"{{{M}}}records"))
    xsi = "{http://www.w3.org/2001/XMLSchema-instance}"
    assert (records[0].findtext(f"{{{M}}}fullName"), records[0].get(f"{xsi}type")) == ("Account", "CustomObject")
    assert records[1].get(f"{xsi}nil") == "true"
    names = [f.findtext(f"{{{M}}}fullName") for f in records[0].iter(f"{{{M}}}fields")]
    assert {"Soap__c", "Industry"} <= set(names)
    settings = soap.call("<readMetadata><type>QuoteSettings</type><fullNames>Quote</fullNames></readMetadata>")
    assert texts(settings, "enableQuote") == ["false"]
    listed = soap.call(
        "<listMetadata><queries><type>CustomField</type></queries><asOfVersion>67.0</asOfVersion></listMetadata>"
    )
    assert "Account.Soap__c" in texts(listed, "fullName")
    assert texts(listed, "fileName")[0] == "objects/Account.object"
    described = soap.call("<describeMetadata><asOfVersion>67.0</asOfVersion></describeMetadata>")
    assert {"ApexClass", "CustomObject", "PermissionSet"} <= set(texts(described, "xmlName"))
    assert texts(described, "testRequired") == ["false"]


def test_upsert_and_delete_metadata(soap: Soap) -> None:
    document = (
        '<metadata xsi:type="RemoteSiteSetting"><fullName>Site</fullName><disableProtocolSecurity>false</disableProtocolSecurity>'
        "<isActive>true</isActive><url>https://{}.example</url></metadata>"
    )
    made = soap.call(f"<upsertMetadata>{document.format('a')}</upsertMetadata>")
    assert (texts(made, "created"), texts(made, "success")) == (["true"], ["true"])
    again = soap.call(f"<upsertMetadata>{document.format('b')}</upsertMetadata>")
    assert texts(again, "created") == ["false"]
    wrong = soap.call(f"<createMetadata>{document.format('c')}</createMetadata>")
    assert texts(wrong, "statusCode") == ["DUPLICATE_DEVELOPER_NAME"]
    read = soap.call("<readMetadata><type>RemoteSiteSetting</type><fullNames>Site</fullNames></readMetadata>")
    assert texts(read, "url") == ["https://b.example"]
    gone = soap.call("<deleteMetadata><type>RemoteSiteSetting</type><fullNames>Site</fullNames></deleteMetadata>")
    assert texts(gone, "success") == ["true"]
    many = "<fullNames>A</fullNames>" * 11
    refused = soap.send(f"<readMetadata><type>CustomObject</type>{many}</readMetadata>")
    assert refused.status_code == 500 and "cannot submit more than 10 records in this operation" in refused.text


def test_faults(soap: Soap, site: Site) -> None:
    stranger = Soap(site.http, "00D000000000001!nonsense").send(
        "<describeMetadata><asOfVersion>67.0</asOfVersion></describeMetadata>"
    )
    assert stranger.status_code == 500
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in stranger.text
    unknown = soap.send("<renameMetadata/>")
    assert "NOT_SUPPORTED_BY_EMBEDDED_ORG" in unknown.text
    broken = site.http.post("/services/Soap/m/67.0", content=b"<Envelope><Body>")
    assert broken.status_code == 500 and "sf:INVALID_XML" in broken.text
    bomb = site.http.post("/services/Soap/m/67.0", content=b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')
    assert bomb.status_code == 500 and "DOCTYPE" in bomb.text
    version = site.http.post("/services/Soap/m/sixty", content=b"<a/>")
    assert "UNSUPPORTED_API_VERSION" in version.text
    nothing = soap.send("<checkDeployStatus><asyncProcessId>0Af000000000000AAA</asyncProcessId></checkDeployStatus>")
    assert nothing.status_code == 500 and "INVALID_CROSS_REFERENCE_KEY" in nothing.text


def test_partner_api(soap: Soap) -> None:
    urn = "urn:partner.soap.sforce.com"
    info = soap.call("<getUserInfo/>", kind="u", namespace=urn)
    assert (texts(info, "userName", urn)[0] or "").endswith("@example.com")
    made = soap.call(
        "<create><sObjects><type>Account</type><Name>Soapy</Name></sObjects></create>", kind="u", namespace=urn
    )
    assert texts(made, "success", urn) == ["true"]
    found = soap.call(
        "<query><queryString>SELECT Name FROM Account WHERE Name = 'Soapy'</queryString></query>",
        kind="u",
        namespace=urn,
    )
    assert (texts(found, "size", urn), texts(found, "Name", OBJ)) == (["1"], ["Soapy"])


URN = "urn:partner.soap.sforce.com"
OBJ = "urn:sobject.partner.soap.sforce.com"
FAULT = "urn:fault.partner.soap.sforce.com"
XSI_TYPE, XSI_NIL = (f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}" for name in ("type", "nil"))


def partner(soap: Soap, body: str) -> etree._Element:
    return soap.call(body, kind="u", namespace=URN)


def test_login_with_a_password_that_was_set(site: Site, soap: Soap, soap_entry: OrgEntry) -> None:
    def login(password: str, version: str = "60.0") -> httpx.Response:
        text = (
            '<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header/><se:Body>'
            f'<login xmlns="{URN}"><username>{soap_entry.username}</username><password>{password}</password></login>'
            "</se:Body></se:Envelope>"
        )
        return site.http.post(f"/services/Soap/u/{version}", content=text)

    assert "login() is disabled" in login("whatever1").text
    weak = soap.send(
        f"<setPassword><userId>{soap_entry.user_id}</userId><password>short</password></setPassword>",
        kind="u",
        namespace=URN,
    )
    assert "INVALID_NEW_PASSWORD" in weak.text
    partner(soap, f"<setPassword><userId>{soap_entry.user_id}</userId><password>Passw0rd!x</password></setPassword>")
    assert "sf:INVALID_LOGIN" in login("Passw0rd!y").text
    assert "UNSUPPORTED_API_VERSION" in login("Passw0rd!x", "67.0").text
    answer = login("Passw0rd!x")
    assert answer.status_code == 200, answer.text
    root = etree.fromstring(answer.content)
    token = str(texts(root, "sessionId", URN)[0])
    assert str(texts(root, "serverUrl", URN)[0]).endswith(f"/services/Soap/u/60.0/{soap_entry.org_id}")
    own = Soap(site.http, token)
    assert texts(partner(own, "<getUserInfo/>"), "userId", URN) == [soap_entry.user_id]
    partner(own, "<logout/>")
    assert "INVALID_SESSION_ID" in own.send("<getUserInfo/>", kind="u", namespace=URN).text


def make_leads(soap: Soap, company: str) -> None:
    """400 of them, in two calls."""
    objects = "".join(
        f"<sObjects><type>Lead</type><LastName>P{n:03}</LastName><Company>{company}</Company></sObjects>"
        for n in range(200)
    )
    for _ in range(2):
        assert set(texts(partner(soap, f"<create>{objects}</create>"), "success", URN)) == {"true"}


def test_records_by_soap_from_query_to_recycle_bin(soap: Soap) -> None:
    make_leads(soap, "Bin")
    page = partner(
        soap,
        "<query><queryString>SELECT Id, LastName FROM Lead WHERE Company = 'Bin' ORDER BY Id</queryString></query>",
    )
    assert (texts(page, "size", URN), texts(page, "done", URN)) == (["400"], ["true"])
    ids = texts(page, "Id", OBJ)[::2]
    picked = partner(soap, f"<retrieve><fieldList>LastName</fieldList><sObjectType>Lead</sObjectType><ids>{ids[1]}</ids>"
                           f"<ids>00Q000000000000AAA</ids><ids>{ids[0]}</ids></retrieve>")  # fmt: skip
    assert texts(picked, "LastName", OBJ) == ["P001", "P000"]
    gone = partner(soap, f"<delete><ids>{ids[0]}</ids><ids>{ids[1]}</ids></delete>")
    assert texts(gone, "success", URN) == ["true", "true"]
    assert texts(partner(soap, f"<undelete><ids>{ids[0]}</ids></undelete>"), "success", URN) == ["true"]
    emptied = partner(soap, f"<emptyRecycleBin><ids>{ids[0]}</ids><ids>{ids[1]}</ids></emptyRecycleBin>")
    assert texts(emptied, "success", URN) == ["false", "true"]
    left = partner(
        soap, "<queryAll><queryString>SELECT COUNT() FROM Lead WHERE Company = 'Bin'</queryString></queryAll>"
    )
    assert texts(left, "size", URN) == ["399"]
    span = "<startDate>2000-01-01T00:00:00Z</startDate><endDate>2100-01-01T00:00:00Z</endDate>"
    assert ids[5] in texts(partner(soap, f"<getUpdated><sObjectType>Lead</sObjectType>{span}</getUpdated>"), "ids", URN)
    request = f"<request><masterRecord><type>Lead</type><Id>{ids[2]}</Id><City>Oslo</City></masterRecord><recordToMergeIds>{ids[3]}</recordToMergeIds></request>"
    merged = partner(soap, f"<merge>{request}</merge>")
    assert texts(merged, "success", URN) == ["true"] and texts(merged, "mergedRecordIds", URN) == [ids[3]]
    deleted = partner(soap, f"<getDeleted><sObjectType>Lead</sObjectType>{span}</getDeleted>")
    assert ids[3] in texts(deleted, "id", URN)
    found = partner(
        soap, "<search><searchString>FIND {P007} IN NAME FIELDS RETURNING Lead(Id, LastName)</searchString></search>"
    )
    assert set(texts(found, "LastName", OBJ)) == {"P007"}


def test_records_are_written_for_typed_clients(soap: Soap) -> None:
    """As WSC, zeep and beatbox read them: in the namespace of sObjects, type and Id first, nil where nothing is, one order of elements."""
    made = partner(soap, "<create><sObjects><type>Account</type><Name>Typed</Name></sObjects></create>")
    (id,) = texts(made, "id", URN)
    odd = partner(
        soap, "<create><sObjects><type>Account</type><Name>2026-11-29T07:00:00.000+0000</Name></sObjects></create>"
    )
    soql = f"SELECT Name, CreatedDate FROM Account WHERE Id = '{texts(odd, 'id', URN)[0]}'"
    (row,) = partner(soap, f"<query><queryString>{soql}</queryString></query>").iter(f"{{{URN}}}records")
    assert texts(row, "Name", OBJ) == ["2026-11-29T07:00:00.000+0000"]
    assert texts(row, "CreatedDate", OBJ)[0].endswith(".000Z")
    soql = f"SELECT Id, Site, Owner.Username, (SELECT LastName FROM Contacts), BillingAddress FROM Account WHERE Id = '{id}'"
    (row,) = partner(soap, f"<query><queryString>{soql}</queryString></query>").iter(f"{{{URN}}}records")
    assert row.get(XSI_TYPE) == "sf:sObject"
    assert [one.tag.removeprefix(f"{{{OBJ}}}") for one in row] == [
        "type",
        "Id",
        "Id",
        "Site",
        "Owner",
        "Contacts",
        "BillingAddress",
    ]
    assert {one.tag: one.get(XSI_NIL) for one in row}[f"{{{OBJ}}}Site"] == "true"
    assert [one.tag.removeprefix(f"{{{OBJ}}}") for one in row[4]] == ["type", "Id", "Username"]
    count = partner(soap, "<query><queryString>SELECT COUNT(Id) n FROM Account</queryString></query>")
    (number,) = count.iter(f"{{{OBJ}}}n")
    assert number.get(XSI_TYPE) == "xsd:int"
    enterprise = soap.call(
        f"<query><queryString>SELECT Name, Id, Site FROM Account WHERE Id = '{id}'</queryString></query>",
        kind="c",
        namespace="urn:enterprise.soap.sforce.com",
    )
    (row,) = enterprise.iter("{urn:enterprise.soap.sforce.com}records")
    assert row.get(XSI_TYPE) == "sf:Account"
    names = [one.tag.removeprefix("{urn:sobject.enterprise.soap.sforce.com}") for one in row]
    assert names == ["Id", "Name", "Site"]


def test_faults_name_their_kind_and_place(soap: Soap) -> None:
    wrong = soap.send(
        "<query><queryString>SELECT Nope FROM Account</queryString></query>", kind="u", namespace=URN
    ).content
    fault = next(etree.fromstring(wrong).iter(f"{{{FAULT}}}InvalidFieldFault"))
    assert [one.tag.removeprefix(f"{{{FAULT}}}") for one in fault] == [
        "exceptionCode",
        "exceptionMessage",
        "row",
        "column",
    ]
    assert (fault.get(XSI_TYPE), fault[0].text, fault[2].text, fault[3].text) == (
        "sf:InvalidFieldFault",
        "INVALID_FIELD",
        "1",
        "8",
    )
    ended = Soap(soap.http, "wrong").send("<getUserInfo/>", kind="u", namespace=URN).content
    (code,) = etree.fromstring(ended).iter(f"{{{FAULT}}}exceptionCode")
    assert code.text == "INVALID_SESSION_ID"


def test_leads_are_converted_by_soap(soap: Soap) -> None:
    lead = "<sObjects><type>Lead</type><LastName>Soap</LastName><Company>Converted</Company></sObjects>"
    (id,) = texts(partner(soap, f"<create>{lead}</create>"), "id", URN)
    asked = (
        f"<leadConverts><convertedStatus>Closed - Converted</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity>"
        f"<leadId>{id}</leadId><overwriteLeadSource>false</overwriteLeadSource></leadConverts>"
    )
    (made,) = partner(soap, f"<convertLead>{asked}</convertLead>").iter(f"{{{URN}}}result")
    names = [one.tag.removeprefix(f"{{{URN}}}") for one in made]
    assert names == ["accountId", "contactId", "leadId", "opportunityId", "success"]
    assert made.findtext(f"{{{URN}}}success") == "true"
    soql = f"SELECT Name FROM Account WHERE Id = '{made.findtext(f'{{{URN}}}accountId')}'"
    assert texts(partner(soap, f"<query><queryString>{soql}</queryString></query>"), "Name", OBJ) == ["Converted"]
    again = partner(soap, f"<convertLead>{asked}</convertLead>")
    assert texts(again, "success", URN) == ["false"] and texts(again, "statusCode", URN) == [
        "CANNOT_UPDATE_CONVERTED_LEAD"
    ]
    merged = asked.replace("<leadId>", "<accountRecord><type>Account</type></accountRecord><leadId>")
    refused = soap.send(f"<convertLead>{merged}</convertLead>", kind="u", namespace=URN)
    assert "accountRecord of convertLead is not supported" in refused.text


def test_pages_of_a_query(soap: Soap) -> None:
    make_leads(soap, "Pages")
    text = (
        f'<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header><SessionHeader xmlns="{URN}"><sessionId>{soap.token}'
        f'</sessionId></SessionHeader><QueryOptions xmlns="{URN}"><batchSize>200</batchSize></QueryOptions></se:Header><se:Body>'
        f"<query xmlns=\"{URN}\"><queryString>SELECT Id FROM Lead WHERE Company = 'Pages' ORDER BY Id</queryString></query></se:Body></se:Envelope>"
    )
    first = etree.fromstring(soap.http.post("/services/Soap/u/60.0", content=text).content)
    assert texts(first, "done", URN) == ["false"] and len(set(texts(first, "Id", OBJ))) == 200
    (locator,) = texts(first, "queryLocator", URN)
    second = partner(soap, f"<queryMore><queryLocator>{locator}</queryLocator></queryMore>")
    assert texts(second, "done", URN) == ["true"] and len(set(texts(second, "Id", OBJ))) == 200
    assert not set(texts(first, "Id", OBJ)) & set(texts(second, "Id", OBJ))
    wrong = soap.send(
        "<queryMore><queryLocator>01g000000000000AAA-5</queryLocator></queryMore>", kind="u", namespace=URN
    )
    assert "INVALID_QUERY_LOCATOR" in wrong.text


def test_describes_by_soap(soap: Soap) -> None:
    everything = texts(partner(soap, "<describeGlobal/>"), "name", URN)
    assert "Account" in everything
    one = partner(
        soap,
        "<describeSObjects><sObjectType>Account</sObjectType><sObjectType>Contact</sObjectType></describeSObjects>",
    )
    assert {"Account", "Contact", "LastName", "AnnualRevenue"} <= set(texts(one, "name", URN))
    assert texts(
        partner(soap, "<describeSObject><sObjectType>Lead</sObjectType></describeSObject>"), "keyPrefix", URN
    ) == ["00Q"]
    assert (
        "INVALID_TYPE"
        in soap.send("<describeSObject><sObjectType>Nope</sObjectType></describeSObject>", kind="u", namespace=URN).text
    )


def test_describes_have_the_elements_of_the_version_that_is_asked(soap: Soap) -> None:
    body = "<describeSObject><sObjectType>Account</sObjectType></describeSObject>"

    def described(version: str) -> list[str]:
        text = (
            (
                f'<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header><SessionHeader xmlns="{URN}">'
                f"<sessionId>{soap.token}</sessionId></SessionHeader></se:Header><se:Body>"
                f'<x xmlns="{URN}">{body}</x></se:Body></se:Envelope>'
            )
            .replace("<x ", "<describeSObject ")
            .replace("</x>", "</describeSObject>")
            .replace(body, body[17:-18])
        )
        root = etree.fromstring(soap.http.post(f"/services/Soap/u/{version}", content=text).content)
        return [one.tag.removeprefix(f"{{{URN}}}") for one in next(root.iter(f"{{{URN}}}result"))]

    old, new = described("39.0"), described("67.0")
    assert old == sorted(old) and new == sorted(new)
    assert "deepCloneable" in new and "deepCloneable" not in old
    assert {"idEnabled", "urlDetail"} <= set(old) and "urls" not in new


def test_anonymous_apex_with_its_log(soap: Soap) -> None:
    urn = "http://soap.sforce.com/2006/08/apex"
    done = soap.call(
        "<executeAnonymous><String>insert new Account(Name = 'Anon');</String></executeAnonymous>",
        kind="s",
        namespace=urn,
    )
    assert (texts(done, "success", urn), texts(done, "line", urn)) == (["true"], ["-1"])
    wrong = soap.call(
        "<executeAnonymous><String>Integer i = nope;</String></executeAnonymous>", kind="s", namespace=urn
    )
    assert texts(wrong, "compiled", urn) == ["false"]
    assert texts(wrong, "compileProblem", urn) == ["Variable does not exist: nope"]
    assert NAMESPACE


@pytest.mark.parametrize(
    ("asked", "levels", "written"),
    [
        ("", "APEX_CODE,DEBUG;APEX_PROFILING,INFO", {"USER_DEBUG", "CUMULATIVE_LIMIT_USAGE"}),
        ("Apex_code=Error", "APEX_CODE,ERROR", set()),
        ("Apex_code=Debug Db=Info", "APEX_CODE,DEBUG;DB,INFO", {"USER_DEBUG", "SOQL_EXECUTE_BEGIN"}),
        ("All=Finest Db=None", None, {"USER_DEBUG", "CUMULATIVE_LIMIT_USAGE"}),
    ],
)
def test_the_levels_of_a_debugging_header(soap: Soap, asked: str, levels: str | None, written: set[str]) -> None:
    urn = "http://soap.sforce.com/2006/08/apex"
    pairs = (one.split("=") for one in asked.split())
    rows = "".join(f"<categories><category>{c}</category><level>{level}</level></categories>" for c, level in pairs)
    body = "<executeAnonymous><String>List&lt;User> us = [SELECT Id FROM User]; System.debug('x');</String></executeAnonymous>"
    header = f'<DebuggingHeader xmlns="{urn}">{rows}<debugLevel>DEBUGONLY</debugLevel></DebuggingHeader>'
    (log,) = texts(soap.call(body, kind="s", namespace=urn, header=header), "debugLog", urn)
    found = {line.split("|")[1] for line in log.splitlines() if "|" in line}
    assert found & {"USER_DEBUG", "SOQL_EXECUTE_BEGIN", "CUMULATIVE_LIMIT_USAGE"} == written
    told = log.splitlines()[0].partition(" ")[2]
    if levels is not None:
        assert told == levels
    else:
        assert {"DB,NONE", "APEX_CODE,FINEST", "WORKFLOW,FINEST"} <= set(told.split(";"))
