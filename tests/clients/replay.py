"""Recorded conversations with real orgs, held again with an embedded one.

CumulusCI's package brings what Salesforce answered to its own tests ("cassettes"). Each is replayed as requests: records that
the recorded org had before are made first, Ids and versions of the recording become those of the replay, and each
answer is compared: status, keys, types, numbers of rows, and every value that is not an Id or a moment.
"""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlsplit
from xml.etree import ElementTree

import httpx
import yaml

HOST = "orgname.my.salesforce.com"
VERSION = "62.0"
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
_IN_TEXT = re.compile(r"\b[a-zA-Z0-9]{18}\b|\b[a-zA-Z0-9]{15}\b")
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d))?|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
)
_VERSION = re.compile(r"\bv?(xx|\d\d)\.0\b")
_TAG = re.compile(r'"[0-9a-f]{8}"')
_RECORD_URL = re.compile(r"/services/data/v[x\d]+\.0/sobjects/(\w+)/(\w+)")


@dataclass(frozen=True)
class Interaction:
    """One recorded request and its answer."""

    cassette: str
    number: int
    method: str
    uri: str
    body: str
    status: int
    content_type: str
    answer: str

    @property
    def name(self) -> str:
        """Method and path, by which exceptions name it; Ids left out."""
        parts = urlsplit(self.uri)
        path = re.sub(r"/+", "/", parts.path) + (f"?{unquote_plus(parts.query)}" if parts.query else "")
        return f"{self.method} {_IN_TEXT.sub('ID', path)}" if parts.netloc == HOST else f"{self.method} {self.uri}"

    @property
    def is_salesforce(self) -> bool:
        return urlsplit(self.uri).netloc == HOST


@dataclass(frozen=True)
class Difference:
    """Where an answer differs from the recorded one."""

    path: str
    kind: str
    recorded: Any = None
    actual: Any = None

    def __str__(self) -> str:
        return f"{self.path}: {self.kind} {str(self.recorded)[:100]!r} {str(self.actual)[:100]!r}"


def cassettes() -> dict[str, list[Interaction]]:
    """Every cassette of the installed CumulusCI, by name."""
    import cumulusci
    from cumulusci.tests.pytest_plugins.pytest_sf_vcr_serializer import CompressionVCRSerializer

    root = Path(cumulusci.__file__).parent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        serializer = CompressionVCRSerializer(root / "tests" / "shared_cassettes")
    found = {}
    for path in sorted(root.rglob("cassettes/*.yaml")):
        text = path.read_text("utf-8")
        if path.parent.name == "cassettes" and "interactions:" in text:
            recorded = serializer.deserialize(text)["interactions"]
            found[path.stem] = [_interaction(path.stem, number, one) for number, one in enumerate(recorded)]
    return found


def _interaction(cassette: str, number: int, one: Mapping[str, Any]) -> Interaction:
    request, response = one["request"], one["response"]
    body = request["body"] or ""
    body = body.decode() if isinstance(body, bytes) else str(body)
    headers = response["headers"].get("Response-Headers", response["headers"])
    kinds = headers.get("Content-Type", "") if isinstance(headers, dict) else ""
    kind = kinds[0] if isinstance(kinds, list) else str(kinds)
    answer = response["body"].get("string", "")
    answer = answer.decode() if isinstance(answer, bytes) else str(answer)
    return Interaction(
        cassette, number, request["method"], request["uri"], body, response["status"]["code"], kind, answer
    )


# ------------------------------------------------------------------------------------------------ values


def value(text: str, content_type: str) -> Any:
    """The body of an answer as plain values: JSON, XML as nested dicts, CSV, or text."""
    text = text.strip()
    if text.startswith(("{", "[")):
        return json.loads(text)
    if text.startswith("<"):
        return {"xml": _xml(ElementTree.fromstring(text))}
    if text.startswith('"Id",'):
        return list(csv.DictReader(io.StringIO(text)))
    return text


def _xml(element: ElementTree.Element) -> Any:
    if not len(element):
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for child in element:
        found.setdefault(child.tag.rpartition("}")[2], []).append(_xml(child))
    return found


