"""From columns that are missing to the folder of a task: task.yaml, the ticket, and the files of the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from authoring.generate.evol_tickets import Extended, points_elsewhere, write_evol_ticket
from authoring.generate.new_columns import NewColumns
from authoring.generate.shown_rows import shown_rows, shuffled
from authoring.generate.task_files import write_task
from authoring.generate.task_yaml import Recipe, generated_name, generated_yaml
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.tickets import Ticket
from authoring.generate.world_runs import WorldRuns
from authoring.new_task.contract import contract_of
from benchmark.duckdb_sql import literal, quote
from benchmark.task import Measured

_N_ROWS = 3
"""Right rows of a mart that a ticket shows."""


class EvolWriter:
    """Writes columns that are missing as tasks whose tickets do not resemble one another."""

    def __init__(self, runs: WorldRuns, seed: int, tickets: ChosenTickets) -> None:
        """Nothing is written yet.

        Args:
            runs: The world's, entered.
            seed: With which the columns were chosen; noted in the task.
            tickets: The tickets of this generation.
        """
        self._runs = runs
        self._seed = seed
        self._tickets = tickets

    def write(self, draft: NewColumns, folder: Path, parents: Path) -> Path | None:
        """Write a task.

        Args:
            draft: The columns.
            folder: In which the task's folder is made.
            parents: The `tasks` folder in which it will stand in the end.

        Returns:
            Its folder; None where no ticket describes it well enough.
        """
        world, columns = self._runs.world, draft.without.columns
        table = next(name for name in reversed(list(columns)) if world.tables[name].stage == "marts")
        roots = [f"{name}.{column}" for name, column in draft.roots]
        name = generated_name(world.id, table, "|".join(["evol", *roots]))
        ticket = self._ticket(draft, name)
        if ticket is None:
            return None
        text = generated_yaml(
            Recipe(world.id, "evol", self._seed, f"{', '.join(roots)} and what follows are taken away"),
            parents / name,
            ticket=ticket,
            difficulty=draft.difficulty,
            measured=Measured(n_files=len(draft.files) + len(draft.removed), n_wrong_tables=len(columns)),
            tags=["new-column", "lineage"],
            tree=self._runs.files,
            removed=draft.removed,
            scored=draft.scored,
        )
        start = {f"start/{path}": content for path, content in draft.files.items()}
        return write_task(folder / name, text, ticket.text, start)

    def _ticket(self, draft: NewColumns, name: str) -> Ticket | None:
        world = self._runs.world
        tables = [self._extended(table, draft) for tables in draft.scored.values() for table in tables]
        columns = [column.name for item in tables for column in item.contract.columns]
        as_of = world.day_of_run(world.spec.dials())
        pointing = [f"{name} speaks of a column that is not told" for item in tables for name in points_elsewhere(item)]
        has_docs = "docs/sources.md" in self._runs.files
        return self._tickets.choose(
            name,
            lambda turn: write_evol_ticket(name, as_of, tables, has_docs=has_docs, turn=turn),
            lambda ticket: (
                pointing
                or ticket_problems(
                    ticket.text,
                    columns=columns,
                    hidden=(),
                    solution_lines=draft.without.lines,
                    max_characters=MAX_WITH_COLUMNS,
                )
            ),
        )

    def _extended(self, table: str, draft: NewColumns) -> Extended:
        world = self._runs.world
        spec, new = world.tables[table], draft.without.columns.get(table, ())
        contract = contract_of(table, spec, self._runs.graph, self._runs.files)
        is_mart = spec.stage == "marts"
        rows = self._rows(table, (*spec.key, *new), new) if is_mart and new and spec.key else ()
        return Extended(contract, new, is_mart, rows, self._filled(table, new))

    def _filled(self, table: str, columns: Sequence[str]) -> frozenset[str]:
        """Columns that are empty on no seed."""
        found = set(columns)
        with duckdb.connect(":memory:") as connection:
            for tables in self._runs.tables.values():
                path = tables.gold.folder / f"{table}.parquet"
                for column in list(found):
                    query = f"select count(*) - count({quote(column)}) from read_parquet({literal(str(path))})"
                    (n_empty,) = connection.execute(query).fetchone() or (0,)
                    if n_empty:
                        found.discard(column)
        return frozenset(found)

    def _rows(self, table: str, columns: Sequence[str], new: Sequence[str]) -> tuple[Mapping[str, object], ...]:
        """Rows that show most: different values, few empty columns and zeros, else in the order of a hash."""
        path = self._runs.gold.folder / f"{table}.parquet"
        names = list(dict.fromkeys(columns))
        empty = " + ".join(f"(coalesce({quote(name)}::varchar, '0') in ('0', 'false'))::int" for name in new)
        best = f"{empty}, {shuffled(self._seed, names)}"
        order = f"row_number() over (partition by {quote(new[0])} order by {best}), {best}"
        return shown_rows(path, names, order, _N_ROWS)
