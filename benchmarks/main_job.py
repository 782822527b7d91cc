"""The figures of the main job, against CumulusCI, simple-salesforce and bare SQLite in the same run."""

from __future__ import annotations

import csv
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import BIN, Figure, median, peak_memory, run

ROWS = 100_000


def figures(work: Path, project: Path) -> Iterator[Figure]:
    """Measure everything in ``work``, an empty folder; ``project`` is the checkout."""
    home = work / "home"
    ours = BIN / "orgwright"
    yield Figure(
        "orgwright --help",
        median(lambda: run([ours, "--help"], home, project)),
        target=0.3,
        peer="cci --help",
        peer_value=median(lambda: run([BIN / "cci", "--help"], home, project), 3),
    )

    def stop() -> None:
        run([ours, "org", "stop"], home, project)

    yield Figure("embedded org ready", median(lambda: run([ours, "org", "start"], home, project), 5, stop), target=1.0)

    def fresh() -> None:
        if (home / "orgs" / "local-bench").exists():
            run([ours, "org", "delete", "local-bench"], home, project)

    up = [ours, "up", "gentrack", "--org", "local-bench", "--json"]
    yield Figure("up on a fresh org, 1,000 accounts", median(lambda: run(up, home, project), 3, fresh), target=15.0)
    yield Figure("up again, nothing to change", median(lambda: run(up, home, project), 3), target=5.0)
    validate = [ours, "validate", "gentrack", "--org", "local-bench"]
    yield Figure("validate", median(lambda: run(validate, home, project)), target=1.0)
    yield from _seed(work, home, project)


def _seed(work: Path, home: Path, project: Path) -> Iterator[Figure]:
    source = work / "accounts.csv"
    with source.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["account_number", "name", "phone", "billing_city", "billing_country"])
        writer.writerows([f"B{n:08d}", f"Energy {n}", f"+64 9 {n:07d}", "Auckland", "New Zealand"] for n in range(ROWS))
    seed = [BIN / "orgwright", "seed", "gentrack", "--org", "local-bench", "--source", source, "--yes", "--json"]
    rate = ROWS / median(lambda: run(seed, home, project), 3)
    yield Figure(
        "seed, 100,000 accounts with triggers bypassed",
        rate,
        "rows/s",
        20_000,
        "simple-salesforce",
        ROWS / _simple_salesforce(work, home, project),
    )
    yield Figure(
        "  the same against bare SQLite", rate, "rows/s", None, "sqlite3 upsert", ROWS / _bare_sqlite(work, source)
    )
    yield Figure("  peak memory of the client", peak_memory(seed, home, project), "MB", 150)


def _simple_salesforce(work: Path, home: Path, project: Path) -> float:
    """The same upsert, sent by simple-salesforce's Bulk 2.0 into the same org."""
    from simple_salesforce import Salesforce

    shown = run([BIN / "orgwright", "org", "show", "local-bench", "--json", "--show-token"], home, project)
    org = json.loads(shown)
    import requests

    session = requests.Session()
    session.trust_env = False
    session.verify = org["ca_bundle"]
    salesforce = Salesforce(
        instance_url=org["https_url"], session_id=org["access_token"], session=session, version="67.0"
    )
    rows = work / "simple.csv"
    with rows.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["Gentrack_External_Id__c", "Name", "Phone", "BillingCity", "BillingCountry"])
        writer.writerows([f"B{n:08d}", f"Energy {n}", f"+64 9 {n:07d}", "Auckland", "New Zealand"] for n in range(ROWS))
    user = next(iter(salesforce.query(f"SELECT Id FROM User WHERE Username = '{org['username']}'")["records"]))["Id"]
    bypass = salesforce.query("SELECT Id FROM PermissionSet WHERE Name = 'Gentrack_Bypass'")["records"][0]["Id"]
    given = salesforce.PermissionSetAssignment.create({"AssigneeId": user, "PermissionSetId": bypass})
    start = time.perf_counter()
    salesforce.bulk2.Account.upsert(str(rows), external_id_field="Gentrack_External_Id__c")
    seconds = time.perf_counter() - start
    salesforce.PermissionSetAssignment.delete(given["id"])
    return seconds


def _bare_sqlite(work: Path, source: Path) -> float:
    """Reading the CSV and upserting it into SQLite, with nothing of Salesforce around it."""
    path = work / "bare.db"
    path.unlink(missing_ok=True)
    start = time.perf_counter()
    with sqlite3.connect(path) as db, source.open(newline="") as file:
        db.execute("CREATE TABLE a (id TEXT PRIMARY KEY, name TEXT, phone TEXT, city TEXT, country TEXT)")
        rows = csv.reader(file)
        next(rows)
        db.executemany("INSERT INTO a VALUES (?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET name = excluded.name", rows)
    return time.perf_counter() - start
