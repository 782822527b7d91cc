"""JSON: texts written and read, with the messages of the parser."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.apex.library.jsonread import deserialize_untyped
from orgwright.apex.library.jsonwrite import serialized
from tests.apex.library.table import raised, values

SHAPES = """public class Shapes {
  public class Item {
    public String name; public Integer n; public Boolean flag; public Decimal price; public Date day;
    public transient String secret; public List<Item> items; public Map<String, Integer> counts;
    public String shown { get { return shown == null ? 'none' : shown; } set; }
    public Item() { name = 'made'; }
  }
  public enum Colour { RED, BLUE }
}"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("JSON.serialize('a\"\\\\/\\n\\u0001é')", '"a\\"\\\\/\\n\\u0001é"'),
        ("JSON.serialize(new List<Object>{1, 2L, 1.50, 5.0d, true, null})", "[1,2,1.50,5.0,true,null]"),
        ("JSON.serialize(Datetime.newInstanceGmt(2024, 2, 29, 12, 34, 56))", '"2024-02-29T12:34:56.000Z"'),
        ("JSON.serialize(Date.newInstance(2024, 2, 29))", '"2024-02-29"'),
        ("JSON.serialize(Time.newInstance(12, 34, 56, 789))", '"12:34:56.789Z"'),
        ("JSON.serialize(Blob.valueOf('abc'))", '"YWJj"'),
        ("JSON.serialize(Shapes.Colour.BLUE)", '"BLUE"'),
        ("JSON.serialize(new Map<Integer, String>{1 => 'a'})", '{"1":"a"}'),
        ("JSON.serialize(new Account(Name = 'x'))", '{"attributes":{"type":"Account"},"Name":"x"}'),
        ("JSON.serializePretty(new List<Object>{1, new Map<String, Object>{'a' => new List<Object>()}})",
         '[ 1, {\n  "a" : [ ]\n} ]'),
        ("JSON.deserializeUntyped('{\"a\":[1,2.50,null,\"x\"]}')", "{a=(1, 2.50, null, x)}"),
        ("JSON.deserializeUntyped('3000000000') instanceof Long", True),
        ("((Shapes.Item) JSON.deserialize('{\"name\":7,\"n\":\"7\",\"unknown\":[{}],\"day\":\"2024-02-29\"}', Shapes.Item.class)).name", "7"),
        ("((Shapes.Item) JSON.deserialize('{}', Shapes.Item.class)).name", None),
        ("((Shapes.Item) JSON.deserialize('{\"items\":[{\"n\":3}]}', Shapes.Item.class)).items[0].n", 3),
        ("((Shapes.Item) JSON.deserialize('{\"shown\":\"y\"}', Shapes.Item.class)).shown", "y"),
        ("((Shapes.Item) JSON.deserialize('{\"counts\":{\"a\":1}}', Shapes.Item.class)).counts", "{a=1}"),
        ("(List<Integer>) JSON.deserialize('[1, 2]', List<Integer>.class)", "(1, 2)"),
        ("(Shapes.Colour) JSON.deserialize('\"RED\"', Shapes.Colour.class) == Shapes.Colour.RED", True),
        ("((Account) JSON.deserialize('{\"attributes\":{\"type\":\"Account\"},\"Name\":\"n\"}', Account.class)).Name", "n"),
        ("(Integer) JSON.deserialize('42.7', Integer.class)", 42),
    ],
)  # fmt: skip
def test_results(expression: str, expected: object) -> None:
    assert values(expression, SHAPES) == expected


