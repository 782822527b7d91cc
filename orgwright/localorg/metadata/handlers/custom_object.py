"""CustomObject: custom objects, platform events, custom metadata types, custom settings, changes of standard objects."""

from __future__ import annotations

import re
from typing import Any

from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.handlers.sharing import model_problem
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema import custom, edit
from orgwright.localorg.schema.model import Field, SObjectType

_SUFFIX = re.compile(r"__(c|e|mdt|b|kav|x)$", re.IGNORECASE)
_STEM = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*$")
_SUPPORTED = ("__c", "__e", "__mdt", "__b")
_MAX_STEM = 40
_LIMITS = {"developer": 400, "scratch": 400, "sandbox": 200, "production": 200}
_EVENT_LIMITS = {"developer": 5, "scratch": 5, "sandbox": 50, "production": 50}
_SHARING_FLAGS = ("enableSharing", "enableBulkApi", "enableStreamingApi")


class CustomObjectHandler(Handler):
    """Deploys objects without their children, which are components of their own."""

    rank = 10

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        assert item.node is not None
        existing = draft.sobject(item.name)
        models = [item.node.value(tag) for tag in ("sharingModel", "externalSharingModel")]
        wrong = model_problem(draft.schema, existing, item.name, *models)
        if wrong is not None:
            raise Rejected(_at(item.node, wrong))
        if not _SUFFIX.search(item.name):
            if item.name == "Activity":  # what tasks and events share: an object in metadata only
                if models[0]:
                    draft.schema = edit.with_object(draft.schema, item.name, sharing_model=models[0])
                return None
            if existing is None:
                raise Rejected(_at(item.node, "Invalid fullName, must end in a custom suffix ( for ex. __c )"))
            attributes = _common(item.node, existing)
            if attributes:
                draft.schema = edit.with_object(draft.schema, item.name, **attributes)
            return None
        problems = _check(item.node, item.name, existing, draft)
        if problems:
            raise Rejected(*problems)
        attributes = {**_common(item.node, existing), **_own(item.node, item.name)}
        if existing is not None and existing.custom_setting:
            attributes.pop("custom_setting_type", None)
        name = existing.name if existing else item.name
        draft.schema = edit.with_object(draft.schema, name, name_field=_name_field(item.node), **attributes)
        return None

    def delete(self, stored: Stored, draft: Draft) -> None:
        users = [
            f"Custom Field - {change.name}.{field.name}"
            for change in draft.schema.changes.values()
            for field in change.fields.values()
            if stored.name in field.reference_to and change.name != stored.name
        ]
        if users:
            text = f"This custom object is referenced elsewhere in salesforce.com. : {', '.join(sorted(users))}."
            raise Rejected(Problem(text))
        draft.schema = edit.without_object(draft.schema, stored.name)
        for type_name in (
            "CustomField",
            "RecordType",
            "ValidationRule",
            "ListView",
            "FieldSet",
            "CompactLayout",
            "WebLink",
        ):
            for child in draft.components.children(type_name, stored.name):
                draft.components.remove(type_name, child.name)
        draft.apex_changed = True

    def exists(self, name: str, draft: Draft) -> bool:
        found = draft.sobject(name)
        return found is not None and not found.custom


def _at(node: Node, text: str) -> Problem:
    return Problem(text, node.line, node.column)


def _check(node: Node, name: str, existing: SObjectType | None, draft: Draft) -> list[Problem]:
    suffix = _SUFFIX.search(name)
    assert suffix is not None
    stem = name[: suffix.start()]
    found: list[Problem] = []
    if suffix.group(0).lower() not in _SUPPORTED:
        return [_at(node, f"Objects ending in {suffix.group(0)} are not supported by the embedded org")]
    if not _STEM.match(stem):
        found.append(
            _at(
                node,
                "The Object Name you provided can only contain underscores and alphanumeric characters. It must be unique, begin "
                "with a letter, not include spaces, not end with an underscore, and not contain two consecutive underscores.",
            )
        )
    elif len(stem) > _MAX_STEM:
        found.append(_at(node, f"Object Name: data value too large: {stem} (max length={_MAX_STEM})"))
    if not node.value("label"):
        found.append(_at(node, "Must specify a non-empty label for the CustomObject"))
    if len(node.value("label")) > _MAX_STEM:
        found.append(_at(node, f"Label: data value too large: {node.value('label')} (max length={_MAX_STEM})"))
    if len(node.value("description")) > 1000:
        found.append(_at(node, f"Description: data value too large: {node.value('description')} (max length=1000)"))
    found += _check_kind(node, name, existing)
    if existing is None:
        found += _check_limit(node, name, draft)
    return found


