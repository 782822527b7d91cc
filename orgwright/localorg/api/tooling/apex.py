"""Anonymous Apex and test runs over the Tooling API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orgwright.localorg.apexhost.program import PROGRAMS, Built
from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer
from orgwright.localorg.api.permissions import need
from orgwright.localorg.jobs import anonymous, testruns
from orgwright.localorg.jobs.runner import Selection

WAIT = 2.0
_ALL = ("RunLocalTests", "RunAllTestsInOrg")


def execute_anonymous(request: Request) -> Answer:
    """``GET tooling/executeAnonymous?anonymousBody=``."""
    source = request.query.get("anonymousBody")
    if source is None:
        raise ApiError("MISSING_ARGUMENT", "anonymousBody is required")
    need(request, "AuthorApex")
    return json_answer(anonymous.execute(request.org, request.user_id, source, operation=request.path).to_dict())


def run_tests_asynchronous(request: Request) -> Answer:
    """``runTestsAsynchronous``: the job's Id as a JSON string. A small run is done when the answer comes."""
    body = _body(request)
    try:
        job_id, work = testruns.of(request.org).start(
            request.user_id, _selection(request, body), skip_coverage=_true(body.get("skipCodeCoverage"))
        )
    except testruns.NoTests:
        raise ApiError("INVALID_INPUT", "No test classes were found for the request") from None
    request.runtime.submit(f"tests {job_id}", work, wait=WAIT)
    return json_answer(job_id)


def run_tests_synchronous(request: Request) -> Answer:
    """``runTestsSynchronous``: the whole result."""
    result = testruns.of(request.org).run_now(request.user_id, _selection(request, _body(request)))
    shown = result.to_dict()
    return json_answer({**shown, "codeCoverage": shown["codeCoverage"]})


def _body(request: Request) -> Mapping[str, Any]:
    if request.method == "GET" or not request.body:
        return request.query
    value = request.json()
    if isinstance(value, list):
        return {"tests": value}
    if not isinstance(value, dict):
        raise ApiError("JSON_PARSER_ERROR", "The body must be an object or an array of tests")
    return value


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _list(body: Mapping[str, Any], name: str) -> list[str]:
    """A list that may come as comma-separated text; names of members ignore case."""
    value = next((v for k, v in body.items() if k.lower() == name), None)
    if value is None:
        return []
    parts = value if isinstance(value, list) else str(value).split(",")
    return [str(part).strip() for part in parts if str(part).strip()]


def _selection(request: Request, body: Mapping[str, Any]) -> Selection:
    level = body.get("testLevel")
    if level in _ALL:
        return Selection()
    with request.org.read(request.user_id) as tx:
        built = PROGRAMS.current(request.org, tx)
    names = [*testruns.select(_list(body, "classids"), built), *_list(body, "classnames")]
    names += _suites(request, built, _list(body, "suiteids"), "ApexTestSuiteId")
    names += _suites(request, built, _list(body, "suitenames"), "ApexTestSuite.TestSuiteName")
    methods: dict[str, tuple[str, ...]] = {}
    for test in body.get("tests") or ():
        name = _class_name(test, built)
        names.append(name)
        if test.get("testMethods"):
            methods[name.lower()] = (*methods.get(name.lower(), ()), *map(str, test["testMethods"]))
    return Selection(classes=tuple(dict.fromkeys(names)), methods=methods)


def _class_name(test: Any, built: Built) -> str:
    if not isinstance(test, dict) or not (test.get("classId") or test.get("className")):
        raise ApiError("INVALID_INPUT", "Each test needs a classId or a className")
    if test.get("className"):
        return str(test["className"])
    found: Sequence[str] = testruns.select([str(test["classId"])], built)
    if not found:
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {test['classId']}")
    return found[0]


def _suites(request: Request, built: Built, values: Iterable[str], field: str) -> list[str]:
    """Names of the classes in test suites."""
    texts = [value.replace("\\", "\\\\").replace("'", "\\'") for value in values]
    if not texts:
        return []
    listed = ", ".join(f"'{text}'" for text in texts)
    soql = f"SELECT ApexClassId FROM TestSuiteMembership WHERE {field} IN ({listed})"
    with request.org.read(request.user_id) as tx:
        ids = [str(row.fields["ApexClassId"]) for row in tx.query(soql, access="system").records]
    return list(testruns.select(ids, built))
