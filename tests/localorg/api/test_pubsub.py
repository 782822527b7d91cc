"""The Pub/Sub API, asked by a gRPC client over TLS."""

from __future__ import annotations

import io
import json
import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

import fastavro
import grpc
import httpx
import pytest

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.api.pubsub.gateway import Gateway
from orgwright.localorg.api.pubsub.messages import CLASSES, make
from orgwright.localorg.registry import OrgEntry
from tests.localorg.deploying import NAMESPACE, deploy

from .conftest import Site, V, create

Unique = Callable[[], str]
STREAMS = {
    "Subscribe": ("FetchRequest", "FetchResponse"),
    "ManagedSubscribe": ("ManagedFetchRequest", "ManagedFetchResponse"),
    "PublishStream": ("PublishRequest", "PublishResponse"),
}
UNARY = {
    "GetTopic": ("TopicRequest", "TopicInfo"),
    "GetSchema": ("SchemaRequest", "SchemaInfo"),
    "Publish": ("PublishRequest", "PublishResponse"),
}


class Client:
    """A stub of the service with its metadata."""

    def __init__(self, channel: grpc.Channel, metadata: dict[str, str]) -> None:
        self.channel, self.metadata = channel, tuple(metadata.items())

    def call(self, method: str, **fields: Any) -> Any:
        asked, given = UNARY[method]
        path = f"/eventbus.v1.PubSub/{method}"
        run = self.channel.unary_unary(path, CLASSES[asked].SerializeToString, CLASSES[given].FromString)
        return run(make(asked, **fields), metadata=self.metadata, timeout=20)

    def stream(self, method: str) -> Stream:
        return Stream(self, method)

    def schema(self, topic: str) -> tuple[str, Any]:
        info = self.call("GetTopic", topic_name=topic)
        found = self.call("GetSchema", schema_id=info.schema_id)
        return info.schema_id, json.loads(found.schema_json)


class Stream:
    """A call that goes on: requests are sent one by one."""

    def __init__(self, client: Client, method: str) -> None:
        asked, given = STREAMS[method]
        self._asked: queue.Queue[Any] = queue.Queue()
        self._kind = asked
        path = f"/eventbus.v1.PubSub/{method}"
        run = client.channel.stream_stream(path, CLASSES[asked].SerializeToString, CLASSES[given].FromString)
        self.answers = run(iter(self._asked.get, None), metadata=client.metadata, timeout=20)

    def send(self, **fields: Any) -> None:
        self._asked.put(make(self._kind, **fields))

    def next(self) -> Any:
        return next(self.answers)

    def close(self) -> None:
        self.answers.cancel()
        self._asked.put(None)


def packed(schema: Any, values: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), values)
    return out.getvalue()


def unpacked(schema: Any, event: Any) -> Any:
    return fastavro.schemaless_reader(io.BytesIO(event.event.payload), fastavro.parse_schema(schema), None)