def _check_kind(node: Node, name: str, existing: SObjectType | None) -> list[Problem]:
    lower = name.lower()
    if lower.endswith("__e"):
        return _check_event(node, existing)
    if lower.endswith("__b"):
        return _check_big(node)
    if lower.endswith("__mdt"):
        return (
            []
            if node.value("pluralLabel")
            else [_at(node, "Must specify a non-empty plural label for the CustomObject")]
        )
    if node.has("customSettingsType"):
        wrong = [tag for tag in ("sharingModel", "nameField", "deploymentStatus") if node.has(tag)]
        if existing is not None and existing.custom_setting_type not in (None, node.value("customSettingsType")):
            return [_at(node, "Cannot change the customSettingsType of an existing custom setting")]
        return [_at(node, f"Can not specify '{tag}' for a custom setting") for tag in wrong]
    found: list[Problem] = []
    if not node.value("pluralLabel"):
        found.append(_at(node, "Must specify a non-empty plural label for the CustomObject"))
    name_field = node.find("nameField")
    if name_field is None:
        found.append(_at(node, "Must specify a nameField of type Text or AutoNumber"))
    elif name_field.value("type") not in ("Text", "AutoNumber"):
        found.append(_at(name_field, "The name field must be of type Text or AutoNumber"))
    elif name_field.value("type") == "AutoNumber" and not name_field.value("displayFormat"):
        found.append(_at(name_field, "Must specify 'displayFormat' for a CustomField of type AutoNumber"))
    for tag in ("deploymentStatus", "sharingModel"):
        if not node.value(tag):
            found.append(_at(node, f"Must specify '{tag}' for the CustomObject"))
    # what is left out takes the default, which goes with the others
    if len({node.value(tag) for tag in _SHARING_FLAGS} - {""}) > 1:
        found.append(_at(node, f"{', '.join(_SHARING_FLAGS)} must be all true or all false"))
    return found


def _check_event(node: Node, existing: SObjectType | None) -> list[Problem]:
    found: list[Problem] = []
    if not node.value("pluralLabel"):
        found.append(_at(node, "Must specify a non-empty plural label for the CustomObject"))
    if node.value("eventType") == "StandardVolume":
        found.append(
            _at(
                node,
                "You can no longer define new standard-volume platform events. Define a high-volume platform event instead.",
            )
        )
    elif not node.value("eventType") and existing is None:
        found.append(_at(node, "Must specify 'eventType' for a platform event"))
    if not node.value("deploymentStatus"):
        found.append(_at(node, "Must specify 'deploymentStatus' for the CustomObject"))
    for tag in ("nameField", "sharingModel"):
        if node.has(tag):
            found.append(_at(node, f"Can not specify '{tag}' for a platform event"))
    return found


def _check_big(node: Node) -> list[Problem]:
    """A big object (Big Objects Implementation Guide): no name field, no sharing; its index is a part of the definition."""
    found: list[Problem] = []
    if not node.value("pluralLabel"):
        found.append(_at(node, "Must specify a non-empty plural label for the CustomObject"))
    if not node.value("deploymentStatus"):
        found.append(_at(node, "Must specify 'deploymentStatus' for the CustomObject"))
    for tag in ("nameField", "sharingModel"):
        if node.has(tag):
            found.append(_at(node, f"Can not specify '{tag}' for a big object"))
    return found


def _check_limit(node: Node, name: str, draft: Draft) -> list[Problem]:
    kind = draft.tx.org.record.kind
    custom_objects = [change.name.lower() for change in draft.schema.changes.values() if change.custom]
    if name.lower().endswith("__e"):
        if sum(one.endswith("__e") for one in custom_objects) >= _EVENT_LIMITS[kind]:
            return [_at(node, "reached maximum number of platform event definitions")]
    elif sum(one.endswith("__c") for one in custom_objects) >= _LIMITS[kind]:
        return [_at(node, "reached maximum number of custom objects")]
    return []


def _common(node: Node, existing: SObjectType | None) -> dict[str, Any]:
    """Attributes that any object may change."""
    found: dict[str, Any] = {}
    for tag, attribute in (
        ("enableHistory", "enable_history"),
        ("enableActivities", "enable_activities"),
        ("enableReports", "enable_reports"),
        ("enableSearch", "enable_search"),
        ("enableFeeds", "feed_enabled"),
    ):
        if node.has(tag):
            found[attribute] = node.flag(tag)
    if node.value("sharingModel"):
        found["sharing_model"] = node.value("sharingModel")
    if node.value("description"):
        found["description"] = node.value("description")
    return found


def _own(node: Node, name: str) -> dict[str, Any]:
    """Attributes of a custom object."""
    found: dict[str, Any] = {
        "label": node.value("label"),
        "label_plural": node.value("pluralLabel") or node.value("label"),
        "deployment_status": node.value("deploymentStatus") or "Deployed",
    }
    if name.lower().endswith("__e"):
        found["publish_behavior"] = node.value("publishBehavior") or "PublishAfterCommit"
    if node.value("customSettingsType"):
        found["custom_setting_type"] = node.value("customSettingsType")
    return found


def _name_field(node: Node) -> Field | None:
    given = node.find("nameField")
    if given is None:
        return None
    auto = given.value("type") == "AutoNumber"
    return custom.name_field(
        given.value("label") or f"{node.value('label')} Name",
        display_format=given.value("displayFormat") if auto else None,
        starting_number=given.number("startingNumber") or 0,
    )
