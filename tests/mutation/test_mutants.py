"""The mutants themselves: each changes one thing, none touches comments, types or annotations."""

from __future__ import annotations

from tests.mutation.mutants import mutants

SOURCE = """\
// a == b
@SuppressWarnings('PMD')
public class A {
    private List<Map<String, Integer>> all = new List<Map<String, Integer>>();
    /* true */
    public Boolean f(Integer n) {
        if (n > 0 && !isOdd(n)) {
            log('x');
            n = n + 1;
        }
        return n == 10;
    }
}
"""


def test_each_kind_of_fault_is_made() -> None:
    made = {(m.line, m.what) for m in mutants("A", SOURCE)}
    assert made == {
        (7, "(n > 0 && !isOdd(n)) -> (!(n > 0 && !isOdd(n)))"),
        (7, "> -> >="),
        (7, "0 -> 1"),
        (7, "&& -> ||"),
        (7, "! -> nothing"),
        (8, "log('x'); -> nothing"),
        (8, "'x' -> ''"),
        (9, "n = n + 1; -> nothing"),
        (9, "1 -> 2"),
        (11, "n == 10 -> null"),
        (11, "== -> !="),
        (11, "10 -> 11"),
    }


def test_a_mutant_differs_in_one_place() -> None:
    for mutant in mutants("A", SOURCE):
        changed = [
            n
            for n, (old, new) in enumerate(zip(SOURCE.splitlines(), mutant.source.splitlines(), strict=True))
            if old != new
        ]
        assert changed == [mutant.line - 1]
