"""``System.Test`` (Apex Reference Guide, Test Class)."""

from __future__ import annotations

import csv
import io
from typing import Any

from orgwright.apex.host import DmlOptions
from orgwright.apex.library.arguments import null_argument, only_in_tests
from orgwright.apex.library.events import tell_callbacks
from orgwright.apex.library.jsonvalues import ValueProblem, decimal_of, moment_of, time_of
from orgwright.apex.library.moments import parse_date
from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.typetoken import Type
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import NotSupported, StringException, TypeException, null_pointer
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.tokens import SObjectType, field_type, rtype_of
from orgwright.apex.runtime.values import Id, PlatformObject, parse_id


@native("Test.isRunningTest", context=True)
def is_running_test(execution: Any) -> bool:
    return bool(execution.in_test)


@native("Test.setCreatedDate", context=True)
def set_created_date(execution: Any, id: str | None, moment: Any) -> None:
    """Another creation date for a record of the test."""
    only_in_tests(execution, "setCreatedDate")
    if id is None or moment is None:
        raise null_argument(1 if id is None else 2)
    execution.host.set_created(id, moment)


@native("Test.calculatePermissionSetGroup", context=True)
def calculate_permission_set_group(execution: Any, ids: Any) -> None:
    """Nothing is left to do: what a group of permission sets gives is worked out whenever it is asked for."""
    only_in_tests(execution, "Test.calculatePermissionSetGroup()")
    if ids is None:
        raise null_argument(1)


@native("Test.startTest", context=True)
def start_test(execution: Any) -> None:
    execution.start_test()


@native("Test.stopTest", context=True)
def stop_test(execution: Any) -> None:
    execution.stop_test()


@native("Test.setFixedSearchResults", context=True)
def set_fixed_search_results(execution: Any, ids: Any) -> None:
    """What the test's searches find; without it they find nothing."""
    only_in_tests(execution, "Test.setFixedSearchResults()")
    if ids is None:
        raise null_argument(1)
    execution.state["fixed search results"] = [str(one) for one in ids.items if one is not None]


@native("Test.setMock", context=True)
def set_mock(execution: Any, interface: Type | None, mock: Any) -> None:
    """A later call for the same interface replaces the mock."""
    only_in_tests(execution, "Test.setMock()")
    if interface is None or mock is None:
        raise null_argument(1 if interface is None else 2)
    name = interface.rtype.name
    if not name.startswith("System."):
        name = f"System.{name}"
    if name not in ("System.HttpCalloutMock", "System.WebServiceMock"):
        raise TypeException("Supplied type is not an interface")
    execution.mocks[name] = mock


@native("Test.createStub", context=True)
def create_stub(execution: Any, type: Type | None, provider: Any) -> Any:
    only_in_tests(execution, "Test.createStub()")
    if type is None:
        raise null_argument(1)
    if provider is None:
        raise null_pointer("stubProvider cannot be null")
    if type.rtype.kind not in ("class", "interface"):
        raise TypeException("Test.createStub() can only be invoked on user defined types.")
    return execution.stub(type.rtype, provider)


@native("Test.getStandardPricebookId", context=True)
def standard_pricebook(execution: Any) -> Id:
    rows = execution.host.query(
        "SELECT Id FROM Pricebook2 WHERE IsStandard = true LIMIT 1", {}, access="system", all_rows=False
    )
    if not rows:
        raise NotSupported("Test.getStandardPricebookId in an org without a standard price book")
    return Id(rows[0].fields["Id"])


# ------------------------------------------------------------------------------------------- events


@platform("eventbus.TestBroker")
class TestBroker(PlatformObject):
    """``eventbus.TestBroker``: delivers published events in a test."""

    __test__ = False
    __slots__ = ("execution",)

    def __init__(self, execution: Any) -> None:
        self.execution = execution

    def deliver(self) -> None:
        """Deliver what was published so far."""
        self.execution.host.deliver_events()
        tell_callbacks(self.execution, delivered=True)

    def fail(self) -> None:
        """Drop what was published so far."""
        self.execution.host.fail_events()
        tell_callbacks(self.execution, delivered=False)


@native("Test.getEventBus", context=True)
def event_bus(execution: Any) -> TestBroker:
    only_in_tests(execution, "Test.getEventBus()")
    return TestBroker(execution)


@native("Test.enableChangeDataCapture", context=True)
def enable_change_data_capture(execution: Any) -> None:
    """Change events for all objects, whatever the org has selected."""
    only_in_tests(execution, "Test.enableChangeDataCapture()")
    execution.host.capture_changes()


# ---------------------------------------------------------------------------------------- test data


@native("Test.loadData", context=True)
def load_data(execution: Any, token: SObjectType | None, resource: str | None) -> List:
    """Insert the rows of a CSV static resource; Ids in the file are places of the file only."""
    only_in_tests(execution, "Test.loadData()")
    if token is None:
        raise null_pointer("sObject type token cannot be null")
    if resource is None:
        raise null_pointer("staticResourceName cannot be null")
    content = execution.host.static_resource(resource)
    if content is None:
        raise null_pointer(f"Static Resource not found: {resource}")
    if not content:
        raise null_pointer(f"Static Resource has no content: {resource}")
    rows = [_row(execution, token, line) for line in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    execution.dml("insert", rows, DmlOptions())
    return List(types.list_of(rtype_of(token.name)), rows)


def _row(execution: Any, token: SObjectType, line: dict[str, Any]) -> SObject:
    row = SObject(execution.types.get(token.name))
    for name, text in line.items():
        if name.lower() == "id" or not text:
            continue
        field = token.field(name)
        if field is None:
            raise StringException(f"Unknown field: {name}")
        row.fields[field.name] = _value(text, field_type(field).kind)
    return row


def _value(text: str, kind: str) -> Any:
    try:
        if kind == "boolean":
            return text.lower() == "true"
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("decimal", "double"):
            return decimal_of(text)
        if kind == "date":
            return parse_date(text)
        if kind == "datetime":
            return moment_of(text)
        if kind == "time":
            return time_of(text)
        if kind == "id":
            return parse_id(text)
    except (ValueProblem, ValueError):
        raise StringException(f"Invalid value: {text}") from None
    return text


# -------------------------------------------------------------------------------------------- pages


@native("Test.setCurrentPage", "Test.setCurrentPageReference", context=True)
def set_current_page(execution: Any, page: Any) -> None:
    execution.state["page"] = page
