"""Data: mappings with external IDs, load order, outage rules, the recipe of sample data."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field as Attribute
from pydantic import field_validator

from orgwright.spec.node import Named, Node, entries
from orgwright.spec.yamltree import Located


class Constant(Node):
    """A value that every row gets: given here, or the single value that a SOQL query finds in the org."""

    shorthand: ClassVar[str | None] = "value"

    value: str | int | float | bool | None = None
    query: str | None = Attribute(default=None, description="SOQL with one field; it must find exactly one row")


class Through(Node):
    """A table of the source that says what a value is called in the org: a sales representative's user name, for instance."""

    table: str
    source: str = Attribute(description="Its column with the source's own value")
    target: str = Attribute(description="Its column with the value that the org has")


class Lookup(Node):
    """A record of the org that is found by a value: the user with a user name. Every value has to find one before anything is loaded."""

    object: str
    by: str = Attribute(description="Field of the object that holds the value")
    where: str | None = Attribute(default=None, description="SOQL condition that the record has to meet besides")
    through: Through | None = None


class Column(Named):
    """One field of the target and the source column that fills it.

    The key is a field (``Name``) or a parent by its external ID (``Account.Gentrack_External_Id__c``). With ``also`` the value is made
    of several source columns, ``Quote / Open``; in the keys of ``translate`` a part may then be ``*``, and the first that fits counts.
    """

    shorthand: ClassVar[str | None] = "source"

    source: str
    required: bool = False
    translate: dict[str, str] = Attribute(
        default_factory=dict, description="Source value -> Salesforce value; others pass as they are"
    )
    default: str | None = Attribute(default=None, description="For an empty source value; not translated")
    also: tuple[str, ...] = Attribute(default=(), description="Further source columns that the value is made of")
    unmapped: Literal["pass", "refuse"] = Attribute(
        default="pass", description="refuse: a value that translate does not have stops the load before it begins"
    )
    lookup: Lookup | None = None
    blank: Literal["keep", "leave_out"] = Attribute(
        default="keep", description="leave_out: a row without a value is not loaded, nor are its children"
    )

    @property
    def sources(self) -> tuple[str, ...]:
        """All source columns that the value is made of."""
        return (self.source, *self.also)

    @property
    def relationship(self) -> str | None:
        """Relationship name of a parent column (``Account``), else None."""
        return self.api_name.partition(".")[0] if "." in self.api_name else None

    @property
    def field(self) -> str:
        """The field: of the object, or the parent's external ID."""
        return self.api_name.rpartition(".")[2]


class Mapping(Named):
    """How rows of one source table become records of one object. The key is the object."""

    table: str = Attribute(
        default="", description="Table or CSV file (without .csv) of the source; the object's name if absent"
    )
    key: str = Attribute(default="", description="External ID of the upsert; that of seed if absent")
    columns: dict[str, Column] = Attribute(default_factory=dict)
    constants: dict[str, Constant] = Attribute(default_factory=dict)

    @field_validator("columns", mode="before")
    @classmethod
    def _columns(cls, data: Any) -> Any:
        return entries(data, "source")

    @property
    def key_column(self) -> str:
        """The source column that holds the external ID."""
        return self.columns[self.key].source

    @property
    def parents(self) -> tuple[Column, ...]:
        """The columns that point to parents."""
        return tuple(column for column in self.columns.values() if column.relationship)


class Duplicates(Named):
    """What makes two records of an object one: they stop a load before it begins. The key is the object.

    ``by`` are target columns of its mapping, or alternatives of several; they are compared without case, blanks and punctuation.
    ``settled`` is a source column: a value there says that somebody looked at the row, and that it is no duplicate.
    """

    by: tuple[tuple[str, ...], ...]
    in_org: bool = Attribute(default=True, description="Also against records of the org that do not have the row's key")
    settled: str | None = None

    @field_validator("by", mode="before")
    @classmethod
    def _by(cls, data: Any) -> Any:
        """One list of columns stands for one alternative."""
        if isinstance(data, list) and data and all(isinstance(item, str) for item in data):
            return (tuple(data),)
        return data


def _with_defaults(name: str, body: Any, key: object) -> Any:
    if isinstance(body, Located):
        body = body if body.get("table") else body.with_entry("table", name)
        body = body if body.get("key") or not key else body.with_entry("key", key)
    return body


