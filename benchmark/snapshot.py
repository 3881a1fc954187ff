"""What an agent left in its workspace, as plain files in memory: bounded, links resolved, nothing dropped silently."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmark.border import plain_text, reading
from benchmark.errors import SubmissionError
from benchmark.hostile_tree import Entry, TreeLimits, walk
from benchmark.patches import is_patchable

LIMITS = TreeLimits(files=20_000, total_bytes=64 * 1024**2, entries=100_000)
"""What a submission may hold; what tools leave behind is not counted."""
MAX_LISTED = 20
"""Paths that are named as left out; the others are counted."""
MAX_LINKS = 1_000
INSIDE = "/workspace"
"""How the inside of a sandbox calls the workspace: absolute links begin with it."""
_WAREHOUSE = "warehouse.duckdb"
_ROUNDS = 4
"""Links that lead to folders with links: as often as that."""
_DBT_LEAVES = {
    "target": {
        "compiled", "run", "manifest.json", "partial_parse.msgpack", "run_results.json", "semantic_manifest.json",
        "graph.gpickle", "graph_summary.json", "catalog.json", "sources.json", "perf_info.json", "index.html",
        "static_index.html",
    },
    "logs": {"dbt.log"},
}  # fmt: skip
_TOOLS_LEAVE = re.compile(r"__pycache__|.*\.py[co]|\.user\.yml|\.sqlfluff_cache|.*\.duckdb(\.wal|\.tmp)?", re.DOTALL)
"""Names of files and folders anywhere: caches, and warehouses, which each evaluation builds anew."""


class Snapshot(NamedTuple):
    """A workspace's files."""

    files: dict[str, bytes]
    """Path -> content; links to files and folders of the workspace are the files that they lead to."""
    left_out: tuple[str, ...]
    """What is in the workspace and not among the files, each with the reason; what tools leave is not listed."""


def take_snapshot(workspace: Path) -> Snapshot:
    """Read a workspace, whatever is in it.

    Args:
        workspace: Nothing runs in it any more.

    Raises:
        SubmissionError: It holds more than `LIMITS`, or cannot be read.
        OurFaultError: The machine is at fault.
    """
    with reading("The workspace"):
        try:
            return _read(workspace)
        except SubmissionError as error:
            raise SubmissionError(f"The workspace is refused. {error}") from error


def is_tools_leaving(path: str) -> bool:
    """Whether a path of a workspace is what git, dbt, Python or DuckDB leave there: never part of a submission."""
    parts = path.split("/")
    inner = parts[1:] if parts[0] == "dbt" else parts
    if len(inner) > 1 and inner[1] in _DBT_LEAVES.get(inner[0], ()):
        return True
    return parts[0] == ".git" or _TOOLS_LEAVE.fullmatch(parts[-1]) is not None


def _read(workspace: Path) -> Snapshot:
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    left_out: dict[str, str] = {}

    def is_passed_over(path: str) -> bool:
        if not is_tools_leaving(path) and not is_patchable(path):
            left_out[path] = "a name that git does not take"
        if path.endswith(".duckdb") and path != _WAREHOUSE:
            left_out[path] = "a database file; an evaluation builds its own"
        return is_tools_leaving(path) or path in left_out

    for entry in walk(workspace, LIMITS, is_passed_over):
        if entry.kind == "file":
            files[entry.path] = _content(entry)
        elif entry.kind == "link":
            links[entry.path] = entry.target()
        elif entry.kind == "other":
            left_out[entry.path] = "a pipe, socket or device"
    if len(links) > MAX_LINKS:
        raise SubmissionError(f"It holds more than {MAX_LINKS:,} links.")
    _follow(files, links, (INSIDE, os.fspath(workspace.resolve())))
    left_out |= dict.fromkeys(links, "a link to nothing that is submitted")
    return Snapshot(files, _listed(left_out))


def _content(entry: Entry) -> bytes:
    with os.fdopen(entry.open(), "rb") as file:
        return file.read(LIMITS.total_bytes + 1)


def _follow(files: dict[str, bytes], links: dict[str, str], roots: tuple[str, ...]) -> None:
    """Put what links of the workspace lead to in their place; those that lead nowhere stay in `links`."""
    for _ in range(_ROUNDS):
        for path in sorted(links):
            target = _resolve(path, links, roots)
            if target is None or path == target or path.startswith(f"{target}/"):
                continue
            found = {path: files[target]} if target in files else _below(files, target, path)
            if found:
                files |= found
                del links[path]
                _check(files)


def _below(files: Mapping[str, bytes], folder: str, place: str) -> dict[str, bytes]:
    """The files of a folder, as they are called where a link to it stands."""
    return {f"{place}/{name[len(folder) + 1 :]}": files[name] for name in files if name.startswith(f"{folder}/")}


def _resolve(path: str, links: Mapping[str, str], roots: tuple[str, ...]) -> str | None:
    """Where a link leads, relative to the workspace; None = out of it, or in a circle."""
    for _ in range(40):
        via = next((part for part in _prefixes(path) if part in links), None)
        if via is None:
            return path
        target = links[via]
        root = next((root for root in roots if target == root or target.startswith(f"{root}/")), None)
        if root is not None:
            start = target[len(root) :].lstrip("/")
        elif target.startswith("/"):
            return None
        else:
            start = posixpath.join(posixpath.dirname(via), target)
        path = posixpath.normpath(posixpath.join(start, path[len(via) + 1 :]))
        if path in (".", "..") or path.startswith("../"):
            return None
    return None


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _check(files: Mapping[str, bytes]) -> None:
    if len(files) > LIMITS.files or sum(map(len, files.values())) > LIMITS.total_bytes:
        raise SubmissionError(
            f"With what its links lead to, it holds more than {LIMITS.files:,} files or {LIMITS.total_bytes:,} bytes."
        )
    longest = max(files, key=len, default="")
    if len(longest.encode()) > LIMITS.path_bytes or longest.count("/") > LIMITS.depth:
        raise SubmissionError(f"Its links make a path longer than {LIMITS.path_bytes:,} bytes.")


def _listed(left_out: Mapping[str, str]) -> tuple[str, ...]:
    sentences = [f"{plain_text(path, 200)}: {reason}" for path, reason in sorted(left_out.items())[:MAX_LISTED]]
    more = len(left_out) - MAX_LISTED
    return (*sentences, f"and {more:,} more") if more > 0 else tuple(sentences)