def error(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    found: Any = caught.value
    assert "rpcId: " in found.details()
    trailers = dict(found.trailing_metadata())
    return found.code().name, trailers["error-code"].removeprefix("sfdc.platform.eventbus.grpc.")


@pytest.fixture(scope="module")
def channel(site: Site) -> Iterator[grpc.Channel]:
    address = site.runtime.state("pubsub", Gateway).open(site.runtime)
    credentials = grpc.ssl_channel_credentials((site.runtime.home / "tls" / "ca.pem").read_bytes())
    with grpc.secure_channel(address, credentials) as opened:
        yield opened


@pytest.fixture(scope="module")
def metadata(site: Site, entry: OrgEntry) -> dict[str, str]:
    token = site.runtime.open_session(entry)["access_token"]
    return {"accesstoken": token, "instanceurl": site.runtime.url, "tenantid": entry.org_id}


@pytest.fixture(scope="module")
def client(channel: grpc.Channel, metadata: dict[str, str]) -> Client:
    return Client(channel, metadata)


@pytest.fixture(scope="module", autouse=True)
def selected(site: Site, entry: OrgEntry) -> None:
    org = site.runtime.registry.open("local")
    attach(org)
    inner = "<eventChannel>ChangeEvents</eventChannel><selectedEntity>ContactChangeEvent</selectedEntity>"
    managed = "<defaultReplay>EARLIEST</defaultReplay><label>Mine</label><state>RUN</state><topicName>/event/Note__e</topicName>"
    files = {
        "platformEventChannelMembers/Contacts.platformEventChannelMember": (
            f"<PlatformEventChannelMember {NAMESPACE}>{inner}</PlatformEventChannelMember>".encode()
        ),
        "managedEventSubscriptions/Mine.managedEventSubscription": (
            f"<ManagedEventSubscription {NAMESPACE}>{managed}</ManagedEventSubscription>".encode()
        ),
    }
    members = {"PlatformEventChannelMember": ["Contacts"], "ManagedEventSubscription": ["Mine"]}
    result = deploy(org, files, members)
    assert result["success"], result["details"]["componentFailures"]


def test_topic_and_schema(client: Client, entry: OrgEntry) -> None:
    info = client.call("GetTopic", topic_name="/event/Note__e")
    assert (info.topic_name, info.can_publish, info.can_subscribe) == ("/event/Note__e", True, True)
    assert entry.org_id in info.tenant_guid and len(info.schema_id) == 22
    schema = json.loads(client.call("GetSchema", schema_id=info.schema_id).schema_json)
    assert (schema["name"], schema["namespace"]) == ("Note__e", "com.sforce.eventbus")
    types = {field["name"]: field["type"] for field in schema["fields"]}
    assert types == {"CreatedDate": "long", "CreatedById": "string", "Text__c": ["null", "string"]}


def test_published_events_come_to_subscribers_as_asked(client: Client, http: httpx.Client, unique: Unique) -> None:
    id, schema = client.schema("/event/Note__e")
    stream = client.stream("Subscribe")
    first, second, third = unique(), unique(), unique()
    create(http, "Note__e", Text__c="before")
    stream.send(topic_name="/event/Note__e", num_requested=2)
    time.sleep(0.5)  # the subscription stands at the tip now
    payload = packed(schema, {"CreatedDate": 0, "CreatedById": "x", "Text__c": first})
    wrong = make("ProducerEvent", id="2", schema_id=id, payload=b"\x00")
    long = packed(schema, {"CreatedDate": 0, "CreatedById": "x", "Text__c": "x" * 21})
    answer = client.call(
        "Publish",
        topic_name="/event/Note__e",
        events=[
            make("ProducerEvent", id="1", schema_id=id, payload=payload),
            wrong,
            make("ProducerEvent", id="3", schema_id=id, payload=long),
        ],
    )
    good, bad, refused = answer.results
    assert (good.correlation_key, bad.correlation_key, bad.error.code) == ("1", "2", 1) and good.replay_id
    assert "STRING_TOO_LONG" in refused.error.msg
    create(http, "Note__e", Text__c=second)
    create(http, "Note__e", Text__c=third)
    got: list[Any] = []
    while len(got) < 2:
        answer = stream.next()
        got += answer.events
    assert [unpacked(schema, one)["Text__c"] for one in got] == [first, second]
    assert got[0].replay_id == good.replay_id and got[0].event.schema_id == id
    assert answer.pending_num_requested == 0
    stream.send(num_requested=5)  # the third waited for this
    (last,) = stream.next().events
    assert unpacked(schema, last)["Text__c"] == third and unpacked(schema, last)["CreatedDate"] > 1.6e12
    stream.close()
    again = client.stream("Subscribe")
    again.send(topic_name="/event/Note__e", num_requested=100, replay_preset=2, replay_id=got[1].replay_id)
    assert [unpacked(schema, one)["Text__c"] for one in again.next().events] == [third]
    again.close()
    early = client.stream("Subscribe")
    early.send(topic_name="/event/Note__e", num_requested=100, replay_preset=1)
    assert {first, second, third} <= {unpacked(schema, one)["Text__c"] for one in early.next().events}
    early.close()


def test_a_stream_of_publishes(client: Client, unique: Unique) -> None:
    id, schema = client.schema("/event/Note__e")
    stream = client.stream("PublishStream")
    payload = packed(schema, {"CreatedDate": 0, "CreatedById": "x", "Text__c": unique()})
    event = make("ProducerEvent", id="a", schema_id=id, payload=payload)
    stream.send(topic_name="/event/Note__e", events=[event])
    one = stream.next()
    stream.send(events=[event, event])
    two = stream.next()
    assert one.results[0].replay_id < two.results[0].replay_id < two.results[1].replay_id
    stream.send(topic_name="/event/Other__e", events=[event])
    assert error(stream.next) == ("INVALID_ARGUMENT", "publish.topic.mismatch")


def names_of(schema: Any, bitmaps: list[str]) -> set[str]:
    """Names of fields from bitmaps, as clients work them out."""
    found = set()
    for bitmap in bitmaps:
        place, _, bits = bitmap.rpartition("-")
        fields = schema["fields"]
        prefix = ""
        if place:
            prefix = f"{fields[int(place)]['name']}."
            kind = fields[int(place)]["type"][1]
            records = [f["type"][1] for f in schema["fields"] if isinstance(f["type"], list)]
            defined = {one["name"]: one for one in records if isinstance(one, dict)}
            fields = (defined[kind] if isinstance(kind, str) else kind)["fields"]
        found |= {prefix + f["name"] for n, f in enumerate(fields) if int(bits, 16) >> n & 1}
    return found


def test_change_events_with_bitmaps(client: Client, http: httpx.Client) -> None:
    assert client.call("GetTopic", topic_name="/data/ChangeEvents").schema_id == ""
    schema_id, schema = client.schema("/data/ContactChangeEvent")
    stream = client.stream("Subscribe")
    stream.send(topic_name="/data/ChangeEvents", num_requested=10, replay_preset=1)
    id = create(http, "Contact", LastName="Bits", FirstName="B", MailingCity="Rome", Birthdate="2000-01-02")
    patch = {"MailingCity": "Oslo", "LastName": "Bits 2", "Phone": "7", "FirstName": None}
    assert http.patch(f"{V}/sobjects/Contact/{id}", json=patch).status_code == 204
    got: list[Any] = []
    while len(got) < 2:  # the org may have told of other objects before
        got += [one for one in stream.next().events if one.event.schema_id == schema_id]
    stream.close()
    made, changed = (unpacked(schema, one) for one in got)
    assert made["Name"]["LastName"] == "Bits" and made["MailingAddress"]["City"] == "Rome"
    assert made["ChangeEventHeader"]["changeType"] == "CREATE" and made["ChangeEventHeader"]["recordIds"] == [id]
    assert made["Birthdate"] == 946771200000
    header = changed["ChangeEventHeader"]
    assert names_of(schema, header["changedFields"]) == {
        "MailingAddress.City", "Name.LastName", "Name.FirstName", "Phone", "LastModifiedDate",
    }  # fmt: skip
    assert names_of(schema, header["nulledFields"]) == {"Name.FirstName"}


def test_a_managed_subscription_keeps_its_place(client: Client, http: httpx.Client, unique: Unique) -> None:
    name = unique()
    create(http, "Note__e", Text__c=name)
    _, schema = client.schema("/event/Note__e")
    stream = client.stream("ManagedSubscribe")
    stream.send(developer_name="Mine", num_requested=100)
    events: list[Any] = []
    while not events or unpacked(schema, events[-1])["Text__c"] != name:
        events += stream.next().events
    other = client.stream("ManagedSubscribe")
    other.send(developer_name="Mine", num_requested=1)
    assert error(other.next) == ("FAILED_PRECONDITION", "managed.subscription.already.active")
    commit = make("CommitReplayRequest", commit_request_id="c1", replay_id=events[-1].replay_id)
    stream.send(commit_replay_id_request=commit)
    answer = stream.next().commit_response
    assert (answer.commit_request_id, answer.HasField("error")) == ("c1", False)
    older = make("CommitReplayRequest", commit_request_id="c2", replay_id=events[0].replay_id)
    stream.send(commit_replay_id_request=older)
    assert len(events) == 1 or stream.next().commit_response.error.code == 2
    stream.close()
    later = unique()
    create(http, "Note__e", Text__c=later)
    for _ in range(100):
        again = client.stream("ManagedSubscribe")
        again.send(developer_name="Mine", num_requested=10)
        try:
            found = again.next().events
            break
        except grpc.RpcError:  # the first listener is about to leave
            continue
    assert [unpacked(schema, one)["Text__c"] for one in found] == [later]
    again.close()


def test_errors_by_their_codes(site: Site, channel: grpc.Channel, metadata: dict[str, str], client: Client) -> None:
    def as_(**changed: str) -> Client:
        return Client(channel, {**metadata, **changed})

    topic = {"topic_name": "/event/Note__e"}
    wrong = as_(accesstoken="00Dxx!no")
    assert error(lambda: wrong.call("GetTopic", **topic)) == ("UNAUTHENTICATED", "service.auth.error")
    other = as_(tenantid="00D000000000001AAA")
    assert error(lambda: other.call("GetTopic", **topic)) == ("UNAUTHENTICATED", "service.auth.error")
    blank = as_(instanceurl=" ")
    assert error(lambda: blank.call("GetTopic", **topic)) == ("UNAUTHENTICATED", "service.auth.headers.invalid")
    assert error(lambda: client.call("GetTopic", topic_name="/event/No__e")) == ("NOT_FOUND", "topic.not.found")
    assert error(lambda: client.call("GetTopic"))[1] == "topic.validation.empty"
    assert error(lambda: client.call("GetSchema", schema_id="nothing"))[1] == "schema.meta.permission"
    assert error(lambda: client.call("Publish", **topic))[1] == "publish.event.count.invalid"

    def subscribed(**fields: Any) -> str:
        stream = client.stream("Subscribe")
        stream.send(**{**topic, "num_requested": 1, **fields})
        return error(stream.next)[1]

    assert subscribed(replay_preset=2, replay_id=b"\xff" * 8) == "subscription.fetch.replayid.corrupted"
    assert subscribed(replay_preset=2) == "subscription.fetch.replayid.validation.failed"
    assert subscribed(num_requested=0) == "subscription.fetch.requested.events.invalid"
    managed = client.stream("ManagedSubscribe")
    managed.send(developer_name="Nobody", num_requested=1)
    assert error(managed.next)[1] == "managed.subscription.developer.name.not.found"
