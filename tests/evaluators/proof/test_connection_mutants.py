"""Mutants of connection files are really loaded, run after run, and their raw tables compared with gold."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.generator_parameters import Dials
from benchmark.task import Task
from evaluators.pipeline.gold import Gold
from evaluators.proof import connection_mutants
from evaluators.proof.connection_mutants import streams_to_mutate, try_streams
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.mutants.connection_files import Edited, StreamCase
from evaluators.proof.result import EquivalentResult, MutantResult
from evaluators.proof.scored_runs import RunState
from evaluators.proof.targets import Laid
from evaluators.scenarios import PipelineRun, Runs, days
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Limits
from tests.helpers.kiosk.gold import load_gold, spoil
from tests.helpers.kiosk.world import ITEMS, SALES, write_kiosk
from tests.helpers.proof import settled, watched

AGAIN = (PipelineRun(1), PipelineRun(2, "again"))
"""The oldest file of sales comes a second time."""
LISTED = "f6aa6631"
PROOF = f"""\
equivalent:
  - {{id: {LISTED}, operator: sync_mode_wrong, part: kiosk.sales, reason: no file ever leaves the folder}}
  - {{id: bee1dac2, operator: sync_mode_wrong, part: kiosk.sales, reason: this is not true at all}}
"""
REASON = "no file ever leaves the folder"

Tried = tuple[tuple[MutantResult, ...], tuple[EquivalentResult, ...]]


@contextmanager
def opened(task: Task, golds: list[tuple[str, int, Runs, Gold]]) -> Iterator[list[RunState]]:
    """States of a name, a seed, runs and gold."""
    with ExitStack() as stack:
        states = []
        for name, seed, runs, gold in golds:
            database = stack.enter_context(
                GoldDatabase(gold, "2020", watched(task.scored_tables, task.id), {}, len(runs))
            )
            states.append(RunState(name, Dials(seed, 2), runs, runs, gold, None, database, frozenset({task.id})))
        yield states


def lay(folder: Path, start: str, solution: str) -> Laid:
    """A start and a solution of one connection file, and another file that only the solution has."""
    for name, text in (("start", start), ("solution", solution)):
        (folder / name / "el").mkdir(parents=True)
        if text:
            (folder / name / "el/kiosk.yaml").write_text(text)
    return Laid(folder / "start", folder / "solution", frozenset({"el/kiosk.yaml", "dbt/models/takings.sql"}))


def tried_of(task: Task, states: list[RunState], laid: Laid, runtime: ForkRuntime, scratch: Path) -> Tried:
    """What becomes of every stream that the task is about."""
    mutants: list[MutantResult] = []
    rewrites: list[EquivalentResult] = []
    for stream in streams_to_mutate(task, laid):
        asked = {stream: [task.id]}
        found = try_streams(task.world, states, laid.solution, asked, runtime, scratch)[stream, task.id]
        mutants += settled(found.mutants, Listing(task))
        rewrites += found.equivalents
    return tuple(mutants), tuple(rewrites)


@pytest.fixture(scope="module")
def tried(runtime: ForkRuntime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """What becomes of the stream `sales`, which the start lacks, on three states and one of another seed."""
    folder = tmp_path_factory.mktemp("kiosk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_PROJECTS", str(folder / "projects"))
        patch.setenv("LOCKGATE_HOME", str(folder / "home"))
        task = write_kiosk(folder / "projects", {"tasks/kiosk_sales/proof.yaml": PROOF})
        laid = lay(folder, ITEMS, ITEMS + SALES)
        golds = load_gold(task, laid.solution, [days(1), days(1, 2)], runtime, folder / "gold")
        wrong = spoil(golds[days(1)], folder / "spoiled", "raw_kiosk.sales", "'0' AS price")
        listed = [
            ("visible", 0, days(1), golds[days(1)]),
            ("again", 0, AGAIN, golds[days(1, 2)]),
            ("holdout", 101, days(1), wrong),
            ("day2", 0, days(1, 2), golds[days(1, 2)]),
        ]
        (folder / "scratch").mkdir()
        with opened(task, listed) as states:
            yield tried_of(task, states, laid, runtime, folder / "scratch")


OUTCOMES = {
    ("stream_missing", ""): ("killed", "visible", "raw_kiosk.sales (not_built)"),
    ("sync_mode_wrong", "full_refresh overwrite"): ("equivalent", "", ""),
    ("sync_mode_wrong", "full_refresh append"): ("killed", "day2", "raw_kiosk.sales (grain)"),
    ("sync_mode_wrong", "incremental append"): ("killed", "again", "raw_kiosk.sales (grain)"),
    ("pattern_wrong", "sales_1.csv"): ("killed", "visible", "raw_kiosk.sales (missing_rows)"),
    ("pattern_wrong", "*.csv"): ("killed", "visible", "raw_kiosk.sales (extra_rows)"),
    ("format_wrong", "jsonl"): ("killed", "visible", "raw_kiosk.sales (not_built)"),
}


@pytest.mark.slow
def test_a_mutant_is_killed_in_the_first_calm_run_that_tells_it_then_in_an_incident(tried: Tried) -> None:
    found = {(m.operator, m.after): (m.outcome, m.killed_in, m.killed_by) for m in tried[0]}
    assert found == OUTCOMES
    assert {mutant.part for mutant in tried[0]} == {"kiosk.sales"}
    assert {mutant.before for mutant in tried[0] if mutant.operator == "pattern_wrong"} == {"sales_*.csv"}


@pytest.mark.slow
def test_a_reason_stands_with_a_listed_mutant_that_nothing_rejects(tried: Tried) -> None:
    assert {mutant.after: mutant.reason for mutant in tried[0] if mutant.reason} == {"full_refresh overwrite": REASON}
    assert next(mutant.id for mutant in tried[0] if mutant.reason) == LISTED


@pytest.mark.slow
def test_only_what_is_not_killed_shows_its_change(tried: Tried) -> None:
    shown = {mutant.after: mutant.diff for mutant in tried[0] if mutant.diff}
    assert {after: diff.splitlines() for after, diff in shown.items()} == {
        "full_refresh overwrite": [
            "@@ -8,4 +8,4 @@", "   format: csv", "-  sync_mode: incremental", "-  destination_sync_mode: append_dedup",
            "+  sync_mode: full_refresh", "+  destination_sync_mode: overwrite", "   primary_key:",
        ]
    }  # fmt: skip


@pytest.mark.slow
def test_rewrites_are_accepted_in_every_run(tried: Tried) -> None:
    assert [tuple(rewrite.model_dump().values()) for rewrite in tried[1]] == [
        (operator, "kiosk.sales", True, "", "") for operator in ("streams_reordered", "keys_reordered", "read_in_full")
    ]


def try_only(monkeypatch: pytest.MonkeyPatch, *operators: str) -> None:
    """Few operators: each variant is really loaded."""
    for name in ("CONNECTION_MUTATIONS", "CONNECTION_REWRITES"):
        every = getattr(connection_mutants, name)
        monkeypatch.setattr(connection_mutants, name, {k: every[k] for k in operators if k in every})


def no_mode(case: StreamCase) -> Iterator[Edited]:
    """A file that is no connection."""
    yield case.edited("mode", "none", lambda stream, _: stream.update(sync_mode="none"))


@pytest.mark.slow
def test_whatever_loads_other_rows_than_gold_or_breaks_says_where_and_how(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_only(monkeypatch, "stream_missing", "sync_mode_wrong", "keys_reordered")
    laid = lay(tmp_path, "", ITEMS)
    task = only_raw(kiosk, "raw_kiosk.items")
    gold = load_gold(task, laid.solution, [days(1)], runtime, tmp_path / "gold")[days(1)]
    wrong = spoil(gold, tmp_path / "spoiled", "raw_kiosk.items", "'top' AS shelf")
    monkeypatch.setitem(vars(connection_mutants)["CONNECTION_MUTATIONS"], "no_mode", no_mode)
    (tmp_path / "scratch").mkdir()
    with opened(task, [("visible", 0, days(1), wrong)]) as states:
        mutants, rewrites = tried_of(task, states, laid, runtime, tmp_path / "scratch")
    assert {(mutant.outcome, mutant.part) for mutant in mutants} == {("killed", "kiosk.items")}
    by_operator = {mutant.operator: mutant.killed_by for mutant in mutants}
    assert by_operator.pop("no_mode") == "raw_kiosk.items (not_built)"
    assert "raw_kiosk.items (values)" in by_operator.values(), "its breaking is nobody else's"
    found = {(rewrite.is_accepted, rewrite.difference) for rewrite in rewrites}
    assert found == {(False, "visible raw_kiosk.items (values)")}
    assert all(rewrite.diff.startswith("@@") for rewrite in rewrites)


@pytest.mark.slow
def test_a_load_that_does_not_end_is_another_than_gold(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_only(monkeypatch, "sync_mode_wrong")
    laid = lay(tmp_path, "", ITEMS)
    task = only_raw(kiosk, "raw_kiosk.items")
    gold = load_gold(task, laid.solution, [days(1)], runtime, tmp_path / "gold")[days(1)]
    monkeypatch.setattr(connection_mutants, "LOAD_LIMITS", Limits(wall_seconds=0.01))
    (tmp_path / "scratch").mkdir()
    with opened(task, [("visible", 0, days(1), gold)]) as states:
        mutants, _ = tried_of(task, states, laid, runtime, tmp_path / "scratch")
    assert {mutant.killed_by for mutant in mutants} == {"raw_kiosk.items (the load ends: timeout)"}


class ImpatientRuntime(ForkRuntime):
    """Ends loads of several connections at once; each alone has all the time that it needs."""

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        n_connections = len(list((request.directory / "el").glob("*.yaml")))
        limits = Limits(wall_seconds=0.01) if n_connections > 1 else request.limits
        return super().run(replace(request, limits=limits), profile)


@pytest.mark.slow
def test_loads_that_are_too_slow_together_are_judged_each_by_itself(
    kiosk: Task, servers: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.warm("pipeline")
    with servers.shared():
        runtime = ImpatientRuntime()
    try_only(monkeypatch, "sync_mode_wrong", "keys_reordered")
    monkeypatch.setitem(vars(connection_mutants)["CONNECTION_MUTATIONS"], "no_mode", no_mode)
    laid = lay(tmp_path, "", ITEMS)
    task = only_raw(kiosk, "raw_kiosk.items")
    gold = load_gold(task, laid.solution, [days(1)], runtime, tmp_path / "gold")[days(1)]
    (tmp_path / "scratch").mkdir()
    with opened(task, [("visible", 0, days(1), gold)]) as states:
        mutants, rewrites = tried_of(task, states, laid, runtime, tmp_path / "scratch")
    assert {(mutant.after, mutant.killed_by) for mutant in mutants} == {
        ("full_refresh append", ""),
        ("incremental append", ""),
        ("none", "raw_kiosk.items (not_built)"),
    }
    assert [(found.is_accepted, found.difference) for found in rewrites] == [(True, "")]


@pytest.mark.slow
def test_what_survives_shows_its_change_and_what_is_accepted_shows_nothing(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is read once is the same in every sync mode."""
    try_only(monkeypatch, "sync_mode_wrong", "keys_reordered")
    laid = lay(tmp_path, "", ITEMS)
    task = only_raw(kiosk, "raw_kiosk.items")
    gold = load_gold(task, laid.solution, [days(1)], runtime, tmp_path / "gold")[days(1)]
    (tmp_path / "scratch").mkdir()
    with opened(task, [("visible", 0, days(1), gold)]) as states:
        mutants, rewrites = tried_of(task, states, laid, runtime, tmp_path / "scratch")
    assert [(mutant.after, mutant.outcome, mutant.killed_in) for mutant in mutants] == [
        ("full_refresh append", "survived", ""), ("incremental append", "survived", "")
    ]  # fmt: skip
    assert mutants[0].diff.splitlines()[-1] == "+  destination_sync_mode: append"
    assert [(found.is_accepted, found.difference, found.diff) for found in rewrites] == [(True, "", "")]


