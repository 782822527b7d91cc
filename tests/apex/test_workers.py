"""Work in forked processes gives what it gives in one, whatever becomes of the processes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from orgwright.apex import program as programs
from orgwright.apex import workers
from orgwright.apex.check import bodies
from orgwright.apex.code.units import UnitCode, write_unit
from orgwright.apex.engine import Execution, Program, Source, compile_program
from orgwright.localorg.apexhost.cache import Cache
from tests.apex.orgfake import Org, Schema

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
HERE = os.getpid()


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever threads other tests have left."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def weight(item: int) -> int:
    return item


def where(item: int) -> tuple[int, int]:
    return item * item, os.getpid()


def elsewhere(fault: Callable[[], object]) -> Callable[[int], int]:
    """Squares, but the process of number 3 meets a fault unless it is this one."""

    def work(item: int) -> int:
        if item == 3 and os.getpid() != HERE:
            fault()
        return item * item

    return work


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that a test forks."""
    found: list[int] = []
    fork = os.fork

    def noted() -> int:
        pid = fork()
        if pid:
            found.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", noted)
    return found


def none_left(forked: list[int]) -> bool:
    """Whether processes were forked and all were waited for."""
    for pid in forked:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return bool(forked)


def test_results_come_in_order_from_as_many_processes(forked: list[int]) -> None:
    made = workers.spread(where, range(9), weight, 3)
    assert [square for square, _ in made] == [n * n for n in range(9)]
    processes = {process for _, process in made}
    assert len(processes) == 3
    assert HERE not in processes
    assert none_left(forked)


def test_more_than_a_pipe_holds_comes_back() -> None:
    made = workers.spread(lambda n: bytes([n]) * 1_000_000, range(1, 5), weight, 2)
    assert [(one[0], len(one)) for one in made] == [(n, 1_000_000) for n in range(1, 5)]


@pytest.mark.parametrize("fault", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: 1 // 0], ids=["kill", "error"])
def test_a_share_that_is_lost_is_done_here(
    forked: list[int], fault: Callable[[], object], capfd: pytest.CaptureFixture[str]
) -> None:
    assert workers.spread(elsewhere(fault), range(6), weight, 2) == [0, 1, 4, 9, 16, 25]
    assert capfd.readouterr() == ("", "")
    assert none_left(forked)


def test_what_is_done_here_may_be_done_otherwise(
    forked: list[int],
) -> None:
    work = elsewhere(lambda: 1 // 0)
    assert workers.spread(work, range(6), weight, 2, here=lambda n: -n) == [0, 1, 4, -3, -4, 25]


def test_a_fault_of_the_work_itself_shows(forked: list[int]) -> None:
    with pytest.raises(ZeroDivisionError):
        workers.spread(lambda n: 1 // n, range(6), weight, 2)
    assert none_left(forked)


def test_an_interrupt_leaves_no_process(forked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> dict[int, object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(workers._Worker, "result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        workers.spread(lambda _: signal.pause(), [1, 2], weight, 2)
    assert none_left(forked)


@pytest.mark.parametrize("processes", [0, 1])
def test_one_processor_does_it_all_itself(processes: int) -> None:
    assert workers.spread(where, range(4), weight, processes) == [where(n) for n in range(4)]


def test_beside_another_thread_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert workers.spread(where, range(4), weight, 2) == [where(n) for n in range(4)]
    finally:
        done.set()
        other.join()


def test_where_no_process_can_be_started_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    assert workers.spread(where, range(4), weight, 2) == [where(n) for n in range(4)]


def test_shares_are_about_equal() -> None:
    shares = workers._shares([5, 1, 9, 4, 1], 2)
    assert shares == [[1, 2], [0, 3, 4]]
    assert workers._shares([3], 4) == [[0]]


# ----------------------------------------------------------------------------------------- programs

SOUND = """public class Sound {
    public static Integer total = 1;
    public Integer add(Integer n) {
        for (Integer i = 0; i < n; i++) { total += i; }
        return total;
    }
}"""
SOURCES = [
    Source("class", "Sound", SOUND),
    Source("class", "User2", "public class User2 { public static Integer go() { return new Sound().add(4); } }"),
    Source("class", "Wrong", "public class Wrong {\n    Integer a = 'x';\n    void b() { Sound.none(); }\n}"),
    Source("class", "Torn", "public class Torn { void a( }"),
    Source("class", "Needs", "public virtual class Needs { public Torn t; void a() { Missing m; } }"),
    Source("class", "Follows", "public class Follows extends Needs { void c() { t.x(); } }"),
    Source("trigger", "T1", "trigger T1 on Account (before insert) {\n    Sound.total = User2.go();\n}"),
    Source("trigger", "T2", "trigger T2 on Nothing__c (before insert) {}"),
]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if these sources were large."""
    monkeypatch.setattr(programs, "_WORTH_A_PROCESS", 10)


def told(program: Program) -> object:
    code = {unit.q: program.unit(unit.q) for unit in program.contents.units}
    lines = {unit.q: program.coverable(unit.q) for unit in program.contents.units}
    return program.errors, program.contents, code, lines


@pytest.mark.usefixtures("many")
def test_several_processes_compile_the_same_program() -> None:
    alone, shared = (compile_program(SOURCES, Schema(), processes=count) for count in (1, 3))
    assert told(shared) == told(alone)
    assert [(e.unit, e.message) for e in shared.errors] == [
        ("Wrong", "Illegal assignment from String to Integer"),
        ("Wrong", "Method does not exist or incorrect signature: void none() from the type Sound"),
        ("Torn", "Unexpected token '}'."),
        ("Needs", "Invalid type: Torn"),
        ("Needs", "Invalid type: Missing"),
        ("Follows", "Dependent class is invalid and needs recompilation:\n Class Needs : Invalid type: Torn"),
        ("T2", "Invalid type: Nothing__c"),
    ]
    assert Execution(shared, Org(shared.schema)).call_static("User2", "go") == 7
    code, errors = shared.anonymous("Integer i = User2.go() + new Sound().size();", 67.0)
    assert code is None
    assert [e.message for e in errors] == [
        "Method does not exist or incorrect signature: void size() from the type Sound"
    ]
    assert shared.anonymous("Integer i = User2.go();", 67.0)[1] == ()


@pytest.mark.usefixtures("many")
def test_code_that_cannot_be_written_is_told_when_it_is_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_for_sound(unit: bodies.Unit) -> UnitCode:
        if unit.symbol.name == "Sound":
            raise ValueError("no code for Sound")
        return write_unit(unit)

    monkeypatch.setattr(programs, "write_unit", fail_for_sound)
    program = compile_program(SOURCES[:2], Schema(), processes=2)
    assert program.unit("user2") is not None
    with pytest.raises(ValueError, match="no code for Sound"):
        program.unit("sound")


@pytest.mark.usefixtures("many")
def test_what_several_processes_wrote_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = [SOURCES[0], SOURCES[1]]
    store = Cache(tmp_path / "cache", "test")
    first = compile_program(sound, Schema(), store=store, processes=2)
    assert all(store.has(unit.key) for unit in first.contents.units)
    second = compile_program([*sound, SOURCES[6]], Schema(), previous=first, processes=2)
    monkeypatch.setattr(programs, "write_unit", None)  # nothing of what there was is written again
    assert [second.unit(unit.q) for unit in first.contents.units] == [first.unit(q) for q in ("sound", "user2")]
    assert told(compile_program(sound, Schema(), store=store)) == told(first)
