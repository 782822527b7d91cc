"""Compiled Apex on disk: found again by content, and never read from where others can write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orgwright.apex.engine import Execution, Program, Source, compile_program
from orgwright.localorg.apexhost.cache import Cache, toolchain
from tests.apex.orgfake import Org, Schema

ONE = Source("class", "One", "public class One { public static Integer of() { return Two.of() + 1; } }")
TWO = Source(
    "class",
    "Two",
    "public class Two { public static final String NAME = 'two'; public static Integer of() { return 1; } }",
)
BAD = Source("class", "Bad", "public class Bad { Integer f() { return Two.NAME; } }")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "apex-cache", "this compiler")


def built(cache: Cache, *sources: Source) -> Program:
    return compile_program(sources, Schema(), store=cache)


def value(program: Program) -> object:
    return Execution(program, Org(program.schema)).call_static("One", "of")


def test_a_second_start_parses_and_checks_nothing(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = built(cache, ONE, TWO, BAD)
    assert value(first) == 2
    monkeypatch.setattr("orgwright.apex.check.compile.Compiler.__init__", None)
    second = built(cache, ONE, TWO, BAD)
    assert value(second) == 2
    assert second.errors == first.errors
    assert [str(e) for e in second.errors] == ["Bad:1:34: Illegal conversion from String to Integer"]


def test_code_that_a_mere_check_left_out_is_kept_once_it_is_made(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    built(cache, ONE, TWO)
    assert value(built(cache, ONE, TWO)) == 2
    monkeypatch.setattr("orgwright.apex.check.compile.Compiler.__init__", None)
    assert value(built(cache, ONE, TWO)) == 2


def test_lines_that_count_come_along(cache: Cache) -> None:
    assert built(cache, ONE, TWO).coverable("one") == built(cache, ONE, TWO).coverable("one") == {1}


def test_an_edit_is_seen(cache: Cache) -> None:
    assert value(built(cache, ONE, TWO)) == 2
    edited = Source("class", "Two", TWO.body.replace("return 1", "return 41"))
    assert value(built(cache, ONE, edited)) == 42


def test_another_compiler_sees_nothing(cache: Cache) -> None:
    cache.save("key", b"data")
    assert cache.load("key") == b"data"
    assert Cache(cache.folder, "another compiler").load("key") is None
    assert toolchain() == toolchain()


@pytest.mark.parametrize("harm", ["cut", "flip", "junk", "empty"])
def test_a_broken_entry_counts_as_missing(cache: Cache, harm: str) -> None:
    value(built(cache, ONE, TWO))
    for file in cache.folder.iterdir():
        data = file.read_bytes()
        file.write_bytes(
            {"cut": data[:-3], "flip": data[:-1] + bytes([data[-1] ^ 1]), "junk": b"junk", "empty": b""}[harm]
        )
    assert value(built(cache, ONE, TWO)) == 2


def test_lost_code_is_made_again(cache: Cache) -> None:
    value(built(cache, ONE, TWO))
    program = built(cache, ONE, TWO)
    for file in cache.folder.iterdir():
        file.unlink()
    assert value(program) == 2


def test_a_folder_that_others_can_write_is_not_read(cache: Cache) -> None:
    cache.save("key", b"data")
    cache.folder.chmod(0o777)
    assert cache.load("key") is None
    cache.save("other", b"data")
    cache.folder.chmod(0o700)
    assert cache.load("key") == b"data"
    assert cache.load("other") is None


def test_links_are_not_followed(cache: Cache, tmp_path: Path) -> None:
    cache.save("key", b"data")
    (file,) = cache.folder.iterdir()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert cache.load("key") is None
    real = tmp_path / "real"
    cache.folder.rename(real)
    cache.folder.symlink_to(real)
    assert not cache.has("key")


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    nowhere = Cache(tmp_path / "file" / "cache", "this compiler")
    assert value(built(nowhere, ONE, TWO)) == 2


def test_what_was_not_used_for_long_goes(cache: Cache) -> None:
    cache.save("old", b"data")
    (file,) = cache.folder.iterdir()
    os.utime(file, (0, 0))
    cache.save("new", b"data")
    cache.prune()
    assert not cache.has("old")
    assert cache.has("new")
