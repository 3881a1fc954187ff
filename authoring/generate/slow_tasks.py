"""From a model that is right and dear to the folder of a task."""

from __future__ import annotations

from pathlib import Path

from authoring.generate.slow_drafts import Slow
from authoring.generate.slow_tickets import Cost, rows_allowed, write_slow_ticket
from authoring.generate.task_files import write_task
from authoring.generate.task_yaml import Recipe, generated_name, generated_yaml
from authoring.generate.ticket_checks import changed_lines, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.tickets import Ticket
from authoring.generate.world_runs import WorldRuns
from authoring.new_task.task_files import protected_paths
from benchmark.task import Measured

_PLATFORM = ("dbt/dbt_project.yml", "dbt/macros/*")
"""With what else an agent need not change; macros and settings could do the work where nobody counts."""


class SlowWriter:
    """Writes models that are dear as tasks whose tickets do not resemble one another."""

    def __init__(self, runs: WorldRuns, seed: int, tickets: ChosenTickets) -> None:
        """Nothing is written yet.

        Args:
            runs: The world's, entered.
            seed: With which the drafts were made; noted in the task.
            tickets: The tickets of this generation.
        """
        self._runs = runs
        self._seed = seed
        self._tickets = tickets

    def write(self, draft: Slow, folder: Path, parents: Path) -> Path | None:
        """Write a task.

        Args:
            draft: What is dear.
            folder: In which the task's folder is made.
            parents: The `tasks` folder in which it will stand in the end.

        Returns:
            Its folder; None where no ticket describes it well enough.
        """
        world = self._runs.world
        name = generated_name(world.id, draft.model, f"optimize|{draft.model}")
        ticket = self._ticket(draft, name)
        if ticket is None:
            return None
        protected = [path for path in protected_paths(self._runs.files) if not path.startswith("dbt/macros/")]
        text = generated_yaml(
            Recipe(world.id, "optimize", self._seed, f"{draft.model} asks once for each figure"),
            parents / name,
            ticket=ticket,
            difficulty=draft.difficulty,
            measured=Measured(n_files=1, n_wrong_tables=1),
            tags=["performance", "aggregates"],
            tree=self._runs.files,
            protected=[*protected, *_PLATFORM],
            more={"work": {"tables": [draft.model], "limit": draft.limit}},
            scored=draft.scored,
        )
        return write_task(folder / name, text, ticket.text, {f"start/{draft.path}": draft.text})

    def _ticket(self, draft: Slow, name: str) -> Ticket | None:
        world = self._runs.world
        scored = [table for tables in draft.scored.values() for table in tables]
        cost = Cost(
            draft.model,
            tuple(table for table in scored if table != draft.model),
            draft.rows,
            rows_allowed(draft.rows_of_solution, draft.limit),
            "docs/sources.md" in self._runs.files,
        )
        right = (world.project_dir / draft.path).read_text(encoding="utf-8")
        lines = changed_lines(right, draft.text)
        as_of = world.day_of_run(world.spec.dials())
        return self._tickets.choose(
            name,
            lambda turn: write_slow_ticket(name, as_of, cost, turn=turn),
            lambda ticket: ticket_problems(ticket.text, columns=scored, hidden=(), solution_lines=lines),
        )
