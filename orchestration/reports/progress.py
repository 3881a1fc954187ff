"""The progress of a run: a bar, and a line for each trial that runs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from benchmark.run_store import TrialPlan
from benchmark.scorecard import Scorecard
from orchestration.reports.console import number


class _Lines(Progress):
    """A bar, and below it one line for each thing that runs."""

    def __init__(self, *columns: ProgressColumn, console: Console, running: Mapping[str, str]) -> None:
        self._running = running
        self._started: dict[str, float] = {}
        super().__init__(*columns, console=console, disable=not console.is_terminal, refresh_per_second=4)

    def get_renderables(self) -> Iterable[RenderableType]:
        """What a terminal shows."""
        yield self.make_tasks_table(self.tasks)
        now = time.monotonic()
        running = dict(sorted(self._running.items()))
        self._started = {name: self._started.get(name, now) for name in running}
        if running:
            lines = Table.grid(padding=(0, 1, 0, 0), expand=True)
            lines.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
            lines.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
            lines.add_column(justify="right", no_wrap=True, min_width=7)
            for name, step in running.items():
                lines.add_row(Text(f"  {name}"), Text(step), f"{now - self._started[name]:.0f} s")
            yield lines


class StepBar:
    """A bar with the figures so far, and what runs below it; nothing where there is no terminal."""

    def __init__(self, console: Console, n_total: int, n_done: int = 0) -> None:
        self._console = console
        self._steps: dict[str, str] = {}
        self._bar = _Lines(
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            running=self._steps,
        )
        self._task = self._bar.add_task("starting", total=n_total, completed=n_done)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _describe(self, so_far: str = "") -> None:
        self._bar.update(self._task, description=so_far)


class TrialProgress(StepBar):
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
        n_left = self._n_left - self._n_ended
        seconds = (time.monotonic() - self._started) / self._n_ended * n_left
        cost = f", {self._cost_usd:.2f} USD" if self._cost_usd else ""
        return f"{self._n_passed}/{self._n_scored} passed{cost}" + (
            f", {duration_words(seconds)} left" if n_left else ""
        )


def duration_words(seconds: float) -> str:
    """A length of time that is a guess: `40 s`, `7 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _label(plan: TrialPlan) -> str:
    """Which trial a step is of: two trials of one task differ in who competes, or in the attempt."""
    return f"{plan.task} {plan.competitor.name} #{plan.attempt}"
