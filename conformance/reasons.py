"""Why a test method did not pass, in three classes: not supported, compile, wrong result."""

from __future__ import annotations

from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.parse import ApexSyntaxError, parse
from orgwright.localorg.project.trial import Trial

_LOUD = ("is not supported by the embedded org", "is not supported here", "NOT_SUPPORTED_BY_EMBEDDED_ORG")
_BROKEN = "Dependent class is invalid and needs recompilation"


def reason_of(message: str) -> str:
    """The class of a failure: loud ones apart from those where the result differs."""
    if any(text in message for text in _LOUD):
        return "not supported"
    if _BROKEN in message:
        return "compile"
    return "wrong result"


def uncompiled(made: Trial) -> list[str]:
    """Test methods in classes of the project that do not compile, so that they could not even start."""
    if made.built is None:
        return []
    known = {test.name.lower() for test in made.built.program.test_classes()}
    broken = {fault.name.lower() for fault in made.faults if fault.kind == "class"}
    found: list[str] = []
    for (kind, name), unit in made.built.units.items():
        if kind == "class" and name in broken and name not in known and (kind, name) in made.project.own:
            found += [f"{unit.source.name}.{method}" for method in test_methods(unit.source)]
    return sorted(found)


def test_methods(source: Source) -> list[str]:
    """Names of the test methods that a class declares; none when it cannot be parsed."""
    try:
        parsed = parse(source)
    except ApexSyntaxError:
        return []
    if not isinstance(parsed, tree.ClassDecl):
        return []
    return [m.name for m in parsed.members if isinstance(m, tree.MethodDecl) and _is_test(m)]


def _is_test(method: tree.MethodDecl) -> bool:
    annotated = any(a.name.lower() == "istest" for a in method.modifiers.annotations)
    return annotated or "testmethod" in {m.lower() for m in method.modifiers.words}
