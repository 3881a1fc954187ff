"""Component verdicts of files that were evaluated before on the same data, kept under a hash of what they follow from.

A second trial of the same submission on the same seeds need not build a hundred tables again around the same gold,
whatever is in it. What counts end to end is run again all the same, unless it is certain to come out as it did
(`evaluators.kept_results`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from benchmark.cache import write_entry
from benchmark.generator_parameters import Dials
from benchmark.scorecard import Verdict
from benchmark.task import Task
from evaluators.kept_results import files_beside, kept_entry, read_kept, was_read
from evaluators.scoring.components import ComponentCase

_SETTLED = TypeAdapter(dict[str, dict[str, Verdict]])
"""Scenario -> table -> its component verdict."""


class JudgedCase(NamedTuple):
    """A scenario whose component verdicts are to be found."""

    case: ComponentCase
    golds: Sequence[Path]
    """Folders of gold that it is held against, or built on; their names say what they hold."""
    dials: Dials
    """Of its data."""


class KeptComponents:
    """The component verdicts of one submission in the cache."""

    def __init__(self, task: Task, project: Path, sandbox: str, judged: Sequence[JudgedCase]) -> None:
        """Find out where they are.

        Args:
            task: The task.
            project: The submitted pipeline.
            sandbox: Where it runs.
            judged: Its scenarios, judged end to end.
        """
        self._cases = [item.case for item in judged]
        self._entry: Path | None = None
        if any(case.open_tables for case in self._cases):
            more = {"cases": _content(judged), "beside": files_beside(project)}
            self._entry = kept_entry("components", task, project, sandbox, more)

    def take(self) -> bool:
        """Settle all scenarios by what is kept; whether there was something."""
        found = read_kept(self._entry, _SETTLED)
        if found is None or any(set(case.open_tables) - found.get(case.name, {}).keys() for case in self._cases):
            return False
        for case in self._cases:
            case.settled |= found[case.name]
        return True

    def keep(self) -> None:
        """Keep the verdicts of all scenarios, which are settled; not where a table could not be read."""
        settled = {case.name: dict(case.settled) for case in self._cases}
        if self._entry and all(was_read(verdict) for found in settled.values() for verdict in found.values()):
            write_entry(self._entry, _SETTLED.dump_json(settled).decode())


def _content(judged: Sequence[JudgedCase]) -> list[dict[str, object]]:
    """What the verdicts follow from, beside the submission, the task and its world; JSON."""
    return [
        {
            "name": case.name,
            "verdicts": {name: verdict.model_dump(mode="json") for name, verdict in case.verdicts.items()},
            "upstream": {name: sorted(parents) for name, parents in case.upstream.items()},
            "absent": sorted(case.absent),
            "skipped": sorted(case.skipped),
            "golds": sorted(folder.name for folder in golds),
            "dials": asdict(dials),
        }
        for case, golds, dials in judged
    ]
