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

    def send(self, body: str, kind: str = "m", namespace: str = M, style: str = "default") -> httpx.Response:
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
                f"<urn:sessionId>{self.token}</urn:sessionId></urn:SessionHeader></env:Header>"
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
    return soap.call(body)


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
    assert (texts(found, "size", urn), texts(found, "Name", urn)) == (["1"], ["Soapy"])
    gone = soap.send("<login><username>x</username><password>y</password></login>", kind="u", namespace=urn)
    assert gone.status_code == 500 and "login()" in gone.text


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
