"""Compiling the Apex of a deploy: errors become failures of components, broken users of what changed are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgwright.apex.sources import CompileError
from orgwright.localorg.apexhost.program import PROGRAMS, Built, build, units
from orgwright.localorg.metadata.model import DeployMessage, DeployOptions, Problem

if TYPE_CHECKING:
    from orgwright.localorg.metadata.deploy import Attempt

_TYPES = {"class": "ApexClass", "trigger": "ApexTrigger"}


def compile_draft(attempt: Attempt, options: DeployOptions) -> None:
    """Compile all Apex of the org to come; what does not compile fails the component that it belongs to.

    With ``rollback_on_error`` off, units that fail are taken out and the rest is compiled again.
    """
    draft = attempt.draft
    tx = draft.tx
    before = PROGRAMS.current(tx.org, tx) if not draft.apex_changed and draft.schema is tx.org.schema else None
    if before is not None:
        attempt.built = before
        return
    previous = PROGRAMS.kept(tx.org)
    known = {(e.kind, e.unit.lower()) for e in previous.program.errors} if previous else set()
    while True:
        found = units(tx)
        if not found:
            return
        built = build(found, draft.schema, previous, processes=tx.org.compilers)
        errors: dict[tuple[str, str], list[CompileError]] = {}
        for error in built.program.errors:
            errors.setdefault((error.kind, error.unit.lower()), []).append(error)
        failed = _blame(attempt, built, errors, known)
        attempt.built = built
        if not failed or options.rollback_on_error or options.keep_invalid:
            return
        for kind, name in failed:
            _take_back(attempt, kind, name)


def _blame(
    attempt: Attempt,
    built: Built,
    errors: dict[tuple[str, str], list[CompileError]],
    known: set[tuple[str, str]],
) -> list[tuple[str, str]]:
    """Turn errors into failures; the units of the package that failed."""
    failed: list[tuple[str, str]] = []
    for (kind, name), found in sorted(errors.items()):
        type_name = _TYPES[kind]
        messages = [m for m in attempt.messages if m.component_type == type_name and m.full_name.lower() == name]
        applied = next((m for m in messages if m.success and not m.deleted), None)
        if applied is not None:
            at = attempt.messages.index(applied)
            attempt.messages[at : at + 1] = [
                _failed(applied, Problem(e.message, e.line, e.column)) for e in sorted(found)
            ]
            failed.append((kind, name))
        elif not messages and (kind, name) not in known:
            _broken_user(attempt, built, kind, name, found[0])
    return failed


def _broken_user(attempt: Attempt, built: Built, kind: str, name: str, error: CompileError) -> None:
    """A unit outside the package no longer compiles: its row becomes invalid, a deletion it needs is refused."""
    tx = attempt.draft.tx
    unit = built.units[(kind, name)]
    title = "Apex Class" if kind == "class" else "Apex Trigger"
    deletions = [m for m in attempt.messages if m.deleted and m.success]
    for message in deletions:
        own = message.full_name.rpartition(".")[2].removesuffix("__c")
        if own.lower() in unit.source.body.lower():
            what = "custom field" if message.component_type == "CustomField" else _words(message.component_type)
            text = f"This {what} is referenced elsewhere in salesforce.com. : {title} - {unit.source.name}."
            attempt.messages[attempt.messages.index(message)] = _failed(message, Problem(text))
            return
    if tx.org.record.kind == "production":
        # Production orgs compile everything on deploy: what the package breaks fails it.
        text = f"Dependent class is invalid and needs recompilation:\n {title.removeprefix('Apex ')} {unit.source.name} : {error.message}"
        attempt.messages.append(
            DeployMessage(
                _TYPES[kind],
                unit.source.name,
                f"{'classes' if kind == 'class' else 'triggers'}/{unit.source.name}.{'cls' if kind == 'class' else 'trigger'}",
                success=False,
                problem=text,
                problem_type="Error",
                line=error.line,
                column=error.column,
                created_date=tx.now(),
            )
        )
        return
    tx.update_setup(unit.id, {"IsValid": False})


def _words(type_name: str) -> str:
    """``ApexClass`` as ``apex class``."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in type_name).strip()


def _take_back(attempt: Attempt, kind: str, name: str) -> None:
    """Take a unit that does not compile out of the draft again: to what it was before, or away."""
    draft, tx = attempt.draft, attempt.draft.tx
    type_name = _TYPES[kind]
    old = draft.originals.get((type_name, name))
    now = draft.components.get(type_name, name)
    if old is not None:
        draft.components.put(old)
        tx.update_setup(old.id, {"Body": old.body.decode("utf-8", "replace")})
    elif now is not None:
        draft.components.remove(type_name, name)
        tx.delete_setup(now.id)


def _failed(message: DeployMessage, problem: Problem) -> DeployMessage:
    return DeployMessage(
        message.component_type,
        message.full_name,
        message.file_name,
        success=False,
        problem=problem.text,
        problem_type="Error",
        line=problem.line,
        column=problem.column,
        created_date=message.created_date,
    )
