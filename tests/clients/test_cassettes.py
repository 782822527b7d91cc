"""What real orgs answered to CumulusCI's own tests is what the embedded org answers; docs/compatibility.md tells each exception."""

from __future__ import annotations

import os
from pathlib import Path

import httpx

from orgwright.localorg import control
from tests.clients import replay

PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"
BEGIN, END = "<!-- cassettes: made by tests/clients/test_cassettes.py with REWRITE=1 -->", "<!-- end of cassettes -->"


def test_recorded_answers_come_again(state: Path) -> None:
    outcome = replay.Outcome(replay.exceptions())
    described: dict[tuple[str, str], list[replay.Difference]] = {}
    for number, interactions in enumerate(replay.cassettes().values()):
        org = control.create_org(f"cassette{number}", home=state)
        headers = {"Authorization": f"Bearer {org.access_token}"}
        with httpx.Client(base_url=org.instance_url, headers=headers, timeout=60, trust_env=False) as http:
            again = replay.Replay(http, org.org_id)
            again.prepare(interactions)
            for one in interactions:
                if not one.is_salesforce:
                    outcome.elsewhere += 1
                elif one.method == "GET" and one.uri.endswith(("/describe", "/sobjects")):  # the same in each new org
                    key = one.uri, one.answer
                    found = described[key] = described[key] if key in described else again.run(one)
                    outcome.add(one, found)
                else:
                    outcome.add(one, again.run(one))
        control.delete_org(f"cassette{number}", home=state)
    assert not outcome.unexplained, "\n".join(sorted(set(outcome.unexplained))[:40])
    assert outcome.same + outcome.explained > 450
    idle = [each.requests.pattern for each in outcome.exceptions if not each.used]
    assert not idle, f"entries of cassettes.yml that explain nothing any more: {idle}"
    page = PAGE.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    fresh = f"{head}{BEGIN}\n{outcome.table()}\n{END}{rest.partition(END)[2]}"
    if os.environ.get("REWRITE"):
        PAGE.write_text(fresh, "utf-8")
    assert page == fresh or os.environ.get("REWRITE"), "run: REWRITE=1 pytest tests/clients/test_cassettes.py"