def differences(recorded: Any, actual: Any, path: str = "") -> Iterator[Difference]:
    """Every difference that is not an Id or a moment."""
    if isinstance(recorded, dict) and isinstance(actual, dict):
        for key in recorded.keys() - actual.keys():
            yield Difference(f"{path}.{key}", "missing", recorded[key])
        for key in actual.keys() - recorded.keys():
            yield Difference(f"{path}.{key}", "extra", None, actual[key])
        for key in recorded.keys() & actual.keys():
            yield from differences(recorded[key], actual[key], f"{path}.{key}")
    elif isinstance(recorded, list) and isinstance(actual, list):
        yield from _in_lists(recorded, actual, path)
    elif type(recorded) is not type(actual) and not _both_numbers(recorded, actual):
        yield Difference(path, "type", recorded, actual)
    elif recorded != actual and not _same_kind(recorded, actual):
        yield Difference(path, "value", recorded, actual)


def _in_lists(recorded: list[Any], actual: list[Any], path: str) -> Iterator[Difference]:
    keys = _keys(recorded + actual)
    if keys:
        theirs, ours = ({_key(one, keys): one for one in items} for items in (recorded, actual))
        for key in theirs.keys() - ours.keys():
            yield Difference(f"{path}[{key}]", "missing")
        for key in ours.keys() - theirs.keys():
            yield Difference(f"{path}[{key}]", "extra")
        for key in theirs.keys() & ours.keys():
            yield from differences(theirs[key], ours[key], f"{path}[{key}]")
        return
    if len(recorded) != len(actual):
        yield Difference(path, "length", len(recorded), len(actual))
    for one, other in zip(recorded, actual, strict=False):
        yield from differences(one, other, f"{path}[]")


def _keys(items: list[Any]) -> tuple[str, ...]:
    """What tells the items of a list of descriptions apart."""
    for keys in (("childSObject", "field"), ("referenceId",), ("value", "validFor"), ("name",)):
        if items and all(isinstance(one, dict) and all(key in one for key in keys) for one in items):
            found = [_key(one, keys) for one in items]
            if "attributes" not in items[0] and len(set(found)) > 1:
                return keys
    return ()


def _key(item: dict[str, Any], keys: tuple[str, ...]) -> str:
    return "|".join(str(item[key]) for key in keys if key != "validFor")


def _both_numbers(one: Any, other: Any) -> bool:
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in (one, other))


