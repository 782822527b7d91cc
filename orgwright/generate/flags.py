"""Apex of flags: a class for each flag, a before trigger and tests for each object that has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orgwright.generate.changes import CannotChange, Change, possible
from orgwright.generate.names import Names, permission_methods
from orgwright.generate.records import Need, is_text
from orgwright.generate.triggers import trigger_name
from orgwright.generate.units import Unit, apex_class
from orgwright.spec.model import Connector, Flag, FlagSource


@dataclass(frozen=True)
class Setting:
    """What the trigger of one object calls: ``Setter.mark(Trigger.new, Trigger.oldMap, Lead.Flag__c);``."""

    setter: str
    flag: str
    when_changed: tuple[str, ...]


def settings(connector: Connector, names: Names) -> dict[str, Setting]:
    """The objects with a flag, by name."""
    return {
        sobject: Setting(setter_of(flag, names), flag.field, flag.sources[sobject].when_changed)
        for flag in connector.flags.values()
        for sobject in sorted(flag.sources)
    }


def setter_of(flag: Flag, names: Names) -> str:
    """The class that sets a flag: ``DeployteqSyncWithClangSetter``."""
    return names.object(flag.field, "Setter")


def units(connector: Connector, names: Names, known: Mapping[str, Need]) -> Iterator[Unit]:
    """The setters, and the tests of the triggers that call them."""
    for flag in connector.flags.values():
        yield apex_class(
            setter_of(flag, names),
            "FlagSetter",
            flag.place,
            silenced=flag.silenced_by,
            every=any(not source.when_changed for source in flag.sources.values()),
        )
        for sobject in sorted(flag.sources):
            yield _test(connector, flag, flag.sources[sobject], names, known)


def _test(connector: Connector, flag: Flag, source: FlagSource, names: Names, known: Mapping[str, Need]) -> Unit:
    sobject = source.api_name
    change = _changed(connector, source, flag, known)
    case = change.field if is_text(connector, sobject, change.field) else None
    other = _other(connector, source, flag, known)
    return apex_class(
        names.object(sobject, "FlagTest"),
        "FlagTest",
        source.place,
        test=True,
        parents=(*change.parents, *(other.parents if other else ())),
        many=min(known[sobject].many, change.many),
        trigger=trigger_name(connector, names, sobject),
        setter=setter_of(flag, names),
        every=not source.when_changed,
        object=sobject,
        method=names.builder(sobject),
        flag=flag.field,
        change=change.field,
        case_field=case,
        other_field=other.field if other else None,
        fields=sorted({"Id", flag.field, change.field, *([other.field] if other else [])}),
        silenced=permission_methods(flag.silenced_by),
    )


def _changed(connector: Connector, source: FlagSource, flag: Flag, known: Mapping[str, Need]) -> Change:
    found = possible(connector, known, source.api_name, source.when_changed)
    change = next((change for change in found if change.field != flag.field), None)
    if change is None:
        counts = f" that counts: {', '.join(source.when_changed)}" if source.when_changed else ""
        raise CannotChange(
            f"no test could change a field of {source.api_name}{counts}",
            where=source.place,
            help="name a field that people or systems write",
        )
    return change


def _other(connector: Connector, source: FlagSource, flag: Flag, known: Mapping[str, Need]) -> Change | None:
    """For a flag that looks at some fields only: one that does not count."""
    if not source.when_changed:
        return None
    counting = (*source.when_changed, flag.field)
    return next((c for c in possible(connector, known, source.api_name) if c.field not in counting), None)
