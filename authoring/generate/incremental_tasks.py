"""From a pipeline that is right on the first night alone to the folder of a task."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from authoring.generate.incremental_drafts import Forgetful
from authoring.generate.incremental_tickets import write_incremental_ticket
from authoring.generate.repair_tasks import descriptions_of, hidden_models
from authoring.generate.task_files import write_task
from authoring.generate.task_yaml import Recipe, generated_name, generated_yaml
from authoring.generate.ticket_checks import changed_lines, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.ticket_facts import TicketFacts
from authoring.generate.tickets import Ticket
from authoring.generate.world_runs import WorldRuns
from benchmark.task import Measured


class IncrementalWriter:
    """Writes pipelines that forget as tasks whose tickets do not resemble one another."""

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
        self._descriptions = descriptions_of(runs.graph)
        self._hidden = hidden_models(runs.graph)

    def write(self, draft: Forgetful, folder: Path, parents: Path) -> Path | None:
        """Write a task.

        Args:
            draft: What is wrong.
            folder: In which the task's folder is made.
            parents: The `tasks` folder in which it will stand in the end.

        Returns:
            Its folder; None where no ticket describes it well enough.
        """
        world = self._runs.world
        name = generated_name(world.id, draft.model, f"incremental|{draft.model}|{draft.version.name}")
        ticket = self._ticket(draft, name)
        if ticket is None:
            return None
        text = generated_yaml(
            Recipe(world.id, "incremental", self._seed, f"{draft.model} is made {draft.version.name}"),
            parents / name,
            ticket=ticket,
            difficulty=draft.difficulty,
            measured=Measured(n_files=1, n_wrong_tables=draft.n_wrong),
            tags=["incremental", "late-data"],
            tree=self._runs.files,
            scored=draft.scored,
        )
        return write_task(folder / name, text, ticket.text, {f"start/{draft.path}": draft.version.text})

    def _ticket(self, draft: Forgetful, name: str) -> Ticket | None:
        world = self._runs.world
        scored = {table for tables in draft.scored.values() for table in tables}
        first = world.day_of_run(world.spec.dials())
        facts = TicketFacts(
            name,
            first + timedelta(days=1),
            (draft.symptom,),
            tuple(item for item in draft.others if item.table in scored),
            self._descriptions,
            "docs/sources.md" in self._runs.files,
        )
        right = (world.project_dir / draft.path).read_text(encoding="utf-8")
        lines = changed_lines(right, draft.version.text)
        stays = self._runs.gold.relations[draft.model]["type"] == "incremental"
        return self._tickets.choose(
            name,
            lambda turn: write_incremental_ticket(facts, first, stays_incremental=stays, turn=turn),
            lambda ticket: ticket_problems(
                ticket.text,
                columns=[column.name for item in (*facts.symptoms, *facts.others) for column in item.columns],
                hidden=self._hidden,
                solution_lines=lines,
            ),
        )
