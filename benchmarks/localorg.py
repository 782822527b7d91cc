"""The embedded org's own figures: ready time, requests a second, bulk rows a second, memory.

Run ``python benchmarks/localorg.py [ROWS]``; prints one line a figure and, with ``--json``, one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from orgwright.localorg import control, service

V = "/services/data/v67.0"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            figures = measure(home, asked.rows)
        finally:
            service.stop(home)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        return
    for name, figure in figures.items():
        print(f"{name:<32} {figure:>12,.3f}" if figure < 10 else f"{name:<32} {figure:>12,.0f}")


def measure(home: Path, rows: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    figures["ready, first start (s)"] = seconds(lambda: service.ensure(home))
    starts = []
    for _ in range(5):
        service.stop(home)
        starts.append(seconds(lambda: service.ensure(home)))
    figures["ready, median of 5 (s)"] = statistics.median(starts)
    figures["org create (s)"] = seconds(lambda: control.create_org("bench", home=home))
    org = control.show_org("bench", home=home)
    headers = {"Authorization": f"Bearer {org.access_token}"}
    with httpx.Client(base_url=org.instance_url, headers=headers, timeout=600) as http:
        record_id = http.post(f"{V}/sobjects/Account", json={"Name": "bench"}).json()["id"]
        figures["GET record (1/s)"] = rate(lambda: http.get(f"{V}/sobjects/Account/{record_id}?fields=Name"))
        figures["GET whole record (1/s)"] = rate(lambda: http.get(f"{V}/sobjects/Account/{record_id}"))
        figures["query (1/s)"] = rate(lambda: http.get(f"{V}/query?q=SELECT+Id+FROM+Account+LIMIT+1"))
        figures["POST record (1/s)"] = rate(lambda: http.post(f"{V}/sobjects/Account", json={"Name": "x"}))
        figures["describe Account (1/s)"] = rate(lambda: http.get(f"{V}/sobjects/Account/describe"))
        with httpx.Client(base_url=org.https_url, headers=headers, verify=str(org.ca_bundle)) as tls:  # type: ignore[arg-type]
            figures["GET record, https (1/s)"] = rate(lambda: tls.get(f"{V}/sobjects/Account/{record_id}?fields=Name"))
        figures["bulk insert (rows/s)"] = rows / seconds(lambda: ingest(http, "insert", rows))
        figures["bulk export (rows/s)"] = rows / seconds(lambda: export(http))
    pid = service.ensure(home).pid
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        figures["server memory, peak (MB)"] = int(peak.split()[1]) / 1024
    return figures


def ingest(http: httpx.Client, operation: str, rows: int) -> None:
    body = {"operation": operation, "object": "Account", "contentType": "CSV", "lineEnding": "LF"}
    path = f"{V}/jobs/ingest/{http.post(f'{V}/jobs/ingest', json=body).json()['id']}"
    http.put(f"{path}/batches", content=chunks(rows)).raise_for_status()
    http.patch(path, json={"state": "UploadComplete"}).raise_for_status()
    while (job := http.get(path).json())["state"] not in ("JobComplete", "Failed"):
        pass
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", rows, 0), job
    http.get(f"{path}/failedResults").raise_for_status()


def chunks(rows: int) -> Iterator[bytes]:
    yield b"Name,AccountNumber,Site,Phone,BillingCity,BillingCountry,NumberOfEmployees,AnnualRevenue\n"
    for start in range(0, rows, 1000):
        lines = (
            f"Account {at},{at:08},bench,+44 20 {at:07},London,United Kingdom,{at % 1000},{at}.25\n"
            for at in range(start, min(start + 1000, rows))
        )
        yield "".join(lines).encode()


def export(http: httpx.Client) -> None:
    body = {"operation": "query", "query": "SELECT Id, Name, AccountNumber, CreatedDate FROM Account"}
    path = f"{V}/jobs/query/{http.post(f'{V}/jobs/query', json=body).json()['id']}"
    while http.get(path).json()["state"] not in ("JobComplete", "Failed"):
        pass
    http.get(f"{path}/results").raise_for_status()


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rate(ask: Callable[[], httpx.Response], duration: float = 1.5) -> float:
    assert ask().status_code < 300
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < duration:
        ask()
        count += 1
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
