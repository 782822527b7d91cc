"""The language: small programs and the results of a real org."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.apex.orgfake import Org, compiled, fails, run


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("1 + 2 + 'a'", "3a"),
        ("'a' + 1 + 2", "a12"),
        ("2147483647 + 1", -2147483648),
        ("9223372036854775807L + 1", -9223372036854775808),
        ("-7 / 2", -3),
        ("7 - 10 / 4", 5),
        ("1 << 33", 2),
        ("-1 >>> 28", 15),
        ("-8 >> 1", -4),
        ("6 & 3", 2),
        ("6 ^ 3", 5),
        ("~5", -6),
        ("true & false", False),
        ("1.50 / 3", Decimal("0.50")),
        ("1.0 / 3", Decimal("0.333333333333333333333333333333333")),
        ("1.5 * 1.25", Decimal("1.875")),
        ("'Abc' == 'aBC'", True),
        ("'Abc'.equals('aBC')", False),
        ("'a' < 'B'", True),
        ("1 == 1.0", True),
        ("(Integer) 3.7d", 3),
        ("true ? 1 : 2", 1),
        ("(Object) 5 instanceof Decimal", True),
        ("(Object) 5L instanceof Integer", False),
        ("new List<Integer>{1} instanceof List<Object>", True),
        ("null + 'a'", "nulla"),
        ("'' + 5.0d + 1.50 + true + 3L", "5.01.50true3"),
    ],
)
def test_expressions(expression: str, expected: object) -> None:
    found = (
        run(expression)
        if "instanceof" not in expression
        else run(
            f"Object o = {expression.split(' instanceof ')[0]}; return o instanceof {expression.split(' instanceof ')[1]};"
        )
    )
    assert (found, str(found)) == (expected, str(expected))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Integer s = 0; for (Integer i = 0; i < 10; i++) { if (i == 3) continue; if (i == 7) break; s += i; } return s;", 18),
        ("Integer s = 0; Integer i = 5; while (i > 0) { s += i--; } return s;", 15),
        ("Integer s = 0; do { s++; } while (s < 4); return s;", 4),
        ("Integer s = 0; for (Integer i : new List<Integer>{1, 2, 3}) s += i; return s;", 6),
        ("String s = ''; for (String k : new Set<String>{'x', 'y'}) { s += k; } return s;", "xy"),
        ("Integer i = 1; Integer j = i++ + ++i; return j * 10 + i;", 43),
        ("List<Integer> l = new List<Integer>{1, 2}; l[1] += 5; l[0]++; return l[0] * 10 + l[1];", 27),
        ("Integer x = 5; x <<= 2; x |= 1; x -= 1; return x;", 20),
        ("Integer[] a = new Integer[3]; a[1] = 4; return a.size() * 10 + a[1];", 34),
        ("Integer x = null; return x < 3 || null == x;", True),
        ("String s; return s?.length();", None),
        ("String s; return s?.toLowerCase().length() ?? -1;", -1),
        ("Account a = new Account(); return a.Parent.Name;", None),
        ("Integer n = 0; try { n = 1 / n; } catch (MathException e) { return e.getMessage(); } return '';", "Divide by 0"),
        ("String s = ''; try { s += 'a'; } finally { s += 'b'; } return s;", "ab"),
        ("try { return 'x'; } finally { String ignored = 'y'; }", "x"),
        ("for (Integer i = 0; i < 3; i++) { try { if (i == 1) continue; return i; } finally { i++; } } return 'end';", 0),
        ("Integer n = 0; for (Integer i = 0; i < 4; i++) { try { continue; } finally { n += 10; } } return n;", 40),
        ("switch on 3 { when 1, 2 { return 'low'; } when 3 { return 'three'; } when else { return 'else'; } }", "three"),
        ("String s = null; switch on s { when 'a' { return 1; } when null { return 2; } when else { return 3; } }", 2),
        ("Object o = 'text'; if (o instanceof String) { return ((String) o).length(); } return 0;", 4),
        ("SObject s = new Account(Name = 'N'); switch on s { when Contact c { return 'c'; } when Account a { return a.Name; } } return '';", "N"),
        ("Map<String, Integer> m = new Map<String, Integer>{'a' => 1}; m.put('b', 2); return m.get('a') + m.get('b');", 3),
        ("List<List<Integer>> l = new List<List<Integer>>{new List<Integer>{1}}; return l[0][0];", 1),
        ("Long l = 5; Object o = l; return o instanceof Long && !(o instanceof Integer);", True),
        ("Decimal d = 1; d += 2; return String.valueOf(d);", "3"),
        ("Id i = '001000000000001'; String s = i; return s;", "001000000000001AAA"),
        ("return new Map<Id, Account>(new List<Account>{new Account(Id = '001000000000001AAA')}).size();", 1),
        ("System.TriggerOperation t = System.TriggerOperation.BEFORE_INSERT; return t.name() + t.ordinal();", "BEFORE_INSERT0"),
    ],
)  # fmt: skip
def test_statements(body: str, expected: object) -> None:
    assert run(body) == expected


SHAPES = """
public virtual class Shape {
    public static Integer made = 0;
    public static final String KIND = 'shape';
    public String name { get; private set; }
    protected Integer sides = 1;
    { made++; }
    public Shape() { this('none'); }
    public Shape(String name) { this.name = name; }
    public virtual Integer area() { return 0; }
    public String describe() { return name + ':' + area() + ':' + sides; }
    public virtual class Square extends Shape {
        private Integer side;
        public Square(Integer side) { super('square'); this.side = side; sides = 4; }
        public virtual override Integer area() { return side * side; }
    }
    public class Big extends Square {
        public Big() { super(100); }
        public override Integer area() { return super.area() + 1; }
    }
}
"""


def test_inheritance_and_initialisation() -> None:
    assert run("return new Shape().describe();", SHAPES) == "none:0:1"
    assert run("return new Shape.Square(3).describe() + Shape.KIND;", SHAPES) == "square:9:4shape"
    big = "Shape s = new Shape.Big(); new Shape('x'); return s.describe() + Shape.made;"
    assert run(big, SHAPES) == "square:10001:42"


OVERLOADS = """
public class Over {
    public interface Named { String name(); }
    public class A implements Named { public String name() { return 'A'; } }
    public enum Color { RED, GREEN }
    public static String f(Object o) { return 'object'; }
    public static String f(Integer i) { return 'integer'; }
    public static String f(String s) { return 'string'; }
    public static String f(Long s) { return 'long'; }
    public static Integer counter { get { if (counter == null) counter = 0; counter++; return counter; } set; }
    public static Color next(Color c) { return Color.values()[1 - c.ordinal()]; }
}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return Over.f(1) + Over.f('a') + Over.f(2L) + Over.f(true);", "integerstringlongobject"),
        ("Over.Named n = new Over.A(); return n.name();", "A"),
        ("Integer a = Over.counter; return Over.counter + a;", 3),
        ("return Over.next(Over.Color.RED).name() + Over.Color.valueOf('green').ordinal();", "GREEN1"),
        (
            "Over.Color c = Over.Color.RED; switch on c { when RED { return 'r'; } when GREEN { return 'g'; } } return '';",
            "r",
        ),
        ("Object o = new Over.A(); return o instanceof Over.Named;", True),
        ("return String.valueOf(Over.Color.RED) + Over.Color.GREEN;", "REDGREEN"),
        ("return new Map<Over.Color, Integer>{Over.Color.RED => 7}.get(Over.Color.valueOf('RED'));", 7),
    ],
)
def test_members(body: str, expected: object) -> None:
    assert run(body, OVERLOADS) == expected


