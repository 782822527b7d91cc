"""Bad specs: each gives one clear error with its place, and a help that leads on."""

import pytest

from orgwright import spec
from orgwright.errors import show

HEAD = "orgwright: 1\nconnector: acme\nlabel: Acme\n"


def errors(text: str, **parameters: str) -> list[spec.SpecError]:
    with pytest.raises(spec.SpecError) as caught:
        spec.loads(text, name="acme.yml", parameters=parameters)
    return list(getattr(caught.value, "errors", (caught.value,)))


def only(text: str, **parameters: str) -> spec.SpecError:
    found = errors(text, **parameters)
    assert len(found) == 1, [str(error) for error in found]
    return found[0]


FIELDS = [
    ("Text(300)", "Text length is 300, the longest is 255", "LongTextArea(300)"),
    ("Text(0)", "Text length is 0, the shortest is 1", "at least 1"),
    ("Text", "a Text field needs length", "Text(64)"),
    ("Text(a)", "Text takes 1 whole number, such as Text(64)", ""),
    ("Text(10, 2)", "Text takes 1 whole number", ""),
    ("Txt(10)", "Txt is no field type; did you mean Text?", ""),
    ("LongTextArea(100)", "LongTextArea length is 100, the shortest is 256", "Text(100)"),
    ("LongTextArea(131073)", "the longest is 131072", ""),
    ("Number(18, 2)", "Number has 20 digits, the most is 18", ""),
    ("Number(4)", "Number takes 2 whole numbers, such as Number(4, 0)", ""),
    ('{type: "Number(1, 0)", default: 010}', "the default 10 does not fit in Number(1, 0)", ""),
    ("{type: Number, precision: 4, scale: 5}", "5 decimals do not fit in 4 digits", ""),
    ("{type: Number(4, 0)}", "Number(4 is cut at its comma", ""),
    ("Lookup(Acount)", "there is no object Acount", "did you mean Account?"),
    ("Lookup(Nothing__c)", "there is no object Nothing__c", "describe Nothing__c"),
    ("Picklist", "a Picklist field needs values or value_set", ""),
    ("Picklist(a, A)", "the value A is there twice", ""),
    ("{type: Picklist, value_set: Colours}", "there is no value set Colours", "value_sets"),
    ("{type: Picklist(a), required: maybe}", "wants true or false, not 'maybe'", ""),
    ("{type: Text(10), lenght: 5}", "unknown key lenght", "did you mean length?"),
    ("{type: Text(10), length: 20}", "length is given twice: 20 here, 10 in Text(10)", ""),
    ("{type: Date, unique: true}", "a Date field has no unique", "Text, Number or Email"),
    ("{type: LongTextArea(300), required: true}", "a LongTextArea field has no required", ""),
    ("{type: Checkbox, required: true}", "a Checkbox field has no required", ""),
    ("{type: Checkbox, default: perhaps}", "the default of a Checkbox is true or false", ""),
    ("{type: Lookup(Account), required: true}", "a required lookup needs on_delete", ""),
    ("{type: Lookup(User), required: true, on_delete: Restrict}", "a lookup of User can neither be required", ""),
    ("MasterDetail(User)", "User cannot be a master", "Lookup(User)"),
    ("{type: Text(20), formula: 'Name', required: true}", "a formula field has no required", ""),
    ("{type: LongTextArea(300), formula: 'Name'}", "a formula does not result in LongTextArea", ""),
    ("EncryptedText(20)", "needs mask_char", ""),
    ("Location", "a Location field needs scale", "Location(6)"),
    ("AutoNumber(A-)", "A- is no number format", "A-{0000}"),
    ("{type: Html(3000), visible_lines: 5}", "visible_lines is 5, 10 to 50 are possible", ""),
    ("Summary(count)", "Summary is Summary(count", ""),
    ("Hierarchy", "Hierarchy is for User only", "Lookup"),
    ("MasterDetail(Thing__c)", "is standard: it cannot be the detail", "Lookup(Thing__c)"),
    ("!!python/object:os.system x", "tags such as", ""),
]


@pytest.mark.parametrize(("field", "what", "help"), FIELDS, ids=[field for field, _, _ in FIELDS])
def test_a_bad_field_is_refused_where_it_stands(field: str, what: str, help: str) -> None:
    extra = "  Thing__c: {}\n" if "Thing__c" in field else ""
    found = errors(f"{HEAD}objects:\n  Account:\n    Acme_Thing__c: {field}\n{extra}")
    assert any(what in error.what for error in found), [error.what for error in found]
    error = next(error for error in found if what in error.what)
    assert error.where is not None
    assert (error.where.file, error.where.line) == ("acme.yml", 6)
    assert error.where.column is not None
    assert error.where.column >= 5
    assert help in (error.help or "")
    assert error.exit_code == 2


