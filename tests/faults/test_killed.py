"""``kill -9`` of the server: what was acknowledged is there, what was not is absent or whole, and the rest says so."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults.conftest import House, V, count, deploy_status, query, start_deploy, until, wait_deploy

pytestmark = pytest.mark.xdist_group("faults")


def intact(house: House, alias: str) -> bool:
    with sqlite3.connect(house.home / "orgs" / alias / "org.db") as connection:
        connection.create_function("casefold", 1, str, deterministic=True)
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_during_a_load_and_single_saves(house: House) -> None:
    http = house.client("kill-load")
    acknowledged: list[str] = []
    stop = threading.Event()

    def save() -> None:
        with house.client("kill-load") as own:
            while not stop.is_set():
                try:
                    answer = own.post(f"{V}/sobjects/Contact", json={"LastName": "single"})
                except httpx.HTTPError:
                    return
                if answer.status_code == 201:
                    acknowledged.append(answer.json()["id"])

    job = http.post(
        f"{V}/jobs/ingest", json={"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    ).json()["id"]
    rows = "Name\n" + "".join(f"row {n}\n" for n in range(400_000))
    http.put(f"{V}/jobs/ingest/{job}/batches", content=rows.encode(), headers={"Content-Type": "text/csv"})
    http.patch(f"{V}/jobs/ingest/{job}", json={"state": "UploadComplete"})
    thread = threading.Thread(target=save)
    thread.start()
    deadline = time.monotonic() + 30
    processed = 0
    while time.monotonic() < deadline and not (processed > 1000 and len(acknowledged) > 3):
        processed = http.get(f"{V}/jobs/ingest/{job}").json()["numberRecordsProcessed"]
    house.kill()
    stop.set()
    thread.join()
    http.close()
    assert 1000 < processed < 400_000 and acknowledged

    http = house.client("kill-load")
    found = http.get(f"{V}/jobs/ingest/{job}").json()
    assert found["state"] == "Failed"
    assert "stopped while the job was running" in found["errorMessage"]
    accounts = count(http, "Account")
    assert accounts >= processed
    assert accounts % 1000 == 0, "batches are whole"
    saved = {row["Id"] for row in query(http, "SELECT Id FROM Contact")}
    assert saved >= set(acknowledged)
    assert len(saved) <= len(acknowledged) + 1, "at most the one whose answer was on its way"
    assert intact(house, "kill-load")
    http.close()


def test_during_a_deploy(house: House) -> None:
    bodies = {f"Killed{n}": f"public class Killed{n} {{ Integer a() {{ return 1; }} }}" for n in range(300)}
    http = house.client("kill-deploy")
    with ThreadPoolExecutor(1) as pool:
        handed = pool.submit(start_deploy, http, bodies)
        deadline = time.monotonic() + 30
        other = house.client("kill-deploy")
        while time.monotonic() < deadline:
            running = query(other, "SELECT Id, Status FROM DeployRequest", tooling=True)
            if running:
                break
        id = str(running[0]["Id"])
        house.kill()
        handed.exception()
    http = house.client("kill-deploy")
    found = deploy_status(http, id)
    assert found["done"]
    there = len(query(http, "SELECT Id FROM ApexClass WHERE Name LIKE 'Killed%'"))
    if found["success"]:
        assert there == 300
    else:
        assert there in (0, 300), "whole or not at all"
        assert "server ended" in found["errorMessage"]
    again = wait_deploy(http, start_deploy(http, bodies))
    assert again["success"], (again["errorMessage"], again["details"]["componentFailures"][:2])
    assert intact(house, "kill-deploy")


SLOW = """@IsTest
private class SlowTest {
    @IsTest
    static void slow() { for (Integer i = 0; i < 100000000; i++) { } }
}"""
JOB = "public class Endless implements Queueable { public void execute(QueueableContext c) { while (true) { } } }"


def test_during_a_test_run_and_a_job(house: House) -> None:
    http = house.client("kill-tests")
    assert wait_deploy(http, start_deploy(http, {"SlowTest": SLOW, "Endless": JOB}))["success"]
    run = http.post(f"{V}/tooling/runTestsAsynchronous", json={"classNames": "SlowTest"}).json()
    until(lambda: query(http, "SELECT Id FROM ApexTestQueueItem WHERE Status = 'Processing'", tooling=True))
    http.get(f"{V}/tooling/executeAnonymous", params={"anonymousBody": "System.enqueueJob(new Endless());"})
    until(lambda: query(http, "SELECT Id FROM AsyncApexJob WHERE JobType = 'Queueable' AND Status = 'Processing'"))
    house.kill()
    http = house.client("kill-tests")
    rows = query(http, "SELECT Id, JobType, Status, ExtendedStatus FROM AsyncApexJob")
    jobs = {row["JobType"]: row for row in rows}
    queueable, tests = jobs["Queueable"], jobs["TestRequest"]
    assert (queueable["Status"], tests["Status"]) == ("Failed", "Aborted")
    assert "server ended" in queueable["ExtendedStatus"]
    assert tests["Id"][:15] == run[:15]
    items = query(http, "SELECT Status, ExtendedStatus FROM ApexTestQueueItem", tooling=True)
    assert [(item["Status"], item["ExtendedStatus"]) for item in items] == [
        ("Aborted", "The server ended while the tests ran.")
    ]
    assert intact(house, "kill-tests")


def test_the_second_of_two_deploys_waits(house: House) -> None:
    http = house.client("two")
    many = {f"First{n}": f"public class First{n} {{ Integer a() {{ return 1; }} }}" for n in range(150)}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(start_deploy, http, many)
        second = pool.submit(start_deploy, http, {f"Second{n}": f"public class Second{n} {{ }}" for n in range(150)})
        ended = [wait_deploy(http, id) for id in (first.result(), second.result())]
    assert all(result["success"] for result in ended)
    early, late = sorted(ended, key=lambda result: str(result["completedDate"]))
    assert late["startDate"] >= early["completedDate"], "the second began when the first was done"
    assert len(query(http, "SELECT Id FROM ApexClass WHERE Name LIKE 'First%' OR Name LIKE 'Second%'")) == 300
