"""CometD: platform events by long polling, replay, refusals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.registry import OrgEntry
from tests.localorg.deploying import NAMESPACE, deploy

from .conftest import Site, V, create

Unique = Callable[[], str]
PATH = "/cometd/67.0"


class Listener:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        shaken = self.send({"channel": "/meta/handshake", "version": "1.0", "ext": {"replay": True}, "id": "1"})[0]
        assert shaken["successful"] and shaken["id"] == "1"
        assert shaken["supportedConnectionTypes"] == ["long-polling"]
        self.id = shaken["clientId"]
        assert self.connect()[-1]["advice"]["reconnect"] == "retry"

    def send(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.http.post(PATH + "/", json=[message]).json())

    def connect(self, seconds: float = 0) -> list[dict[str, Any]]:
        message = {"channel": "/meta/connect", "clientId": self.id, "connectionType": "long-polling"}
        return self.send({**message, "advice": {"timeout": int(seconds * 1000)}})

    def subscribe(self, channel: str, replay: Any = None) -> dict[str, Any]:
        message: dict[str, Any] = {"channel": "/meta/subscribe", "clientId": self.id, "subscription": channel}
        if replay is not None:
            message["ext"] = {"replay": {channel: replay}}
        return self.send(message)[0]

    def events(self, seconds: float = 5) -> list[dict[str, Any]]:
        replies = self.connect(seconds)
        assert replies[-1]["channel"] == "/meta/connect" and replies[-1]["successful"]
        return replies[:-1]


def publish(http: httpx.Client, text: str) -> None:
    create(http, "Note__e", Text__c=text)


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["payload"]["Text__c"] for event in events]


def test_an_event_reaches_a_waiting_client(http: httpx.Client, unique: Unique) -> None:
    listener, name = Listener(http), unique()
    assert listener.subscribe("/event/Note__e")["successful"]
    threading.Timer(0.3, publish, (http, name)).start()
    started = time.monotonic()
    events = listener.events(10)
    assert 0.2 < time.monotonic() - started < 3
    assert texts(events) == [name]
    data = events[0]["data"]
    assert events[0]["channel"] == "/event/Note__e"
    assert isinstance(data["event"]["replayId"], int)
    assert {"CreatedDate", "CreatedById", "Text__c"} <= set(data["payload"])
    assert data["schema"]
    assert listener.events(0) == []


def test_replay_gives_what_is_retained(http: httpx.Client, unique: Unique) -> None:
    first, second = unique(), unique()
    publish(http, first)
    publish(http, second)
    late = Listener(http)
    late.subscribe("/event/Note__e", -2)
    events = late.events()
    assert texts(events)[-2:] == [first, second]
    ids = [event["data"]["event"]["replayId"] for event in events]
    assert ids == sorted(set(ids))

    after = Listener(http)
    after.subscribe("/event/Note__e", ids[-2])
    assert texts(after.events()) == [second]

    fresh = Listener(http)
    fresh.subscribe("/event/Note__e", -1)
    assert fresh.events(0.2) == []


@pytest.mark.parametrize(
    "channel", ["/event/Nope__e", "/event/Account", "/data/Nope__chn", "/data/Account", "nonsense"]
)
def test_an_unknown_channel_is_refused(http: httpx.Client, channel: str) -> None:
    reply = Listener(http).subscribe(channel)
    assert reply["successful"] is False
    assert reply["error"].startswith("404::")


def test_generic_events_are_pushed_to_all_or_to_some(http: httpx.Client, entry: OrgEntry) -> None:
    assert Listener(http).subscribe("/u/Nobody")["error"].startswith("404::")
    wrong = http.post(f"{V}/sobjects/StreamingChannel", json={"Name": "Nobody"})
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "FIELD_INTEGRITY_EXCEPTION")
    channel = create(http, "StreamingChannel", Name="/u/Talk")
    url = f"{V}/sobjects/StreamingChannel/{channel}/push"
    assert http.get(url).json() == {"OnlineUserIds": [], "ChannelName": "/u/Talk"}
    unheard = http.post(url, json={"pushEvents": [{"payload": "x" * 3000}]})
    assert unheard.json() == [{"fanoutCount": 0, "userOnlineStatus": {}}]
    assert http.post(url, json={"pushEvents": [{"payload": "x" * 3001}]}).status_code == 400
    assert Listener(http).subscribe("/u/TALK")["error"].startswith("404::")
    listener = Listener(http)
    assert listener.subscribe("/u/Talk")["successful"]
    assert http.get(url).json()["OnlineUserIds"] == [entry.user_id]
    other = "005000000000001AAA"
    events = [
        {"payload": "for all", "userIds": []},
        {"payload": "for me", "userIds": [entry.user_id]},
        {"payload": "for another", "userIds": [other]},
    ]
    assert http.post(url, json={"pushEvents": events}).json() == [
        {"fanoutCount": -1, "userOnlineStatus": {}},
        {"fanoutCount": 1, "userOnlineStatus": {entry.user_id: True}},
        {"fanoutCount": 0, "userOnlineStatus": {other: False}},
    ]
    heard = listener.events()
    assert [(one["channel"], one["data"]["payload"]) for one in heard] == [
        ("/u/Talk", "for all"),
        ("/u/Talk", "for me"),
    ]
    assert heard[0]["data"]["event"].keys() == {"createdDate", "replayId"}
    late = Listener(http)
    assert late.subscribe("/u/Talk", heard[0]["data"]["event"]["replayId"])["successful"]
    assert [one["data"]["payload"] for one in late.events()] == ["for me"]
    assert http.post(url, json={"pushEvents": [{"payload": 5}]}).status_code == 400
    assert http.get(f"{V}/sobjects/StreamingChannel/0M6000000000001AAA/push").status_code == 404


def test_change_events_by_their_channels(site: Site, http: httpx.Client) -> None:
    org = site.runtime.registry.open("local")
    attach(org)
    custom = (
        f"<PlatformEventChannel {NAMESPACE}><channelType>data</channelType><label>Mine</label></PlatformEventChannel>"
    )
    files = {"platformEventChannels/Mine__chn.platformEventChannel": custom.encode()}
    names = []
    for channel, entity in (("ChangeEvents", "CaseChangeEvent"), ("Mine__chn", "LeadChangeEvent")):
        inner = f"<eventChannel>{channel}</eventChannel><selectedEntity>{entity}</selectedEntity>"
        text = f"<PlatformEventChannelMember {NAMESPACE}>{inner}</PlatformEventChannelMember>"
        names.append(f"{channel.removesuffix('__chn')}_{entity}")
        files[f"platformEventChannelMembers/{names[-1]}.platformEventChannelMember"] = text.encode()
    members = {"PlatformEventChannel": ["Mine__chn"], "PlatformEventChannelMember": names}
    result = deploy(org, files, members)
    assert result["success"], result["details"]["componentFailures"]
    listeners = {name: Listener(http) for name in ("ChangeEvents", "CaseChangeEvent", "Mine__chn")}
    for name, listener in listeners.items():
        assert listener.subscribe(f"/data/{name}")["successful"]
    case, lead = create(http, "Case", Subject="S"), create(http, "Lead", LastName="L", Company="C")
    heard = {}
    for name, listener in listeners.items():
        (event,) = listener.events(5)
        assert event["channel"] == f"/data/{name}"
        header = event["data"]["payload"]["ChangeEventHeader"]
        assert header["changeOrigin"] == "com/salesforce/api/rest/67.0"
        heard[name] = (header["entityName"], header["recordIds"])
    assert heard == {
        "ChangeEvents": ("Case", [case]),
        "CaseChangeEvent": ("Case", [case]),
        "Mine__chn": ("Lead", [lead]),
    }


@pytest.mark.parametrize("replay", [-3, 10**9, "x", True, None])
def test_a_wrong_replay_id_is_refused(http: httpx.Client, replay: Any) -> None:
    listener = Listener(http)
    message = {"channel": "/meta/subscribe", "clientId": listener.id, "subscription": "/event/Note__e"}
    reply = listener.send({**message, "ext": {"replay": {"/event/Note__e": replay}}})[0]
    assert reply["error"].startswith("400::The replayId {")


def test_unsubscribing_and_leaving(http: httpx.Client, unique: Unique) -> None:
    listener = Listener(http)
    listener.subscribe("/event/Note__e")
    assert listener.send({"channel": "/meta/unsubscribe", "clientId": listener.id, "subscription": "/event/Note__e"})[
        0
    ]["successful"]
    publish(http, unique())
    assert listener.events(0.2) == []
    assert listener.send({"channel": "/meta/disconnect", "clientId": listener.id})[0]["successful"]
    reply = listener.connect()[0]
    assert (reply["error"], reply["advice"]["reconnect"]) == ("402::Unknown client", "handshake")


def test_a_client_belongs_to_its_org(http: httpx.Client, site: Site, unique: Unique) -> None:
    listener = Listener(http)
    listener.http = site.client(site.runtime.registry.create(unique(), "scratch"))
    assert listener.connect()[0]["error"] == "402::Unknown client"


def test_no_session_no_handshake(site: Site) -> None:
    found = site.http.post(PATH, json={"channel": "/meta/handshake", "version": "1.0"})
    assert found.status_code == 401
    assert found.json()[0]["error"] == "403::Handshake denied"
    found = site.http.post(PATH, json={"channel": "/meta/connect"})
    assert found.json()[0]["error"] == "401::Authentication invalid"


@pytest.mark.parametrize(
    "body", ["x", ["x"], 1, None, [{"channel": 1}], [{}], [{"channel": "/event/Note__e", "data": {}}]]
)
def test_what_is_no_bayeux_is_refused(http: httpx.Client, body: Any) -> None:
    found = http.post(PATH, json=body)
    assert found.status_code in (200, 400)
    assert all(not reply.get("successful") for reply in found.json())


def test_an_event_that_was_rolled_back_is_not_delivered(http: httpx.Client, unique: Unique) -> None:
    listener = Listener(http)
    listener.subscribe("/event/Note__e")
    found = http.post(
        f"{V}/composite/sobjects", json={"records": [{"attributes": {"type": "Note__e"}, "Text__c": "x" * 21}]}
    )
    assert found.json()[0]["success"] is False
    assert listener.events(0.2) == []
