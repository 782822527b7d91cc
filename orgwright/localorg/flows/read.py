"""From the metadata of a flow to its :class:`Flow`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from orgwright.localorg.flows.model import (
    Assignment,
    Call,
    Change,
    Condition,
    CustomError,
    Decision,
    Element,
    Flow,
    Formula,
    Given,
    Lookup,
    Loop,
    Outcome,
    Processing,
    Start,
    Template,
    Test,
    Unsupported,
    Variable,
    Write,
)
from orgwright.localorg.metadata.document import Node

_WRITES = {"recordCreates": "insert", "recordUpdates": "update", "recordDeletes": "delete"}
_UNSUPPORTED = {
    "screens": "screen", "waits": "pause", "steps": "step", "orchestratedStages": "orchestration stage", "transforms": "transform",
    "apexPluginCalls": "Apex plug-in", "recordRollbacks": "rollback", "experiments": "experiment",
}  # fmt: skip
_MOMENTS = {"RecordBeforeSave": "before save", "RecordAfterSave": "after save", "RecordBeforeDelete": "before delete"}


def read(name: str, node: Node) -> Flow:
    """The flow that a document describes."""
    elements = {element.name.lower(): element for element in _elements(node)}
    start = node.find("start")
    first = node.value("startElementReference") or (_next(start) if start is not None else None)
    notes = {note.value("name"): _note(note) for note in node.all("processMetadataValues")}
    process = node.value("processType") == "Workflow"
    return Flow(
        name=name,
        label=node.value("label") or name,
        type=node.value("processType"),
        active=node.value("status").lower() == "active",
        first=first or None,
        start=_process_start(notes) if process else _start(start, node) if start is not None else Start(),
        variables=_by_name(_variable(one) for one in node.all("variables")),
        constants=_by_name(_variable(one) for one in node.all("constants")),
        formulas=_by_name(
            Formula(one.value("name"), one.value("dataType") or "String", one.value("expression"))
            for one in node.all("formulas")
        ),
        templates=_by_name(Template(one.value("name"), one.value("text")) for one in node.all("textTemplates")),
        elements=elements,
        outcomes=frozenset(
            outcome.name.lower() for one in elements.values() if isinstance(one, Decision) for outcome in one.outcomes
        ),
        current=notes.get("ObjectVariable") if process else None,
        old=notes.get("OldObjectVariable") if process else None,
    )


def _by_name(found: Any) -> dict[str, Any]:
    return {one.name.lower(): one for one in found}


def _start(node: Node, flow: Node) -> Start:
    on = node.value("recordTriggerType") or "Create"
    return Start(
        moment=_MOMENTS.get(node.value("triggerType"), ""),
        object=node.value("object"),
        on_create="Create" in on,
        on_update="Update" in on,
        on_delete=on == "Delete",
        filter=_test(node, "filters", "filterLogic", "field", "value"),
        formula=node.value("filterFormula") or None,
        when_changed=node.flag("doesRequireRecordChangedToMeetCriteria"),
        order=flow.number("triggerOrder") or 0,
    )


def _note(node: Node) -> str | None:
    given = _given(node.find("value"))
    return given.reference or (str(given.value) if given.value else None)


def _process_start(notes: dict[str, str | None]) -> Start:
    """A process says in its notes what starts it."""
    on, sobject = notes.get("TriggerType"), notes.get("ObjectType")
    if not sobject or on not in ("onCreateOnly", "onAllChanges"):
        return Start()
    return Start("after save", sobject, on_create=True, on_update=on == "onAllChanges")


def _elements(flow: Node) -> list[Element]:
    found: list[Element] = []
    for child in flow.children:
        reader, beyond = _READERS.get(child.tag), _beyond(child)
        if beyond is not None:
            found.append(Unsupported(**_common(child), kind=beyond))
        elif reader is not None:
            found.append(reader(child))
        elif child.tag in _WRITES:
            found.append(_write(child))
        elif child.tag in _UNSUPPORTED:
            found.append(Unsupported(**_common(child), kind=_UNSUPPORTED[child.tag]))
    return found


def _beyond(node: Node) -> str | None:
    """What an element asks for beyond what runs here."""
    if node.tag == "recordCreates" and (node.flag("doesUpsert") or node.has("filters")):
        return "upsert"
    return "look-up of related records" if node.tag == "recordLookups" and node.has("relatedRecords") else None


def _common(node: Node) -> dict[str, Any]:
    return {"name": node.value("name"), "next": _next(node), "fault": _next(node, "faultConnector")}


def _next(node: Node, tag: str = "connector") -> str | None:
    found = node.find(tag)
    return found.value("targetReference") or None if found is not None else None


def _given(node: Node | None) -> Given:
    """What a ``FlowElementReferenceOrValue`` holds."""
    for child in node.children if node is not None else ():
        text = child.text
        if child.tag == "elementReference":
            return Given(reference=text)
        if child.tag == "stringValue":
            return Given(text, merged="{!" in text)
        if child.tag == "numberValue":
            try:
                return Given(Decimal(text))
            except InvalidOperation:
                return Given()
        if child.tag == "booleanValue":
            return Given(text == "true")
        if child.tag == "dateValue":
            return Given(dt.date.fromisoformat(text))
        if child.tag == "dateTimeValue":
            return Given(dt.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(dt.UTC))
        if child.tag in ("formulaExpression", "setupReference", "apexValue", "sobjectValue"):
            return Given(reference=f"<{child.tag}>")
    return Given()


def _test(node: Node, each: str, logic: str, left: str, right: str) -> Test:
    conditions = tuple(
        Condition(one.value(left), one.value("operator"), _given(one.find(right))) for one in node.all(each)
    )
    return Test(conditions, node.value(logic) or "and")


def _filter(node: Node) -> Test:
    return _test(node, "filters", "filterLogic", "field", "value")


def _variable(node: Node) -> Variable:
    start = node.find("value")
    return Variable(
        node.value("name"),
        node.value("dataType") or "String",
        node.flag("isCollection"),
        node.value("objectType") or None,
        node.value("apexClass") or None,
        node.number("scale"),
        _given(start) if start is not None else None,
        node.flag("isInput"),
        node.flag("isOutput"),
    )


def _assignment(node: Node) -> Assignment:
    changes = tuple(
        Change(one.value("assignToReference"), one.value("operator"), _given(one.find("value")))
        for one in node.all("assignmentItems")
    )
    return Assignment(**_common(node), changes=changes)


def _decision(node: Node) -> Decision:
    outcomes = tuple(
        Outcome(
            rule.value("name"),
            _test(rule, "conditions", "conditionLogic", "leftValueReference", "rightValue"),
            _next(rule),
            rule.flag("doesRequireRecordChangedToMeetCriteria"),
        )
        for rule in node.all("rules")
    )
    return Decision(node.value("name"), _next(node, "defaultConnector"), None, outcomes)


def _loop(node: Node) -> Loop:
    return Loop(
        node.value("name"),
        _next(node, "noMoreValuesConnector"),
        None,
        node.value("collectionReference"),
        node.value("assignNextValueToReference") or None,
        _next(node, "nextValueConnector"),
        node.value("iterationOrder") == "Desc",
    )


def _lookup(node: Node) -> Lookup:
    return Lookup(
        **_common(node),
        object=node.value("object"),
        filter=_filter(node),
        # older versions name a variable, which is of one record or of many
        first=node.flag("getFirstRecordOnly", default=bool(node.all("outputAssignments"))),
        fields=tuple(one.text for one in node.all("queriedFields")),
        sort=node.value("sortField") or None,
        descending=node.value("sortOrder") == "Desc",
        limit=_given(node.find("limit")) if node.has("limit") else None,
        output=node.value("outputReference") or None,
        assigned=tuple((one.value("field"), one.value("assignToReference")) for one in node.all("outputAssignments")),
        empties=node.flag("assignNullValuesIfNoRecordsFound"),
    )


def _write(node: Node) -> Write:
    return Write(
        **_common(node),
        operation=_WRITES[node.tag],
        object=node.value("object") or None,
        filter=_filter(node),
        values=tuple((one.value("field"), _given(one.find("value"))) for one in node.all("inputAssignments")),
        input=node.value("inputReference") or None,
        id_output=node.value("assignRecordIdToReference") or None,
    )


def _action(node: Node) -> Call:
    return Call(
        **_common(node),
        kind=node.value("actionType"),
        target=node.value("actionName"),
        inputs=_pairs(node, "inputParameters"),
        outputs=tuple((one.value("name"), one.value("assignToReference")) for one in node.all("outputParameters")),
        automatic=node.flag("storeOutputAutomatically"),
    )


def _subflow(node: Node) -> Call:
    return Call(
        **_common(node),
        kind="flow",
        target=node.value("flowName"),
        inputs=_pairs(node, "inputAssignments"),
        outputs=tuple((one.value("name"), one.value("assignToReference")) for one in node.all("outputAssignments")),
        automatic=node.flag("storeOutputAutomatically"),
    )


def _pairs(node: Node, tag: str) -> tuple[tuple[str, Given], ...]:
    return tuple((one.value("name"), _given(one.find("value"))) for one in node.all(tag))


def _custom_error(node: Node) -> CustomError:
    messages = tuple(
        (Given(text, merged="{!" in text), one.value("fieldSelection") or None if one.flag("isFieldError") else None)
        for one in node.all("customErrorMessages")
        for text in (one.value("errorMessage"),)
    )
    return CustomError(**_common(node), messages=messages)


def _processing(node: Node) -> Processing:
    return Processing(
        **_common(node),
        kind=node.value("collectionProcessorType"),
        collection=node.value("collectionReference"),
        item=node.value("assignNextValueToReference") or None,
        sorts=tuple(
            (one.value("sortField") or None, one.value("sortOrder") == "Desc") for one in node.all("sortOptions")
        ),
        limit=node.number("limit"),
        filter=_test(node, "conditions", "conditionLogic", "leftValueReference", "rightValue"),
        formula=node.value("formula") or None,
    )


_READERS: dict[str, Callable[[Node], Element]] = {
    "assignments": _assignment,
    "decisions": _decision,
    "loops": _loop,
    "recordLookups": _lookup,
    "actionCalls": _action,
    "subflows": _subflow,
    "customErrors": _custom_error,
    "collectionProcessors": _processing,
}
