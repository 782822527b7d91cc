"""Specs made at random: mostly sound ones, with names, labels, types and combinations that nobody would write."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_TRICKY = ["x", "Name2", "Order", "Group", "Date", "Account", "List", "A_B", "AB", "Delivery", "Permissions", "Change"]
_WORDS = st.one_of(
    st.sampled_from(_TRICKY),
    st.from_regex(r"[A-Za-z][a-z0-9]{0,6}(_[A-Z0-9][a-z0-9]{0,6}){0,2}", fullmatch=True),
    st.sampled_from(["aVery" + "Long" * 8 + "Nam", "aVery" + "Long" * 8 + "Nao"]),
)
_TEXTS = st.text(alphabet="ab Z0'\"\\&<>{}*/%#:;-—ü顧客🎌", min_size=1, max_size=30).filter(str.strip)
_PLAIN = [
    "Text(1)", "Text(2)", "Text(255)", "TextArea", "LongTextArea(256)", "Html(131072)", "Number(1, 0)", "Number(0, 17)",
    "Number(18, 0)", "Number(1, 17)", "Currency(16, 2)", "Percent(3, 0)", "Checkbox", "Date", "DateTime", "Time", "Email",
    "Phone", "Url", "AutoNumber(A-{0})", "Lookup(Account)", "Lookup(User)", "Lookup(Contact)", "Location(4)",
]  # fmt: skip
_STANDARD = ["Account", "Contact", "Lead", "Opportunity", "Case", "Task", "Product2"]
_OPERATIONS = ["insert", "update", "delete", "undelete"]
_EVENT_FIELDS = {
    "Op__c": "Text(16)",
    "Ob__c": "Text(80)",
    "Id__c": "Text(18)",
    "Old__c": "LongTextArea(32768)",
    "After__c": "LongTextArea(131072)",
    "Lit__c": "Text(40)",
}
_TOKENS = {"Op__c": "$operation", "Ob__c": "$object", "Id__c": "$id", "Old__c": "$old", "After__c": "$new"}


@st.composite
def _field(draw: st.DrawFn) -> dict[str, Any]:
    field: dict[str, Any] = {"type": draw(st.sampled_from(_PLAIN)), "label": draw(_TEXTS)}
    if draw(st.booleans()):
        field["help"] = draw(_TEXTS)
    kind = field["type"].partition("(")[0]
    if draw(st.integers(0, 4)) == 0:
        field["type"] = "Picklist"
        values = draw(st.lists(_TEXTS, min_size=1, max_size=4, unique_by=str.lower))
        field |= {"values": values, "restricted": draw(st.booleans()), "required": draw(st.booleans())}
    elif kind in ("Text", "Number", "Email"):
        field |= {name: draw(st.booleans()) for name in ("required", "unique", "external_id")}
        if not field["unique"] and draw(st.integers(0, 5)) == 0:
            field["at_most"] = draw(st.integers(2, 9))
    elif kind in ("TextArea", "Currency", "Percent", "Date", "DateTime", "Time", "Phone", "Url"):
        field["required"] = draw(st.booleans())
    return field


@st.composite
def _objects(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in draw(st.lists(_WORDS, min_size=1, max_size=3, unique_by=str.lower)):
        fields = {f"{name}__c": draw(_field()) for name in draw(st.lists(_WORDS, max_size=4, unique_by=str.lower))}
        name_field = draw(st.sampled_from([{"label": "Name"}, {"type": "AutoNumber", "display_format": "N-{0}"}]))
        found[f"{word}__c"] = {
            "label": draw(_TEXTS),
            "name_field": name_field,
            "allow_reserved": True,
            "fields": fields,
        }
    for name in draw(st.lists(st.sampled_from(_STANDARD[:5]), max_size=2, unique=True)):
        found[name] = {"fields": {"Rnd_Key__c": draw(_field())}}
    return found


@st.composite
def _source(draw: st.DrawFn, sobject: str, objects: dict[str, Any]) -> dict[str, Any]:
    names = [*objects.get(sobject, {}).get("fields", {}), "Name" if sobject in ("Account", "Product2") else "OwnerId"]
    source: dict[str, Any] = {}
    for attribute in ("fields", "when_changed"):
        if draw(st.integers(0, 2)) == 0:
            source[attribute] = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    return source


@st.composite
def connectors(draw: st.DrawFn) -> dict[str, Any]:
    """The data of one spec."""
    objects = draw(_objects())
    watched = st.lists(st.sampled_from([*objects, *_STANDARD]), min_size=1, max_size=2, unique=True)
    operations = st.lists(st.sampled_from(_OPERATIONS), min_size=1, unique=True)
    permissions = draw(st.lists(_WORDS, max_size=2, unique_by=str.lower))
    prefix = draw(st.sampled_from(["Rnd", "R", "x9", "Acc", "Fifteen_Letters"]))
    made: dict[str, Any] = {
        "orgwright": 1,
        "connector": "rnd",
        "prefix": prefix,
        "label": draw(_TEXTS),
        "objects": objects,
        "access": {"custom_permissions": {name: {} for name in permissions}},
        "remote_sites": {"Rnd": "https://rnd.example"},
    }

    def sources() -> dict[str, Any]:
        return {name: draw(_source(name, objects)) for name in draw(watched)}

    if draw(st.booleans()):
        event = f"{draw(_WORDS)}__e"
        wanted = draw(st.lists(st.sampled_from(list(_TOKENS)), min_size=1, unique=True))
        made["events"] = {event: {"label": draw(_TEXTS), "allow_reserved": True, "fields": dict(_EVENT_FIELDS)}}
        given = {name: _TOKENS[name] for name in wanted} | {"Lit__c": draw(_TEXTS)}
        made["publish"] = {event: {"from": sources(), "on": draw(operations), "set": given, "unless": permissions}}
        if draw(st.integers(0, 3)) == 0:
            made["subscribe"] = {event: {"type_field": "Op__c", "payload_field": "After__c", "id_field": "Id__c"}}
    if draw(st.booleans()):
        body = {
            draw(_TEXTS): token
            for token in draw(
                st.lists(st.sampled_from(["$new", "$old", "$operation", "$ids"]), min_size=1, unique=True)
            )
        }
        hook = {
            "url": "https://rnd.example",
            "from": sources(),
            "on": draw(operations),
            "body": body,
            "unless": permissions,
        }
        made["webhooks"] = {"RndHook": hook}
    if draw(st.booleans()):
        flagged = sources()
        for name in flagged:
            flagged[name].pop("fields", None)
            objects.setdefault(name, {"fields": {}})["fields"]["Rnd_Flag__c"] = "Checkbox"
        if not set(flagged) & {"Task", "Event"}:
            made["flags"] = {"Rnd_Flag__c": {"on": flagged, "unless": permissions}}
    objects.pop("Task", None)
    return made
