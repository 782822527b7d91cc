"""The embedded org's own figures: ready time, requests a second, bulk rows a second, memory.

Peers of the same run: SQLite alone with the same rows, and an HTTP server that reads what it is sent and answers with nothing.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import statistics
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from benchmarks.measure import Figure
from orgwright.localorg import control, service

V = "/services/data/v67.0"
ROWS = 1_000_000
EXPORTED = 100_000
CLIENTS = 16
KEY = "Bench_Key__c"
HEADER = f"{KEY},Name,AccountNumber,Site,Phone,BillingCity,BillingCountry,NumberOfEmployees,AnnualRevenue\n"
_XMLNS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def figures(work: Path, rows: int = ROWS) -> Iterator[Figure]:
    """Measure everything with ``work``, an empty folder, as the state folder."""
    home = work / "own-home"
    home.mkdir()
    try:
        yield from _starting(home)
        control.create_org("bench", home=home)
        org = control.show_org("bench", home=home)
        headers = {"Authorization": f"Bearer {org.access_token}"}
        with httpx.Client(base_url=org.instance_url, headers=headers, timeout=600) as http:
            yield from _requests(http)
            with httpx.Client(base_url=org.https_url, headers=headers, verify=str(org.ca_bundle)) as tls:  # type: ignore[arg-type]
                path = _path(http)
                yield Figure("GET record, https", rate(lambda: tls.get(path)), "1/s", 800)
            yield from _clients(org.instance_url, headers, http)
            yield from _deploys(http)
            yield from _copies(home)
            yield from _apex(http)
            yield from _bulk(http, rows, work)
        yield Figure("  peak memory of the server", memory(home, "VmHWM"), "MB", 400)
    finally:
        service.stop(home)


def _starting(home: Path) -> Iterator[Figure]:
    service.ensure(home)
    starts = []
    for _ in range(5):
        service.stop(home)
        starts.append(seconds(lambda: service.ensure(home)))
    yield Figure("server ready", statistics.median(starts), target=0.7)
    yield Figure("  memory of the server when ready", memory(home, "VmRSS"), "MB", 90)


def _path(http: httpx.Client) -> str:
    made = http.post(f"{V}/sobjects/Account", json={"Name": "bench"}).json()["id"]
    return f"{V}/sobjects/Account/{made}?fields=Name"


def _requests(http: httpx.Client) -> Iterator[Figure]:
    path = _path(http)
    with null_server() as url, httpx.Client(base_url=url, trust_env=False) as empty:
        nothing = rate(lambda: empty.get("/"))
    yield Figure("GET record", rate(lambda: http.get(path)), "1/s", 800, "an empty answer", nothing)
    yield Figure("POST record", rate(lambda: http.post(f"{V}/sobjects/Account", json={"Name": "x"})), "1/s")
    query = f"{V}/query?q=SELECT+Id+FROM+Account+LIMIT+1"
    yield Figure("query of one record", rate(lambda: http.get(query)), "1/s")


def _clients(url: str, headers: dict[str, str], http: httpx.Client) -> Iterator[Figure]:
    """Many clients at once, each with a connection of its own; an answer that is no 200 fails the run."""
    path, answers = _path(http), 60

    def ask(_: int) -> None:
        with httpx.Client(base_url=url, headers=headers, timeout=600) as own:
            for _ in range(answers):
                own.get(path).raise_for_status()

    with ThreadPoolExecutor(CLIENTS) as pool:
        took = seconds(lambda: list(pool.map(ask, range(CLIENTS))))
    yield Figure(f"GET record, {CLIENTS} clients, no error", CLIENTS * answers / took, "1/s")


def _deploys(http: httpx.Client) -> Iterator[Figure]:
    """1,000 components: objects and their fields, new, then the same again."""
    objects, fields = 50, 19
    files = {f"objects/Bench{at}__c.object": _custom_object(at, fields) for at in range(objects)}
    members = [f"Bench{at}__c" for at in range(objects)]
    count = objects * (1 + fields)
    yield Figure(
        f"deploy of {count:,} components", seconds(lambda: deploy(http, files, "CustomObject", *members)), target=3.0
    )
    yield Figure("  again, unchanged", seconds(lambda: deploy(http, files, "CustomObject", *members)), target=3.0)


def _custom_object(at: int, fields: int) -> str:
    parts = "".join(
        f"<fields><fullName>F{n}__c</fullName><label>F{n}</label><length>40</length><type>Text</type></fields>"
        for n in range(fields)
    )
    return (
        f"<CustomObject {_XMLNS}><deploymentStatus>Deployed</deploymentStatus><label>Bench {at}</label>"
        f"<nameField><label>Name</label><type>Text</type></nameField><pluralLabel>Bench {at}</pluralLabel>"
        f"<sharingModel>ReadWrite</sharingModel>{parts}</CustomObject>"
    )


def _copies(home: Path) -> Iterator[Figure]:
    yield Figure(
        "snapshot of a small org", seconds(lambda: control.snapshot_org("bench", "first", home=home)), target=1.0
    )
    yield Figure("restore of it", seconds(lambda: control.restore_org("bench", "first", home=home)), target=1.0)
    yield Figure("clone of it", seconds(lambda: control.clone_org("bench", "copy", home=home)), target=1.0)
    control.delete_org("copy", home=home)


def _apex(http: httpx.Client) -> Iterator[Figure]:
    """DML of 10,000 rows through an empty trigger, which is gone again afterwards."""
    trigger = "trigger BenchTrigger on Contact (before insert, after insert, before update, after update) { }"
    meta = f"<ApexTrigger {_XMLNS}><apiVersion>67.0</apiVersion><status>Active</status></ApexTrigger>"
    files = {"triggers/BenchTrigger.trigger": trigger, "triggers/BenchTrigger.trigger-meta.xml": meta}
    deploy(http, files, "ApexTrigger", "BenchTrigger")
    make = "List<Contact> l = new List<Contact>(); for (Integer i = 0; i < 10000; i++) l.add(new Contact(LastName = 'x' + i)); "
    change = "List<Contact> l = [SELECT Id FROM Contact LIMIT 10000]; for (Contact c : l) c.FirstName = 'y'; update l;"
    run(http, make)  # what the first block of all costs is not the DML's
    yield Figure("Apex: insert 10,000 rows, empty trigger", seconds(lambda: run(http, make + "insert l;")), target=1.0)
    yield Figure("Apex: query and update them", seconds(lambda: run(http, change)), target=1.0)


def _bulk(http: httpx.Client, rows: int, work: Path) -> Iterator[Figure]:
    field = (
        f"<CustomObject {_XMLNS}><fields><fullName>{KEY}</fullName><externalId>true</externalId><label>Key</label>"
        "<length>20</length><required>true</required><type>Text</type><unique>true</unique></fields></CustomObject>"
    )
    deploy(http, {"objects/Account.object": field}, "CustomField", f"Account.{KEY}")
    sink, alone = rows / seconds(lambda: null_sink(rows)), rows / seconds(lambda: bare_sqlite(work, rows))
    read = EXPORTED / seconds(lambda: bare_read(work))
    (work / "rows.db").unlink()
    created = rows / seconds(lambda: ingest(http, rows))
    yield Figure(f"bulk upsert, {rows:,} new rows, no triggers", created, "rows/s", 50_000, "sqlite3 upsert", alone)
    yield Figure("  the same against a null sink", created, "rows/s", None, "upload dropped", sink)
    updated = rows / seconds(lambda: ingest(http, rows))
    yield Figure("  again: the same rows updated", updated, "rows/s", None, "sqlite3 upsert", alone)
    bulk, rest = EXPORTED / seconds(lambda: export(http)), EXPORTED / seconds(lambda: pages(http))
    yield Figure(f"bulk query of {EXPORTED:,} rows", bulk, "rows/s", 100_000, "sqlite3 to CSV", read)
    yield Figure(f"REST query of {EXPORTED:,} rows", rest, "rows/s", None, "sqlite3 to CSV", read)


def deploy(http: httpx.Client, files: dict[str, str], kind: str, *members: str) -> None:
    """Deploy files as a package."""
    listed = "".join(f"<members>{member}</members>" for member in members)
    types = f"<types>{listed}<name>{kind}</name></types>"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("package.xml", f"<Package {_XMLNS}>{types}<version>67.0</version></Package>")
        for name, text in files.items():
            archive.writestr(name, text)
    options = json.dumps({"deployOptions": {"singlePackage": True, "rollbackOnError": True, "ignoreWarnings": True}})
    parts = {
        "json": (None, options, "application/json"),
        "file": ("deploy.zip", held.getvalue(), "application/zip"),
    }
    path = f"{V}/metadata/deployRequest"
    path += "/" + http.post(path, files=parts).raise_for_status().json()["id"]
    while not (found := http.get(path, params={"includeDetails": "true"}).json()["deployResult"])["done"]:
        time.sleep(0.02)
    assert found["success"], found


def run(http: httpx.Client, source: str) -> None:
    """Run anonymous Apex."""
    done = http.get(f"{V}/tooling/executeAnonymous", params={"anonymousBody": source}).raise_for_status().json()
    assert done["success"], done


def ingest(http: httpx.Client, rows: int) -> None:
    """One Bulk 2.0 upsert from the first request to the last result, as a client runs it."""
    body = {
        "operation": "upsert", "object": "Account", "externalIdFieldName": KEY, "contentType": "CSV", "lineEnding": "LF",
    }  # fmt: skip
    path = f"{V}/jobs/ingest/{http.post(f'{V}/jobs/ingest', json=body).json()['id']}"
    http.put(f"{path}/batches", content=chunks(rows)).raise_for_status()
    http.patch(path, json={"state": "UploadComplete"}).raise_for_status()
    while (job := http.get(path).json())["state"] not in ("JobComplete", "Failed"):
        pass
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", rows, 0), job
    with http.stream("GET", f"{path}/successfulResults") as results:
        assert sum(block.count(b"\n") for block in results.iter_bytes()) == rows + 1
    http.get(f"{path}/failedResults").raise_for_status()


def lines(rows: int) -> Iterator[str]:
    """The rows as CSV, a thousand at a time."""
    for start in range(0, rows, 1000):
        yield "".join(
            f"K{at:08},Account {at},{at:08},bench,+44 20 {at:07},London,United Kingdom,{at % 1000},{at}\n"
            for at in range(start, min(start + 1000, rows))
        )


def chunks(rows: int) -> Iterator[bytes]:
    """The upload."""
    yield HEADER.encode()
    for text in lines(rows):
        yield text.encode()


def null_sink(rows: int) -> None:
    """The same upload to a server that reads it and forgets it."""
    with null_server() as url:
        httpx.put(url, content=chunks(rows), timeout=600, trust_env=False).raise_for_status()


class _Nothing(BaseHTTPRequestHandler):
    """Reads what it is sent, answers with nothing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200)

    def do_PUT(self) -> None:
        while size := int(self.rfile.readline(), 16):
            self.rfile.read(size + 2)
        self.rfile.readline()
        self._answer(201)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return None


