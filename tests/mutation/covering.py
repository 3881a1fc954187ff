"""Which test runs which function, and how long it takes: measured once, on the code as it is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from coverage import Coverage

from tests.mutation.mutants import Mutant, function_names


class CoveringTest(NamedTuple):
    """One test."""

    id: str
    """As pytest names it."""
    seconds: float
    """Set-up and clean-up included."""
    functions: frozenset[str]
    """`path::function` of what it runs of the package; `path::` for what a module does when it is imported."""


class Recorder:
    """A pytest plugin that records what each test runs."""

    def __init__(self, root: Path, package: str) -> None:
        self._root = root
        self._coverage = Coverage(data_file=None, include=[f"{root / package}/*"], config_file=False)
        self._seconds: dict[str, float] = {}
        self._test = ""
        self._shared: dict[str, set[str]] = {}
        """Test -> contexts of the fixtures that it shares with other tests: it looks at what these made."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Function) -> Iterator[None]:
        self._test = item.nodeid
        found = [fixtures[-1] for fixtures in item._fixtureinfo.name2fixturedefs.values()]
        self._shared[item.nodeid] = {_context(fixture) for fixture in found if fixture.scope != "function"}
        self._coverage.switch_context(item.nodeid)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        if fixturedef.scope == "function":
            return (yield)
        self._coverage.switch_context(_context(fixturedef))
        try:
            return (yield)
        finally:
            self._coverage.switch_context(self._test)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration

    def __enter__(self) -> "Recorder":
        self._coverage.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._coverage.stop()

    def save(self, path: Path) -> None:
        """Write what was recorded."""
        by_context: dict[str, set[str]] = {}
        data = self._coverage.get_data()
        for measured in data.measured_files():
            name = Path(measured).relative_to(self._root).as_posix()
            by_line = function_names(Path(measured).read_text())
            for line, contexts in data.contexts_by_lineno(measured).items():
                for context in filter(None, contexts):
                    by_context.setdefault(context, set()).add(f"{name}::{by_line.get(line, '')}")
        found = []
        for test, seconds in self._seconds.items():
            functions = set().union(*(by_context.get(context, ()) for context in (test, *self._shared[test])))
            found.append({"id": test, "seconds": round(seconds, 3), "functions": sorted(functions)})
        path.write_text(json.dumps(found))


def _context(fixture: pytest.FixtureDef[Any]) -> str:
    return f"fixture {fixture.baseid}::{fixture.argname}"


def read_tests(path: Path) -> list[CoveringTest]:
    """What `Recorder.save` wrote."""
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return [CoveringTest(test["id"], test["seconds"], frozenset(test["functions"])) for test in found]


def tests_for(mutant: Mutant, tests: list[CoveringTest], killers: list[str], most_seconds: float) -> list[CoveringTest]:
    """Tests that run the mutated function, in the order in which they are likely to bite.

    First those that killed other mutants, then one of each test function's cases after the other, fast ones first.
    Where none is seen to run it (DuckDB calls some functions from threads of its own, and constants are read by whoever
    imports them), those that run anything of the module; else all.

    Args:
        mutant: What is to be killed.
        tests: What was measured.
        killers: Ids of tests that killed mutants of this module, the last one first.
        most_seconds: Tests are taken up to so many seconds in all. A mutant that outlives these counts as alive.
    """
    by_function = [test for test in tests if f"{mutant.path}::{mutant.function}" in test.functions]
    by_module = [test for test in tests if any(name.startswith(f"{mutant.path}::") for name in test.functions)]
    covering = (by_function if mutant.function else []) or by_module or tests
    turns: dict[str, int] = {}
    ranked = []
    for test in sorted(covering, key=lambda test: test.seconds):
        function = test.id.partition("[")[0]
        turns[function] = turns.get(function, -1) + 1
        rank = (-1, killers.index(test.id)) if test.id in killers else (turns[function], 0)
        ranked.append((rank, test.seconds, test))
    chosen: list[CoveringTest] = []
    seconds = 0.0
    for _, _, test in sorted(ranked, key=lambda found: found[:2]):
        if not chosen or seconds + test.seconds <= most_seconds:
            chosen.append(test)
            seconds += test.seconds
    return chosen
