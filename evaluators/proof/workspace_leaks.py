"""Does the workspace hold anything that an agent must not see: gold, the solution, the generator, notes of authors?"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmark.files import project_files
from benchmark.paths import REPOSITORY_DIR
from benchmark.task import CANARY
from benchmark.yaml_guard import load_yaml
from evaluators.proof.copied_code import Runs, boilerplate, code_runs, is_copied, runs_of
from evaluators.proof.copied_rows import GoldIndex, GoldRows, places_of
from evaluators.proof.hidden_text import texts_of
from evaluators.proof.targets import Laid

_FORBIDDEN_NAMES = frozenset(
    {"PLANTED.md", "task.yaml", "world.yaml", "tables.yaml", "proof.yaml", "oracle.py", "instruction.md", "gold.json"}
)
_DATA_SUFFIXES = frozenset({".parquet", ".duckdb", ".db", ".patch"})
_DATA_MAGIC = {b"PAR1": "Parquet", b"ARROW1": "Arrow", b"SQLite format 3": "SQLite"}
_WORDS = re.compile(r"\b(lockgate|sources\.[a-z]+ import|from sources|PLANTED|generate_truth)\b", re.IGNORECASE)


def find_leaks(workspace: Path, laid: Laid, gold: Sequence[GoldRows]) -> list[str]:
    """What the workspace of a trial holds and must not; one sentence each, empty = nothing.

    Args:
        workspace: As `benchmark.workspace.prepare_workspace` makes it, with its git repository.
        laid: Start and solution.
        gold: Rows of scored tables that must not stand in it.
    """
    leaks: list[str] = []
    code, index = _own_code(laid), GoldIndex(gold)
    for path in project_files(workspace):
        file = workspace / path
        if file.is_symlink():
            leaks.append(f"{path} is a link")
            continue
        data = file.read_bytes()
        leaks += _author_files(path, data)
        leaks += _contents(path, data, code, index)
    return sorted({*leaks, *_history(workspace)})


def _author_files(path: Path, data: bytes) -> Iterator[str]:
    if path.name in _FORBIDDEN_NAMES or path.suffix in _DATA_SUFFIXES:
        yield f"{path} is a file of the author's side"
    kind = next((kind for magic, kind in _DATA_MAGIC.items() if data.startswith(magic)), None)
    if data[8:12] == b"DUCK":
        kind = "DuckDB"
    if kind is not None:
        yield f"{path} is a file of {kind}: tables do not belong into a workspace"


def _contents(path: Path, data: bytes, code: dict[str, Runs], gold: GoldIndex) -> Iterator[str]:
    """What any of the texts that a file can be read as gives away."""
    for text in texts_of(data):
        if CANARY.split(":")[0] in text:
            yield f"{path} carries the canary line of the author's files"
        found = _WORDS.search(text)
        if found is not None:
            yield f"{path} names the harness or the generator ('{found.group(0)}')"
        if str(REPOSITORY_DIR) in text:
            yield f"{path} names the folder of the harness"
        runs = runs_of(text)
        yield from (
            f"{path} holds a good part of the solution's {name}" for name in code if is_copied(code[name], runs)
        )
        yield from (f"{path} holds rows of gold's {table}" for table in gold.tables_in(places_of(text)))


def _own_code(laid: Laid) -> dict[str, Runs]:
    """For each file that the solution adds or changes: the code that is its own."""
    paths = project_files(laid.start)
    common = boilerplate(_code(laid.start / path) for path in paths)
    return {
        name: code_runs(_code(laid.solution / name)) - code_runs(_code(laid.start / name)) - common
        for name in sorted(laid.changed)
    }


def _code(path: Path) -> str:
    """The text of a file; of YAML without its descriptions, which ticket and solution are meant to share."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if path.suffix not in (".yml", ".yaml"):
        return text
    try:
        content = load_yaml(text)
        return yaml.dump(_without_descriptions(content), Dumper=yaml.CSafeDumper, sort_keys=False)
    except yaml.YAMLError:
        return text


def _without_descriptions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_descriptions(item) for key, item in value.items() if key != "description"}
    return [_without_descriptions(item) for item in value] if isinstance(value, list) else value


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
