"""Triggers, DML and queries of one transaction, on a small org in memory."""

from __future__ import annotations

import time

import pytest

from orgwright.apex.engine import Coverage
from orgwright.apex.host import ApexFailure, Record
from tests.apex.orgfake import Org, compiled, fails, run

LOG = "public class Log { public static List<String> lines = new List<String>(); public static String all() { return String.join(lines, ' '); } }"
TRIGGER = """
trigger OnAccount on Account (before insert, after insert, before update, after update, before delete, after delete) {
    Log.lines.add((Trigger.isBefore ? 'before' : 'after') + (Trigger.isInsert ? 'Insert' : Trigger.isUpdate ? 'Update' : 'Delete') + Trigger.size);
    if (Trigger.operationType == System.TriggerOperation.BEFORE_INSERT) {
        for (Account a : Trigger.new) {
            a.Description = 'seen ' + a.Name;
            if (a.Name == 'bad') a.addError('no bad names');
            if (a.Name == 'field') a.Industry.addError('no industry');
        }
    }
    if (Trigger.isAfter && Trigger.isUpdate) {
        Log.lines.add(Trigger.oldMap.get(Trigger.new[0].Id).Name + '>' + Trigger.newMap.values()[0].Name);
    }
}
"""


def test_events_context_and_changes_of_before_triggers() -> None:
    body = """
        Account a = new Account(Name = 'x');
        insert a;
        a.Name = 'y';
        update a;
        Account b = [SELECT Id, Name, Description FROM Account WHERE Id = :a.Id];
        delete a;
        return Log.all() + '|' + b.Description + '|' + b.Name;
    """
    assert run(body, LOG, TRIGGER) == (
        "beforeInsert1 afterInsert1 beforeUpdate1 afterUpdate1 x>y beforeDelete1 afterDelete1|seen x|y"
    )


def test_add_error_fails_the_row_and_the_statement() -> None:
    failure = fails("insert new List<Account>{new Account(Name = 'a'), new Account(Name = 'bad')};", LOG, TRIGGER)
    assert failure.type_name == "System.DmlException"
    assert failure.message == (
        "Insert failed. First exception on row 1; first error: FIELD_CUSTOM_VALIDATION_EXCEPTION, no bad names: []"
    )
    failure = fails("insert new Account(Name = 'field');", LOG, TRIGGER)
    assert failure.message.endswith("no industry: [Industry]")


def test_dml_exception_tells_its_rows() -> None:
    body = """
        try { insert new List<Account>{new Account(), new Account(Name = 'ok')}; }
        catch (DmlException e) { return e.getNumDml() + e.getMessage(); }
        return '';
    """
    assert run(body) == (
        "1Insert failed. First exception on row 0; first error: REQUIRED_FIELD_MISSING, "
        "Required fields are missing: [Name]: [Name]"
    )


def test_an_exception_in_a_trigger_is_a_dml_exception_of_the_caller() -> None:
    trigger = "trigger Boom on Account (before insert) {\n  Integer i = 1 / (Trigger.size - 1);\n}"
    body = "try { insert new Account(Name = 'x'); } catch (DmlException e) { return e.getMessage(); } return '';"
    message = run(body, trigger)
    assert "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" in message
    assert "caused by: System.MathException: Divide by 0" in message
    assert "Trigger.Boom: line 2, column 1" in message


@pytest.mark.parametrize(
    ("trigger", "text"),
    [
        ("trigger T on Account (after insert) { Trigger.new[0].Name = 'z'; }", "System.FinalException: Record is read-only"),
        ("trigger T on Account (after insert) { update Trigger.new; }",
         "System.SObjectException: DML statement cannot operate on trigger.new or trigger.old"),
        ("trigger T on Account (before update) { Trigger.old[0].addError('x'); }",
         "System.SObjectException: SObject row does not allow errors"),
    ],
)  # fmt: skip
def test_trigger_rows_are_protected(trigger: str, text: str) -> None:
    body = "try { Account a = new Account(Name = 'x'); insert a; update a; } catch (DmlException e) { return e.getMessage(); } return '';"
    assert text in run(body, trigger)


def test_recursion_ends_at_sixteen_triggers() -> None:
    trigger = "trigger Again on Account (before insert) { insert new Account(Name = 'again'); }"
    failure = fails("insert new Account(Name = 'first');", trigger)
    assert "maximum trigger depth exceeded" in failure.message


