from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence

import pytest

from orgwright.apex.host import Record
from orgwright.localorg.events.bus import ALL, InvalidReplayId
from orgwright.localorg.org import Org
from tests.localorg.conftest import NOW


def test_a_published_event_carries_its_uuid_and_is_kept(org: Org) -> None:
    with org.transaction() as tx:
        good, long, unknown = tx.publish(
            [Record("News__e", {"Text__c": "hi", "Count__c": 3}), Record("News__e", {"Text__c": "x" * 11}), Record("Nope__e")],
            raw="json", api=True,
        )  # fmt: skip
    assert good.success and good.errors[0].code == "OPERATION_ENQUEUED" and good.id and good.id.startswith("e")
    assert long.errors[0].message == "Text: data value too large: xxxxxxxxxxx (max length=10)"
    assert unknown.errors[0].code == "INVALID_TYPE"
    (event,) = org.events.after("/event/news__e", ALL)
    assert event.uuid == good.errors[0].message and event.channel == "/event/News__e"
    assert event.payload == {
        "CreatedDate": "2026-11-22T12:30:00.000+0000", "CreatedById": org.record.admin_id, "Text__c": "hi", "Count__c": 3.0,
    }  # fmt: skip
    assert org.events.after("/event/News__e", event.replay_id) == []
    assert org.events.last_replay_id() == event.replay_id
    assert org.events.published_since(NOW - dt.timedelta(hours=1)) == 1
    with pytest.raises(InvalidReplayId):
        org.events.after("/event/News__e", -3)


def test_immediately_stays_and_after_commit_goes_with_a_rollback(org: Org) -> None:
    heard: list[tuple[str, str]] = []

    def listen(source: Org, sobject: str, events: Sequence[Record]) -> None:
        assert source is org
        heard.extend((sobject, str(e.fields["Text__c"])) for e in events)

    org.events.subscribers.append(listen)
    with pytest.raises(RuntimeError), org.transaction() as tx:
        tx.publish([Record("News__e", {"Text__c": "a"}), Record("Later__e", {"Text__c": "b"})])
        raise RuntimeError
    assert heard == [("News__e", "a")]
    with org.transaction() as tx:
        point = tx.savepoint()
        tx.publish([Record("Later__e", {"Text__c": "c"})])
        tx.rollback(point)
        tx.publish([Record("Later__e", {"Text__c": "d"})])
        assert heard == [("News__e", "a")]
    assert heard == [("News__e", "a"), ("Later__e", "d")]
    assert [e.payload["Text__c"] for e in org.events.after("/event/Later__e", ALL)] == ["d"]


def test_a_waiting_subscriber_wakes_up(org: Org) -> None:
    woken: list[bool] = []
    seen = org.events.last_replay_id()
    thread = threading.Thread(target=lambda: woken.append(org.events.wait(seen, 10)))
    thread.start()
    with org.transaction() as tx:
        tx.publish([Record("News__e", {"Text__c": "a"})])
    thread.join(10)
    assert woken == [True]
    assert org.events.wait(org.events.last_replay_id(), 0.01) is False


def test_old_events_go_after_three_days(org: Org) -> None:
    with org.transaction() as tx:
        tx.publish([Record("News__e", {"Text__c": "old"})])
    org.clock = lambda: NOW + dt.timedelta(hours=73)
    with org.transaction() as tx:
        tx.publish([Record("News__e", {"Text__c": "new"})])
    assert [e.payload["Text__c"] for e in org.events.after("/event/News__e", ALL)] == ["new"]
