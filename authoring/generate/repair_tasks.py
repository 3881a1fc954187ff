"""From a draft to the folder of a repair task: task.yaml, the ticket, and the broken files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from authoring.generate.drafts import Draft
from authoring.generate.task_files import write_task
from authoring.generate.task_yaml import Recipe, generated_name, generated_yaml
from authoring.generate.ticket_checks import changed_lines, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.ticket_facts import TicketFacts
from authoring.generate.tickets import Ticket, write_ticket
from authoring.generate.world_runs import WorldRuns
from authoring.lineage.project_graph import ProjectGraph
from benchmark.task import Measured

_TAGS = {
    "join_kind": "joins",
    "join_condition_dropped": "joins",
    "filter_dropped": "filters",
    "and_or": "filters",
    "list_value_dropped": "filters",
    "bound_moved": "bounds",
    "union_kind": "deduplication",
    "distinct_lost": "deduplication",
    "rank_kind": "deduplication",
    "group_column_dropped": "grain",
    "count_of_rows": "aggregates",
    "sum_for_mean": "aggregates",
    "extremes_swapped": "aggregates",
    "quantile_kind": "aggregates",
    "coalesce_lost": "missing-values",
    "cleaning_lost": "cleaning",
    "time_zone_dropped": "time-zones",
    "date_grain": "time",
    "wrong_column": "columns",
}
"""Mutation -> tag; what begins with `window_` is `windows`, the rest `rules`."""


class RepairWriter:
    """Writes drafts as tasks whose tickets do not resemble one another."""

    def __init__(self, runs: WorldRuns, seed: int, tickets: ChosenTickets) -> None:
        """Nothing is written yet.

        Args:
            runs: The world's.
            seed: With which the drafts were made; noted in the task.
            tickets: The tickets of this generation.
        """
        graph = runs.graph
        self._runs = runs
        self._seed = seed
        self._tickets = tickets
        self._descriptions = descriptions_of(graph)
        self._hidden = hidden_models(graph)

    def write(self, draft: Draft, folder: Path, parents: Path) -> Path | None:
        """Write a task.

        Args:
            draft: What is broken.
            folder: In which the task's folder is made.
            parents: The `tasks` folder in which it will stand in the end.

        Returns:
            Its folder; None where no ticket describes it well enough.
        """
        made_of = "|".join(sorted(item.mutant.id for item in draft.breaks))
        name = generated_name(draft.world.id, draft.symptoms[0].table, made_of)
        ticket = self._ticket(draft, name)
        if ticket is None:
            return None
        start = {f"start/{item.path}": item.text for item in draft.breaks}
        return write_task(folder / name, self._task_yaml(draft, name, ticket, parents), ticket.text, start)

    def _ticket(self, draft: Draft, name: str) -> Ticket | None:
        scored = {table for tables in draft.scored.values() for table in tables}
        world = draft.world
        facts = TicketFacts(
            name,
            world.day_of_run(world.spec.dials()),
            draft.symptoms,
            tuple(item for item in draft.others if item.table in scored),
            self._descriptions,
            "docs/sources.md" in self._runs.files,
        )
        columns = [column.name for item in (*facts.symptoms, *facts.others) for column in item.columns]
        lines = _solution_lines(draft)
        return self._tickets.choose(
            name,
            lambda turn: write_ticket(facts, turn),
            lambda ticket: ticket_problems(ticket.text, columns=columns, hidden=self._hidden, solution_lines=lines),
        )

    def _task_yaml(self, draft: Draft, name: str, ticket: Ticket, parents: Path) -> str:
        recipe = ", ".join(f"{item.mutant.operator} {item.mutant.id} in {item.mutant.model}" for item in draft.breaks)
        return generated_yaml(
            Recipe(draft.world.id, "repair", self._seed, recipe),
            parents / name,
            ticket=ticket,
            difficulty=draft.difficulty,
            measured=Measured(n_files=len(draft.breaks), n_wrong_tables=draft.n_wrong, hops=draft.hops),
            tags=list(dict.fromkeys([*(_tag(item.mutant.operator) for item in draft.breaks), "root-cause"])),
            tree=self._runs.files,
            scored=draft.scored,
        )


def descriptions_of(graph: ProjectGraph) -> dict[str, str]:
    """Table, or `table.column` -> what its YAML says."""
    tables = {name: node.description for name, node in graph.tables.items()}
    columns = {f"{name}.{c.name}": c.description for name, node in graph.tables.items() for c in node.columns}
    return tables | columns


def hidden_models(graph: ProjectGraph) -> frozenset[str]:
    """Names of models above the marts, which the ticket of a symptom does not say."""
    return frozenset(node.name for node in graph.tables.values() if node.kind == "model" and node.schema != "marts")


def _tag(operator: str) -> str:
    return "windows" if operator.startswith(("window_", "neighbour")) else _TAGS.get(operator, "rules")


def _solution_lines(draft: Draft) -> Sequence[str]:
    """Lines of the models that differ between start and solution, on both sides."""
    found = []
    for item in draft.breaks:
        right = (draft.world.project_dir / item.path).read_text(encoding="utf-8")
        found += changed_lines(right, item.text)
    return found
