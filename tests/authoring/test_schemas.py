"""The JSON Schemas that editors read: up to date, and true for every file that we ship."""

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from authoring.schemas import SPECS, schema_path, schema_text
from benchmark.paths import REPOSITORY_DIR

WORLDS = REPOSITORY_DIR / "dbt_projects"
FILES = {
    "world": "*/world.yaml",
    "tables": "*/tables.yaml",
    "task": "*/tasks/*/task.yaml",
    "faults": "*/tasks/*/faults.yaml",
    "proof": "**/proof.yaml",
    "connection": "**/el/*.yaml",
    "expectations": "*/project/expectations/*.yaml",
}
MODELINE = re.compile(r"^# yaml-language-server: \$schema=(\S+)$")
SHOWN = ("connection",)
"""Files that agents read: they do not name this package."""


class _PlainLoader(yaml.SafeLoader):
    """Dates are texts, as in JSON."""


_PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("name", SPECS)
def test_a_schema_is_up_to_date(name: str) -> None:
    assert schema_path(name).read_text() == schema_text(name), "run `make schemas`"


@pytest.mark.parametrize("name", SPECS)
def test_every_shipped_file_keeps_to_its_schema_and_names_it(name: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_path(name).read_text()))
    paths = sorted(path for path in WORLDS.glob(FILES[name]) if path.is_file())
    assert paths
    for path in paths:
        content: Any = yaml.load(path.read_text(), Loader=_PlainLoader)
        errors = [f"{path}: {error.json_path}: {error.message}" for error in validator.iter_errors(content)]
        assert errors == []
        found = MODELINE.match(path.read_text().splitlines()[0])
        if name in SHOWN:
            assert found is None
        else:
            assert found, path
            assert Path(os.path.normpath(path.parent / found.group(1))) == schema_path(name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("task", {"id": "x", "kind": "imp", "title": "t", "difficulty": "easy", "scored": {"marts": ["marts.x"]}}),
        ("task", {"id": "x", "kind": "impl", "title": "t", "dificulty": "easy", "scored": {"marts": ["marts.x"]}}),
        ("tables", {"tables": {"marts.x": {"stage": "mart", "columns": ["a"]}}}),
        ("world", {"id": "x", "systems": {"db": {"type": "postgres", "schema": "s"}}}),
    ],
)
def test_a_schema_refuses_what_the_spec_refuses(name: str, content: dict[str, Any]) -> None:
    schema = json.loads(schema_path(name).read_text())
    assert not jsonschema.Draft202012Validator(schema).is_valid(content)
    with pytest.raises(ValueError, match="validation error"):
        SPECS[name].model_validate(content)


def test_editors_show_what_a_field_means() -> None:
    properties = json.loads(schema_path("task").read_text())["properties"]
    assert properties["stage_weights"]["description"].startswith("Weight of a stage, shared over its tables")
