"""Models of a world as dbt compiles them in a first run, without dbt: for tests of what is done to SQL."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from authoring.lineage.dbt_files import read_yaml

NOW = "2024-04-02T21:30:00+00:00"
_MARK = "-- here begins the model"


class CompiledModel(NamedTuple):
    """A model's file and its SQL."""

    name: str
    source: str
    compiled: str


def compiled_models(project: Path) -> Iterator[CompiledModel]:
    """Every model of a dbt project, by file name."""
    from jinja2 import Environment

    macros = "\n".join(path.read_text() for path in sorted((project / "macros").glob("*.sql")))
    variables: Mapping[str, Any] = read_yaml(project / "dbt_project.yml", []).get("vars", {})
    environment = Environment(autoescape=False)
    environment.globals |= {
        "ref": lambda name: f'"warehouse"."models"."{name}"',
        "source": lambda schema, name: f'"warehouse"."raw_{schema}"."{name}"',
        "var": lambda name, default=None: variables.get(name, default),
        "env_var": lambda _name, _default=None: NOW,
        "config": lambda **_options: "",
        "is_incremental": lambda: False,
    }
    for path in sorted((project / "models").rglob("*.sql")):
        source = path.read_text()
        text = environment.from_string(f"{macros}\n{_MARK}\n{source}").render()
        yield CompiledModel(path.stem, source, text.partition(f"{_MARK}\n")[2].rstrip())