def test_fields_of_a_class_come_in_their_order_without_transient_ones() -> None:
    body = "Shapes.Item i = new Shapes.Item(); i.secret = 's'; i.price = 1.50; return JSON.serialize(i);"
    expected = '{"name":"made","n":null,"flag":null,"price":1.50,"day":null,"items":null,"counts":null,"shown":"none"}'
    assert values(body, SHAPES) == expected
    without_nulls = body.replace("serialize(i)", "serialize(i, true)")
    assert values(without_nulls, SHAPES) == '{"name":"made","price":1.50,"shown":"none"}'


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("JSON.deserializeUntyped('<a>')", "Unexpected character ('<' (code 60)): expected a valid value (number, String, array, object, 'true', 'false' or 'null') at [line:1, column:2]"),
        ("JSON.deserializeUntyped('')", "No content to map to Object due to end of input"),
        ("JSON.deserializeUntyped('{\"a\" 1}')", "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value at [line:1, column:7]"),
        ("JSON.deserializeUntyped('{a:1}')", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name at [line:1, column:3]"),
        ("JSON.deserialize('2147483648', Integer.class)", "Numeric value (2147483648) out of range of int at [line:1, column:21]"),
        ("JSON.deserialize('{\"flag\":\"true\"}', Shapes.Item.class)", "Illegal value for boolean: true at [line:1, column:15]"),
        ("JSON.deserialize('{\"n\":1.5}', Shapes.Item.class)", 'For input string: "1.5" at [line:1, column:2]'),
        ("JSON.deserializeStrict('{\"key\":1}', Shapes.Item.class)", "Unknown field: Shapes.Item.key"),
        ("JSON.deserializeStrict('{\"secret\":\"x\"}', Shapes.Item.class)", "Field is not deserializable: Shapes.Item.secret"),
        ("JSON.deserialize('{}', List<String>.class)", "Malformed JSON: Expected '[' at the beginning of List/Set"),
        ("JSON.deserializeStrict('{\"Nope\":1}', Account.class)", "No such column 'Nope' on sobject of type Account"),
    ],
)  # fmt: skip
def test_refusals(expression: str, message: str) -> None:
    assert raised(expression, SHAPES) == ("System.JSONException", message)


def test_null_text_is_a_null_pointer() -> None:
    assert raised("JSON.deserializeUntyped(null)") == ("System.NullPointerException", "null input to JSON parser")


def test_the_parser_walks_tokens_and_reads_objects() -> None:
    body = """JSONParser p = JSON.createParser('{"a":1,"items":[{"name":"x"},{"name":"y"}],"t":true}');
      String s = '';
      while (p.nextToken() != null) {
        if (p.getCurrentToken() == JSONToken.START_ARRAY) {
          while (p.nextToken() == JSONToken.START_OBJECT) {
            s += ((Shapes.Item) p.readValueAs(Shapes.Item.class)).name;
          }
        } else if (p.getCurrentToken() == JSONToken.VALUE_NUMBER_INT) {
          s += p.getCurrentName() + p.getIntegerValue();
        } else if (p.getCurrentToken() == JSONToken.VALUE_TRUE) {
          s += p.getBooleanValue();
        }
      }
      return s;"""
    assert values(body, SHAPES) == "a1xytrue"


def test_the_parser_places_its_errors() -> None:
    body = "JSONParser p = JSON.createParser('3000000000'); p.nextToken(); Integer i = p.getIntegerValue();"
    message = "Numeric value (3000000000) out of range of int at input location [1,21]"
    assert raised(body) == ("System.JSONException", message)


@pytest.mark.parametrize(
    ("calls", "message"),
    [
        ("g.writeEndObject();", "Current context not an object but ROOT"),
        ("g.writeStartObject(); g.writeEndArray();", "Current context not an ARRAY but OBJECT"),
        ("g.writeStartObject(); g.writeString('x');", "Can not write text value, expecting field name"),
        (
            "g.writeStartObject(); g.writeFieldName('a'); g.writeFieldName('b');",
            "Can not write a field name, expecting a value",
        ),
    ],
)
def test_the_generator_refuses_what_is_out_of_place(calls: str, message: str) -> None:
    assert raised(f"JSONGenerator g = JSON.createGenerator(false); {calls}") == ("System.JSONException", message)


def test_the_generator_closes_what_is_open() -> None:
    body = """JSONGenerator g = JSON.createGenerator(false); g.writeStartObject(); g.writeStringField('a', 'x');
      g.writeFieldName('list'); g.writeStartArray(); g.writeNumber(1.50); g.writeBoolean(true); g.writeNull();
      return g.getAsString();"""
    assert values(body) == '{"a":"x","list":[1.50,true,null]}'


plain: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{_json(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


@given(plain)
def test_what_is_read_is_written_again_with_the_same_meaning(value: Any) -> None:
    text = _json(value)
    again = serialized(deserialize_untyped(text))
    assert json.loads(again, parse_float=Decimal) == json.loads(text, parse_float=Decimal)
    assert serialized(deserialize_untyped(serialized(deserialize_untyped(text), pretty=True))) == again
