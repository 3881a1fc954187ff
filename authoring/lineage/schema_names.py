"""The schema in which dbt builds a model, seed or snapshot: the project's own `generate_schema_name`, or dbt's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from authoring.lineage.dbt_files import read_yaml

if TYPE_CHECKING:
    from jinja2 import Environment

_MACRO = "generate_schema_name"
_DEFAULT_SCHEMA = "main"
"""Of DuckDB, where a profile names no other."""


class _Returned(Exception):
    """Ends a macro, as dbt's `return` does."""

    def __init__(self, value: object) -> None:
        self.value = value


class SchemaNames:
    """Names schemas as dbt does.

    Args:
        files: Path within the pipeline -> file.
        project: Content of `dbt_project.yml`.
    """

    def __init__(self, files: Mapping[str, Path], project: Mapping[str, Any]) -> None:
        self._project = project
        self._target = _target(files, project)
        self._macro = self._load(files)

    def schema_of(self, custom: str | None, node: Mapping[str, Any]) -> str:
        """The schema of a node.

        Args:
            custom: What `schema` is configured to; None = nothing.
            node: What a macro may ask for: `name`, `resource_type`, `fqn`, `path`, `config` and so on.
        """
        default = self._default(custom, node)
        if self._macro is None:
            return default
        from jinja2 import TemplateError

        try:
            return str(self._macro(custom, node)).strip() or default
        except _Returned as returned:
            return str(returned.value).strip() or default
        except (TemplateError, TypeError, AttributeError, KeyError, ValueError):
            # It asks for something that only dbt knows.
            return custom.strip() if custom else default

    def _default(self, custom: str | None, _node: object = None) -> str:
        schema = str(self._target["schema"])
        return f"{schema}_{custom.strip()}" if custom else schema

    def _for_environment(self, custom: str | None, _node: object = None) -> str:
        schema = str(self._target["schema"])
        return custom.strip() if custom and self._target["name"] == "prod" else schema

    def _load(self, files: Mapping[str, Path]) -> Callable[..., object] | None:
        text = next(
            (
                text
                for name, path in sorted(files.items())
                if name.startswith("dbt/") and name.endswith(".sql") and (text := _text_with_macro(path))
            ),
            None,
        )
        if text is None:
            return None
        from jinja2 import TemplateError

        try:
            module = self._environment().from_string(text).make_module()
        except (TemplateError, _Returned, TypeError):
            return None
        macro = getattr(module, _MACRO, None) or getattr(module, f"default__{_MACRO}", None)
        return macro if callable(macro) else None

    def _environment(self) -> Environment:
        from jinja2 import StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        variables = self._project.get("vars")
        environment = SandboxedEnvironment(undefined=StrictUndefined, extensions=["jinja2.ext.do"])
        environment.globals |= {
            "target": self._target,
            "var": lambda name, default=None: (variables if isinstance(variables, Mapping) else {}).get(name, default),
            "env_var": lambda _name, default="": default,
            "return": _return,
            f"default__{_MACRO}": self._default,
            f"{_MACRO}_for_env": self._for_environment,
            "project_name": self._project.get("name"),
        }
        return environment


def _return(value: object) -> NoReturn:
    raise _Returned(value)


def _text_with_macro(path: Path) -> str | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(rf"\{{%-?\s*macro\s+(default__)?{_MACRO}\s*\(.*?\{{%-?\s*endmacro\s*-?%\}}", text, re.DOTALL)
    return found.group() if found else None


def _target(files: Mapping[str, Path], project: Mapping[str, Any]) -> dict[str, Any]:
    """Name, schema and type of the output that the profile chooses."""
    path = files.get("dbt/profiles.yml")
    profile = read_yaml(path, []).get(str(project.get("profile"))) if path else None
    if not isinstance(profile, Mapping):
        return {"name": "dev", "schema": _DEFAULT_SCHEMA, "type": "duckdb"}
    outputs = profile.get("outputs")
    name = str(profile.get("target", "default"))
    output = outputs.get(name) if isinstance(outputs, Mapping) else None
    found = dict(output) if isinstance(output, Mapping) else {}
    return {**found, "name": name, "schema": str(found.get("schema") or _DEFAULT_SCHEMA), "type": "duckdb"}