class Seed(Node):
    """The initial load: order, keys, mappings."""

    key: str | None = Attribute(default=None, description="External ID field of every object that names none itself")
    order: tuple[str, ...] = ()
    objects: dict[str, Mapping] = Attribute(default_factory=dict)
    duplicates: dict[str, Duplicates] = Attribute(default_factory=dict)

    @field_validator("duplicates", mode="before")
    @classmethod
    def _duplicates(cls, data: Any) -> Any:
        return entries(data)

    @classmethod
    def expand(cls, data: Any) -> Any:
        """Give every mapping the common key and its object's name as table, where it says nothing itself."""
        data = super().expand(data)
        objects = data.get("objects") if isinstance(data, Located) else None
        if not isinstance(objects, Located):
            return data
        filled = {name: _with_defaults(name, body, data.get("key")) for name, body in entries(objects).items()}
        return data.with_entry("objects", objects.with_values(filled))

    @property
    def ordered(self) -> tuple[Mapping, ...]:
        """The mappings in load order."""
        return tuple(self.objects[name] for name in self.order if name in self.objects)


class Step(Node):
    """Something that is done once, by a command or by a person."""

    shorthand: ClassVar[str | None] = "text"

    text: str
    side: Literal["salesforce", "vendor"] = "salesforce"
    command: str | None = Attribute(default=None, description="The orgwright command that does it")


class Outage(Node):
    """Rules of the window in which the initial load runs."""

    bypass: str | None = Attribute(
        default=None, description="Permission set that the loading user holds during the load"
    )
    confirm: bool = Attribute(default=True, description="Ask before a load into a production org")
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()


class Recipe(Named):
    """How one column of a sample table is filled; exactly one of the kinds is given. ``{n}`` in text is the row number from 1 on.

    Kinds: ``text`` (``"ACC-{n:06d}"``), ``choice`` (from a list), ``number`` (between two, with ``decimals``), ``date`` (between two),
    ``fake`` (word lists), ``parent`` (the ``column`` of a row of another table, by default its key column).
    """

    shorthand: ClassVar[str | None] = "text"

    text: str | None = None
    choice: tuple[str | int | float | bool, ...] | None = None
    number: tuple[float, float] | None = None
    decimals: int = Attribute(default=0, ge=0, le=17)
    date: tuple[str, str] | None = None
    fake: (
        Literal[
            "first_name",
            "last_name",
            "company",
            "street",
            "city",
            "state",
            "postal_code",
            "phone",
            "email",
            "word",
            "sentence",
        ]
        | None
    ) = None
    parent: str | None = None
    column: str | None = None
    spread: Literal["cycle", "blocks", "random"] = Attribute(
        default="cycle", description="cycle: row i takes parent i modulo their number"
    )
    offset: int = Attribute(default=0, description="Added to the parent's index, modulo the number of parents")
    blank: float = Attribute(default=0.0, ge=0, le=1, description="Share of rows that stay empty")

    @property
    def kind(self) -> str:
        """The kind that is given: text, choice, number, date, fake or parent."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


KINDS = ("text", "choice", "number", "date", "fake", "parent")


class SampleTable(Named):
    """A table of sample data: as many rows as ``per`` says for each unit of the size (rounded down), or ``count`` whatever the size."""

    per: float | None = Attribute(default=None, ge=0)
    count: int | None = Attribute(default=None, ge=0)
    columns: dict[str, Recipe] = Attribute(default_factory=dict)

    @field_validator("columns", mode="before")
    @classmethod
    def _columns(cls, data: Any) -> Any:
        return entries(data, "text")

    def rows_for(self, size: int) -> int:
        """How many rows the table has at a size."""
        if self.count is not None:
            return self.count
        return int(size * (1 if self.per is None else self.per))


class Sample(Node):
    """The sample recipe: tables as a source would have them, so that sample data goes through the mappings too."""

    size: int = Attribute(default=1000, ge=0)
    random: int = Attribute(
        default=1, description="Seed of the pseudo-random choices: the same seed gives the same data"
    )
    tables: dict[str, SampleTable] = Attribute(default_factory=dict)

    @field_validator("tables", mode="before")
    @classmethod
    def _tables(cls, data: Any) -> Any:
        return entries(data)
