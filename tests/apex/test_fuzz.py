"""Broken Apex, made from Apex that is fine: the compiler answers with errors, whatever it is given."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwright.apex import engine
from tests.apex.orgfake import Schema

CLASS = """@IsTest(SeeAllData=false)
public virtual with sharing class Probe extends Other implements Comparable, Database.Batchable<SObject> {
    public enum Season { SPRING, AUTUMN }
    private static final Map<String, List<Integer>> KNOWN = new Map<String, List<Integer>>{ 'a' => new List<Integer>{ 1, 2 } };
    public Integer count { get { return count == null ? 0 : count; } private set; }
    transient Account[] rows = [SELECT Id, Name FROM Account WHERE Name LIKE :KNOWN.keySet() AND Id != NULL ORDER BY Name LIMIT 5];
    static { KNOWN.put('b', null); }
    public Probe() { this(3); }
    public Probe(Integer start) { super(); count = start ?? 0; }
    public Integer compareTo(Object other) { return other instanceof Probe ? count - ((Probe) other).count : -1; }
    public Database.QueryLocator start(Database.BatchableContext c) { return Database.getQueryLocator('SELECT Id FROM Account'); }
    public void execute(Database.BatchableContext c, List<SObject> found) {
        for (SObject row : found) { if (row.Id == null) { continue; } else if (count > 1) break; }
        for (Integer i = 0, j = 5; i < j; i++) { count += i << 2 >>> 1; }
        while (count > 100) { count--; }
        do { count ^= 7; } while (count++ < 3);
        try { insert found; upsert rows Id; throw new IllegalArgumentException('no'); }
        catch (DmlException e) { System.debug(LoggingLevel.ERROR, e.getMessage() + '\\u00e9\\n'); }
        catch (Exception e) { throw e; } finally { update as user rows; }
        switch on count { when 1, 2 { return; } when else { System.runAs(new User()) { delete rows; } } }
        switch on Season.SPRING { when SPRING { } when AUTUMN { count = rows?.size(); } }
        String name = rows[0]?.Name?.toLowerCase();
        Object[] things = new Object[]{ 1L, 2.5, 3d, true, name, Probe.class, Account.SObjectType };
    }
    public void finish(Database.BatchableContext c) { List<List<SObject>> f = [FIND 'x' IN ALL FIELDS RETURNING Account(Id)]; }
    public abstract class Inner { protected abstract void go(final Set<Id> ids); @TestVisible private void stop() {} }
    public interface Shape { Decimal area(); }
}
"""
TRIGGER = "trigger OnAccount on Account (before insert, after update) { for (Account a : Trigger.new) { a.Name = a.Name + '!'; } }\n"
OTHER = "public virtual class Other { protected Other() {} }"
_PIECES = re.compile(r"'(?:\\.|[^'\\\n])*'|\w+|\s+|.", re.DOTALL)
_CLASS = _PIECES.findall(CLASS)
_TRIGGER = _PIECES.findall(TRIGGER)
_JUNK = st.sampled_from(
    ["'", '"', "\\", "{", "}", "(", ")", "[", "]", "<", ">", ";", ",", ".", "?.", "??", "=>", "->", "@", ":", "/*", "*/", "//", "\x00",
     "\ud800", "é", "0x1F", "99999999999", "1.2.3", "class", "trigger", "SELECT", "WHERE", "null", "void", "new", "this", "super",
     "abstract", "static", "List<", "Map<String,", "'''", "\ufeff", "\u2028", "if", "else", "switch on", "when", "return", "Integer"]
)  # fmt: skip
_EDITS = st.lists(
    st.tuples(st.sampled_from(["drop", "twice", "swap", "junk", "move"]), st.integers(0), st.integers(0), _JUNK),
    min_size=1,
    max_size=4,
)


def edited(pieces: list[str], edits: list[tuple[str, int, int, str]]) -> str:
    found = list(pieces)
    for edit, one, other, junk in edits:
        at, to = one % len(found), other % len(found)
        if edit == "drop":
            del found[at : at + 1 + other % 3]
        elif edit == "twice":
            found.insert(to, found[at])
        elif edit == "swap":
            found[at], found[to] = found[to], found[at]
        elif edit == "move":
            found.insert(to, found.pop(at))
        else:
            found.insert(at, junk)
        found = found or [" "]
    return "".join(found)


def compiled(kind: str, name: str, body: str) -> engine.Program:
    """The program, and the code of all of it that has no errors."""
    sources = [engine.Source("class", "Other", OTHER), engine.Source(kind, name, body)]  # type: ignore[arg-type]
    program = engine.compile_program(sources, Schema())
    lines = body.count("\n") + body.count("\r") + 1
    for error in program.errors:
        assert error.message and 1 <= error.line <= lines and error.column >= 1, error
    for q in (name.lower(), f"trigger {name.lower()}"):
        program.unit(q)
        program.coverable(q)
    return program


fuzzing = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_the_programs_that_are_broken_here_are_fine() -> None:
    assert compiled("class", "Probe", CLASS).errors == ()
    assert compiled("trigger", "OnAccount", TRIGGER).errors == ()


@given(_EDITS)
@fuzzing
def test_an_edited_class_compiles_or_has_errors(edits: list[tuple[str, int, int, str]]) -> None:
    compiled("class", "Probe", edited(_CLASS, edits))


@given(_EDITS)
@fuzzing
def test_an_edited_trigger_compiles_or_has_errors(edits: list[tuple[str, int, int, str]]) -> None:
    compiled("trigger", "OnAccount", edited(_TRIGGER, edits))


@given(st.lists(st.one_of(st.sampled_from(_CLASS), _JUNK, st.text(max_size=3)), max_size=40))
@fuzzing
def test_any_text_compiles_or_has_errors(parts: list[str]) -> None:
    for kind, name in (("class", "Probe"), ("trigger", "OnAccount")):
        compiled(kind, name, " ".join(parts))


@given(st.lists(st.one_of(st.sampled_from(_CLASS), _JUNK), max_size=25))
@fuzzing
def test_any_text_is_an_anonymous_block_or_has_errors(parts: list[str]) -> None:
    program = engine.compile_program([], Schema())
    code, errors = program.anonymous(" ".join(parts), 62.0)
    assert (code is None) == bool(errors)
