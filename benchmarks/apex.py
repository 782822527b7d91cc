"""The figures of the Apex engine, beside the ANTLR parser in JavaScript and apex-ls on the same files.

The files are generated, or those of a project in source format that the variable ``CORPUS`` names. Peers need Node and
Java and come from npm; without them their columns stay empty.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import BIN, Figure, median, run
from conformance import apexls
from orgwright.apex.engine import compile_program
from orgwright.apex.library import registry
from orgwright.apex.workers import processors
from orgwright.localorg.project import sources, trial

PARSER = "@apexdevtools/apex-parser@4.4.1"
LINES_A_SECOND, SECOND_START = 15_000, 150_000
CLASSES = 60
_FRONT = """
import gc, sys
from pathlib import Path
from benchmarks.apex import front_end
from orgwright.cli.options import COLLECT_AFTER
gc.set_threshold(COLLECT_AFTER, 50, 100)  # as the command line does
print(front_end(Path(sys.argv[1])))
"""
_NODE = """
import {{ createRequire }} from 'node:module';
import {{ readFileSync }} from 'node:fs';
const require = createRequire(import.meta.url);
const {{ ApexLexer, ApexParser, CaseInsensitiveInputStream, CommonTokenStream }} = require({module});
const {{ CharStreams }} = require('antlr4ts');
const files = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const started = process.hrtime.bigint();
for (const file of files) {{
  const text = new CaseInsensitiveInputStream(CharStreams.fromString(readFileSync(file, 'utf8')));
  const parser = new ApexParser(new CommonTokenStream(new ApexLexer(text)));
  parser.removeErrorListeners();
  file.endsWith('.trigger') ? parser.triggerUnit() : parser.compilationUnit();
}}
console.log(Number(process.hrtime.bigint() - started) / 1e9);
"""


def figures(work: Path, checkout: Path) -> Iterator[Figure]:
    """Measure everything in ``work``, an empty folder; ``checkout`` is this repository."""
    named = os.environ.get("CORPUS")
    project = Path(named).resolve() if named else generated(work / "apex-project")
    yield from _front_end(work, project, checkout)
    yield from _tests(work, project)
    yield from _running(generated(work / "apex-run", classes=1))


def generated(place: Path, classes: int = CLASSES) -> Path:
    """A project with so many classes of about 300 lines, their tests, a loop and a trigger."""
    folder = place / "force-app" / "main" / "default"
    for name in ("classes", "triggers"):
        (folder / name).mkdir(parents=True)
    (place / "sfdx-project.json").write_text(
        '{"packageDirectories": [{"path": "force-app"}], "sourceApiVersion": "67.0"}'
    )
    for number in range(classes):
        methods = "\n".join(_METHOD.format(number=number, at=at, other=(number + 1) % classes) for at in range(16))
        text = f"public with sharing class Part{number} {{\n    private Integer total = 0;\n{methods}\n}}\n"
        (folder / "classes" / f"Part{number}.cls").write_text(text)
        test = _TEST.format(number=number)
        (folder / "classes" / f"Part{number}Test.cls").write_text(test)
    (folder / "classes" / "Figures.cls").write_text(_FIGURES)
    (folder / "triggers" / "Nothing.trigger").write_text("trigger Nothing on Account (before insert) {\n}\n")
    return place


_METHOD = """    /** Adds up what fits. */
    public Decimal work{at}(List<Account> rows, Map<String, Integer> sizes, String name) {{
        Decimal result = 0;
        for (Account row : rows) {{
            if (row.Name != null && row.Name.startsWith(name)) {{
                Integer size = sizes.containsKey(row.Name) ? sizes.get(row.Name) : {at};
                result += size * 2 + row.Name.length();
                total++;
            }} else if (row.AnnualRevenue > 100) {{
                result += row.AnnualRevenue / 3;
            }}
        }}
        try {{
            List<Contact> people = [SELECT Id, LastName FROM Contact WHERE LastName = :name LIMIT 10];
            result += people.isEmpty() ? Part{other}.constant{at}() : people.size();
        }} catch (QueryException problem) {{
            throw new IllegalArgumentException('part {number}: ' + problem.getMessage());
        }}
        return result;
    }}
    public static Integer constant{at}() {{
        return {at};
    }}
