"""Event triggers: order, checkpoints, retries, error state, what is delivered after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orgwright.apex.host import Record
from orgwright.localorg.apexhost import subscriptions
from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.jobs import anonymous
from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, NOW, apex, deploy, make_org

PING = f"""<CustomObject {NAMESPACE}>
    <deploymentStatus>Deployed</deploymentStatus>
    <eventType>HighVolume</eventType>
    <fields><fullName>Text__c</fullName><label>Text</label><length>64</length><type>Text</type></fields>
    <label>Ping</label>
    <pluralLabel>Pings</pluralLabel>
    <publishBehavior>PublishAfterCommit</publishBehavior>
</CustomObject>""".encode()


def listen(org: Org, body: str, name: str = "PingTrigger") -> None:
    code = f"trigger {name} on Ping__e (after insert) {{ {body} }}"
    files = {"objects/Ping__e.object": PING, **apex(name, code, kind="trigger", version="66.0")}
    result = deploy(org, files, {"CustomObject": ["Ping__e"], "ApexTrigger": [name]}, ignore_warnings=True)
    assert result["success"], result["details"]["componentFailures"]


def publish(org: Org, *texts: str) -> None:
    with org.transaction() as tx:
        for outcome in tx.publish([Record("Ping__e", {"Text__c": text}) for text in texts]):
            assert outcome.success


def names(org: Org) -> list[Any]:
    with org.read() as tx:
        return [r.fields["Name"] for r in tx.query("SELECT Name FROM Account ORDER BY Name", access="system").records]


def subscriber(org: Org) -> dict[str, Any]:
    soql = "SELECT Name, Type, Topic, Position, Status, LastError FROM EventBusSubscriber"
    with org.read() as tx:
        (row,) = tx.query(soql, access="system").records
    return row.fields


@pytest.fixture
def org() -> Org:
    return make_org()


CONTEXT = "EventBus.TriggerContext c = EventBus.TriggerContext.currentContext();"


def test_a_checkpoint_ends_a_batch_and_the_trigger_goes_on_behind_it(org: Org) -> None:
    listen(
        org,
        CONTEXT + "String seen = '';"
        "for (Integer i = 0; i < Trigger.new.size() && i < 2; i++) {"
        " seen += Trigger.new[i].Text__c; c.setResumeCheckpoint(Trigger.new[i].ReplayId); }"
        "insert new Account(Name = seen + ' of ' + Trigger.new.size());",
    )
    publish(org, *"abcde")
    assert names(org) == ["ab of 5", "cd of 3", "e of 1"]
    found = subscriber(org)
    assert (found["Name"], found["Type"], found["Topic"], found["Status"]) == (
        "PingTrigger", "ApexTrigger", "Ping__e", "Running",
    )  # fmt: skip
    assert found["Position"] == org.events.last_replay_id()


@pytest.mark.parametrize("fault", ["Integer x = 1 / 0;", "while (true) { Integer n = [SELECT COUNT() FROM Account]; }"])
def test_after_a_failure_work_up_to_the_checkpoint_stays_and_the_rest_is_sent_again(org: Org, fault: str) -> None:
    listen(
        org,
        CONTEXT + "for (Ping__e e : Trigger.new) {"
        " insert new Account(Name = e.Text__c + Trigger.new.size());"
        f" if (e.Text__c == 'c' && Trigger.new.size() > 3) {{ {fault} }}"
        " c.setResumeCheckpoint(e.ReplayId); }",
    )
    publish(org, *"abcde")
    assert names(org) == ["a5", "b5", "c3", "d3", "e3"]


def test_a_failure_without_checkpoint_drops_the_batch(org: Org) -> None:
    listen(org, "insert new Account(Name = Trigger.new[0].Text__c); if (Trigger.new.size() > 1) { Integer x = 1 / 0; }")
    publish(org, "a", "b")
    publish(org, "c")
    assert names(org) == ["c"]


def test_an_unknown_checkpoint_is_refused(org: Org) -> None:
    listen(
        org,
        CONTEXT + "try { c.setResumeCheckpoint('999'); } catch (EventBus.InvalidReplayIdException e) {"
        " insert new Account(Name = 'refused'); }",
    )
    publish(org, "a")
    assert names(org) == ["refused"]


def test_a_retry_sends_everything_again_and_tells_why(org: Org) -> None:
    listen(
        org,
        CONTEXT + "insert new Account(Name = 'run ' + c.retries + ' ' + c.lastError);"
        "c.setResumeCheckpoint(Trigger.new[0].ReplayId);"
        "if (c.retries < 3) { throw new EventBus.RetryableException('not yet ' + c.retries); }"
        "c.setResumeCheckpoint(Trigger.new[Trigger.new.size() - 1].ReplayId);",
    )
    publish(org, "a", "b")
    assert names(org) == ["run 3 not yet 2"]


def test_ten_runs_lead_to_the_error_state_until_the_trigger_is_changed(org: Org) -> None:
    listen(org, "throw new EventBus.RetryableException('never ' + Trigger.new[0].Text__c);")
    publish(org, "a")
    assert (subscriber(org)["Status"], subscriber(org)["LastError"]) == ("Error", "never a")
    publish(org, "b")
    assert subscriber(org)["LastError"] == "never a", "a trigger in error state gets no events"
    listen(org, "for (Ping__e e : Trigger.new) { insert new Account(Name = e.Text__c); }")
    publish(org, "c")
    assert names(org)[-1] == "c"
    assert subscriber(org)["Status"] == "Running"


def test_each_trigger_has_a_transaction_of_its_own(org: Org) -> None:
    listen(org, "insert new Account(Name = 'good');", "A")
    listen(org, "insert new Account(Name = 'bad'); Integer x = 1 / 0;", "B")
    listen(org, "insert new Account(Name = 'well');", "C")
    publish(org, "x")
    assert names(org) == ["good", "well"]


def test_what_subscribers_publish_comes_behind_what_was_there(org: Org) -> None:
    listen(
        org,
        "for (Ping__e e : Trigger.new) { insert new Account(Name = '' + e.ReplayId + e.Text__c);"
        " if (e.Text__c.length() < 3) { EventBus.publish(new Ping__e(Text__c = e.Text__c + '!')); } }",
    )
    publish(org, "a", "b")
    assert names(org) == ["1a", "2b", "3a!", "4b!", "5a!!", "6b!!"]


def test_an_endless_chain_lets_its_publisher_go(org: Org) -> None:
    org.events.hourly = 60
    listen(org, "EventBus.publish(new Ping__e(Text__c = 'again'));")
    publish(org, "first")
    assert org.events.last_replay_id() == 60, "the hourly allocation ends it"


def test_an_allocation_that_is_used_up_refuses(org: Org) -> None:
    listen(org, "")
    org.events.hourly = 3
    with org.transaction() as tx:
        outcomes = tx.publish([Record("Ping__e", {"Text__c": text}) for text in "abcd"])
    assert [o.success for o in outcomes] == [True, True, True, False]
    assert outcomes[3].errors[0].code == "LIMIT_EXCEEDED"
    done = anonymous.execute(
        org, org.record.admin_id,
        "Database.SaveResult r = EventBus.publish(new Ping__e(Text__c = 'x'));"
        "if (r.isSuccess() || r.getErrors()[0].getStatusCode() != StatusCode.LIMIT_EXCEEDED) { Integer i = 1 / 0; }",
    )  # fmt: skip
    assert done.success, done


def test_events_that_were_not_delivered_are_after_a_restart(tmp_path: Path) -> None:
    org = Org.create(tmp_path, alias="kept", seed=1, clock=lambda: NOW)
    attach(org)
    listen(org, "for (Ping__e e : Trigger.new) { insert new Account(Name = e.Text__c); }")
    publish(org, "before")
    org.events.subscribers.clear()  # as if the server had been killed between the commit and the delivery
    publish(org, "lost 1", "lost 2")
    assert names(org) == ["before"]
    org.close()
    again = Org.open(tmp_path, clock=lambda: NOW)
    attach(again)
    assert names(again) == ["before", "lost 1", "lost 2"]
    subscriptions.catch_up(again)
    assert names(again) == ["before", "lost 1", "lost 2"]
    again.close()
