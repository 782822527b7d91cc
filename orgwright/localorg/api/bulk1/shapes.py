"""Job and batch infos, lists and results as XML or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from orgwright.localorg.api.http import Answer, Request

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
XML_TYPE = "application/xml"
JSON_TYPE = "application/json"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def wants_json(request: Request) -> bool:
    """Whether the client speaks JSON."""
    return request.headers.get("content-type", "").lower().startswith(JSON_TYPE)


def answer(name: str, facts: Mapping[str, Any], as_json: bool, status: int = 200) -> Answer:
    """One info."""
    if as_json:
        return Answer(status, json.dumps(facts).encode(), JSON_TYPE)
    return Answer(status, f'{HEAD}<{name} xmlns="{NAMESPACE}">{_elements(facts)}</{name}>'.encode(), XML_TYPE)


def batch_list(batches: Sequence[Mapping[str, Any]], as_json: bool) -> Answer:
    """All batches of a job."""
    if as_json:
        return Answer(200, json.dumps({"batchInfo": list(batches)}).encode(), JSON_TYPE)
    inner = "".join(f"<batchInfo>{_elements(batch)}</batchInfo>" for batch in batches)
    return Answer(200, f'{HEAD}<batchInfoList xmlns="{NAMESPACE}">{inner}</batchInfoList>'.encode(), XML_TYPE)


def result_list(ids: Sequence[str], as_json: bool) -> Answer:
    """The result ids of a query batch."""
    if as_json:
        return Answer(200, json.dumps(list(ids)).encode(), JSON_TYPE)
    inner = "".join(f"<result>{escape(one)}</result>" for one in ids)
    return Answer(200, f'{HEAD}<result-list xmlns="{NAMESPACE}">{inner}</result-list>'.encode(), XML_TYPE)


def element(name: str, value: Any) -> str:
    """One element; nothing for ``None``."""
    return "" if value is None else f"<{name}>{escape(_plain(value))}</{name}>"


def _elements(facts: Mapping[str, Any]) -> str:
    return "".join(element(name, value) for name, value in facts.items())


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return "".join(char for char in text if char in "\t\n\r" or char >= " ")