def test_an_error_shows_place_excerpt_and_help() -> None:
    error = only(f"{HEAD}objects:\n  Account:\n    Acme_Id__c: Text(300)\n")
    assert show(error) == (
        "error: acme.yml:6:17: objects.Account.Acme_Id__c: Text length is 300, the longest is 255\n"
        "    6 |     Acme_Id__c: Text(300)\n"
        "      |                 ^^^^^^^^^\n"
        "  help: use LongTextArea(300), which cannot be an external ID, or Text(255)"
    )


def test_all_errors_are_told_in_the_order_of_the_file() -> None:
    found = errors(
        f"{HEAD}colour: red\nobjects:\n  Account:\n    A__c: Tex(3)\n    B__c: Text(1, 2)\n    C__c: {{type: Date, requird: true}}\n"
    )
    assert [error.where.line for error in found if error.where] == [4, 7, 8, 9]


NAMES = [
    ("objects:\n  Account:\n    " + "A" * 41 + "__c: Text(3)\n", "the name has 41 characters, the longest is 40"),
    ("objects:\n  Account:\n    A__B__c: Text(3)\n", "belongs to the namespace A"),
    ("objects:\n  Account:\n    A b__c: Text(3)\n", "' ' may not be in a name"),
    ("objects:\n  Account:\n    1A__c: Text(3)\n", "a name begins with a letter"),
    ("objects:\n  Account:\n    A___c: Text(3)\n", "a name does not end with _"),
    ("objects:\n  Account:\n    Select__c: Text(3)\n", "Select is a reserved word of Apex"),
    ("objects:\n  Account:\n    Phone: Text(3)\n", "Phone is a standard field of Account"),
    ("objects:\n  Account:\n    Trading_Name: Text(3)\n", "Trading_Name does not end with __c"),
    ("objects:\n  Account:\n    Fone: {master: acme}\n", "Account has no field Fone"),
    ("objects:\n  Account:\n    Acme__c: Text(3)\n    ACME__c: Text(4)\n", "are one name"),
    ("objects:\n  Account:\n    Acme__c: Text(3)\n    Acme__c: Text(4)\n", "Acme__c is here twice, first on line 6"),
    ("objects:\n  Acount: {}\n", "Acount is no standard object"),
    ("objects:\n  Class__c: {}\n", "Class is a reserved word of Apex"),
    ("objects:\n  Quote: {}\n", "Quote exists only where Quote.enableQuote is on"),
    ("objects:\n  Task:\n    A__c: Text(3)\n", "custom fields of Task are made on Activity"),
    ("events:\n  Acme: {}\n", "Acme does not end with __e"),
    ("events:\n  Acme__e:\n    A__c: Lookup(Account)\n", "an event has no Lookup field"),
    ("events:\n  Acme__e:\n    A__c: {type: Text(9), unique: true}\n", "a field of an event has no unique"),
    ("prefix: class\n", "class is a reserved word of Apex"),
    ("prefix: " + "P" * 30 + "\n", "cannot begin the names of Apex classes"),
    ("objects:\n  Account:\n    A__c: {type: Text(3), label: " + "x" * 41 + "}\n", "the label has 41 characters"),
    ("objects:\n  Account:\n    A__c: {type: Text(3), master: nobody}\n", "nobody is called nobody"),
]


@pytest.mark.parametrize(("text", "what"), NAMES, ids=[what for _, what in NAMES])
def test_a_bad_name_is_refused(text: str, what: str) -> None:
    found = errors(HEAD + text)
    assert any(what in error.what for error in found), [error.what for error in found]
    assert all(error.where and error.where.line for error in found)


def test_a_reserved_word_may_be_insisted_on() -> None:
    loaded = spec.loads(f"{HEAD}objects:\n  Order__c: {{allow_reserved: true}}\n  Account:\n    Date__c: Date\n")
    assert list(loaded.objects) == ["Order__c", "Account"]


