"""Faults put into code that compiles are found, at their line: the harness of ``python -m conformance.mutants`` on a small project."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.mutants import chosen, judge, shown
from conformance.mutations import KINDS
from orgwright.apex.engine import Program, Source, compile_program
from tests.apex.orgfake import Schema

SHAPE = "public interface Shape { Decimal area(); String label(Integer size); }"
SHAPES = """
public abstract class Shapes {
    private static Integer made = 0;
    public virtual class Plain {
        public virtual String name() {
            return 'plain';
        }
    }
    public class Fancy extends Plain {
        public override String name() {
            return 'fancy';
        }
    }
    public static void count(List<Account> found) {
        made += found.size();
        Integer left = made;
        while (left > 0) {
            left--;
        }
        insert found;
    }
}
"""
SQUARE = """
public with sharing class Square implements Shape {
    private static final Integer CORNERS = 4;
    private Decimal side = 2.0;
    public String note { get; set; }
    public Square(Decimal side) {
        this.side = side;
    }
    public Decimal area() {
        Decimal result = side * side;
        return result;
    }
    public String label(Integer size) {
        if (size > CORNERS) {
            return 'large ' + String.valueOf(size);
        }
        List<String> words = new List<String>{ 'small', String.join(new List<String>{ 'a', 'b' }, ',') };
        for (String word : words) {
            if (word.startsWith('s')) {
                throw new IllegalArgumentException(word);
            }
        }
        return words.isEmpty() ? note : words.get(0);
    }
    public List<Account> accounts(String name, Map<String, Object> values) {
        List<Account> found = [SELECT Id, Name FROM Account WHERE Name = :name];
        List<String> names = new List<String>();
        found.add(new Account(Name = name));
        Boolean many = found.size() > 1;
        if (many) {
            found[0].Name = label(found.size());
            note = (String) values.get('note');
        }
        found.clear();
        Shapes.count(found);
        return found;
    }
    @Future
    public static void later(String name) {
        new Square(1).label(3);
    }
}
"""


@pytest.fixture(scope="module")
def program() -> Program:
    sources = {"Shape": SHAPE, "Shapes": SHAPES, "Square": SQUARE}
    made = compile_program([Source("class", name, text) for name, text in sources.items()], Schema())
    assert made.errors == ()
    return made


def test_every_fault_is_found_at_its_line(program: Program) -> None:
    faults = chosen(program, 100, 1)
    missed = [shown(fault, verdict) for fault in faults if (verdict := judge(program, fault)) is not None]
    assert missed == []
    counted = Counter(fault.kind for fault in faults)
    assert set(counted) == set(KINDS)
    assert counted.total() > 60


def test_no_fault_no_finding(program: Program) -> None:
    fault = chosen(program, 1, 1)[0]
    harmless = type(fault)(fault.kind, fault.source, fault.lines, fault.source.body + "\n")
    assert judge(program, harmless) == "no error"