POINT = """
public class Point {
    public Integer x;
    public Point(Integer x) { this.x = x; }
    public Boolean equals(Object other) { return other instanceof Point && ((Point) other).x == x; }
    public Integer hashCode() { return x; }
    public override String toString() { return 'P' + x; }
}
"""
PLAIN = "public class Plain { public Integer b; public String a = 'v'; }"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return new Set<Point>{new Point(1), new Point(1)}.size();", 1),
        ("return new Point(1) == new Point(1);", True),
        ("return new Point(1) === new Point(1);", False),
        ("return new Plain() == new Plain();", False),
        ("return 'is ' + new Point(3);", "is P3"),
        ("return String.valueOf(new Plain());", "Plain:[a=v, b=null]"),
        ("return new List<Point>{new Point(1)}.contains(new Point(1));", True),
        ("return new Set<Object>{1, 1L, 1.0}.size();", 3),
        ("return new Account(Name = 'a') == new Account(Name = 'a');", True),
        ("return new List<String>{'a'} == new List<String>{'A'};", False),
    ],
)
def test_equality_and_text(body: str, expected: object) -> None:
    assert run(body, POINT, PLAIN) == expected


def test_statics_live_for_one_transaction() -> None:
    program = compiled("public class S { public static Integer n = 5; public static Integer bump() { return ++n; } }")
    org = Org(program)
    assert [org.execution.call_static("S", "bump") for _ in range(2)] == [6, 7]
    other = Org(program)
    assert other.execution.call_static("S", "bump") == 6
    assert org.execution.call_static("S", "bump") == 8


def test_integer_overflow_in_compound_assignment_wraps() -> None:
    assert run("Integer i = 2147483647; i++; i -= 1; return i;") == 2147483647


def test_anonymous_block_runs_with_its_own_methods() -> None:
    org = Org(compiled("public class Keep { public static Integer seen = 0; }"))
    errors = org.execution.run_anonymous(
        "Integer twice(Integer n) { return n * 2; }\nKeep.seen = twice(4);\nSystem.debug(Keep.seen);"
    )
    assert not errors
    assert any("8" in line for line in org.logged)


def test_anonymous_block_that_does_not_compile_says_where() -> None:
    errors = Org(compiled("public class Keep {}")).execution.run_anonymous("Integer a = 1;\nInteger b = missing;")
    assert [(e.line, e.message) for e in errors] == [(2, "Variable does not exist: missing")]


def test_a_null_receiver_is_a_null_pointer_exception_with_the_apex_trace() -> None:
    failure = fails("String s;\ns.length();")
    assert (failure.type_name, failure.message) == (
        "System.NullPointerException",
        "Attempt to de-reference a null object",
    )
    assert failure.stack == "Class.Probe.go: line 3, column 1"


def test_initialisers_of_the_whole_chain_run_before_the_first_constructor_body() -> None:
    source = """
        public virtual class Base {
            public List<String> log = new List<String>{'base field'};
            public Base() { this('x'); }
            public Base(String arg) { log.add('base'); hook(); }
            public virtual void hook() { }
            public class Sub extends Base {
                List<String> own = new List<String>();
                public Sub() { super(); log.add('sub' + own.size()); }
                public override void hook() { own.add('hooked'); }
            }
        }"""
    assert run("return String.join(new Base.Sub().log, ',');", source) == "base field,base,sub1"


def test_a_failing_field_initialiser_is_one_frame_of_the_constructor() -> None:
    source = (
        "public class Bad {\n  Integer x = 1 / zero();\n  static Integer zero() { return 0; }\n  public Bad() { }\n}"
    )
    assert fails("new Bad();", source).stack == "Class.Bad.<init>: line 2, column 1\nClass.Probe.go: line 2, column 1"
