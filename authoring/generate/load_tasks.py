"""From streams that are taken away to the folder of a task: task.yaml, the ticket, and the connection that is left."""

from __future__ import annotations

import re
from pathlib import Path

from authoring.generate.load_drafts import Unloaded
from authoring.generate.load_tickets import Awaited, write_load_ticket
from authoring.generate.raw_contracts import system_words
from authoring.generate.task_files import write_task
from authoring.generate.task_yaml import Recipe, generated_name, generated_yaml
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.tickets import Ticket
from authoring.generate.world_runs import WorldRuns
from benchmark.task import Measured
from evaluators.scenarios import get_scenario

_SCENARIOS = ("visible", "holdout", "rerun", "day2", "faults")
_WEIGHTS = {"raw": 4, "staging": 1, "intermediate": 1, "marts": 1}
"""The models are given; the work is the raw tables."""
_TAGS = {
    "postgres": "databases",
    "mysql": "databases",
    "mongodb": "mongodb",
    "files": "files",
    "object_store": "object-store",
    "manifest": "http",
}
"""Source of a connection -> tag."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class LoadWriter:
    """Writes streams that are missing as tasks whose tickets do not resemble one another."""

    def __init__(self, runs: WorldRuns, seed: int, tickets: ChosenTickets) -> None:
        """Nothing is written yet.

        Args:
            runs: The world's, entered.
            seed: With which the streams were chosen; noted in the task.
            tickets: The tickets of this generation.
        """
        self._runs = runs
        self._seed = seed
        self._tickets = tickets

    def write(self, draft: Unloaded, folder: Path, parents: Path) -> Path | None:
        """Write a task.

        Args:
            draft: The streams.
            folder: In which the task's folder is made.
            parents: The `tasks` folder in which it will stand in the end.

        Returns:
            Its folder; None where no ticket describes it well enough.
        """
        world = self._runs.world
        connection = draft.sources[0].connection
        streams = [source.stream.name for source in draft.sources]
        table = f"raw.{connection.connection}" if draft.is_whole else draft.sources[0].table
        name = generated_name(world.id, table, "|".join(["load", connection.connection, *streams]))
        ticket = self._ticket(draft, name)
        if ticket is None:
            return None
        what = f"connection {connection.connection} is" if draft.is_whole else f"streams {', '.join(streams)} are"
        own = f"el/{connection.connection}.yaml"
        others = sorted(path for path in self._runs.files if path.startswith("el/") and path != own)
        text = generated_yaml(
            Recipe(world.id, "load", self._seed, f"{what} taken away"),
            parents / name,
            ticket=ticket,
            difficulty=draft.difficulty,
            measured=Measured(n_files=1, n_wrong_tables=draft.n_wrong),
            tags=["connections", _TAGS[connection.source]],
            tree=self._runs.files,
            removed=draft.removed,
            protected=["dbt/*", *(["docs/*"] if self._docs() else []), *others],
            more={
                "scenarios": [name for name in _SCENARIOS if get_scenario(name).applies_to(self._runs.task)],
                "stage_weights": {stage: weight for stage, weight in _WEIGHTS.items() if stage in draft.scored},
            },
            scored=draft.scored,
        )
        return write_task(folder / name, text, ticket.text, {f"start/{p}": t for p, t in draft.files.items()})

    def _docs(self) -> str:
        """All documents of the workspace."""
        paths = sorted(path for path in self._runs.files if path.startswith("docs/") and path.endswith(".md"))
        return "\n".join(self._runs.files[path].read_text(encoding="utf-8") for path in paths)

    def _ticket(self, draft: Unloaded, name: str) -> Ticket | None:
        world, spec = self._runs.world, draft.sources[0].connection
        file = f"el/{spec.connection}.yaml"
        text = self._runs.files[file].read_text(encoding="utf-8")
        told = self._docs() + "".join(draft.files.values())
        awaited = Awaited(
            system_words(draft.sources[0].system),
            file,
            draft.is_whole,
            draft.tables,
            tuple(name for stage, names in draft.scored.items() if stage != "raw" for name in names),
            tuple(dict.fromkeys(found for found in _VARIABLE.findall(text) if found not in told)),
            "docs/sources.md" in self._runs.files,
        )
        lines = [line.strip() for line in text.splitlines() if ":" in line]
        return self._tickets.choose(
            name,
            lambda turn: write_load_ticket(name, world.day_of_run(world.spec.dials()), awaited, turn=turn),
            lambda ticket: ticket_problems(
                ticket.text,
                columns=[column.name for table in draft.tables for column in table.columns],
                hidden=(),
                solution_lines=lines,
                max_characters=MAX_WITH_COLUMNS,
            ),
        )
