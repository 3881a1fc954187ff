"""The report as Markdown: tables that people can copy into an issue or a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from benchmark.stages import STAGES
from orchestration.reports.console import number
from orchestration.reports.run_report.model import CompetitorReport, Report, TaskReport
from orchestration.reports.run_report.shown import count, interval, minutes, signed, usd

RANKS_NOTE = (
    "A rank is 1 + the number of competitors that are better beyond doubt (paired by task, 95 %): those that cannot be "
    "told apart share it. Reference agents have none. ★ nobody is as good for less money, ◷ in less time."
)
UP_TO_NOTE = "Right up to: share of pipelines whose tables are all right from raw up to that stage, in every scenario."


def markdown_text(report: Report) -> str:
    """The report; everything that an agent wrote is escaped."""
    parts = [
        "# Lockgate report",
        _runs_line(report),
        escape(report.sentence),
        "\n".join(f"- {escape(text)}" for text in report.warnings),
        "## Standings",
        standings_table(report),
        RANKS_NOTE,
        *_section("## Stages", _stages(report), UP_TO_NOTE),
        *_section("## Scenarios (CFS)", _scenarios(report)),
        *_section("## Tasks", _tasks(report), "Successes of attempts, and the mean CFS."),
        *_section("## Proofs of the tasks", _proofs(report)),
        *_section("## What goes wrong first", _failures(report)),
        *_section("## Pairs", _pairs(report), "First minus second, paired by task."),
        *_section("## By world, kind, difficulty and origin (SR)", _groups(report)),
        *_section("## Behaviour", _behaviour(report), "Means over trials; beside the score, never in it."),
        *_section("## Several runs of one competitor", _trends(report)),
        *_section("## Unscored", _unscored(report)),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(heading: str, table: str, note: str = "") -> list[str]:
    return [heading, table, note] if table else []


def escape(text: str) -> str:
    """A text that Markdown shows as it is, in one line."""
    return re.sub(r"([\\`*_\[\]<>|#~!&])", r"\\\1", " ".join(text.split()))


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are shown as they are; empty where there is no row."""
    lines = ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    marks = ["---", *("---:" for _ in headings[1:])]
    return "\n".join(["| " + " | ".join(map(escape, headings)) + " |", "| " + " | ".join(marks) + " |", *lines])


def _runs_line(report: Report) -> str:
    runs = ", ".join(
        f"{escape(run.run_id)} ({run.planned_at[:10]}{f', suite {escape(run.suite)}' if run.suite else ''})"
        for run in report.runs
    )
    n_scored, n_unscored = (sum(getattr(run, name) for run in report.runs) for name in ("n_scored", "n_unscored"))
    return (
        f"Runs: {runs}. {len(report.tasks)} tasks, {len(report.competitors)} competitors, "
        f"{n_scored} trials scored, {n_unscored} unscored."
    )


def standings_table(report: Report) -> str:
    """All competitors with their figures, as a table."""
    headings = (
        "competitor", "rank", "SR", "CS", "CFS", "EL", "T", "pass@k", "pass^k", "k", "seen - unseen", "Elo",
        "USD/trial", "USD/success", "tokens/trial", "agent", "calls", "scored", "unscored",
    )  # fmt: skip
    return markdown_table(headings, map(_standing, report.competitors))


def _standing(row: CompetitorReport) -> list[str]:
    figures = row.figures
    marks = (" ★" if row.is_on_cost_frontier else "") + (" ◷" if row.is_on_time_frontier else "")
    return [
        row.label + marks,
        "ref." if row.is_reference else str(row.rank),
        interval(figures["success_rate"]),
        interval(figures["component_score"]),
        interval(figures["cascading_failure_score"]),
        number(figures["extract_load_success_rate"].mean),
        number(figures["transform_success_rate"].mean),
        number(figures["pass_at_k"].mean),
        number(figures["pass_hat_k"].mean),
        str(row.k),
        signed(row.visible_holdout_gap),
        "-" if row.elo is None else f"{row.elo:.0f}",
        usd(row.effort.trial_usd),
        usd(row.effort.success_usd),
        count(row.effort.trial_tokens),
        minutes(row.effort.agent_seconds),
        count(row.effort.trial_calls),
        str(row.n_scored),
        str(row.n_unscored),
    ]