@pytest.mark.slow
def test_a_later_run_loads_what_arrived_on_its_day(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_only(monkeypatch, "keys_reordered")
    laid = lay(tmp_path, ITEMS, ITEMS + SALES)
    task = only_raw(kiosk, "raw_kiosk.sales")
    gold = load_gold(task, laid.solution, [days(1, 2)], runtime, tmp_path / "gold")[days(1, 2)]
    (tmp_path / "scratch").mkdir()
    with opened(task, [("day2", 0, days(1, 2), gold)]) as states:
        mutants, rewrites = tried_of(task, states, laid, runtime, tmp_path / "scratch")
    assert mutants == ()
    assert [(found.operator, found.difference) for found in rewrites] == [("keys_reordered", "")]


def only_raw(task: Task, *tables: str) -> Task:
    """The task, scored on some raw tables alone."""
    return task.model_copy(update={"spec": task.spec.model_copy(update={"scored": {"raw": tables}})})


@pytest.mark.parametrize(
    ("start", "scored"),
    [
        (ITEMS + SALES, ("raw_kiosk.items", "raw_kiosk.sales")),
        (ITEMS, ("raw_kiosk.items",)),
    ],
    ids=["the start has the stream as it is", "nothing scores its table"],
)
def test_a_stream_that_the_task_is_not_about_is_left_alone(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, start: str, scored: tuple[str, ...]
) -> None:
    laid = lay(tmp_path, start, ITEMS + SALES)
    task = only_raw(kiosk, *scored)
    (tmp_path / "none").mkdir()
    (tmp_path / "scratch").mkdir()
    with opened(task, [("visible", 0, days(1), Gold(tmp_path / "none", {}))]) as states:
        assert tried_of(task, states, laid, runtime, tmp_path / "scratch") == ((), ())