LINKS = [
    ("publish:\n  Acme__e: {from: [Account], set: {}}\n", "there is no event Acme__e"),
    (
        "events:\n  A__e: {X__c: Text(9)}\npublish:\n  A__e: {from: [Acount], set: {X__c: $new}}\n",
        "there is no object Acount",
    ),
    (
        "events:\n  A__e: {X__c: Text(9)}\npublish:\n  A__e: {from: [Account], set: {Y__c: $new}}\n",
        "there is no field of A__e Y__c",
    ),
    (
        "events:\n  A__e: {X__c: Text(9)}\npublish:\n  A__e: {from: [Account], set: {X__c: $newer}}\n",
        "there is no value $newer",
    ),
    (
        "events:\n  A__e: {X__c: Text(9)}\npublish:\n  A__e: {from: [Account], set: {X__c: $new}, unless: By}\n",
        "no custom permission By",
    ),
    (
        "events:\n  A__e: {X__c: Text(9)}\npublish:\n  A__e: {from: [PricebookEntry], set: {X__c: $new}}\n",
        "PricebookEntry takes no trigger",
    ),
    ("events:\n  A__e: {X__c: Text(9)}\nsubscribe:\n  A__e: {type_field: Z__c}\n", "there is no field of A__e Z__c"),
    ("access:\n  permission_sets:\n    P: {objects: {Accounts: read}}\n", "there is no object Accounts"),
    ("access:\n  permission_sets:\n    P: {objects: {Account: red}}\n", "red is not allowed"),
    ("outage: {bypass: Nobody}\n", "there is no permission set Nobody"),
    ("credentials:\n  named:\n    N: {url: 'https://x', credential: E}\n", "there is no external credential E"),
    ("remote_sites:\n  R: http://x.example\n", "begins with https://"),
    ("seed:\n  objects:\n    Account: {columns: {Name: name}}\n", "the mapping has no key"),
    ("seed:\n  key: Id\n  objects:\n    Account: {columns: {Id: id, Nam: name}}\n", "there is no field of Account Nam"),
    ("seed:\n  key: Id\n  objects:\n    Contact: {columns: {Id: id, Acc.Id: a}}\n", "Contact has no relationship Acc"),
    (
        "seed:\n  key: Id\n  order: [Contact, Account]\n  objects:\n    Account: {columns: {Id: i}}\n"
        "    Contact: {columns: {Id: i, Account.Id: a}}\n",
        "Contact is loaded before its parent Account",
    ),
    ("seed:\n  key: Id\n  objects:\n    Contact: {columns: {Id: id}}\n", "a new Contact needs LastName"),
    (
        "seed:\n  key: Id\n  objects:\n    Contact: {columns: {Id: id, LastName: l, Name: n}}\n",
        "Contact.Name cannot be written",
    ),
    ("requires: {packages: [{name: P, version: 04x}]}\n", "does not match"),
    ("objects:\n  A__e: {}\n", "A__e does not end with __c"),
    ("sample:\n  tables:\n    t: {columns: {a: {parent: u}}}\n", "there is no sample table u"),
    ("sample:\n  tables:\n    t: {columns: {a: {text: x, choice: [1]}}}\n", "exactly one of"),
]


@pytest.mark.parametrize(("text", "what"), LINKS, ids=[what for _, what in LINKS])
def test_a_reference_to_nothing_is_refused(text: str, what: str) -> None:
    found = errors(HEAD + text)
    assert any(what in error.what for error in found), [error.what for error in found]
    assert all(error.where and error.where.line for error in found)


def test_missing_and_odd_tops() -> None:
    assert {error.what for error in errors("orgwright: 1\n")} == {"connector is missing", "label is missing"}
    assert "2 is not allowed" in only(HEAD.replace("1", "2")).what
    assert "a connector is a mapping" in only("- a\n").what
    assert "the file is empty" in only("# nothing\n").what
    assert "second document" in only(HEAD + "---\na: 1\n").what


def test_what_to_write_instead_is_told() -> None:
    assert only(HEAD.replace("connector: acme", "connector: Acme-2")).help == (
        "begin with a small letter and go on with small letters, digits and _"
    )
    lists = "objects:\n  Case: {S__c: Checkbox}\nflags:\n  S__c: {on: {Case: [Status, Priority]}}\n"
    assert only(HEAD + lists).help == "write {when_changed: [Status, Priority]}"
    assert (
        errors(f"{HEAD}objects:\n  Case: {{S__c: EncryptedText(9)}}\n")[0].what
        == "an EncryptedText field needs mask_char"
    )
    flag = "objects:\n  Contact: {S__c: Checkbox}\nflags:\n  S__c: {on: {Contact: {when_changed: [MailingAddress]}}}\n"
    assert only(HEAD + flag).help == "name the fields that it is made of, such as MailingCity"


def test_too_many_keys_and_masters() -> None:
    fields = "".join(f"    K{n}__c: {{type: Text(9), external_id: true}}\n" for n in range(26))
    assert "26 external IDs" in only(f"{HEAD}objects:\n  Account:\n{fields}").what
    fields = "".join(f"    M{n}__c: MasterDetail(Account)\n" for n in range(3))
    assert any("3 masters" in error.what for error in errors(f"{HEAD}objects:\n  Thing__c:\n{fields}"))


def test_a_missing_file_and_an_unknown_connector(tmp_path) -> None:
    with pytest.raises(spec.SpecError, match="cannot be read"):
        spec.load(tmp_path / "no.yml")
    with pytest.raises(spec.SpecError, match="no connector is called gentrac") as caught:
        spec.find("gentrac")
    assert caught.value.help == "did you mean gentrack?"


def test_several_errors_are_shown_one_after_the_other() -> None:
    with pytest.raises(spec.SpecErrors) as caught:
        spec.loads(f"{HEAD}objects:\n  Account:\n    A__c: Tex(3)\n    B__c: Text(300)\n", name="acme.yml")
    shown = show(caught.value)
    assert shown.startswith("error: acme.yml:6:11: objects.Account.A__c: Tex is no field type")
    assert "error: acme.yml:7:11: objects.Account.B__c: Text length is 300, the longest is 255" in shown
    assert shown.endswith("\n2 errors")
