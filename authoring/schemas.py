"""JSON Schemas of our YAML files: editors complete and check by them. `python -m authoring.schemas` makes them."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

import benchmark
from benchmark.connection import ConnectionSpec
from benchmark.files import write_atomic
from benchmark.seeded_faults import FaultsFile
from benchmark.source_systems import SourceSystem
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
    """The schema of a kind of file, as JSON. What a field's docstring says, an editor shows."""
    spec = SPECS[name]
    schema: dict[str, Any] = spec.model_json_schema(mode="validation")
    models = {model.__name__: model for model in _models(spec)}
    for title, part in [(spec.__name__, schema), *schema.get("$defs", {}).items()]:
        if model := models.get(title):
            _complete(part, model)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema, indent=1) + "\n"


def schema_path(name: str) -> Path:
    """Where it stands."""
    return SCHEMAS_DIR / f"{name}.json"


def _complete(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Add the docstrings of fields, and take away what the file need not or cannot keep to."""
    properties = schema.get("properties", {})
    for name, text in _field_docs(model).items():
        field = model.model_fields.get(name)
        alias = field.validation_alias if field and isinstance(field.validation_alias, str) else name
        properties.get(alias, {}).setdefault("description", text)
    for part in properties.values():
        part.pop("title", None)
        if part.get("format") == "time":  # of JSON Schema has a zone, ours has none
            del part["format"]
    if issubclass(model, SourceSystem):
        schema["required"] = [name for name in schema.get("required", ()) if name != "name"]  # is the key


def _field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the text below it, of a class and its bases."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if base is not BaseModel and issubclass(base, BaseModel):
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
            assert isinstance(body, ast.ClassDef)
            for field, text in zip(body.body, body.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    value = text.value if isinstance(text, ast.Expr) else None
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        found[field.target.id] = " ".join(value.value.split())
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models(field.annotation)
    for argument in get_args(annotation):
        yield from _models(argument)


def main() -> None:
    """Write all of them."""
    for name in SPECS:
        write_atomic(schema_path(name), schema_text(name))


if __name__ == "__main__":
    main()