def _same_kind(one: Any, other: Any) -> bool:
    """Whether two values are both Ids, both moments, or texts that differ in those only."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    plain = [_TAG.sub("TAG", _MOMENT.sub("MOMENT", _VERSION.sub("VERSION", each))) for each in (one, other)]
    if plain[0] == plain[1]:
        return True
    if all(_ID.fullmatch(each) and any(c.isdigit() for c in each) for each in (one, other)):
        return one[:3] == other[:3]
    return _IN_TEXT.sub("ID", plain[0]) == _IN_TEXT.sub("ID", plain[1])


# ------------------------------------------------------------------------------------------------ replay


@dataclass
class Replay:
    """One cassette against one org; ``ids`` maps recorded Ids to the replay's."""

    http: httpx.Client
    org_id: str
    ids: dict[str, str] = field(default_factory=dict)

    def prepare(self, interactions: list[Interaction]) -> None:
        """Make the record types that the recorded org had: without them objects lack the field RecordTypeId."""
        made = set()
        for one in interactions:
            asked = re.search(r"FROM RecordType WHERE SObjectType='(\w+)'", one.name)
            for _, id, fields in _records(value(one.answer, "")) if asked else ():
                name = f"{asked[1]}.{fields['DeveloperName']}" if asked else ""
                if name not in made:
                    made.add(name)
                    body = {"FullName": name, "Metadata": {"active": True, "label": fields["DeveloperName"]}}
                    answer = self.http.post(f"/services/data/v{VERSION}/tooling/sobjects/RecordType", json=body)
                    self._learn_id(id, answer.raise_for_status().json()["id"])

    def run(self, one: Interaction) -> list[Difference]:
        """Ask again; what differs. Ids of the answer are learnt for what follows.

        What a query shows and the org does not have yet is there before it is asked again: the recorded org had it.
        """
        answer = self._ask(one)
        recorded = value(one.answer, one.content_type)
        if one.method == "GET" and "/query" in one.uri and self._make_missing(recorded, value(answer.text, "")):
            answer = self._ask(one)
        actual = value(answer.text, answer.headers.get("content-type", ""))
        found = (
            [] if answer.status_code == one.status else [Difference("status", "value", one.status, answer.status_code)]
        )
        theirs, ours = one.content_type.partition(";")[0], answer.headers.get("content-type", "").partition(";")[0]
        if theirs and theirs != "None" and theirs != ours:
            found.append(Difference("content-type", "value", theirs, ours))
        if "/query" in one.uri and "ORDER BY" not in unquote_plus(one.uri).upper():
            _sort(recorded, actual)
        self._learn(recorded, actual)
        return found + sorted(differences(recorded, actual), key=str)

    def _ask(self, one: Interaction) -> httpx.Response:
        parts = urlsplit(one.uri)
        target = self.translate(re.sub(r"/+", "/", parts.path) + (f"?{parts.query}" if parts.query else ""))
        body = self.translate(_plain(one.body))
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if "/services/async/" in target:
            session = self.http.headers["Authorization"].removeprefix("Bearer ")
            kinds = {"<": "application/xml", "{": "application/json", "[": "application/json"}
            headers = {"Content-Type": kinds.get(body[:1], "text/csv"), "X-SFDC-Session": session}
        return self.http.request(one.method, target, content=body.encode() or None, headers=headers)

    def _make_missing(self, recorded: Any, actual: Any) -> int:
        rows = {id: (sobject, fields) for sobject, id, fields in _records(recorded)}
        unknown = [id for id in rows if id[:15] not in self.ids]
        if not unknown or len(list(_records(actual))) >= len(rows):
            return 0
        unknown.sort(key=lambda id: sum(isinstance(each, dict) for each in rows[id][1].values()))
        return sum(self._make(id, *rows[id]) for id in unknown)

    def _make(self, id: str, sobject: str, fields: dict[str, Any]) -> bool:
        answer = self.http.get(f"/services/data/v{VERSION}/sobjects/{sobject}/describe")
        if answer.status_code != 200:
            return False
        known = {one["name"]: one for one in answer.json()["fields"]}
        for name, each in list(fields.items()):
            place = (
                _RECORD_URL.match(each["attributes"].get("url", ""))
                if isinstance(each, dict) and "attributes" in each
                else None
            )
            if place:
                fields[f"{name}Id"] = place[2]
        given = {
            name: self.translate(each) if isinstance(each, str) else each
            for name, each in fields.items()
            if known.get(name, {}).get("createable") and each is not None and not isinstance(each, dict)
        }
        for name, one in known.items():
            if one["createable"] and not one["nillable"] and not one["defaultedOnCreate"] and name not in given:
                given[name] = _filler(one)
        made = self.http.post(f"/services/data/v{VERSION}/sobjects/{sobject}", json=given)
        if made.status_code == 201:
            self._learn_id(id, made.json()["id"])
        return made.status_code == 201

    def translate(self, text: str) -> str:
        """Recorded text with the replay's Ids and a version."""
        text = text.replace("00D0xORGID00000000", self.org_id)
        text = re.sub(r"vxx\.0", f"v{VERSION}", text).replace("/vxx.0/", f"/{VERSION}/")
        text = text.replace("/services/async/v", "/services/async/")
        return _IN_TEXT.sub(lambda found: self.ids.get(found[0][:15], found[0]), text)

    def _learn(self, recorded: Any, actual: Any) -> None:
        if isinstance(recorded, dict) and isinstance(actual, dict):
            for key in recorded.keys() & actual.keys():
                self._learn(recorded[key], actual[key])
        elif isinstance(recorded, list) and isinstance(actual, list):
            for one, other in zip(recorded, actual, strict=False):
                self._learn(one, other)
        elif (
            isinstance(recorded, str) and isinstance(actual, str) and _ID.fullmatch(recorded) and _ID.fullmatch(actual)
        ):
            self._learn_id(recorded, actual)

    def _learn_id(self, recorded: str, actual: str) -> None:
        self.ids.setdefault(recorded[:15], actual)


