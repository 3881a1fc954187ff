"""JSON Schemas of our YAML files: editors complete and check by them. `python -m authoring.schemas` makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import benchmark
from benchmark.connection import ConnectionSpec
from benchmark.files import write_atomic
from benchmark.seeded_faults import FaultsFile
from benchmark.tables import TablesFile
from benchmark.task import TaskFile
from benchmark.world import WorldFile
from evaluators.expectations.suite import SuiteFile
from evaluators.proof.equivalent_list import ProofFile

SCHEMAS_DIR = Path(benchmark.__file__).parent / "schemas"
"""Part of the package."""
SPECS: dict[str, type[BaseModel]] = {
    "world": WorldFile,
    "tables": TablesFile,
    "task": TaskFile,
    "faults": FaultsFile,
    "proof": ProofFile,
    "connection": ConnectionSpec,
    "expectations": SuiteFile,
}
"""Name of a schema -> the spec of the file."""


def schema_text(name: str) -> str:
    """The schema of a kind of file, as JSON."""
    schema: dict[str, Any] = SPECS[name].model_json_schema(mode="validation")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema, indent=1) + "\n"


def schema_path(name: str) -> Path:
    """Where it stands."""
    return SCHEMAS_DIR / f"{name}.json"


def main() -> None:
    """Write all of them."""
    for name in SPECS:
        write_atomic(schema_path(name), schema_text(name))


if __name__ == "__main__":
    main()