"""
_TEST = """@IsTest
private class Part{number}Test {{
    @IsTest
    static void works() {{
        List<Account> rows = new List<Account>{{ new Account(Name = 'abc'), new Account(Name = 'xyz') }};
        Decimal result = new Part{number}().work1(rows, new Map<String, Integer>{{ 'abc' => 5 }}, 'ab');
        Assert.areEqual(14, result);
    }}
}}
"""
_FIGURES = """@IsTest
private class Figures {
    static Integer next(Integer i) { return i + 1; }
    @IsTest
    static void loop() {
        Integer i = 0;
        while (i < 1000000) {
            i = next(i);
        }
        Assert.areEqual(1000000, i);
    }
    @IsTest
    static void rows() {
        List<Account> rows = new List<Account>();
        for (Integer i = 0; i < 10000; i++) {
            rows.add(new Account(Name = 'Row ' + i));
        }
        insert rows;
    }
}
"""


def front_end(project: Path) -> float:
    """Seconds to parse, check and turn into code all Apex of a project on all processors, without what lies on disk.

    The process has its modules, those of the compiler and of the platform's classes, when the time begins.
    """
    made = trial.deploy(sources.read(project))
    assert made.built is not None
    program = made.built.program
    registry.load()
    started = time.perf_counter()
    fresh = compile_program(program.sources, program.schema, processes=processors())
    for summary in fresh.contents.units:
        fresh.unit(summary.q)
    return time.perf_counter() - started


def _front_end(work: Path, project: Path, checkout: Path) -> Iterator[Figure]:
    from orgwright.localorg.apexhost.cache import Cache

    found = sources.read(project)
    environment = {**os.environ, "ORGWRIGHT_APEX_CACHE": "off", "ORGWRIGHT_HOME": str(work / "apex-home")}
    command = [sys.executable, "-c", _FRONT, str(project)]
    cold = statistics.median(
        float(subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True).stdout)
        for _ in range(3)
    )
    yield Figure("front end, cold", found.lines / cold, "1/s", LINES_A_SECOND)
    made = trial.deploy(found)
    assert made.built is not None
    program, store = made.built.program, Cache(work / "apex-cache", "benchmark")

    def start() -> None:
        again = compile_program(program.sources, program.schema, store=store)
        for summary in again.contents.units:
            again.unit(summary.q)

    start()
    yield Figure("front end, second start", found.lines / median(start, 3), "1/s", SECOND_START)
    files = [str(p) for p in sorted(project.rglob("*")) if p.suffix in (".cls", ".trigger")]
    yield Figure("parse", _parse(files), peer="apex-parser (JavaScript)", peer_value=_antlr(work, files))
    check = median(lambda: _command(["apex", "check", str(project)], work, "off"), 3)
    yield Figure("apex check, whole command", check, peer="apex-ls", peer_value=_apex_ls(project, checkout))


def _parse(files: list[str]) -> float:
    from orgwright.apex.sources import Source
    from orgwright.apex.syntax.parse import parse

    texts = [Source("trigger" if f.endswith(".trigger") else "class", f, Path(f).read_text("utf-8")) for f in files]
    return median(lambda: [parse(text) for text in texts], 3)


def _antlr(work: Path, files: list[str]) -> float | None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    place = work / "apex-parser"
    place.mkdir()
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(place), PARSER]
    if subprocess.run(install, capture_output=True, check=False).returncode:
        return None
    (place / "parse.mjs").write_text(_NODE.format(module="'@apexdevtools/apex-parser'"))
    (place / "files.json").write_text(json.dumps(files))
    done = subprocess.run(["node", "parse.mjs", "files.json"], cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"apex-parser did not run: {done.stderr[-500:]}", file=sys.stderr)
        return None
    return float(done.stdout)


def _apex_ls(project: Path, checkout: Path) -> float | None:
    if shutil.which("java") is None or shutil.which("npm") is None:
        return None
    judges = apexls.scripts(checkout / ".ci" / "judges")
    jars = judges.libraries()
    return median(lambda: judges.apex_ls(project, jars), 3)


def _tests(work: Path, project: Path) -> Iterator[Figure]:
    corpus = project.name == "fflib-apex-mocks"

    def forget() -> None:
        shutil.rmtree(work / "tests-cache", ignore_errors=True)

    def job() -> None:
        _command(["apex", "test", str(project)], work, str(work / "tests-cache"))

    yield Figure(f"apex test {project.name}, cold", median(job, 3, forget), target=8 if corpus else None)
    yield Figure(f"apex test {project.name}, warm", median(job, 3), target=3 if corpus else None)


def _command(arguments: list[str], work: Path, cache: str) -> None:
    os.environ["ORGWRIGHT_APEX_CACHE"] = cache
    try:
        run([BIN / "orgwright", *arguments], work / "apex-home", work)
    finally:
        del os.environ["ORGWRIGHT_APEX_CACHE"]


def _running(project: Path) -> Iterator[Figure]:
    made = trial.deploy(sources.read(project))
    names = {"loop": "a million iterations with a call", "rows": "insert 10,000 rows, empty trigger"}
    times: dict[str, list[float]] = {}
    for _ in range(5):
        for outcome in trial.test(made, trial.select(made, ["Figures"])).methods:
            if outcome.message is not None:
                sys.exit(f"{outcome.method}: {outcome.message}")
            times.setdefault(outcome.method, []).append(outcome.milliseconds / 1000)
    for method, name in names.items():
        yield Figure(name, statistics.median(times[method]), target=1.0)