def _plain(body: str) -> str:
    """A body that was sent in chunks, without their sizes."""
    if not re.match(r"[0-9a-f]+\r\n", body):
        return body
    found = ""
    while body:
        size, _, rest = body.partition("\r\n")
        count = int(size, 16)
        found, body = found + rest[:count], rest[count:].lstrip("\r\n")
        if not count:
            break
    return found


def _sort(recorded: Any, actual: Any) -> None:
    """Put the rows of a query without an order into one order, by what they hold besides Ids."""
    for found in (recorded, actual):
        if isinstance(found, dict) and isinstance(found.get("records"), list):
            found["records"].sort(key=lambda row: _IN_TEXT.sub("", json.dumps(row, sort_keys=True)))


def _records(found: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if isinstance(found, list):
        for each in found:
            yield from _records(each)
    elif isinstance(found, dict):
        place = _RECORD_URL.match(str((found.get("attributes") or {}).get("url", "")))
        if place:
            yield place[1], place[2], {k: v for k, v in found.items() if k != "attributes"}
        for each in found.values():
            yield from _records(each)


def _filler(described: Mapping[str, Any]) -> Any:
    kind = described["type"]
    if kind == "picklist" and described["picklistValues"]:
        return described["picklistValues"][0]["value"]
    return {"date": "2026-01-01", "datetime": "2026-01-01T00:00:00Z", "boolean": False, "double": 1, "int": 1}.get(
        kind, "x"
    )


# ------------------------------------------------------------------------------------------------ exceptions


@dataclass
class Known:
    """An entry of ``cassettes.yml``; ``used`` counts the interactions that it explains."""

    requests: re.Pattern[str]
    differences: re.Pattern[str]
    reason: str
    used: int = 0

    def explains(self, one: Interaction, difference: Difference) -> bool:
        """Whether the difference is one of those the entry is about."""
        found = self.requests.search(f"{one.cassette} {one.name}")
        return bool(found and self.differences.search(f"{difference.path} {difference.kind}"))


@dataclass
class Outcome:
    """All cassettes, replayed."""

    exceptions: list[Known]
    same: int = 0
    explained: int = 0
    elsewhere: int = 0
    values: int = 0
    other_values: int = 0
    unexplained: list[str] = field(default_factory=list)

    def add(self, one: Interaction, found: list[Difference]) -> None:
        """Count one interaction."""
        self.values += _leaves(value(one.answer, one.content_type))
        self.other_values += sum(1 for each in found if each.kind in ("missing", "type", "value"))
        if not found:
            self.same += 1
            return
        reasons = [next((each for each in self.exceptions if each.explains(one, it)), None) for it in found]
        self.unexplained += [f"{one.name[:150]}: {it}" for it, each in zip(found, reasons, strict=True) if each is None]
        for each in {id(each): each for each in reasons if each is not None}.values():
            each.used += 1
        self.explained += 1

    def table(self) -> str:
        """The share and the exceptions as Markdown."""
        asked = self.same + self.explained
        lines = [
            f"{asked} recorded answers of real orgs were asked for again ({self.elsewhere} others are GitHub's): {self.same} are the same in status, "
            f"keys, types, number of rows, values and error texts; {self.explained} differ only as follows. "
            f"Of the {self.values:,} values in them {1 - self.other_values / self.values:.1%} are the same.",
            "",
            "| recorded answers | where they differ | why |",
            "|---|---|---|",
        ]
        for each in self.exceptions:
            cells = (f"`{each.requests.pattern}`", f"`{each.differences.pattern}`")
            lines.append(
                f"| {each.used} of {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} | {each.reason} |"
            )
        return "\n".join(lines)


def _leaves(found: Any) -> int:
    if isinstance(found, dict | list):
        return sum(_leaves(each) for each in (found.values() if isinstance(found, dict) else found))
    return 1


def exceptions() -> list[Known]:
    """The entries of ``cassettes.yml``."""
    entries = yaml.safe_load((Path(__file__).parent / "cassettes.yml").read_text("utf-8"))
    return [Known(re.compile(e["requests"]), re.compile(e["differences"]), e["reason"]) for e in entries]
