"""The JSON Schema of `report.json`. `python -m orchestration.reports.run_report.schema` writes it."""

import json
from pathlib import Path

from benchmark.files import write_atomic
from orchestration.reports.run_report.model import Report

SCHEMA_PATH = Path(__file__).parent / "report.schema.json"


def schema_text() -> str:
    """The schema; what a field's docstring says, stands in it."""
    schema = Report.model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema, indent=1) + "\n"


if __name__ == "__main__":
    write_atomic(SCHEMA_PATH, schema_text())
