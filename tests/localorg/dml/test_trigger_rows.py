"""Rows of triggers are worked out when they are read: they show the same whenever that is."""

from __future__ import annotations

from orgwright.apex.host import LateRecord, Record
from orgwright.localorg.dml.request import SaveRequest
from tests.localorg.deploying import apex, deploy, make_org

KEPT = "public class Kept { public static List<Account> news; public static List<Account> olds; }"
TRIGGER = """trigger T on Account (before update, after update) {
    if (Trigger.isBefore) {
        Kept.news = Trigger.new;
        Kept.olds = Trigger.old;
    } else {
        Account first = Kept.olds[0];
        Account later = Kept.news[0];
        Trigger.new[0].addError(String.join(new List<String>{
            first.Site, later.Site, Trigger.old[0].Site, Trigger.new[0].Site, String.valueOf(later.Id == Trigger.new[0].Id)
        }, ','));
    }
}"""


def test_rows_read_late_show_what_they_showed_then() -> None:
    org = make_org()
    files = {**apex("Kept", KEPT), **apex("T", TRIGGER, kind="trigger")}
    done = deploy(org, files, {"ApexClass": ["Kept"], "ApexTrigger": ["T"]}, ignore_warnings=True)
    assert done["success"], done["details"]
    with org.transaction() as tx:
        (made,) = tx.save(SaveRequest("insert", [Record("Account", {"Name": "a", "Site": "old"})], access="system"))
    with org.transaction() as tx:
        changed = Record("Account", {"Id": made.id, "Site": "new"})
        (outcome,) = tx.save(SaveRequest("update", [changed], access="system"))
    assert [error.message for error in outcome.errors] == ["old,new,old,new,true"]


def test_a_late_record_is_worked_out_once_and_equals_a_plain_one() -> None:
    calls: list[int] = []

    def make() -> dict[str, object]:
        calls.append(1)
        return {"Name": "a"}

    late = LateRecord("Account", "001", make)
    assert not late.made and calls == []
    assert late == Record("Account", {"Name": "a"})
    assert late.fields is late.fields and late.made and calls == [1]
