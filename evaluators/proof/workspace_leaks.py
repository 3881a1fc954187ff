"""Does the workspace hold anything that an agent must not see: gold, the solution, the generator, notes of authors?"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from benchmark.files import project_files
from benchmark.paths import REPOSITORY_DIR
from benchmark.task import CANARY, Task
from evaluators.proof.targets import Laid

_FORBIDDEN_NAMES = frozenset(
    {"PLANTED.md", "task.yaml", "world.yaml", "tables.yaml", "proof.yaml", "oracle.py", "instruction.md", "gold.json"}
)
_DATA_SUFFIXES = frozenset({".parquet", ".duckdb", ".db", ".patch"})
_WORDS = re.compile(r"\b(lockgate|sources\.[a-z]+ import|from sources|PLANTED|generate_truth)\b", re.IGNORECASE)
_MIN_LINES = 12
"""So many lines of a solution's file, one after the other, are no chance."""


def find_leaks(task: Task, workspace: Path, laid: Laid) -> list[str]:
    """What the workspace of a trial holds and must not; one sentence each, empty = nothing.

    Args:
        task: The task.
        workspace: As `benchmark.workspace.prepare_workspace` makes it, with its git repository.
        laid: Start and solution.
    """
    leaks = []
    paths = project_files(workspace)
    for path in paths:
        file = workspace / path
        if file.is_symlink():
            leaks.append(f"{path} is a link")
            continue
        if path.name in _FORBIDDEN_NAMES or path.suffix in _DATA_SUFFIXES:
            leaks.append(f"{path} is a file of the author's side")
        text = file.read_text(encoding="utf-8", errors="replace")
        if CANARY.split(":")[0] in text:
            leaks.append(f"{path} carries the canary line of the author's files")
        if str(REPOSITORY_DIR) in text or (found := _WORDS.search(text)) is not None:
            leaks.append(f"{path} names the harness or the generator" + (f" ('{found.group(0)}')" if found else ""))
    leaks += _solution_lines(task, workspace, paths, laid)
    leaks += _history(workspace)
    return sorted(leaks)


def _solution_lines(task: Task, workspace: Path, paths: list[Path], laid: Laid) -> list[str]:
    """Runs of lines that the solution adds and that stand somewhere in the workspace."""
    start_lines = {path.as_posix(): _lines(laid.start / path) for path in project_files(laid.start)}
    corpus = {path.as_posix(): "\n".join(_lines(workspace / path)) for path in paths}
    leaks = []
    for name in sorted(laid.changed):
        old = set(start_lines.get(name, []))
        run: list[str] = []
        for line in [*_lines(laid.solution / name), ""]:
            run = [*run, line] if line and line not in old else []
            if len(run) >= _MIN_LINES:
                holders = [path for path, text in corpus.items() if "\n".join(run) in text]
                if holders:
                    leaks.append(f"{holders[0]} holds lines of the solution's {name}, from '{run[0]}'")
                    break
                run = run[1:]
    return leaks


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _history(workspace: Path) -> list[str]:
    """Objects of git that the start's one commit does not reach."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "GIT_CONFIG_GLOBAL": "/dev/null"}

    def git(*arguments: str) -> list[str]:
        command = ["git", "-C", str(workspace), *arguments]
        return subprocess.run(command, capture_output=True, check=True, env=environment, text=True).stdout.split("\n")

    commits = [line for line in git("rev-list", "--all", "--reflog") if line]
    reached = {line.split(" ")[0] for line in git("rev-list", "--all", "--objects") if line}
    stored = {line.split(" ")[0] for line in git("cat-file", "--batch-all-objects", "--batch-check") if line}
    leaks = [f"git has {len(commits)} commits, not one"] if len(commits) != 1 else []
    return leaks + ([f"git has {len(stored - reached)} objects of no commit"] if stored - reached else [])
