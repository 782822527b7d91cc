"""Texts of query errors, and where in the query they point."""

from __future__ import annotations

from orgwright.apex.host import QueryProblem

_WINDOW = 60
_HELP = "Please reference your WSDL or the describe call for the appropriate names."


def located(soql: str, problem: QueryProblem) -> str:
    """The message as the REST API gives it: the query around the fault, a caret, row and column, the text."""
    offset = min(problem.offset, len(soql))
    before = soql[:offset]
    row = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1) + 1
    start = offset - (column - 1)
    end = soql.find("\n", offset)
    line = soql[start : end if end >= 0 else len(soql)]
    cut = max(0, column - 1 - _WINDOW)
    shown = line[cut : column - 1 + _WINDOW]
    return f"\n{shown}\n{' ' * (column - 1 - cut)}^\nERROR at Row:{row}:Column:{column}\n{problem.message}"


def no_sobject(name: str, at: int) -> QueryProblem:
    """There is no such object, or the user may not see it."""
    text = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        f"'__c' after the entity name. {_HELP}"
    )
    return QueryProblem(text, "INVALID_TYPE", at)


def no_column(name: str, sobject: str, at: int) -> QueryProblem:
    """There is no such field, or the user may not see it."""
    text = (
        f"No such column '{name}' on entity '{sobject}'. If you are attempting to use a custom field, be sure to append "
        f"the '__c' after the custom field name. {_HELP}"
    )
    return QueryProblem(text, "INVALID_FIELD", at)


def no_relation(name: str, at: int) -> QueryProblem:
    """There is no such parent relationship."""
    text = (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, be "
        f"sure to append the '__r' after the custom relationship name. {_HELP}"
    )
    return QueryProblem(text, "INVALID_FIELD", at)


def no_child(name: str, at: int) -> QueryProblem:
    """There is no such child relationship."""
    text = (
        f"Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom "
        f"relationship, be sure to append the '__r' after the custom relationship name. {_HELP}"
    )
    return QueryProblem(text, "INVALID_TYPE", at)


def cannot(what: str, field: str, at: int) -> QueryProblem:
    """The field cannot be filtered, sorted or grouped."""
    return QueryProblem(f"field '{field}' can not be {what} in a query call", "INVALID_FIELD", at)


def wrong_value(field: str, type_: str, at: int) -> QueryProblem:
    """The literal does not suit the field."""
    quoted = "should be" if type_ in ("string", "ID") else "should not be"
    text = f"value of filter criterion for field '{field}' must be of type {type_} and {quoted} enclosed in quotes"
    return QueryProblem(text, "INVALID_FIELD", at)


def malformed(text: str, at: int) -> QueryProblem:
    """Another fault of the query's form."""
    return QueryProblem(text, "MALFORMED_QUERY", at)


def unsupported(what: str, at: int) -> QueryProblem:
    """Real SOQL that the embedded org does not run."""
    return QueryProblem(f"{what} is not supported by the embedded org", "NOT_SUPPORTED_BY_EMBEDDED_ORG", at)
