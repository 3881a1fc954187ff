"""Files of a folder of worlds that no world owns: proofs.json and suites.json."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from authoring.check.findings import Finding
from benchmark.errors import SpecError
from benchmark.suites_file import read_suites
from evaluators.proof_record.record import read_proofs


def check_collection(folder: Path) -> Iterator[Finding]:
    """Find what is damaged in a folder of worlds."""
    for read in (read_proofs, read_suites):
        try:
            read(folder)
        except SpecError as error:
            for problem in error.problems:
                yield Finding(Path(str(error.path)), "LG118", problem.message, problem.key, problem.line)
