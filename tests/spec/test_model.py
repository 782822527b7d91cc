"""What a loaded connector holds: short and long forms, parameters, conditions, what is filled in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright import spec
from orgwright.spec.field import FieldType
from orgwright.spec.shortform import parse_type

HEAD = "orgwright: 1\nconnector: acme\nlabel: Acme\n"

# short form, type, attributes that it stands for
SHORT = [
    ("Text(64)", "Text", {"length": 64}),
    ("Text (64)", "Text", {"length": 64}),
    ("TextArea", "TextArea", {}),
    ("LongTextArea(32768)", "LongTextArea", {"length": 32768, "visible_lines": 3}),
    ("Long Text Area (32768)", "LongTextArea", {"length": 32768}),
    ("Html(40000)", "Html", {"length": 40000, "visible_lines": 25}),
    ("{type: EncryptedText(20), mask_char: X, mask_type: lastFour}", "EncryptedText", {"length": 20}),
    ("Number(4, 0)", "Number", {"precision": 4, "scale": 0, "digits": 4}),
    ("Number (16,2)", "Number", {"precision": 18, "scale": 2, "digits": 16}),
    ("{type: Number, precision: 18, scale: 2}", "Number", {"digits": 16}),
    ("Currency(16, 2)", "Currency", {"precision": 18, "scale": 2}),
    ("Percent(3, 1)", "Percent", {"precision": 4, "scale": 1}),
    ("Checkbox", "Checkbox", {"default": "false"}),
    ("{type: Checkbox, default: true}", "Checkbox", {"default": "true"}),
    ("Date", "Date", {}),
    ("DateTime", "DateTime", {}),
    ("Time", "Time", {}),
    ("Phone", "Phone", {}),
    ("Email", "Email", {}),
    ("Url", "Url", {}),
    ("Location(6)", "Location", {"scale": 6}),
    ("AutoNumber(INV-{YYYY}-{0000})", "AutoNumber", {"display_format": "INV-{YYYY}-{0000}", "computed": True}),
    ("Picklist(a, 'b, c')", "Picklist", {}),
    ("MultiselectPicklist(a, b)", "MultiselectPicklist", {"visible_lines": 4}),
    ("Lookup(Account)", "Lookup", {"to": "Account", "relationship_name": "Things"}),
    ("MasterDetail(Account)", "MasterDetail", {"to": "Account", "permissionable": False}),
    (
        "Summary(count, Part__c.Thing__c)",
        "Summary",
        {"operation": "count", "through": "Part__c.Thing__c", "computed": True},
    ),
    ("Summary(sum, Part__c.Price__c, Part__c.Thing__c)", "Summary", {"summarize": "Part__c.Price__c"}),
    ("{type: Text, formula: 'Name & \"x\"'}", "Text", {"computed": True}),
    ("{type: 'Number(16, 2)', formula: '1 + 1', blanks_as: BlankAsZero}", "Number", {"precision": 18}),
]


@pytest.mark.parametrize(("short", "kind", "attributes"), SHORT, ids=[short for short, _, _ in SHORT])
def test_every_type_reads_as_written(short: str, kind: str, attributes: dict[str, object]) -> None:
    text = (
        f"{HEAD}objects:\n  Thing__c:\n    X__c: {short if short.startswith('{') else repr(short) if chr(39) not in short else chr(34) + short + chr(34)}\n"
        "  Part__c:\n    Thing__c: MasterDetail(Thing__c)\n    Price__c: Currency(16, 2)\n"
    )
    field = spec.loads(text).objects["Thing__c"].fields["X__c"]
    assert field.type == FieldType(kind)
    assert {name: getattr(field, name) for name in attributes} == attributes


@given(
    st.one_of(
        st.integers(1, 255).map(lambda n: (f"Text({n})", {"length": n})),
        st.integers(256, 131072).map(lambda n: (f"LongTextArea({n})", {"length": n})),
        st.tuples(st.sampled_from(["Number", "Currency", "Percent"]), st.integers(1, 9), st.integers(0, 9)).map(
            lambda v: (f"{v[0]}({v[1]}, {v[2]})", {"precision": v[1] + v[2], "scale": v[2]})
        ),
        st.lists(
            st.text("abcXYZ ,()'\"\\\\é漢", min_size=1).map(str.strip).filter(bool), min_size=1, unique_by=str.lower
        ).map(
            lambda names: (
                "Picklist(" + ", ".join('"' + re.sub(r'(["\\\\])', r"\\\1", name) + '"' for name in names) + ")",
                {"names": names},
            )
        ),
    )
)
def test_short_forms_are_read_back_as_they_were_meant(case: tuple[str, dict[str, object]]) -> None:
    short, expected = case
    found = parse_type(short)
    if "names" in expected:
        assert list(found["values"]) == expected["names"]
    else:
        assert {name: found[name] for name in expected} == expected


def test_relationship_types_of_other_owners() -> None:
    loaded = spec.loads(
        f"{HEAD}requires: {{packages: [{{name: P, namespace: pkg}}]}}\n"
        "objects:\n  User:\n    Boss__c: Hierarchy\n  Account:\n    Out__c: ExternalLookup(pkg__Out__x)\n"
        "    Via__c: IndirectLookup(Account.K__c)\n    K__c: {type: Text(9), external_id: true, unique: true}\n"
        "metadata_types:\n  Mapped__mdt:\n    Object__c: MetadataRelationship(EntityDefinition)\n    records:\n      One: {values: {Object__c: Account}}\n"
    )
    assert loaded.objects["User"].fields["Boss__c"].relationship_name == "Users_Boss"
    assert loaded.objects["Account"].fields["Via__c"].target_field == "K__c"
    assert loaded.metadata_types["Mapped__mdt"].records["One"].values == {"Object__c": "Account"}


def test_picklist_values_in_all_their_forms() -> None:
    loaded = spec.loads(
        f"{HEAD}value_sets:\n  Colours: {{values: [Red, Blue]}}\nobjects:\n  Account:\n"
        "    A__c: 'Picklist(One, \"Two, three\")'\n"
        "    B__c: {type: Picklist, values: [One, 2], restricted: true}\n"
        "    C__c: {type: Picklist, values: {a: Label A, b: {label: B, default: true, active: false}}}\n"
        "    D__c: {type: Picklist, value_set: Colours}\n"
    )
    fields = loaded.objects["Account"].fields
    assert list(fields["A__c"].values) == ["One", "Two, three"]
    assert [value.label for value in fields["B__c"].values.values()] == ["One", "2"]
    assert fields["C__c"].values["a"].label == "Label A"
    assert fields["C__c"].default_values == ("b",)
    assert list(loaded.value_sets["Colours"].values) == ["Red", "Blue"]


def test_labels_plurals_and_prefix_are_made_from_names() -> None:
    loaded = spec.loads(
        "orgwright: 1\nconnector: point_of_rental\nlabel: P\nobjects:\n  Supply_Point__c:\n    Meter_Id__c: Text(9)\n  Account: {}\n  Delivery__c: {label: Box}\n"
    )
    assert loaded.prefix == "PointOfRental"
    assert (loaded.objects["Supply_Point__c"].label, loaded.objects["Supply_Point__c"].plural) == (
        "Supply Point",
        "Supply Points",
    )
    assert loaded.objects["Supply_Point__c"].fields["Meter_Id__c"].label == "Meter Id"
    assert (loaded.objects["Account"].label, loaded.objects["Account"].plural) == ("Account", "Accounts")
    assert loaded.objects["Delivery__c"].plural == "Boxes"


def test_parameters_take_the_type_of_their_default() -> None:
    text = (
        f"{HEAD}parameters:\n  size: 64\n  on: true\n  name: {{default: Acme, choices: [Acme, Other]}}\n"
        'objects:\n  Account:\n    A__c: {type: "Text({{ size }})", unique: "{{ on }}", label: "{{ name }} Id"}\n    B__c: {type: Text, length: "{{size}}"}\n'
    )
    field = spec.loads(text).objects["Account"].fields["A__c"]
    assert (field.length, field.unique, field.label) == (64, True, "Acme Id")
    changed = spec.loads(text, parameters={"size": "20", "on": "false", "name": "Other"})
    field = changed.objects["Account"].fields["A__c"]
    assert (field.length, field.unique, field.label) == (20, False, "Other Id")
    assert changed.objects["Account"].fields["B__c"].length == 20
    assert changed.parameters["size"].value == 20
    assert field.uses == {"size", "on", "name"}


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"siz": "3"}, "the connector has no parameter siz"),
        ({"size": "many"}, "parameter size is 'many', not a number"),
        ({"name": "None"}, "parameter name is None, not one of: Acme, Other"),
    ],
)
def test_bad_parameter_values(given: dict[str, str], what: str) -> None:
    text = f"{HEAD}parameters:\n  size: 64\n  name: {{default: Acme, choices: [Acme, Other]}}\n"
    with pytest.raises(spec.SpecErrors, match=what):
        spec.loads(text, parameters=given)


def test_an_unknown_parameter_is_told_where_it_is_used() -> None:
    with pytest.raises(spec.SpecErrors) as caught:
        spec.loads(f'{HEAD}parameters: {{size: 64}}\nobjects:\n  Account:\n    A__c: "Text({{{{ sise }}}})"\n')
    error = next(error for error in caught.value.errors if "sise" in error.what)
    assert error.where is not None
    assert (error.where.line, error.help) == (7, "did you mean size?")


def test_when_leaves_entries_out() -> None:
    text = (
        f"{HEAD}parameters: {{mode: {{default: a, choices: [a, b]}}, flag: false}}\nobjects:\n  Account:\n"
        "    A__c: {type: Date, when: {mode: a}}\n    B__c: {type: Date, when: {mode: [a, b], flag: true}}\n"
        "access:\n  user: {when: {mode: b}, username: u@x.example, email: u@x.example, last_name: U, alias: u}\n"
    )
    assert list(spec.loads(text).objects["Account"].fields) == ["A__c"]
    both = spec.loads(text, parameters={"mode": "b", "flag": "true"})
    assert list(both.objects["Account"].fields) == ["B__c"]
    assert both.access.user is not None
    with pytest.raises(spec.SpecErrors, match="mode is never c"):
        spec.loads(text.replace("{mode: b}", "{mode: c}"))


def test_the_load_order_is_made_from_the_parents() -> None:
    loaded = spec.loads(
        f"{HEAD}seed:\n  key: K__c\n  objects:\n    Contact: {{columns: {{K__c: k, LastName: l, Account.K__c: a}}}}\n"
        "    Account: {columns: {K__c: k, Name: n, Parent.K__c: p}}\n    Lead: {columns: {K__c: k, LastName: l, Company: c}}\n"
        "objects:\n  Account: {K__c: &k {type: Text(9), external_id: true}}\n  Contact: {K__c: *k}\n  Lead: {K__c: *k}\n"
    )
    assert loaded.seed.order == ("Account", "Contact", "Lead")
    assert [item.table for item in loaded.seed.ordered] == ["Account", "Contact", "Lead"]
    assert loaded.seed.objects["Contact"].key_column == "k"
    assert [column.relationship for column in loaded.seed.objects["Contact"].parents] == ["Account"]


def test_a_circle_of_parents_is_told() -> None:
    with pytest.raises(spec.SpecErrors, match="in a circle"):
        spec.loads(
            f"{HEAD}objects:\n  A__c: {{K__c: &k {{type: Text(9), external_id: true}}, B__c: Lookup(B__c)}}\n  B__c: {{K__c: *k, A__c: Lookup(A__c)}}\n"
            "seed:\n  key: K__c\n  objects:\n    A__c: {columns: {K__c: k, B__r.K__c: b}}\n    B__c: {columns: {K__c: k, A__r.K__c: a}}\n"
        )


def test_field_permissions_leave_out_what_cannot_be_named() -> None:
    loaded = spec.loads(
        f"{HEAD}objects:\n  Thing__c:\n    A__c: Text(9)\n    R__c: {{type: Text(9), required: true}}\n    M__c: MasterDetail(Account)\n"
        "    F__c: {type: Text, formula: Name}\n    N__c: AutoNumber(A-{0})\n    Name: {master: acme}\n"
        "access:\n  permission_sets:\n    All: {objects: {Thing__c: read create}, fields: edit}\n    One: {objects: {Thing__c: [read]}, fields: {Thing__c.A__c: read}}\n"
    )
    sets = loaded.access.permission_sets
    assert loaded.field_permissions(sets["All"]) == (
        ("Thing__c.A__c", True),
        ("Thing__c.F__c", False),
        ("Thing__c.N__c", False),
    )
    assert loaded.field_permissions(sets["One"]) == (("Thing__c.A__c", False),)
    assert sets["All"].objects == {"Thing__c": ("read", "create")}


def test_fields_of_activities_are_opened_on_tasks_and_events() -> None:
    loaded = spec.loads(
        f"{HEAD}objects:\n  Activity: {{K__c: Text(9)}}\naccess:\n  permission_sets:\n    P: {{objects: {{Account: read}}, fields: edit}}\n"
    )
    assert loaded.field_permissions(loaded.access.permission_sets["P"]) == (("Task.K__c", True), ("Event.K__c", True))


def test_masters_are_primary_and_secondary_in_the_order_of_the_file() -> None:
    loaded = spec.loads(
        f"{HEAD}objects:\n  Link__c:\n    A__c: MasterDetail(Account)\n    B__c: MasterDetail(Contact)\n"
    )
    assert [field.relationship_order for field in loaded.objects["Link__c"].fields.values()] == [0, 1]


def test_a_large_spec_in_japanese() -> None:
    fields = "".join(f"    Field_{n}__c: {{type: Text(255), label: 項目{n}}}\n" for n in range(500))
    loaded = spec.loads(
        f"orgwright: 1\nconnector: kanji\nlabel: 顧客コネクタ\nobjects:\n  Meter__c:\n    label: メーター\n{fields}"
    )
    assert len(loaded.custom_fields) == 500
    assert (loaded.objects["Meter__c"].label, loaded.objects["Meter__c"].plural) == ("メーター", "メーター")


def test_nodes_are_frozen() -> None:
    loaded = spec.loads(HEAD)
    with pytest.raises(ValueError, match="frozen"):
        loaded.label = "other"  # type: ignore[misc]