def _stages(report: Report) -> str:
    headings = ["competitor", *(f"{stage} {what}" for stage in STAGES for what in ("right up to", "CS", "CFS"))]
    rows = []
    for row in report.competitors:
        found = {figures.stage: figures for figures in row.stages}
        cells = [row.label]
        for stage in STAGES:
            one = found.get(stage)
            values = (one.right_up_to, one.component_score, one.cascading_failure_score) if one else (None, None, None)
            cells += [number(value.mean if value else None) for value in values]
        rows.append(cells)
    return markdown_table(headings, rows)


def _scenarios(report: Report) -> str:
    names = list(dict.fromkeys(found.scenario for row in report.competitors for found in row.scenarios))
    rows = []
    for row in report.competitors:
        by_name = {found.scenario: found.cascading_failure_score for found in row.scenarios}
        rows.append([row.label, *(interval(by_name[name]) if name in by_name else "-" for name in names)])
    return markdown_table(["competitor", *names], rows) if names else ""


def _tasks(report: Report) -> str:
    labels = [row.label for row in report.competitors]
    cells = {(cell.task, cell.label): cell for cell in report.cells}
    rows = []
    for task in report.tasks:
        line = [f"{task.task} ({task.kind}, {task.difficulty})"]
        for label in labels:
            cell = cells.get((task.task, label))
            if cell is None:
                line.append("")
            elif not cell.n_scored:
                line.append("unscored")
            else:
                line.append(f"{cell.n_successes}/{cell.n_scored}, {number(cell.cascading_failure_score)}")
        rows.append(line)
    return markdown_table(["task", *labels], rows)


def _proofs(report: Report) -> str:
    rows = [
        [task.task, task.origin, " ".join(task.versions) or "-", proof_badge(task), task.proof]
        for task in sorted(report.tasks, key=lambda task: task.task)
    ]
    return markdown_table(["task", "origin", "version", "proof", "what it found, or why there is none"], rows)


def proof_badge(task: TaskReport) -> str:
    """Whether a task was proven, in one or two words."""
    return {True: "proven", False: "not proven", None: "not known"}[task.is_proven]


def _failures(report: Report) -> str:
    rows = [
        [
            row.label,
            failure.stage,
            failure.kind,
            str(failure.n_trials),
            failure.examples[0].trial,
        ]
        for row in report.competitors
        for failure in row.failures
    ]
    return markdown_table(["competitor", "stage", "kind", "trials", "for example"], rows)


def _pairs(report: Report) -> str:
    rows = [
        [
            f"{pair.first} - {pair.second}",
            signed(pair.success_rate),
            "yes" if pair.is_distinct else "no",
            signed(pair.cascading_failure_score),
            str(pair.success_rate.n_tasks),
            str(len(pair.first_only)),
            str(len(pair.second_only)),
        ]
        for pair in report.pairs
    ]
    return markdown_table(["pair", "SR", "told apart", "CFS", "tasks", "better on", "worse on"], rows)


def _groups(report: Report) -> str:
    labels = [row.label for row in report.competitors]
    found = {(group.by, group.value, row.label): group for row in report.competitors for group in row.groups}
    keys = dict.fromkeys((by, value) for by, value, _ in found)
    rows = []
    for by, value in sorted(keys):
        groups = [found.get((by, value, label)) for label in labels]
        rows.append([f"{by}: {value}", *(interval(group.success_rate) if group else "" for group in groups)])
    return markdown_table(["tasks", *labels], rows)


def _behaviour(report: Report) -> str:
    rows = [row for row in report.competitors if row.behaviour]
    names = list(rows[0].behaviour.figures) if rows and rows[0].behaviour else []
    return markdown_table(
        ["competitor", "trials", *(behaviour_name(name) for name in names)],
        [
            [row.label, str(row.behaviour.n_trials), *(f"{row.behaviour.figures[name]:.1f}" for name in names)]
            for row in rows
            if row.behaviour
        ],
    )


def behaviour_name(name: str) -> str:
    """The name of a figure of behaviour in words."""
    return name.removeprefix("n_").removeprefix("is_").replace("_", " ")


def _trends(report: Report) -> str:
    rows = [
        [
            trend.competitor,
            ", ".join(f"{point.run_id} {number(point.success_rate.mean)}" for point in trend.points),
            signed(trend.change),
            ", ".join(trend.worse_tasks),
            ", ".join(trend.better_tasks),
        ]
        for trend in report.trends
    ]
    return markdown_table(["competitor", "SR by run", "CFS, last - first", "worse on", "better on"], rows)


def _unscored(report: Report) -> str:
    return markdown_table(["trial", "reason"], [[found.trial, found.reason] for found in report.unscored])
