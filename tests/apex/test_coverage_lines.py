"""Lines that count for coverage: each fixture marks them with ``//+`` at the end."""

import pytest

from orgwright.apex.coverage import coverable_lines

CLASS = """\
public with sharing class Sample
    extends Base {
    private static final String NAME = 'constant';
    private static final String LONG_NAME = 'a' +
        'b';
    private static final Integer SIZE =
        1 + 2; //+
    private Integer plain;
    private Integer value = 1; //+
    public String auto { get; set; } //+
    public String computed { //+
        get {
            return auto; //+
        }
    }
    public enum Color {
        RED
    }
    @TestVisible
    private
    Integer run( //+
        Integer a,
        Integer b
    ) {
        Integer x; //+
        if (a > b) { //+
            x = 1; //+
        }
        else {
            x = 2; //+
        }
        for (Integer i = 0; i < 3; i++) //+
        { //+
            x++; //+
        }
        do {
            x--; //+
        } while (x > 0); //+
        while (x < 3) { //+
            x++; //+
        }
        try { //+
            risky(); //+
        } catch (DmlException e) { //+
            throw e; //+
        } finally {
            x = 5; //+
        }
        System.debug(
            'nothing' + x
        );
        String text = a > b //+
            ? 'yes' //+
            : 'no'; //+
        String folded = 'one' + //+
            'two' +
            'three';
        List<String> names = new List<String>{ //+
            'a', //+
            'b' //+
        };
        call( //+
            1, //+
            names.size() //+
        );
        text.trim() //+
            .toLowerCase() //+
            .length(); //+
        List<Account> found = [ //+
            SELECT Id
            FROM Account
            WHERE Name = :text //+
            LIMIT 1
        ];
        switch on a { //+
            when 1, //+
                 2 { //+
                x = 1; //+
            }
            when else {
                x = 2; //+
            }
        }
        insert found; //+
        return x; //+
    }
    abstract void later();
    interface Inner {
        void go();
    }
}
"""

TRIGGER = """\
trigger T on Account (
    before insert
) {
    for (Account a : Trigger.new) { //+
        a.Name = //+
            'x'; //+
    }
}
"""


def marked(text: str) -> set[int]:
    return {n for n, line in enumerate(text.split("\n"), 1) if line.endswith("//+")}


@pytest.mark.parametrize("text", [CLASS, TRIGGER], ids=["class", "trigger"])
def test_lines_follow_the_rules(text: str) -> None:
    expected = marked(text)
    found = coverable_lines(text)
    # A field's name counts although its value stands on the next line.
    extra = {6} if text is CLASS else set()
    assert found == expected | extra


def test_a_test_class_has_no_lines() -> None:
    assert coverable_lines("@IsTest\nprivate class T {\n static void f() {\n Integer x = 1;\n }\n}") == set()


def test_several_statements_on_a_line_count_once() -> None:
    assert coverable_lines("public class T { void f() { Integer a = 1; Integer b = 2; } }") == {1}
