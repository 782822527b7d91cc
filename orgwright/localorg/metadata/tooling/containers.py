"""Working copies of Apex and their deploy: ``MetadataContainer``, its members, ``ContainerAsyncRequest`` (Tooling API).

A container holds new bodies of components that exist. A request compiles and saves them together, or only compiles them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.components import Components
from orgwright.localorg.metadata.document import Node, make
from orgwright.localorg.metadata.package import Item, Package
from orgwright.localorg.metadata.tooling import kept
from orgwright.localorg.metadata.tooling.documents import from_json
from orgwright.localorg.metadata.tooling.kept import Kind, Refusal, kind, lookup, picklist
from orgwright.localorg.metadata.tooling.table import column
from orgwright.metadata.types import TYPES

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction

Row = dict[str, Any]
CONTAINER, REQUEST = "MetadataContainer", "ContainerAsyncRequest"
_MEMBERS = {"ApexClass": "400", "ApexTrigger": "401", "ApexPage": "402", "ApexComponent": "403"}
"""The components that a container may hold, with the key prefixes of their members."""
_MEMBER_NAMES = tuple(f"{type_name}Member" for type_name in _MEMBERS)
_MAX_NAME = 32
_PERMISSION = "AuthorApex"


def kinds() -> list[Kind]:
    """Containers, members and requests."""
    return [
        kind(CONTAINER, "1dc", column("Name"), given=("Name",), required=("Name",), check=_container, removed=_emptied,
             permission=_PERMISSION),
        *(_member(type_name, prefix) for type_name, prefix in _MEMBERS.items()),
        kind(REQUEST, "1dr", lookup("MetadataContainerId", CONTAINER), column("MetadataContainerMemberId"),
             column("IsCheckOnly", "boolean"), column("IsRunTests", "boolean"), *picklist("State"),
             column("ErrorMsg", "textarea"), column("DeployDetails", "complexvalue"),
             given=("MetadataContainerId", "MetadataContainerMemberId", "IsCheckOnly"), check=_request, started=_deploy,
             permission=_PERMISSION),
    ]  # fmt: skip


def _member(type_name: str, prefix: str) -> Kind:
    given = ("MetadataContainerId", "ContentEntityId", "Body", "FullName", "Metadata")

    def check(tx: Transaction, fields: Row) -> None:
        _check_member(tx, type_name, fields)

    return kind(
        f"{type_name}Member", prefix, lookup("MetadataContainerId", CONTAINER), lookup("ContentEntityId", type_name),
        column("Body", "textarea"), column("Content", "textarea"), column("FullName"),
        column("Metadata", "complexvalue"), column("LastSyncDate", "datetime"),
        given=given, required=given[:3], check=check, permission=_PERMISSION,
    )  # fmt: skip


def _container(tx: Transaction, fields: Row) -> None:
    name = str(fields["Name"])
    if len(name) > _MAX_NAME:
        text = f"Name: data value too large: {name} (max length={_MAX_NAME})"
        raise Refusal("STRING_TOO_LONG", text, "Name")
    for other in kept.all_of(tx, CONTAINER):
        if other["Name"].lower() == name.lower() and other["Id"] != fields.get("Id"):
            text = f"duplicate value found: Name duplicates value on record with id: {other['Id'][:15]}"
            raise Refusal("DUPLICATE_VALUE", text, "Name")


def _check_member(tx: Transaction, type_name: str, fields: Row) -> None:
    container = _of_kind(tx, fields["MetadataContainerId"], CONTAINER, "MetadataContainerId")
    stored = Components(tx).by_id(str(fields["ContentEntityId"]))
    if stored is None or stored.type != type_name:
        text = f"invalid cross reference id: {fields['ContentEntityId']}"
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", text, "ContentEntityId")
    for other in kept.all_of(tx, f"{type_name}Member", MetadataContainerId=container["Id"], ContentEntityId=stored.id):
        if other["Id"] != fields.get("Id"):
            text = f"duplicate value found: ContentEntityId duplicates value on record with id: {other['Id'][:15]}"
            raise Refusal("DUPLICATE_VALUE", text, "ContentEntityId")
    fields.update(MetadataContainerId=container["Id"], ContentEntityId=stored.id, FullName=stored.name)
    fields.setdefault("Content", stored.body.decode())
    fields.setdefault("LastSyncDate", tx.now_text)


def _request(tx: Transaction, fields: Row) -> None:
    whole, one = fields.get("MetadataContainerId"), fields.get("MetadataContainerMemberId")
    if bool(whole) == bool(one):
        text = "Specify either a MetadataContainerId or a MetadataContainerMemberId, but not both"
        raise Refusal("FIELD_INTEGRITY_EXCEPTION", text, "MetadataContainerId")
    if whole:
        fields["MetadataContainerId"] = _of_kind(tx, whole, CONTAINER, "MetadataContainerId")["Id"]
    else:
        found = kept.get(tx, str(one), *_MEMBER_NAMES)
        if found is None:
            text = f"invalid cross reference id: {one}"
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", text, "MetadataContainerMemberId")
        if fields.get("IsCheckOnly") is not True:
            text = "A single member can only be checked: set IsCheckOnly to true"
            raise Refusal("FIELD_INTEGRITY_EXCEPTION", text, "IsCheckOnly")
        fields["MetadataContainerMemberId"] = found["Id"]
    fields.update(IsCheckOnly=fields.get("IsCheckOnly") is True, IsRunTests=False, State="Queued")


def _of_kind(tx: Transaction, id: Any, sobject: str, field: str) -> Row:
    found = kept.get(tx, str(id), sobject)
    if found is None:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {id}", field)
    return found


def _deploy(org: Org, user_id: str, id: str, given: Mapping[str, Any]) -> None:
    """Compile what a request names, save it unless it only checks, and write down what came of it."""
    from orgwright.localorg.metadata import crud

    with org.transaction(user_id) as tx:
        request = kept.get(tx, id)
        assert request is not None
        found = Package(items=[_item(tx, type_name, row) for type_name, row in _asked(tx, request)])
    status = crud.deploy(org, user_id, found, check_only=request["IsCheckOnly"])
    details = status["details"]
    shown = {name: details[name] for name in ("componentFailures", "componentSuccesses")}
    request |= {
        "State": "Completed" if status["success"] else "Failed",
        "ErrorMsg": None if details["componentFailures"] else status["errorMessage"],
        "DeployDetails": {"allComponentMessages": [], **shown, "runTestResult": None},
    }
    with org.transaction(user_id) as tx:
        kept.put(tx, REQUEST, request)


def _asked(tx: Transaction, request: Row) -> list[tuple[str, Row]]:
    """The members of a request, with the types of their components."""
    container, member = request.get("MetadataContainerId"), request.get("MetadataContainerMemberId")
    wanted = {"MetadataContainerId": container} if container else {"Id": member}
    return [(type_name, row) for type_name in _MEMBERS for row in kept.all_of(tx, f"{type_name}Member", **wanted)]


def _item(tx: Transaction, type_name: str, member: Row) -> Item:
    stored = Components(tx).by_id(member["ContentEntityId"])
    known = TYPES[type_name]
    path = f"{known.folder}/{member['FullName']}.{known.suffix}"
    node = stored.node if stored is not None else make(type_name, "")
    if isinstance(member.get("Metadata"), dict):
        node = _changed(node, from_json(member["Metadata"], type_name))
    return Item(type_name, member["FullName"], path, node=node, content=str(member["Body"]).encode())


def _changed(node: Node, given: Node) -> Node:
    """A document with the elements that another one names."""
    tags = {child.tag for child in given.children}
    return make(node.tag, "", *(child for child in node.children if child.tag not in tags), *given.children)


def _emptied(org: Org, user_id: str, id: str, row: Mapping[str, Any]) -> None:
    """Members and requests go with their container."""
    with org.transaction(user_id) as tx:
        for name in (*_MEMBER_NAMES, REQUEST):
            for one in kept.all_of(tx, name, MetadataContainerId=id):
                kept.forget(tx, name, one["Id"])
