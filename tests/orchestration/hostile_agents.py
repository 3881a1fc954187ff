"""Agents that leave what should make a trial unscored; `HostileAgent` does the one that it is told."""

import os
from pathlib import Path
from typing import ClassVar

from agents.base import AgentContext
from benchmark.hostile_tree import remove_tree
from benchmark.scorecard import AgentResult


def nested_folders(workspace: Path) -> None:
    descriptor = os.open(workspace / "dbt", os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=descriptor)
        child = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = child
    os.close(descriptor)


def sparse_file(workspace: Path) -> None:
    with (workspace / "dbt/large").open("wb") as file:
        file.truncate(2 * 1024**3)


def file_for_dbt(workspace: Path) -> None:
    remove_tree(workspace / "dbt")
    (workspace / "dbt").write_text("no folder\n")


def file_for_macros(workspace: Path) -> None:
    remove_tree(workspace / "dbt/macros")
    (workspace / "dbt/macros").write_text("no folder\n")


def half_a_letter(workspace: Path) -> None:
    for path in (workspace / "dbt/models").rglob("*.sql"):
        path.write_text("{{ exceptions.raise_compiler_error('half \\ud800 \\x1b[2J of a letter') }}\n")


def deep_answer(workspace: Path) -> None:
    """A test whose arguments are nested deeper than an answer may be, and so end up in dbt's manifest."""
    nested = "[" * 60 + "]" * 60
    for path in (workspace / "dbt/models").rglob("*.yml"):
        path.write_text(
            f"version: 2\nmodels: [{{name: nothing, data_tests: [{{unique: {{column_name: {nested}}}}}]}}]\n"
        )


DEEDS = {
    deed.__name__: deed
    for deed in (nested_folders, sparse_file, file_for_dbt, file_for_macros, half_a_letter, deep_answer)
}


class HostileAgent:
    """Does one of `DEEDS`."""

    needs_systems: ClassVar[bool] = False
    deed: ClassVar[str] = ""

    def solve(self, context: AgentContext) -> AgentResult:
        """Leave it."""
        DEEDS[self.deed](context.workspace)
        return AgentResult(status="finished")
