"""Apex of flags: a class for each flag, a before trigger and tests for each object that has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orgwright.generate.names import Names, pascal
from orgwright.generate.records import CannotChange, Need, changeable, is_text
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


def silenced(connector: Connector) -> list[str]:
    """Custom permissions that any flag asks for."""
    return [name for flag in connector.flags.values() for name in flag.silenced_by]


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
            yield _test(connector, flag, flag.sources[sobject], names, known[sobject])


def _test(connector: Connector, flag: Flag, source: FlagSource, names: Names, need: Need) -> Unit:
    sobject = source.api_name
    change = _changed(connector, source, flag, need)
    case = change if is_text(connector, sobject, change) else None
    other = _other(connector, source, need, flag)
    return apex_class(
        names.object(sobject, "FlagTest"),
        "FlagTest",
        source.place,
        test=True,
        trigger=trigger_name(connector, names, sobject),
        setter=setter_of(flag, names),
        every=not source.when_changed,
        object=sobject,
        method=f"new{pascal(sobject)}",
        flag=flag.field,
        change=change,
        case_field=case,
        other_field=other,
        fields=sorted({"Id", flag.field, change, *([other] if other else [])}),
        silenced=[{"name": name, "method": pascal(name)} for name in flag.silenced_by],
    )


def _own(connector: Connector, sobject: str, flag: Flag) -> list[str]:
    item = connector.objects.get(sobject)
    return [f.api_name for f in (item.custom_fields if item else ()) if changeable(f) and f.api_name != flag.field]


def _changed(connector: Connector, source: FlagSource, flag: Flag, need: Need) -> str:
    if source.when_changed:
        return source.when_changed[0]
    if need.change is not None:
        return need.change
    own = _own(connector, source.api_name, flag)
    if not own:
        raise CannotChange(f"{source.api_name} has no field that a test could change", where=source.place)
    return own[0]


def _other(connector: Connector, source: FlagSource, need: Need, flag: Flag) -> str | None:
    """For a flag that looks at some fields only: one that does not count."""
    if not source.when_changed:
        return None
    names = [*([need.change] if need.change else []), *_own(connector, source.api_name, flag)]
    return next((name for name in names if name not in source.when_changed), None)
