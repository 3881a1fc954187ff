"""The progress bar of a run."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmark.run_store import TrialPlan
from benchmark.scorecard import Scorecard
from evaluators.proof.result import TaskProof
from orchestration.reports.console import number
from orchestration.reports.proof import what_was_tried


class _StepBar:
    """A bar with what runs now behind it; nothing where there is no terminal."""

    def __init__(self, console: Console, n_total: int, n_done: int = 0) -> None:
        self._console = console
        self._bar = Progress(
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=n_total, completed=n_done)
        self._steps: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _describe(self, before: str = "") -> None:
        running = ", ".join(f"{name}: {step}" for name, step in sorted(self._steps.items()))
        self._bar.update(self._task, description=f"{before}{running}"[: max(20, self._console.width - 46)])


class TrialProgress(_StepBar):
    """Trials done, what runs now, and the scores as they come; one line a trial where there is no terminal."""

    def __init__(self, console: Console, n_total: int, n_done: int = 0) -> None:
        super().__init__(console, n_total, n_done)
        self._n_left = n_total - n_done
        self._n_ended = self._n_passed = self._n_scored = 0
        self._cost_usd = 0.0
        self._started = time.monotonic()

    def step(self, plan: TrialPlan, name: str) -> None:
        """A trial has started a step."""
        self._steps[_label(plan)] = name
        self._describe(self._so_far())

    def note(self, text: str) -> None:
        """Print a sentence on something that holds trials up."""
        self._console.print(text, style="yellow", markup=False, highlight=False)

    def done(self, plan: TrialPlan, scorecard: Scorecard) -> None:
        """Print the line of a trial that has ended, and move the bar on."""
        self._steps.pop(_label(plan), None)
        self._bar.advance(self._task)
        self._n_ended += 1
        self._n_scored += scorecard.status == "scored"
        self._n_passed += bool(scorecard.success)
        self._cost_usd += (scorecard.agent.cost_usd or 0.0) if scorecard.agent else 0.0
        if scorecard.status == "scored" and scorecard.scores:
            mark = "[green]passed[/]" if scorecard.success else "[red]failed[/]"
            scores = scorecard.scores
            text = f"CS {number(scores.component_score)}  CFS {number(scores.cascading_failure_score)}"
        else:
            mark, text = "[yellow]unscored[/]", ""
        seconds = scorecard.timing_seconds.get("total", 0.0)
        self._console.print(
            f"{mark}  {plan.task}  {escape(plan.competitor.name)} #{plan.attempt}  {text}  {seconds:.1f} s",
            highlight=False,
        )
        self._describe(self._so_far())

    def _so_far(self) -> str:
        """Passed of scored, cost where there is one, and the time left at the pace so far."""
        if not self._n_ended:
            return ""
        left = (time.monotonic() - self._started) / self._n_ended * (self._n_left - self._n_ended)
        cost = f"{self._cost_usd:.2f} USD, " if self._cost_usd else ""
        return f"{self._n_passed}/{self._n_scored} passed, {cost}{left / 60:.0f} min left; "


def _label(plan: TrialPlan) -> str:
    """Which trial a step is of: two trials of one task differ in who competes, or in the attempt."""
    return f"{plan.task} {plan.competitor.name} #{plan.attempt}"


class ProofProgress(_StepBar):
    """Tasks proven, and what each one is at; one line a task where there is no terminal."""

    def step(self, task: str, name: str) -> None:
        """A task has come to a step."""
        self._steps[task] = name
        self._describe()

    def done(self, proof: TaskProof) -> None:
        """A task's proof has ended."""
        self._steps.pop(proof.task, None)
        self._bar.advance(self._task)
        mark = "[green]proven[/]" if proof.is_proven else "[red]not proven[/]"
        self._console.print(f"{mark}  {proof.task}  {what_was_tried(proof)}", highlight=False)
        self._describe()
