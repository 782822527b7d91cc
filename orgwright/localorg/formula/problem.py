"""What can be wrong with a formula, in the words of Salesforce's formula engine."""

from __future__ import annotations

from collections.abc import Sequence

_SHOWN = {
    "text": "Text", "number": "Number", "boolean": "Boolean", "date": "Date", "datetime": "DateTime", "time": "Time",
    "picklist": "Picklist", "multipicklist": "Multi-Select Picklist", "null": "Null", "location": "Geolocation",
}  # fmt: skip


class FormulaProblem(Exception):
    """The formula cannot be compiled. ``unsupported`` names what a real org would take, the embedded one cannot."""

    def __init__(self, text: str, *, unsupported: str | None = None) -> None:
        super().__init__(text)
        self.text, self.unsupported = text, unsupported


class FormulaError(Exception):
    """A formula that compiled cannot be worked out for these values; a formula field is then empty."""


def shown_kind(kind: str) -> str:
    """A kind of value as messages name it."""
    return _SHOWN[kind]


def shown_callee(name: str) -> str:
    """A function or operator as messages name it."""
    return f"function '{name}()'" if name[0].isalpha() else f"operator '{name}'"


def syntax(found: str | None = None) -> FormulaProblem:
    """The text is no formula."""
    return FormulaProblem("Syntax error" if found is None else f"Syntax error.  Found '{found}'")


def missing(what: str) -> FormulaProblem:
    """Something is left out."""
    return FormulaProblem(f"Syntax error.  Missing '{what}'")


def no_field(name: str) -> FormulaProblem:
    """There is no such field."""
    return FormulaProblem(f"Field {name} does not exist. Check spelling.")


def no_function(name: str) -> FormulaProblem:
    """There is no such function."""
    return FormulaProblem(f"Unknown function {name}. Check spelling.")


def wrong_type(callee: str, expected: Sequence[str], received: str) -> FormulaProblem:
    """An argument is of another kind than the function or operator takes."""
    wanted = ", ".join(map(shown_kind, expected))
    text = f"Incorrect parameter type for {shown_callee(callee)}. Expected {wanted}, received {shown_kind(received)}"
    return FormulaProblem(text)


def wrong_count(callee: str, expected: object, received: int) -> FormulaProblem:
    """Too many arguments, or too few."""
    text = f"Incorrect number of parameters for {shown_callee(callee)}. Expected {expected}, received {received}"
    return FormulaProblem(text)


def wrong_result(expected: str, received: str) -> FormulaProblem:
    """The formula's value is not of the field's type."""
    text = (
        f"Formula result is data type ({shown_kind(received)}), incompatible with expected data type "
        f"({shown_kind(expected)})."
    )
    return FormulaProblem(text)


def picklist(name: str, kind: str) -> FormulaProblem:
    """A picklist stands where only few functions take one."""
    if kind == "multipicklist":
        text = f"Field {name} is a multi-select picklist field. Multi-select picklist fields are only supported in certain functions."
    else:
        text = f"Field {name} is a picklist field. Picklist fields are only supported in certain functions."
    return FormulaProblem(text)


def unsupported(what: str) -> FormulaProblem:
    """Real formula language that the embedded org does not work out."""
    return FormulaProblem(f"{what} is not supported by the embedded org", unsupported=what)
