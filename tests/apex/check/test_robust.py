"""Whatever the text: the checker reports errors and never fails itself."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from orgwright.apex.check import compile_units
from orgwright.apex.sources import Source
from orgwright.localorg.schema.schema import Schema

SCHEMA = Schema()
NAMES = [
    "a",
    "b",
    "acc",
    "Account",
    "String",
    "Integer",
    "this",
    "Trigger.new",
    "System",
    "Schema",
    "T",
    "E.A",
    "foo",
    "null",
]
EXPRESSIONS = st.recursive(
    st.sampled_from(
        [*NAMES, "1", "2L", "1.5", "'x'", "true", "[SELECT Id FROM Account]", "T.class", "new T()", "super.f()"]
    ),
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(
                ["+", "-", "*", "/", "==", "!=", "===", "<", ">=", "&&", "||", "&", "^", "<<", "??", "=", "+=", "??"]
            ),
            inner,
        ).map(" ".join),
        st.tuples(
            inner, st.sampled_from([".Name", ".size()", "?.Id", "[0]", ".get(1)", "++", ".f()", " instanceof T"])
        ).map("".join),
        inner.map(lambda e: f"({e})"),
        inner.map(lambda e: f"!{e}"),
        inner.map(lambda e: f"(Account) {e}"),
        inner.map(lambda e: f"foo({e}, 1)"),
        inner.map(lambda e: f"new List<Account>{{ {e} }}"),
        inner.map(lambda e: f"new Account(Name = {e})"),
        st.tuples(inner, inner, inner).map(lambda t: f"{t[0]} ? {t[1]} : {t[2]}"),
    ),
    max_leaves=8,
)
STATEMENTS = st.one_of(
    EXPRESSIONS.map(lambda e: f"x = {e};"),
    EXPRESSIONS.map(lambda e: f"var(({e}));"),
    EXPRESSIONS.map(lambda e: f"Object o1 = {e};"),
    EXPRESSIONS.map(lambda e: f"for (Account r : {e}) {{ }}"),
    EXPRESSIONS.map(lambda e: f"switch on {e} {{ when 1, null {{ }} when Account q {{ }} when else {{ }} }}"),
    EXPRESSIONS.map(lambda e: f"insert {e};"),
    EXPRESSIONS.map(lambda e: f"return {e};"),
    EXPRESSIONS.map(lambda e: f"throw {e};"),
    EXPRESSIONS.map(lambda e: f"if ({e}) {{ }} else {{ throw null; }}"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_the_checker_never_fails(statements: list[str]) -> None:
    body = "\n".join(statements)
    source = f"public class T {{ enum E {{ A }} Integer a; static List<T> b; Account acc; Integer f() {{ {body} }} }}"
    checked = compile_units([Source("class", "T", source)], SCHEMA)
    for error in checked.errors:
        assert error.line >= 1
        assert error.column >= 1
        assert error.message


def test_nesting_that_parses_also_checks() -> None:
    deep = "(" * 100 + "1" + ")" * 100
    blocks = "if (true) {" * 50 + "}" * 50
    terms = " + ".join(["'a'"] * 3000)
    source = f"public class T {{ void f() {{ Integer x = {deep}; {blocks} String s = {terms}; }} }}"
    assert compile_units([Source("class", "T", source)], SCHEMA).errors == ()
