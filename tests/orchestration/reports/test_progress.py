"""What is seen of a run while it goes on: a line a trial in a log, a bar on a terminal."""

import re
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import TrialPlan
from benchmark.scorecard import AgentResult
from evaluators.proof.pieces import Piece
from evaluators.proof.result import TaskProof
from evaluators.proof.workers import Answer
from orchestration.planning.trials import plan_run
from orchestration.reports.progress import TrialProgress
from orchestration.reports.proof_progress import ProofProgress, TimeLeft
from tests.helpers.scorecards import NOT_BUILT, make_scorecard, unscored


@pytest.fixture
def plans(small_world: Path) -> list[TrialPlan]:
    return list(plan_run([get_task("repair_ports")], ["oracle"], run_id="r", n_attempts=4).trials)


def log_console() -> Console:
    return Console(file=StringIO(), width=100)


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def bar_lines(console: Console) -> list[str]:
    """Each state of the bar that a terminal was sent."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written(console))
    return [line for line in re.split(r"[\r\n]+", plain) if re.search(r"\d/\d+ \d:\d\d:\d\d", line)]


def lines_below(console: Console) -> list[str]:
    """What stands below the last state of the bar, one line a trial that runs."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written(console))
    lines = [" ".join(line.split()) for line in re.split(r"[\r\n]+", plain)]
    last = max(number for number, line in enumerate(lines) if re.search(r"\d/\d+ \d:\d\d:\d\d", line))
    return [line for line in lines[last + 1 :] if line]


def test_a_log_has_one_line_a_trial_and_nothing_of_steps(plans: list[TrialPlan]) -> None:
    console = log_console()
    with TrialProgress(console, n_total=3) as progress:
        for plan in plans[:3]:
            progress.step(plan, "solve")
        progress.done(plans[0], make_scorecard(plans[0], {}, 1.0))
        progress.done(plans[1], make_scorecard(plans[1], {"marts.ports": NOT_BUILT}, 0.999))
        progress.done(plans[2], unscored(plans[2], "no room"))
    assert written(console).splitlines() == [
        "passed  repair_ports  oracle #1  CS 1.00  CFS 1.00  12.5 s",
        "failed  repair_ports  oracle #2  CS 0.99  CFS 0.99  12.5 s",
        "unscored  repair_ports  oracle #3    0.0 s",
    ]


def test_a_terminal_shows_the_bar_what_runs_and_what_passed_so_far(plans: list[TrialPlan]) -> None:
    console = Console(file=StringIO(), width=160, force_terminal=True, color_system=None)
    with TrialProgress(console, n_total=4, n_done=1) as progress:
        progress.step(plans[0], "solve")
        progress.step(plans[1], "visible: load")
        progress.done(plans[0], make_scorecard(plans[0], {}, 1.0))
        progress.done(plans[2], unscored(plans[2], "no room"))
        progress._bar.refresh()
    last = bar_lines(console)[-1]
    assert "3/4" in last, "one was done before, two have ended"
    assert "1/1 passed, 0.25 USD, 0 s left" in last
    assert lines_below(console) == ["repair_ports oracle #2 visible: load 0 s"]


def test_two_trials_of_one_task_are_told_apart(plans: list[TrialPlan]) -> None:
    """By attempt, and by model: the end of one does not take away the line of the other."""
    models = [ModelSpec(name=name) for name in ("openai/a", "openai/b")]
    trials = plan_run([get_task("repair_ports")], ["toolloop"], run_id="m", models=models).trials
    console = Console(file=StringIO(), width=200, force_terminal=True, color_system=None)
    with TrialProgress(console, n_total=2) as progress:
        for trial in trials:
            progress.step(trial, "solve")
        progress.done(trials[0], make_scorecard(trials[0], {}, 1.0))
        progress._bar.refresh()
    assert lines_below(console) == ["repair_ports toolloop@openai/b #1 solve 0 s"]


def test_a_long_step_stays_on_its_line(plans: list[TrialPlan]) -> None:
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system=None)
    with TrialProgress(console, n_total=4) as progress:
        for plan in plans:
            progress.step(plan, "a step with a long name that goes on and on")
        progress._bar.refresh()
    below = lines_below(console)
    assert len(below) == 4
    assert max(map(len, below)) <= 80
    assert below[0].startswith("repair_ports oracle #1 a step")


def test_costs_of_all_trials_are_added_up(plans: list[TrialPlan]) -> None:
    console = Console(file=StringIO(), width=160, force_terminal=True, color_system=None)
    with TrialProgress(console, n_total=4) as progress:
        for plan, cost in zip(plans, (0.5, None, 1.25, 0.0), strict=True):
            agent = AgentResult(status="finished", cost_usd=cost)
            progress.done(plan, make_scorecard(plan, {}, 1.0).model_copy(update={"agent": agent}))
        progress._bar.refresh()
    assert "4/4 passed, 1.75 USD" in written(console)


def test_a_proof_is_one_line_with_what_was_tried() -> None:
    console = log_console()
    with ProofProgress(console, 2, 2) as progress:
        progress.pieces([Piece("gold", (), options={"label": "gold of seed 0"})], [Piece("gold", ())] * 3)
        progress.done(TaskProof(task="a", kind="impl"))
        progress.done(TaskProof(task="b", kind="impl", problems=("It leaks.",)))
    assert written(console).splitlines() == [
        "proven  a  0 of 0 mutants killed",
        "not proven  b  0 of 0 mutants killed",
    ]


def proof_bar(progress: ProofProgress, console: Console) -> str:
    progress._bar.refresh()
    return bar_lines(console)[-1].rstrip()


def test_a_proof_tells_its_mutants_and_the_time_left_on_one_line() -> None:
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system=None)
    gold = Piece("gold", (), options={"label": "gold of seed 0"})
    models = [Piece("model", (), options={"label": f"marts.m{number}"}, seconds=20.0) for number in range(300)]
    tried = {"mutants": [{"id": f"{number}"} for number in range(1_234)]}
    with ProofProgress(console, 250, 2) as progress:
        progress.pieces([gold], [gold] * 3)
        assert proof_bar(progress, console).endswith("0:00:00 3 to do"), "what comes after gold is not known yet"
        progress.answered(Answer(gold, {"golds": []}, wall_seconds=100.0))
        progress.pieces(models[:2], models[2:])
        assert proof_bar(progress, console).endswith("0:00:00 50 min left")
        progress.answered(Answer(models[0], {"a": tried, "b": tried}, wall_seconds=40.0))
        progress.answered(Answer(models[1], None, "it broke", wall_seconds=40.0))
        progress._mutants_since = time.monotonic() - 100
        progress.pieces(models[2:4], models[4:])
        line = proof_bar(progress, console)
    assert line.endswith("1,234 mutants, 12.3/s, 1 h 39 min left"), "tasks share mutants; models took twice as long"
    assert len(line) <= 80
    assert "0/250" in line


def test_the_time_left_is_at_least_that_of_the_longest_piece() -> None:
    left = TimeLeft(4)
    long, short = Piece("idle", (), seconds=60.0), Piece("workspace", (), seconds=1.0)
    assert left.seconds([(long, 10.0), (short, 5.0)], [short]) == 50.0
    assert left.seconds([(short, 5.0)], []) == 0.0
    left.ended(short, 8.0)
    left.ended(short, 12.0)
    assert left.seconds([], [short] * 8) == 20.0, "two took ten seconds each, and four run at once"
