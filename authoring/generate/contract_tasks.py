"""From promises to the folder of a task of data tests: task.yaml, ticket, faults, start and solution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from authoring.generate.contract_drafts import ContractDraft
from authoring.generate.contract_tickets import Promised, write_contract_ticket
from authoring.generate.promises import Promise
from authoring.generate.task_files import write_task
from authoring.generate.task_yaml import Recipe, generated_name, generated_yaml
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.tickets import Ticket
from authoring.generate.world_runs import WorldRuns
from authoring.new_task.contract import contract_of
from authoring.new_world.new_folder import HIDDEN_HEAD, schema_line
from benchmark.task import Measured

_MIN_RECALL = 0.8
_TESTS = "dbt/tests/contract"
_KEPT = ("dbt/dbt_project.yml", "dbt/models/*.sql", "dbt/models/*.py", "dbt/macros/*", "dbt/snapshots/*", "dbt/seeds/*")
"""What stays as it is beside connections, profile and documents."""


class ContractWriter:
    """Writes promises as tasks whose tickets do not resemble one another."""

    def __init__(self, runs: WorldRuns, seed: int, tickets: ChosenTickets) -> None:
        """Nothing is written yet.

        Args:
            runs: The world's, entered.
            seed: With which the tables were chosen; noted in the task.
            tickets: The tickets of this generation.
        """
        self._runs = runs
        self._seed = seed
        self._tickets = tickets

    def write(self, draft: ContractDraft, folder: Path, parents: Path) -> Path | None:
        """Write a task.

        Args:
            draft: The promises.
            folder: In which the task's folder is made.
            parents: The `tasks` folder in which it will stand in the end.

        Returns:
            Its folder; None where no ticket describes it well enough.
        """
        world = self._runs.world
        name = generated_name(world.id, draft.tables[0], "|".join(["data_tests", *draft.tables]))
        ticket = self._ticket(draft, name)
        if ticket is None:
            return None
        tests = {f"{_TESTS}/assert_{_short(p)}_{p.name}.sql": self._test(p) for p in draft.promises}
        others = {
            "faults.yaml": _faults_yaml(draft, parents / name / "faults.yaml"),
            **{f"start/{path}": text for path, text in draft.files.items()},
            **{f"solution/{path}": text for path, text in tests.items()},
        }
        return write_task(
            folder / name, self._task_yaml(draft, parents / name, ticket, len(tests)), ticket.text, others
        )

    def _ticket(self, draft: ContractDraft, name: str) -> Ticket | None:
        world, runs = self._runs.world, self._runs
        tables = [
            Promised(
                contract_of(table, world.tables[table], runs.graph, runs.files),
                tuple(promise for promise in draft.promises if promise.table == table),
            )
            for table in draft.tables
        ]
        as_of = world.day_of_run(world.spec.dials())
        columns = [column for promise in draft.promises for column in promise.columns]
        lines = [line.strip() for promise in draft.promises for line in promise.test.splitlines()]
        return self._tickets.choose(
            name,
            lambda turn: write_contract_ticket(name, as_of, tables, turn=turn),
            lambda ticket: ticket_problems(
                ticket.text, columns=columns, hidden=(), solution_lines=lines, max_characters=MAX_WITH_COLUMNS
            ),
        )

    def _task_yaml(self, draft: ContractDraft, place: Path, ticket: Ticket, n_tests: int) -> str:
        policy = [rule for rule in self._runs.world.spec.policy if rule != "keys_tested"]  # it does not see queries
        fixed = [*(p for p in ("el/*", "docs/*") if any(n.startswith(p[:-1]) for n in self._runs.files))]
        kept = [pattern for pattern in _KEPT if any(fnmatchcase(name, pattern) for name in self._runs.files)]
        return generated_yaml(
            Recipe(
                self._runs.world.id, "data_tests", self._seed, f"the tests of {', '.join(draft.tables)} are taken away"
            ),
            place,
            ticket=ticket,
            difficulty=draft.difficulty,
            measured=Measured(n_files=n_tests, n_wrong_tables=len(draft.tables)),
            tags=["data-tests", "data-contract"],
            tree=self._runs.files,
            removed=draft.removed,
            protected=[*fixed, "dbt/profiles.yml", *kept],
            more={"scenarios": ["visible", "holdout"], "policy": policy},
            scored=draft.scored,
        )

    def _test(self, promise: Promise) -> str:
        names: Mapping[str, str] = {"table": self._reference(promise.table)}
        if promise.other:
            names = {**names, "other": self._reference(promise.other)}
        return promise.test.format(**names) + "\n"

    def _reference(self, table: str) -> str:
        path = str(self._runs.gold.relations[table]["path"])
        return f"{{{{ ref('{path.rpartition('/')[2].removesuffix('.sql')}') }}}}"


def _short(promise: Promise) -> str:
    return promise.table.partition(".")[2]


def _faults_yaml(draft: ContractDraft, file: Path) -> str:
    lines = [f"{schema_line('faults', file)}{HIDDEN_HEAD}min_recall: {_MIN_RECALL}", "faults:"]
    for promise in draft.promises:
        for breach in promise.breaches:
            lines += [
                f"  - name: {_short(promise)}_{breach.name}",
                f"    table: {promise.table}",
                f"    breaks: {json.dumps(promise.said, ensure_ascii=False)}",
                "    sql:",
                *(f"      - {json.dumps(statement, ensure_ascii=False)}" for statement in breach.sql),
            ]
    return "\n".join(lines) + "\n"
