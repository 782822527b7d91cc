"""Standard controllers of Visualforce pages (Apex Reference Guide, StandardController and StandardSetController Class)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.host import DmlOptions
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.database import QueryLocator
from orgwright.apex.library.pages import PageReference, add_messages, current_page
from orgwright.apex.library.registry import contextual, native, platform
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import DmlException, SObjectException
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.values import PlatformObject

_GIVEN = "You cannot call {} when the data is being passed into the controller by the caller."
_MOST = 10_000
_PAGE = 20


def _saved(execution: Any, operation: Any, rows: list[SObject]) -> bool:
    """Run DML as the page's save button does: what is refused becomes messages of the page."""
    try:
        execution.dml(operation, rows, DmlOptions())
    except DmlException as error:
        add_messages(execution, error)
        return False
    return True


def _back(execution: Any, otherwise: str) -> PageReference:
    """Where cancel and save lead: the page's ``retURL``, else a page of the object."""
    page = current_page(execution)
    wanted = page.getParameters().get("retURL") if page is not None else None
    return PageReference(str(wanted) if wanted else otherwise)


@platform("ApexPages.StandardController")
class StandardController(PlatformObject):
    """``ApexPages.StandardController`` over a record that Apex gives it."""

    def __init__(self, record: SObject | None) -> None:
        if record is None:
            raise null_argument()
        self._record = record

    def getRecord(self) -> SObject:
        """The record."""
        return self._record

    def getId(self) -> Any:
        """The record's Id."""
        return self._record.fields.get("Id")

    def addFields(self, fields: Any) -> None:
        """Not for a record that Apex gave."""
        raise SObjectException(_GIVEN.format("addFields"))

    def reset(self) -> None:
        """Not for a record that Apex gave."""
        raise SObjectException(_GIVEN.format("reset"))

    def view(self) -> PageReference:
        """The record's own page."""
        return PageReference(f"/{self.getId()}")

    def edit(self) -> PageReference:
        """The record's edit page."""
        return PageReference(f"/{self.getId()}/e")

    @contextual
    def cancel(self, execution: Any) -> PageReference:
        """Back to where the user came from."""
        return _back(execution, f"/{self.getId() or self._tab()}")

    @contextual
    def save(self, execution: Any) -> PageReference | None:
        """Insert or update the record; the record's page, or null with messages when it is refused."""
        operation = "insert" if self.getId() is None else "update"
        return self.view() if _saved(execution, operation, [self._record]) else None

    @contextual
    def delete(self, execution: Any) -> PageReference | None:
        """Delete the record; the object's tab, or null with messages when it is refused."""
        return PageReference(f"/{self._tab()}") if _saved(execution, "delete", [self._record]) else None

    def _tab(self) -> str:
        info = self._record.sobject_type.info
        return f"{info.key_prefix if info is not None else ''}/o"


@platform("ApexPages.StandardSetController")
class StandardSetController(PlatformObject):
    """``ApexPages.StandardSetController`` over records or a query: up to 10,000 of them, page by page."""

    def __init__(self, rows: List) -> None:
        self._all = rows.items[:_MOST]
        self._complete = len(rows.items) <= _MOST
        self._rtype = rows.rtype
        self._selected = List(rows.rtype)
        self._size, self._number = _PAGE, 1
        self._filter: str | None = None
        self._prototype: SObject | None = None
        self._first = {id(row): dict(row.fields) for row in self._all}

    def _pages(self) -> int:
        return max(1, -(-len(self._all) // self._size))

    def getRecords(self) -> List:
        """The records of the page."""
        start = (self._number - 1) * self._size
        return List(self._rtype, self._all[start : start + self._size])

    def getSelected(self) -> List:
        """The records chosen."""
        return self._selected

    def setSelected(self, rows: List) -> None:
        """Choose records."""
        self._selected = rows

    def getResultSize(self) -> int:
        """How many records there are."""
        return len(self._all)

    def getCompleteResult(self) -> bool:
        """Whether there are no more than it can hold."""
        return self._complete

    def getPageSize(self) -> int:
        """How many records a page has."""
        return self._size

    def setPageSize(self, size: int | None) -> None:
        """Set how many records a page has; the first page is shown."""
        if size is None:
            raise null_argument()
        self._size, self._number = max(1, size), 1

    def getPageNumber(self) -> int:
        """The page that is shown."""
        return self._number

    def setPageNumber(self, number: int | None) -> None:
        """Show a page; the nearest one where there is none of that number."""
        if number is None:
            raise null_argument()
        self._number = min(max(1, number), self._pages())

    def getHasNext(self) -> bool:
        """Whether there is a page behind this one."""
        return self._number < self._pages()

    def getHasPrevious(self) -> bool:
        """Whether there is a page before this one."""
        return self._number > 1

    def first(self) -> None:
        """Show the first page."""
        self._number = 1

    def last(self) -> None:
        """Show the last page."""
        self._number = self._pages()

    def next(self) -> None:
        """Show the next page."""
        self.setPageNumber(self._number + 1)

    def previous(self) -> None:
        """Show the page before."""
        self.setPageNumber(self._number - 1)

    def getFilterId(self) -> str | None:
        """The list view that filters, if any."""
        return self._filter

    def setFilterId(self, filter: str | None) -> None:
        """Remember a list view; the records were given, so it does not choose among them."""
        self._filter = filter

    def addFields(self, fields: Any) -> None:
        """Not for records that Apex gave."""
        raise SObjectException(_GIVEN.format("addFields"))

    @contextual
    def getRecord(self, execution: Any) -> SObject:
        """The record whose fields :meth:`save` gives to all that are chosen."""
        if self._prototype is None:
            name = self._all[0].sobject_type.name if self._all else self._rtype.args[0].name
            self._prototype = SObject(execution.types.get(name))
        return self._prototype

    @contextual
    def save(self, execution: Any) -> PageReference | None:
        """Update what was changed, and what is chosen with the fields of :meth:`getRecord`."""
        given = dict(self._prototype.fields) if self._prototype is not None else {}
        for row in self._selected.items if given else ():
            row.fields.update(given)
        chosen = {id(row) for row in self._selected.items} if given else set()
        rows = [row for row in self._all if id(row) in chosen or self._first.get(id(row)) != row.fields]
        new, known = [r for r in rows if not r.fields.get("Id")], [r for r in rows if r.fields.get("Id")]
        done = all(_saved(execution, kind, part) for kind, part in (("insert", new), ("update", known)) if part)
        return self.cancel(execution) if done else None

    @contextual
    def cancel(self, execution: Any) -> PageReference:
        """Back to where the user came from."""
        info = self._all[0].sobject_type.info if self._all else None
        return _back(execution, f"/{info.key_prefix}/o" if info is not None else "/home/home.jsp")


@native("ApexPages.StandardSetController.<init>(List<SObject>)")
def of_rows(rows: List | None) -> StandardSetController:
    if rows is None:
        raise null_argument()
    return StandardSetController(rows)


@native("ApexPages.StandardSetController.<init>(Database.QueryLocator)", context=True)
def of_locator(execution: Any, locator: QueryLocator | None) -> StandardSetController:
    if locator is None:
        raise null_argument()
    return StandardSetController(locator.rows(execution))
