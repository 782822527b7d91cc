"""Robot keywords about one connector and its org, on CumulusCI's own library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from robot.api import logger
from robot.api.deco import keyword, library
from robot.libraries.BuiltIn import BuiltIn

from orgwright import plan, spec
from orgwright.cli.orgs import connection_of
from orgwright.org import OrgClient
from orgwright.org.events import Event, Subscription


@library(scope="SUITE", version="1.0")
class connector_library:  # noqa: N801  Robot finds a library by the name of its module
    """What the spec of a connector says, asked of the org that CumulusCI's library is connected to."""

    def __init__(self, connector: str) -> None:
        self._connector = spec.load(spec.find(connector, Path.cwd()))
        self._org: OrgClient | None = None
        self._listening: dict[str, tuple[Any, Subscription]] = {}

    @keyword
    def connect_to_org(self) -> None:
        """Open the APIs of the org under test."""
        cumulusci = BuiltIn().get_library_instance("cumulusci.robotframework.CumulusCI")
        self._org = OrgClient(connection_of(cumulusci.org))

    @keyword
    def disconnect_from_org(self) -> None:
        """Stop listening and close."""
        for context, _ in self._listening.values():
            context.__exit__(None, None, None)
        self._listening.clear()
        if self._org is not None:
            self._org.transport.close()

    @keyword
    def fields_of_the_connector_should_exist(self) -> None:
        """Every custom field of the spec is in the org, with its type and length."""
        self._no_difference("field")

    @keyword
    def settings_of_the_connector_should_be_on(self) -> None:
        """Every setting that the spec requires is on."""
        self._no_difference("setting")

    @keyword
    def listen_to(self, event: str) -> None:
        """Begin to listen to a platform event; only what is published from now on is heard."""
        context = self._client().events.subscribe(f"/event/{event}")
        self._listening[event] = (context, context.__enter__())

    @keyword
    def one_event_should_arrive(self, event: str, seconds: float = 3.0) -> dict[str, Any]:
        """Exactly one event arrives; its payload is given back."""
        events: list[Event] = list(self._listening[event][1].read(float(seconds)))
        if len(events) != 1:
            raise AssertionError(f"{len(events)} events arrived on {event} instead of one: {events}")
        logger.info(json.dumps(events[0].payload, indent=1))
        return events[0].payload

    @keyword
    def json_field(self, text: str, name: str) -> Any:
        """One field of a record that was sent as JSON."""
        return json.loads(text)[name]

    def _client(self) -> OrgClient:
        if self._org is None:
            raise AssertionError("use the keyword 'Connect To Org' first")
        return self._org

    def _no_difference(self, kind: str) -> None:
        result = plan.validate(self._client(), self._connector)
        found: Sequence[str] = [str(d) for d in result.differences if d.kind == kind]
        if found:
            raise AssertionError("\n".join(found))
