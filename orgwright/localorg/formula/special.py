"""Functions whose arguments are more than values: choices, blanks, picklists, changes of the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orgwright.localorg.formula import moments, problem
from orgwright.localorg.formula.operators import all_of, any_of, equal_text
from orgwright.localorg.formula.part import Compiling, Part, Run, common, expect
from orgwright.localorg.formula.tree import Call, Literal
from orgwright.localorg.formula.values import Source

Maker = Callable[[Compiling, Call], Part]
SPECIAL: dict[str, Maker] = {}


def _special(name: str) -> Callable[[Maker], Maker]:
    def register(maker: Maker) -> Maker:
        SPECIAL[name] = maker
        return maker

    return register


def _count(node: Call, least: int, most: int | None = None) -> None:
    given = len(node.arguments)
    if given < least or (most is not None and given > most):
        raise problem.wrong_count(node.name, least if given < least else most, given)


def is_blank(value: Any) -> bool:
    """Whether there is no value."""
    return value is None or value == ""


# --- choices ---


@_special("IF")
def _if(compiler: Compiling, node: Call) -> Part:
    _count(node, 3, 3)
    condition = expect("IF", compiler.plain(node.arguments[0]), "boolean").run
    first, other = compiler.plain(node.arguments[1]), compiler.plain(node.arguments[2])
    kind = common("IF", first, other)
    yes, no = first.run, other.run
    return Part(kind, lambda env: yes(env) if condition(env) is True else no(env), node)


@_special("IFS")
def _ifs(compiler: Compiling, node: Call) -> Part:
    _count(node, 3)
    if len(node.arguments) % 2 == 0:
        raise problem.wrong_count("IFS", len(node.arguments) + 1, len(node.arguments))
    pairs: list[tuple[Run, Run]] = []
    last = compiler.plain(node.arguments[-1])
    result = last
    for n in range(0, len(node.arguments) - 1, 2):
        condition = expect("IFS", compiler.plain(node.arguments[n]), "boolean")
        part = compiler.plain(node.arguments[n + 1])
        result = replace(result, kind=common("IFS", result, part))
        pairs.append((condition.run, part.run))

    def run(env: Sequence[Any]) -> Any:
        for condition, value in pairs:
            if condition(env) is True:
                return value(env)
        return last.run(env)

    return Part(result.kind, run, node)


@_special("CASE")
def _case(compiler: Compiling, node: Call) -> Part:
    given = len(node.arguments)
    _count(node, 4)
    if given % 2:
        raise problem.wrong_count("CASE", given + 1, given)
    subject = compiler.part(node.arguments[0])
    if subject.kind == "multipicklist":
        raise problem.picklist(getattr(node.arguments[0], "text", ""), subject.kind)
    last = compiler.plain(node.arguments[-1])
    result, pairs = last, []
    for n in range(1, given - 1, 2):
        option, value = compiler.part(node.arguments[n]), compiler.plain(node.arguments[n + 1])
        wanted = "text" if subject.kind == "picklist" else subject.kind
        if option.kind not in (wanted, "null") and wanted != "null":
            raise problem.wrong_type("CASE", (wanted,), option.kind)
        result = replace(result, kind=common("CASE", result, value))
        pairs.append((option.run, value.run))
    same = equal_text if subject.kind in ("text", "picklist") else _same
    return Part(result.kind, _choice(subject.run, pairs, last.run, same), node)


def _same(left: Any, right: Any) -> bool:
    return left is not None and left == right


def _choice(subject: Run, pairs: Sequence[tuple[Run, Run]], last: Run, same: Callable[[Any, Any], bool]) -> Run:
    def run(env: Sequence[Any]) -> Any:
        wanted = subject(env)
        for option, value in pairs:
            if same(wanted, option(env)):
                return value(env)
        return last(env)

    return run


@_special("AND")
def _and(compiler: Compiling, node: Call) -> Part:
    _count(node, 1)
    return Part("boolean", all_of([expect("AND", compiler.plain(a), "boolean") for a in node.arguments]), node)


@_special("OR")
def _or(compiler: Compiling, node: Call) -> Part:
    _count(node, 1)
    return Part("boolean", any_of([expect("OR", compiler.plain(a), "boolean") for a in node.arguments]), node)


@_special("NOT")
def _not(compiler: Compiling, node: Call) -> Part:
    _count(node, 1, 1)
    run = expect("NOT", compiler.plain(node.arguments[0]), "boolean").run
    return Part("boolean", lambda env: None if (v := run(env)) is None else not v, node)


# --- blanks ---


@_special("ISBLANK")
def _isblank(compiler: Compiling, node: Call) -> Part:
    _count(node, 1, 1)
    run = compiler.part(node.arguments[0]).run
    return Part("boolean", lambda env: is_blank(run(env)), node)


@_special("ISNULL")
def _isnull(compiler: Compiling, node: Call) -> Part:
    """A text is never null, even an empty one."""
    _count(node, 1, 1)
    part = compiler.part(node.arguments[0])
    run = part.run
    if part.kind == "text":
        return Part("boolean", lambda env: False, node)
    return Part("boolean", lambda env: is_blank(run(env)), node)


def _instead(compiler: Compiling, node: Call, *, never: bool) -> Part:
    _count(node, 2, 2)
    first, other = compiler.plain(node.arguments[0]), compiler.plain(node.arguments[1])
    kind = common(node.name, first, other)
    if never and first.kind == "text":
        return Part(kind, first.run, node)
    value, substitute = first.run, other.run
    return Part(kind, lambda env: substitute(env) if is_blank(found := value(env)) else found, node)


@_special("BLANKVALUE")
def _blankvalue(compiler: Compiling, node: Call) -> Part:
    return _instead(compiler, node, never=False)


@_special("NULLVALUE")
def _nullvalue(compiler: Compiling, node: Call) -> Part:
    return _instead(compiler, node, never=True)


# --- picklists and text ---


@_special("ISPICKVAL")
def _ispickval(compiler: Compiling, node: Call) -> Part:
    _count(node, 2, 2)
    part = compiler.part(node.arguments[0])
    if part.kind != "picklist":
        raise problem.wrong_type("ISPICKVAL", ("picklist",), part.kind)
    wanted = _literal(node)
    run = part.run
    return Part("boolean", lambda env: (run(env) or "").lower() == wanted.lower(), node)


def _literal(node: Call) -> str:
    found = node.arguments[1]
    if not isinstance(found, Literal) or found.kind != "text":
        text = f"Incorrect parameter type for function '{node.name}()'. Expected Text Literal, received Text"
        raise problem.FormulaProblem(text)
    return str(found.value)


@_special("INCLUDES")
def _includes(compiler: Compiling, node: Call) -> Part:
    _count(node, 2, 2)
    part = compiler.part(node.arguments[0])
    if part.kind != "multipicklist":
        raise problem.wrong_type("INCLUDES", ("multipicklist",), part.kind)
    wanted = _literal(node)
    run = part.run
    return Part("boolean", lambda env: wanted in (run(env) or "").split(";"), node)


@_special("PICKLISTCOUNT")
def _picklist_count(compiler: Compiling, node: Call) -> Part:
    _count(node, 1, 1)
    part = compiler.part(node.arguments[0])
    if part.kind != "multipicklist":
        raise problem.wrong_type("PICKLISTCOUNT", ("multipicklist",), part.kind)
    run = part.run
    return Part("number", lambda env: Decimal(len([one for one in (run(env) or "").split(";") if one])), node)


@_special("FORMATDURATION")
def _format_duration(compiler: Compiling, node: Call) -> Part:
    """Of a number of seconds, with or without days, or between two date-times (with days) or times."""
    _count(node, 1, 2)
    first = compiler.plain(node.arguments[0])
    if len(node.arguments) == 1:
        expect("FORMATDURATION", first, "number")
        other = Part("boolean", lambda env: False, node)
    else:
        expect("FORMATDURATION", first, "number", "datetime", "time")
        other = compiler.plain(node.arguments[1])
        expect("FORMATDURATION", other, "boolean" if first.kind == "number" else first.kind)
    kind, start, end = first.kind, first.run, other.run

    def run(env: Sequence[Any]) -> str | None:
        one, two = start(env), end(env)
        if one is None or two is None:
            return None
        if kind == "datetime":
            return moments.duration(int((two - one) / dt.timedelta(seconds=1)), days=True)
        if kind == "time":
            apart = moments.milliseconds_of(two) - moments.milliseconds_of(one)
            return moments.duration(int(apart / 1000), days=False)
        return moments.duration(int(one), days=two)

    return Part("text", run, node)


@_special("TEXT")
def _text(compiler: Compiling, node: Call) -> Part:
    _count(node, 1, 1)
    part = compiler.part(node.arguments[0])
    if part.kind not in ("number", "date", "datetime", "time", "picklist", "null"):
        raise problem.wrong_type("TEXT", ("number", "date", "datetime", "picklist"), part.kind)
    run = part.run
    return Part("text", lambda env: None if (v := run(env)) is None else shown(v), node)


def shown(value: Any) -> str:
    """A value as TEXT shows it."""
    if isinstance(value, Decimal):
        if value == 0:
            return "0"
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, dt.time):
        return f"{value:%H:%M:%S}.{value.microsecond // 1000:03}"
    return str(value)


@_special("ADDMONTHS")
def _addmonths(compiler: Compiling, node: Call) -> Part:
    _count(node, 2, 2)
    day = expect("ADDMONTHS", compiler.plain(node.arguments[0]), "date", "datetime")
    months = expect("ADDMONTHS", compiler.plain(node.arguments[1]), "number").run
    first = day.run

    def run(env: Sequence[Any]) -> Any:
        moment, count = first(env), months(env)
        return None if moment is None or count is None else moments.add_months(moment, count)

    return Part("date" if day.kind == "null" else day.kind, run, node)


# --- the record's change ---


def _changing(compiler: Compiling, node: Call) -> tuple[Part, Part]:
    """A field of the record itself, now and before."""
    _count(node, 1, 1)
    part = compiler.part(node.arguments[0])
    source = part.source
    if source is None or source.origin != "field" or source.field is None or source.steps:
        text = f"Incorrect parameter for {problem.shown_callee(node.name)}. Expected field reference."
        raise problem.FormulaProblem(text)
    if not source.field.stored:
        raise problem.unsupported(f"{node.name} of the calculated field {source.field.name}")
    before = Source("prior", source.kind, field=source.field, zero=source.zero)
    return part, compiler.read(before, node)


@_special("PRIORVALUE")
def _priorvalue(compiler: Compiling, node: Call) -> Part:
    """The value before the save; that of a new record is the current one."""
    now, before = _changing(compiler, node)
    new = compiler.hidden("new", node).run
    current, prior = now.run, before.run
    return Part(now.kind, lambda env: current(env) if new(env) else prior(env), node)


@_special("ISCHANGED")
def _ischanged(compiler: Compiling, node: Call) -> Part:
    """Whether the save gives the field another value; never of a new record."""
    now, before = _changing(compiler, node)
    new = compiler.hidden("new", node).run
    current, prior = now.run, before.run
    return Part("boolean", lambda env: not new(env) and current(env) != prior(env), node)


@_special("ISNEW")
def _isnew(compiler: Compiling, node: Call) -> Part:
    _count(node, 0, 0)
    return compiler.hidden("new", node)
