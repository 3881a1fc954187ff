"""From models that are taken away to the folder of a task: task.yaml and the ticket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from authoring.generate.impl_tickets import Asked, write_impl_ticket
from authoring.generate.missing_models import Missing
from authoring.generate.shown_rows import shown_rows, shuffled
from authoring.generate.task_files import write_task
from authoring.generate.task_yaml import Recipe, generated_name, generated_yaml
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, code_lines, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.tickets import Ticket
from authoring.generate.untold_zeros import untold_zeros
from authoring.generate.world_runs import WorldRuns
from authoring.new_task.contract import Contract
from benchmark.duckdb_sql import quote
from benchmark.task import Measured

_N_ROWS = 2
"""Right rows of a mart that a ticket shows."""


class ImplWriter:
    """Writes models that are missing as tasks whose tickets do not resemble one another."""

    def __init__(self, runs: WorldRuns, seed: int, tickets: ChosenTickets) -> None:
        """Nothing is written yet.

        Args:
            runs: The world's, entered.
            seed: With which the models were chosen; noted in the task.
            tickets: The tickets of this generation.
        """
        self._runs = runs
        self._seed = seed
        self._tickets = tickets

    def write(self, missing: Missing, folder: Path, parents: Path) -> Path | None:
        """Write a task.

        Args:
            missing: The models.
            folder: In which the task's folder is made.
            parents: The `tasks` folder in which it will stand in the end.

        Returns:
            Its folder; None where no ticket describes it well enough.
        """
        world = self._runs.world
        table = next(name for names in reversed(missing.scored.values()) for name in names)
        name = generated_name(world.id, table, "|".join(["impl", *sorted(missing.names)]))
        ticket = self._ticket(missing, name)
        if ticket is None:
            return None
        text = generated_yaml(
            Recipe(world.id, "impl", self._seed, f"{len(missing.models)} models are taken away"),
            parents / name,
            ticket=ticket,
            difficulty=missing.difficulty,
            measured=Measured(n_files=len(missing.removed), n_wrong_tables=len(missing.models)),
            tags=["contract"],
            tree=self._runs.files,
            removed=missing.removed,
            scored=missing.scored,
        )
        return write_task(folder / name, text, ticket.text, {})

    def _ticket(self, missing: Missing, name: str) -> Ticket | None:
        world = self._runs.world
        asked = [self._asked(contract) for contract in missing.contracts]
        columns = [column.name for contract in missing.contracts for column in contract.columns]
        lines = code_lines(self._runs.files[path].read_text(encoding="utf-8") for path in missing.removed)
        as_of = world.day_of_run(world.spec.dials())
        has_docs = "docs/sources.md" in self._runs.files
        return self._tickets.choose(
            name,
            lambda turn: write_impl_ticket(name, as_of, asked, has_docs=has_docs, turn=turn),
            lambda ticket: ticket_problems(
                ticket.text, columns=columns, hidden=(), solution_lines=lines, max_characters=MAX_WITH_COLUMNS
            ),
        )

    def _asked(self, contract: Contract) -> Asked:
        is_mart = self._runs.world.tables[contract.table].stage == "marts"
        paths = [tables.gold.folder / f"{contract.table}.parquet" for tables in self._runs.tables.values()]
        return Asked(contract, is_mart, self._rows(contract) if is_mart else (), untold_zeros(contract, paths))

    def _rows(self, contract: Contract) -> tuple[Mapping[str, object], ...]:
        """Rows that show most: those with the fewest empty columns, of these in the order of a hash."""
        path = self._runs.gold.folder / f"{contract.table}.parquet"
        names = [column.name for column in contract.columns]
        empty = " + ".join(f"({quote(name)} is null)::int" for name in names)
        return shown_rows(path, names, f"{empty}, {shuffled(self._seed, names)}", _N_ROWS)