def test_limits_count_over_the_whole_transaction() -> None:
    failure = fails(
        "for (Integer i = 0; i < 101; i++) { try { Integer n = [SELECT COUNT() FROM Account]; } catch (Exception e) { } }"
    )
    assert (failure.type_name, failure.message) == ("System.LimitException", "Too many SOQL queries: 101")
    failure = fails("for (Integer i = 0; i < 151; i++) { insert new Account(Name = 'n'); }")
    assert failure.message == "Too many DML statements: 151"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return [SELECT Id FROM Account].size();", 2),
        ("return [SELECT Name FROM Account WHERE Name = 'one'].Name;", "one"),
        ("return [SELECT COUNT() FROM Account];", 2),
        ("String n = 'two'; List<Account> l = [SELECT Id, Name FROM Account WHERE Name IN :new Set<String>{n}]; return l[0].Name;", "two"),
        ("for (Account a : [SELECT Name FROM Account ORDER BY Name DESC]) { return a.Name; } return '';", "two"),
        ("for (List<Account> l : [SELECT Name FROM Account]) { return l.size(); } return 0;", 2),
        ("try { Account a = [SELECT Id FROM Account WHERE Name = 'none']; } catch (QueryException e) { return e.getMessage(); } return '';",
         "List has no rows for assignment to SObject"),
        ("return [SELECT Id FROM Account WHERE Name = 'none']?.Id;", None),
        ("Account a = [SELECT Id FROM Account LIMIT 1]; try { return a.Name; } catch (SObjectException e) { return e.getMessage(); }",
         "SObject row was retrieved via SOQL without querying the requested field: Account.Name"),
        ("Contact c = [SELECT LastName, Account.Name FROM Contact LIMIT 1]; return c.Account.Name;", "one"),
    ],
)  # fmt: skip
def test_queries(body: str, expected: object) -> None:
    setup = (
        "Account one = new Account(Name = 'one'); insert one; insert new Account(Name = 'two');"
        "insert new Contact(LastName = 'L', AccountId = one.Id);"
    )
    assert run(setup + body) == expected


def test_ids_are_set_and_cleared_with_the_statement() -> None:
    body = """
        Account good = new Account(Name = 'g');
        try { insert new List<Account>{good, new Account()}; } catch (DmlException e) { }
        Boolean cleared = good.Id == null;
        insert good;
        return cleared && good.Id != null && good.Id.getSObjectType() == Account.SObjectType;
    """
    assert run(body) is True


def test_coverage_tells_the_lines_that_ran() -> None:
    source = """public class Covered {
    public static Integer pick(Integer n) {
        if (n > 1) {
            return n;
        }
        Integer other = n == 0
            ? 10
            : 20;
        return other;
    }
}"""
    program = compiled(source)
    coverage = Coverage(program)
    Org(program, coverage=coverage).execution.call_static("Covered", "pick", [0])
    lines = coverage.lines("Covered")
    assert [line for line, hits in lines.items() if hits] == [2, 3, 6, 7, 9]
    assert [line for line, hits in lines.items() if not hits] == [4, 8]


def test_ten_thousand_rows_with_an_empty_trigger_take_the_engine_less_than_a_second() -> None:
    program = compiled("trigger Empty on Account (before insert, after insert) { }")
    execution = Org(program).execution
    from orgwright.apex.host import TriggerEvent

    started = time.process_time()
    for start in range(0, 10_000, 200):
        rows = [Record("Account", {"Id": f"001{start + i:015d}", "Name": "n", "Industry": "i"}) for i in range(200)]
        execution.run_triggers("Account", TriggerEvent.BEFORE_INSERT, rows, None)
        execution.run_triggers("Account", TriggerEvent.AFTER_INSERT, rows, None)
    assert time.process_time() - started < 1


def test_a_failing_top_level_trigger_is_an_apex_failure() -> None:
    from orgwright.apex.host import TriggerEvent

    program = compiled("trigger T on Account (before insert) { String s; s.length(); }")
    with pytest.raises(ApexFailure) as info:
        Org(program).execution.run_triggers(
            "Account", TriggerEvent.BEFORE_INSERT, [Record("Account", {"Name": "x"})], None
        )
    assert info.value.stack == "Trigger.T: line 1, column 1"


def test_the_trigger_depth_can_be_caught_outside() -> None:
    trigger = "trigger Again on Account (before insert) { try { insert new Account(Name = 'again'); } catch (Exception e) { } }"
    body = (
        "try { insert new Account(Name = 'first'); } catch (DmlException e) { return e.getMessage(); } return 'none';"
    )
    assert "maximum trigger depth exceeded" in run(body, trigger)
