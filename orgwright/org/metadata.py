"""The Metadata API: deploys over REST, reads and lists over SOAP (which has no REST counterpart)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal
from xml.sax.saxutils import escape

from orgwright.errors import OrgwrightError, Place
from orgwright.metadata import manifest, mdapi, xml
from orgwright.metadata.component import Component
from orgwright.org.errors import ApiError, Unauthorized

if TYPE_CHECKING:
    from lxml.etree import _Element

    from orgwright.org.client import OrgClient

TestLevel = Literal["NoTestRun", "RunSpecifiedTests", "RunLocalTests", "RunAllTestsInOrg"]

NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
READ_SIZE: Final = 10
LIST_SIZE: Final = 3


@dataclass(frozen=True)
class DeployOptions:
    """How a deploy runs: see "DeployOptions" of the Metadata API guide. ``test_level`` ``None`` leaves it to the org."""

    check_only: bool = False
    test_level: TestLevel | None = None
    tests: tuple[str, ...] = ()
    rollback_on_error: bool = True
    ignore_warnings: bool = True
    purge_on_delete: bool = False

    def body(self) -> dict[str, Any]:
        """The ``deployOptions`` as the API takes them."""
        options: dict[str, Any] = {
            "allowMissingFiles": False,
            "autoUpdatePackage": False,
            "checkOnly": self.check_only,
            "ignoreWarnings": self.ignore_warnings,
            "performRetrieve": False,
            "purgeOnDelete": self.purge_on_delete,
            "rollbackOnError": self.rollback_on_error,
            "singlePackage": True,
        }
        if self.test_level is not None:
            options["testLevel"] = self.test_level
        if self.tests:
            options["runTests"] = list(self.tests)
        return options


@dataclass(frozen=True)
class DeployMessage:
    """What the org says of one component."""

    type: str
    name: str
    file: str
    created: bool
    changed: bool
    deleted: bool
    problem: str | None = None
    problem_type: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class TestFailure:
    """One test method that failed in a deploy."""

    class_name: str
    method: str
    message: str
    stack: str


@dataclass(frozen=True)
class DeployResult:
    """The end of a deploy. ``warnings`` are coverage warnings; a gate that was missed is one of them."""

    id: str
    status: str
    success: bool
    check_only: bool
    error: str | None
    components: tuple[DeployMessage, ...] = ()
    failures: tuple[DeployMessage, ...] = ()
    tests_run: int = 0
    test_failures: tuple[TestFailure, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeployProgress:
    """How far a deploy is."""

    status: str
    deployed: int
    total: int
    tests_done: int
    tests_total: int


@dataclass(frozen=True)
class MetadataItem:
    """One component that exists in the org."""

    type: str
    name: str
    file: str
    last_modified_by: str = ""
    last_modified: str = ""
    namespace: str | None = None
    managed: str = ""
    """``manageableState``: ``unmanaged``, ``installed`` (a package alone can change it) ..."""


@dataclass(frozen=True)
class Retrieved:
    """What a retrieve brought: components, what the org says of each; what it does not have is absent."""

    components: tuple[Component, ...]
    items: tuple[MetadataItem, ...] = ()


class RetrieveFailed(OrgwrightError):
    """The org could not gather what was asked for."""

    exit_code = 1


@dataclass
class MetadataApi:
    """Deploy, read and list metadata of one org."""

    org: OrgClient
    _poll: tuple[float, ...] = field(default=(0.05, 0.1, 0.2, 0.5, 1.0, 2.0))
    _retrieve_poll: tuple[float, ...] = field(default=(0.0, 1.0, 3.0, 6.0, 10.0))

    def deploy(
        self,
        package: bytes,
        options: DeployOptions,
        *,
        progress: Callable[[DeployProgress], None] = lambda _: None,
    ) -> DeployResult:
        """Deploy a metadata-format zip and wait for its end.

        Follows "Deploy Metadata with Apex Testing Using REST": multipart ``metadata/deployRequest``.
        """
        answered = self.org.post("/metadata/deployRequest", files=_parts(package, options))
        return self.wait(answered["id"], progress=progress)

    def wait(self, id: str, *, progress: Callable[[DeployProgress], None] = lambda _: None) -> DeployResult:
        """Wait for the end of a deploy that runs already."""
        for pause in self._pauses():
            status = self.org.get(f"/metadata/deployRequest/{id}", params={"includeDetails": "true"})["deployResult"]
            progress(_progress(status))
            if status["done"]:
                return _result(status)
            self.org.pause(pause)
        raise AssertionError("endless")

    def read(self, type: str, names: Sequence[str]) -> dict[str, _Element]:
        """The metadata of named components, by full name; what the org does not have is absent.

        Follows ``readMetadata()`` of the Metadata API guide: ten components a call.
        """
        found: dict[str, _Element] = {}
        for start in range(0, len(names), READ_SIZE):
            wanted = "".join(f"<fullNames>{escape(n)}</fullNames>" for n in names[start : start + READ_SIZE])
            body = f"<readMetadata><type>{escape(type)}</type>{wanted}</readMetadata>"
            for record in self._soap(body).iter(f"{{{NAMESPACE}}}records"):
                name = record.findtext(f"{{{NAMESPACE}}}fullName")
                if name:
                    found[name] = record
        return found

    def retrieve(self, wanted: Mapping[str, Sequence[str]]) -> Retrieved:
        """Components by type and name, however many they are, in one retrieve.

        Follows ``retrieve()`` and ``checkRetrieveStatus()`` of the Metadata API guide. A few calls, since each one counts:
        one to start, then polls that become rarer.

        Raises:
            RetrieveFailed: the org ends the retrieve with an error.
        """
        members = {type: tuple(names) for type, names in wanted.items() if names}
        if not members:
            return Retrieved(())
        asked = xml.parse(manifest.build(members, self.org.connection.api_version), name="package.xml")
        inner = "".join(_plain(child) for child in asked)
        version = self.org.connection.api_version
        started = self._soap(
            f"<retrieve><retrieveRequest><apiVersion>{version}</apiVersion><singlePackage>true</singlePackage>"
            f"<unpackaged>{inner}</unpackaged></retrieveRequest></retrieve>"
        )
        id = started.findtext(f".//{{{NAMESPACE}}}id") or ""
        for pause in self._pauses(self._retrieve_poll):
            self.org.pause(pause)
            answered = self._soap(
                f"<checkRetrieveStatus><asyncProcessId>{escape(id)}</asyncProcessId><includeZip>true</includeZip>"
                "</checkRetrieveStatus>"
            )
            result = next(answered.iter(f"{{{NAMESPACE}}}result"))
            if result.findtext(f"{{{NAMESPACE}}}done") == "true":
                return _retrieved(result, self.org.connection.alias)
        raise AssertionError("endless")

    def list(self, types: Sequence[str]) -> list[MetadataItem]:
        """All components of the given types, three types a call (``listMetadata()``)."""
        items: list[MetadataItem] = []
        for start in range(0, len(types), LIST_SIZE):
            queries = "".join(f"<queries><type>{escape(t)}</type></queries>" for t in types[start : start + LIST_SIZE])
            version = self.org.connection.api_version
            answered = self._soap(f"<listMetadata>{queries}<asOfVersion>{version}</asOfVersion></listMetadata>")
            items += [_item(result) for result in answered.iter(f"{{{NAMESPACE}}}result")]
        return items

    def _soap(self, body: str) -> _Element:
        connection = self.org.connection
        envelope = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{NAMESPACE}">'
            "<soapenv:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader></soapenv:Header>"
            f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
        )
        path = f"/services/Soap/m/{connection.api_version}/{connection.org_id}"
        document = self.org.transport.send_xml(path, envelope)
        root = xml.parse(document, name=path)
        fault = root.find(".//faultcode")
        if fault is not None:
            message = root.findtext(".//faultstring") or ""
            code = (fault.text or "").removeprefix("sf:")
            kind = Unauthorized if code == "INVALID_SESSION_ID" else ApiError
            raise kind(message, code=code, status=500, request=f"POST {path}")
        return root

    def _pauses(self, pauses: tuple[float, ...] = ()) -> Iterator[float]:
        pauses = pauses or self._poll
        yield from pauses
        while True:
            yield pauses[-1]


def _plain(element: _Element) -> str:
    """An element of a manifest as the SOAP body takes it; the envelope sets the namespace."""
    inner = "".join(_plain(child) for child in element if isinstance(child.tag, str))
    tag = xml.local(element)
    return f"<{tag}>{inner or escape(element.text or '')}</{tag}>"


def _retrieved(result: _Element, org: str) -> Retrieved:
    def text(tag: str) -> str:
        return result.findtext(f"{{{NAMESPACE}}}{tag}") or ""

    if text("success") != "true":
        raise RetrieveFailed(f"{text('errorStatusCode')}: {text('errorMessage')}", where=Place(path=f"{org}: retrieve"))
    package = mdapi.read_zip(base64.b64decode(text("zipFile")))
    items = tuple(_item(found) for found in result.iter(f"{{{NAMESPACE}}}fileProperties"))
    return Retrieved(package.components, items)


def _parts(package: bytes, options: DeployOptions) -> list[tuple[str, tuple[str, bytes, str]]]:
    settings = json.dumps({"deployOptions": options.body()}).encode()
    return [
        ("json", ("deploy.json", settings, "application/json")),
        ("file", ("deploy.zip", package, "application/zip")),
    ]


def _progress(status: Mapping[str, Any]) -> DeployProgress:
    return DeployProgress(
        status["status"],
        int(status.get("numberComponentsDeployed") or 0),
        int(status.get("numberComponentsTotal") or 0),
        int(status.get("numberTestsCompleted") or 0),
        int(status.get("numberTestsTotal") or 0),
    )


def _result(status: Mapping[str, Any]) -> DeployResult:
    details = status.get("details") or {}
    tests = details.get("runTestResult") or {}
    return DeployResult(
        id=status["id"],
        status=status["status"],
        success=bool(status["success"]),
        check_only=bool(status.get("checkOnly")),
        error=status.get("errorMessage"),
        components=tuple(_message(m) for m in details.get("componentSuccesses") or ()),
        failures=tuple(_message(m) for m in details.get("componentFailures") or ()),
        tests_run=int(tests.get("numTestsRun") or 0),
        test_failures=tuple(
            TestFailure(f["name"], f["methodName"], f.get("message") or "", f.get("stackTrace") or "")
            for f in tests.get("failures") or ()
        ),
        warnings=tuple(w["message"] for w in tests.get("codeCoverageWarnings") or ()),
    )


def _message(entry: Mapping[str, Any]) -> DeployMessage:
    return DeployMessage(
        type=entry.get("componentType") or "",
        name=entry["fullName"],
        file=entry.get("fileName") or "",
        created=bool(entry.get("created")),
        changed=bool(entry.get("changed")),
        deleted=bool(entry.get("deleted")),
        problem=entry.get("problem"),
        problem_type=entry.get("problemType"),
        line=entry.get("lineNumber"),
        column=entry.get("columnNumber"),
    )


def _item(result: _Element) -> MetadataItem:
    texts = {xml.local(child): child.text or "" for child in result}
    return MetadataItem(
        type=texts.get("type", ""),
        name=texts.get("fullName", ""),
        file=texts.get("fileName", ""),
        last_modified_by=texts.get("lastModifiedByName", ""),
        last_modified=texts.get("lastModifiedDate", ""),
        namespace=texts.get("namespacePrefix") or None,
        managed=texts.get("manageableState", ""),
    )
