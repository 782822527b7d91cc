"""Compiled formulas, kept as long as their schema is in use; and their place in SQL.

SQLite calls a formula as ``formula(number, value, value ...)``: the number names the program, the values are the
stored forms of what it reads.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from typing import Any

from orgwright.localorg.formula.compile import Program, compile_condition, compile_default, compile_for
from orgwright.localorg.formula.names import Names
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.schema.schema import Schema

SQL_NAME = "formula"
MAX_SOURCES = 90
"""SQLite passes at most 100 arguments to a function."""
_KEPT = 4096
_lock = threading.Lock()
_compiled: OrderedDict[tuple[object, ...], Program] = OrderedDict()
_numbers: dict[tuple[object, ...], int] = {}
_programs: list[tuple[Program, Field]] = []


def treats_blanks_as_zero(field: Field) -> bool:
    """Whether a formula field takes blank numbers for 0 (``formulaTreatBlanksAs``)."""
    return field.formula_treat_blanks_as != "BlankAsBlank"


def field_program(schema: Schema, sobject: SObjectType, field: Field) -> Program:
    """The program of a formula field; raises :class:`FormulaProblem`."""
    key = (schema.serial, sobject.name, field.name, field.formula)
    found = _compiled.get(key)
    if found is None:
        names = Names(schema, sobject, "field", zero=treats_blanks_as_zero(field))
        found = _keep(key, compile_for(field.formula or "", field, names))
    return found


def condition_program(schema: Schema, sobject: SObjectType, condition: str) -> Program:
    """The program of a validation rule's condition, where a blank number stays blank; raises :class:`FormulaProblem`."""
    key = (schema.serial, sobject.name, "rule", condition)
    found = _compiled.get(key)
    if found is None:
        found = _keep(key, compile_condition(condition, Names(schema, sobject, "rule", zero=False)))
    return found


def default_program(schema: Schema, field: Field) -> Program:
    """The program of a default value; raises :class:`FormulaProblem`."""
    key = (schema.serial, "default", field.type, field.name, field.default_formula)
    found = _compiled.get(key)
    if found is None:
        found = _keep(key, compile_default(field, Names(schema, None, "default")))
    return found


def _keep(key: tuple[object, ...], program: Program) -> Program:
    with _lock:
        _compiled[key] = program
        if len(_compiled) > _KEPT:
            _compiled.popitem(last=False)
    return program


def number_of(program: Program, field: Field) -> int:
    """The number by which SQL names the program; equal programs share it."""
    reads = tuple(
        (s.key, s.kind, s.zero, s.field.type if s.field else "", s.field.scale if s.field else 0)
        for s in program.sources
    )
    key = (program.text, field.type, field.scale, reads)
    with _lock:
        number = _numbers.get(key)
        if number is None:
            number = _numbers[key] = len(_programs)
            _programs.append((program, field))
    return number


def _call(number: int, *values: Any) -> Any:
    program, field = _programs[number]
    return program.stored(field, values)


def register(connection: sqlite3.Connection) -> None:
    """Let a connection's SQL call formulas."""
    connection.create_function(SQL_NAME, -1, _call, deterministic=True)
