"""Apex stays in Apex: names of Python and of the run time are names like any other, and no text becomes code."""

from __future__ import annotations

import builtins
import keyword

import pytest

from orgwright.apex import engine
from orgwright.apex.runtime.image import Image
from tests.apex.orgfake import Org, Schema, fails, run

#: reserved in Apex, or no identifier there (identifiers neither begin nor end with an underscore)
_RESERVED = frozenset(
    (
        "and", "as", "assert", "break", "case", "class", "continue", "else", "exit", "false", "finally", "float", "for", "from", "global", "if", "import",
        "in", "int", "list", "long", "map", "not", "object", "or", "return", "set", "super", "true", "try", "while",
    )
)  # fmt: skip
NAMES = sorted(
    name
    for name in {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        "self",
        "cls",
        "x",
        "c",
        "i",
        "mro",
        "gi_frame",
        "globals",
    }
    if not name.startswith("_") and not name.endswith("_") and name.lower() not in _RESERVED
)
DUNDERS = [
    "__class__",
    "__import__",
    "__builtins__",
    "__dict__",
    "__init__",
    "_x",
    "_caught",
    "__sfdc_x",
    "apex_code__",
]
TEXTS = [
    "'); import os; os.abort(); ('",
    "{__import__('os').abort()}",
    "%s %(x)s {0.__class__} {}",
    "\\",
    '"""',
    "\n\r\t\x00\x1b",
    "${jndi:x}",
    "\u2028\ufeff\U0001f600",
]


def test_python_names_are_plain_names() -> None:
    locals_ = " ".join(f"Integer {name} = {i}; total += {name};" for i, name in enumerate(NAMES))
    assert run(f"Integer total = 0; {locals_} return total;") == sum(range(len(NAMES)))


@pytest.mark.parametrize("start", range(0, len(NAMES), 40))
def test_python_names_are_fields_properties_methods_and_parameters(start: int) -> None:
    some = NAMES[start : start + 40]
    members = " ".join(
        f"public Integer {name} = {i}; public static Integer s_{name} = 1;"
        f" public Integer f{name} {{ get {{ return {name}; }} set; }}"
        f" public Integer {name}(Integer {name}) {{ return this.{name} + {name}; }}"
        for i, name in enumerate(some)
    )
    calls = " ".join(f"total += h.{name}(1) + h.{name} + h.f{name} + Holder.s_{name};" for name in some)
    expected = sum(3 * i + 2 for i in range(len(some)))
    assert (
        run(
            f"Holder h = new Holder(); Integer total = 0; {calls} return total;", f"public class Holder {{ {members} }}"
        )
        == expected
    )


@pytest.mark.parametrize(
    "name", ["Print", "Eval", "Exec", "Open", "None1", "Lambda", "Self", "Image", "Globals", "Def", "Del", "Pass", "Is"]
)
def test_python_names_are_classes(name: str) -> None:
    inner = f"public class Inner {{ public {name} up; }}"
    other = f"public virtual class {name} {{ public static Integer {name.lower()}() {{ return 7; }} {inner} }}"
    assert run(f"{name}.Inner i = new {name}.Inner(); i.up = new {name}(); return {name}.{name.lower()}();", other) == 7


@pytest.mark.parametrize("name", DUNDERS)
def test_names_with_underscores_around_are_refused(name: str) -> None:
    for body in (
        f"Integer {name} = 1;",
        f"Object o = new Account().{name};",
        f"Object o = 'a'.{name};",
        f"String s = 'a'.{name}();",
    ):
        source = engine.Source("class", "Probe", f"public class Probe {{ static void f() {{ {body} }} }}")
        assert engine.compile_program([source], Schema()).errors


@pytest.mark.parametrize("text", TEXTS)
def test_texts_stay_texts(text: str) -> None:
    escaped = "".join(f"\\u{ord(c):04x}" if len(c.encode("utf-16-le")) == 2 else
                      "".join(f"\\u{int.from_bytes(c.encode('utf-16-be')[i:i + 2], 'big'):04x}" for i in (0, 2)) for c in text)  # fmt: skip
    assert run(f"'{escaped}'") == text
    assert run(f"'a' + '{escaped}' + 1") == f"a{text}1"
    assert run(f"new Map<String, String>{{ '{escaped}' => 'v' }}.get('{escaped}')") == "v"
    assert run(f"switch on '{escaped}' {{ when '{escaped}' {{ return 1; }} when else {{ return 2; }} }}") == 1
    assert fails(f"throw new IllegalArgumentException('{escaped}');").message == text


@pytest.mark.parametrize(
    "name",
    [
        "os",
        "builtins",
        "__builtins__",
        "__class__",
        "Probe.__class__",
        "System.__dict__",
        "orgwright.apex.engine",
    ],
)
def test_no_python_object_is_found_by_name(name: str) -> None:
    assert run(f"Type.forName('{name}')") is None


@pytest.mark.parametrize("name", ["__class__", "__dict__", "fields", "sobject_type", "record_id", "__init__"])
def test_records_have_their_fields_only(name: str) -> None:
    for body in (f"Object o = new Account().get('{name}');", f"new Account().put('{name}', 1);"):
        assert fails(body).type_name == "System.SObjectException"


def test_json_sets_fields_of_apex_only() -> None:
    text = '{"__class__": "x", "__dict__": {"a": 1}, "apex_type": "y", "count": 3}'
    other = "public class Holder { public Integer count; public Integer twice() { return count * 2; } }"
    assert run(f"((Holder) JSON.deserialize('{text}', Holder.class)).twice()", other) == 6


def test_generated_code_sees_none_of_pythons_builtins_that_reach_out() -> None:
    program = engine.compile_program(
        [engine.Source("class", "Probe", "public class Probe { public static void go() {} }")], Schema()
    )
    org = Org(program)
    org.execution.call_static("Probe", "go")
    image: Image = org.execution.transaction.image
    builtins = image.globals["__builtins__"]
    assert isinstance(builtins, dict)  # a module would be all of Python's
    reachable = {*image.globals, *builtins}
    assert not reachable & {
        "open",
        "eval",
        "exec",
        "compile",
        "__import__",
        "input",
        "breakpoint",
        "getattr",
        "setattr",
        "vars",
        "os",
        "sys",
    }
