"""From a script and the models that it tells to the folder of a task: task.yaml, the ticket, and the script."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from authoring.generate.legacy_scripts import table_node
from authoring.generate.legacy_text import LegacyFile, write_file
from authoring.generate.migrate_drafts import Migration
from authoring.generate.migrate_tickets import Moved, Moving, write_migrate_ticket
from authoring.generate.task_files import write_task
from authoring.generate.task_yaml import Recipe, generated_name, generated_yaml
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, code_lines, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.ticket_facts import Choices
from authoring.generate.tickets import Ticket
from authoring.generate.world_runs import WorldRuns
from authoring.new_task.contract import Contract
from authoring.new_task.task_files import protected_paths
from benchmark.task import Measured
from evaluators.proof.copied_code import code_runs, is_copied, runs_of

_FOLDER = "docs/legacy"


class MigrateWriter:
    """Writes scripts as tasks whose tickets do not resemble one another."""

    def __init__(self, runs: WorldRuns, seed: int, tickets: ChosenTickets, fallen: Counter[str]) -> None:
        """Nothing is written yet.

        Args:
            runs: The world's, entered.
            seed: With which the models were chosen; noted in the task.
            tickets: The tickets of this generation.
            fallen: Receives what falls, by reason.
        """
        self._runs = runs
        self._seed = seed
        self._fallen = fallen
        self._tickets = tickets

    def write(self, draft: Migration, folder: Path, parents: Path) -> Path | None:
        """Write a task.

        Args:
            draft: The script.
            folder: In which the task's folder is made.
            parents: The `tasks` folder in which it will stand in the end.

        Returns:
            Its folder; None where no ticket describes it well enough, or the script is too near to the models.
        """
        world, missing, legacy = self._runs.world, draft.missing, draft.script.legacy
        table = next(name for names in reversed(missing.scored.values()) for name in names)
        name = generated_name(world.id, table, "|".join(["migrate", legacy.dialect, *sorted(missing.names)]))
        as_of = world.day_of_run(world.spec.dials())
        file = write_file(draft.script, table.partition(".")[2].split("_"), as_of, Choices(name, 0))
        if self._is_copy(draft, file):
            self._fallen["the script would be a copy of a model"] += 1
            return None
        ticket = self._ticket(draft, file, name)
        if ticket is None:
            return None
        text = generated_yaml(
            Recipe(world.id, "migrate", self._seed, f"{len(missing.models)} models became a script of {legacy.title}"),
            parents / name,
            ticket=ticket,
            difficulty=missing.difficulty,
            measured=Measured(n_files=len(missing.removed), n_wrong_tables=len(missing.models)),
            tags=["migration", legacy.dialect],
            tree=self._runs.files,
            removed=missing.removed,
            protected=self._protected(),
            scored=missing.scored,
        )
        return write_task(folder / name, text, ticket.text, {f"start/{_FOLDER}/{file.name}": file.text})

    def _protected(self) -> list[str]:
        """What stays as it is: the script need not, for the solution does not have it."""
        docs = sorted(path for path in self._runs.files if path.startswith("docs/"))
        usual = protected_paths(self._runs.files)
        return [path for pattern in usual for path in (docs if pattern == "docs/*" else [pattern])]

    def _sources(self, draft: Migration) -> list[str]:
        """The files that are missing."""
        return [self._runs.files[path].read_text(encoding="utf-8") for path in draft.missing.removed]

    def _is_copy(self, draft: Migration, file: LegacyFile) -> bool:
        found = runs_of(file.text)
        return any(is_copied(code_runs(text), found) for text in self._sources(draft))

    def _ticket(self, draft: Migration, file: LegacyFile, name: str) -> Ticket | None:
        world, script = self._runs.world, draft.script
        sources = self._sources(draft)
        moving = Moving(
            script.legacy.title,
            file.procedure,
            f"{_FOLDER}/{file.name}",
            tuple(self._moved(contract, draft) for contract in draft.missing.contracts),
            any(word in file.text for word in ("GETDATE()", "CURRENT_TIMESTAMP")),
            any("var(" in text for text in sources),
            "docs/sources.md" in self._runs.files,
        )
        lines = code_lines(sources)
        columns = [column.name for contract in draft.missing.contracts for column in contract.columns]
        as_of = world.day_of_run(world.spec.dials())
        return self._tickets.choose(
            name,
            lambda turn: write_migrate_ticket(name, as_of, moving, turn=turn),
            lambda ticket: ticket_problems(
                ticket.text, columns=columns, hidden=(), solution_lines=lines, max_characters=MAX_WITH_COLUMNS
            ),
        )

    def _moved(self, contract: Contract, draft: Migration) -> Moved:
        script = draft.script
        place = table_node(script.targets[contract.table], True, script.legacy).sql(dialect=script.legacy.dialect)
        is_mart = self._runs.world.tables[contract.table].stage == "marts"
        return Moved(contract, is_mart, place, {c.name: script.columns[c.name] for c in contract.columns})