@contextmanager
def null_server() -> Iterator[str]:
    """The address of a server that does nothing."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def bare_sqlite(work: Path, rows: int) -> None:
    """The same rows, split and upserted into SQLite with nothing of Salesforce around it."""
    with sqlite3.connect(work / "rows.db") as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE a (k TEXT PRIMARY KEY, n TEXT, a TEXT, s TEXT, p TEXT, c TEXT, o TEXT, e INT, r INT)")
        sql = "INSERT INTO a VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (k) DO UPDATE SET n = excluded.n"
        for text in lines(rows):
            db.executemany(sql, (line.split(",") for line in text.splitlines()))
    db.close()


def bare_read(work: Path) -> None:
    """As many rows as are exported, read from that database and written as CSV."""
    with sqlite3.connect(work / "rows.db") as db, (work / "rows.csv").open("w") as file:
        csv.writer(file).writerows(db.execute(f"SELECT k, n, a, s FROM a LIMIT {EXPORTED}"))
    db.close()


def export(http: httpx.Client) -> None:
    """A Bulk 2.0 query job and its result."""
    soql = f"SELECT Id, Name, AccountNumber, CreatedDate FROM Account WHERE {KEY} != null LIMIT {EXPORTED}"
    path = f"{V}/jobs/query/{http.post(f'{V}/jobs/query', json={'operation': 'query', 'query': soql}).json()['id']}"
    while http.get(path).json()["state"] not in ("JobComplete", "Failed"):
        pass
    found = 0
    locator: str | None = None
    while locator != "null":
        page = http.get(f"{path}/results", params={"locator": locator} if locator else None).raise_for_status()
        found += page.content.count(b"\n") - 1
        locator = page.headers["Sforce-Locator"]
    assert found == EXPORTED, found


def pages(http: httpx.Client) -> None:
    """The same by REST, page by page."""
    soql = f"SELECT Id, Name, AccountNumber, CreatedDate FROM Account WHERE {KEY} != null LIMIT {EXPORTED}"
    page = http.get(f"{V}/query", params={"q": soql}).raise_for_status().json()
    found = len(page["records"])
    while not page["done"]:
        page = http.get(page["nextRecordsUrl"]).raise_for_status().json()
        found += len(page["records"])
    assert found == EXPORTED, found


def memory(home: Path, what: str) -> float:
    """A figure of ``/proc/PID/status`` of the server in MB."""
    status = Path(f"/proc/{service.ensure(home).pid}/status")
    line = next(line for line in status.read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) / 1024


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rate(ask: Callable[[], httpx.Response], duration: float = 1.5) -> float:
    """How often a second a request is answered, one after the other."""
    assert ask().status_code < 300
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < duration:
        ask()
        count += 1
    return count / (time.perf_counter() - started)
