"""What has to be known of a solution before parts of it are copied: it is ours, but may do what cannot be copied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from evaluators.pipeline.plain.jinja import NotPlainError, segments

Files = Mapping[str, bytes]
"""Path within a pipeline -> content."""

_LOOKS_AROUND = re.compile(
    r"\b(run_query|statement|adapter|graph|load_result|store_result|modules|builtins|dispatch|invocation_id|exceptions|"
    r"execute|get_columns_in_query|pre_hook|sql_header|alias|database|contract|persist_docs|store_failures|python)\b"
)
"""Jinja that reads or changes what no `ref` tells, or says where a table goes."""
_SETTINGS = re.compile(
    r"hook|on-run|persist_docs|store_failures|fail_fast|query-comment|dispatch|contract|alias|database|\+?enabled|indirect"
)
"""Words of a dbt_project.yml that could make one model reach another one's table, or change which nodes run."""
_CHANGES = re.compile(
    r"\b(insert|update|delete|drop|create|alter|truncate|merge|copy|attach|detach|set|pragma|call|install|load|use|"
    r"execute|vacuum|checkpoint|comment|begin|commit)\b"
)
_OF_ITS_OWN = re.compile(r"\b(delete\s+from|insert\s+into)\s+\{\{\s*this\s*\}\}")
_MACRO = re.compile(r"\{%-?\s*macro\s+([a-z][a-z0-9_]*)\((.*?)\)\s*-?%\}(.*?)\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
_TEST = re.compile(r"\{%-?\s*test\s+([a-z][a-z0-9_]*)\(([^()]*)\)")
_OWN_TESTS = {
    "unique": frozenset[str](),
    "not_null": frozenset[str](),
    "accepted_values": frozenset({"values", "quote"}),
    "relationships": frozenset({"to", "field"}),
}
_OF_ALL_TESTS = {"model", "column_name"}
"""Arguments that dbt gives."""
_COMMENT = re.compile(r"--|/\*")
_HANDED_THROUGH = re.compile(r"\{\{[-\s]*(?:(?![a-z][a-z0-9_]*\()[^{}]|\{(?!\{)|\}(?!\}))*\}\}\s*$")
"""An expression of Jinja that calls no macro, at the end of one."""
_RESERVED = {"ref", "source", "config", "var", "env_var", "this", "is_incremental"}


@dataclass(frozen=True)
class PlainSolution:
    """Names that a submission's models may use, because the solution defines them and they are harmless."""

    macros: frozenset[str]
    """Macros that make an expression."""
    hooks: frozenset[str]
    """Macros that change no relation but the model's own."""
    variables: frozenset[str]
    tests: Mapping[str, frozenset[str]]
    """Generic test -> the arguments that it takes from YAML."""


def read_solution(files: Files) -> PlainSolution:
    """Look through a solution.

    Raises:
        NotPlainError: One of its models could reach what another one builds.
    """
    return _read(tuple(sorted((name, content) for name, content in files.items() if name.startswith("dbt/"))))


@lru_cache(maxsize=16)
def _read(files: tuple[tuple[str, bytes], ...]) -> PlainSolution:
    texts = {name: content.decode() for name, content in files if name.endswith((".sql", ".yml", ".yaml"))}
    names = [name for name, _ in files]
    if any(name.endswith(".py") or name.startswith(("dbt/packages", "dbt/dependencies", "dbt/dbt_packages"))
           for name in names):  # fmt: skip
        raise NotPlainError("the solution has Python models or packages")
    variables = _variables(texts["dbt/dbt_project.yml"])
    bodies: dict[str, str] = {}
    for name, text in texts.items():
        for segment in segments(text) if name.endswith(".sql") else ():
            if _LOOKS_AROUND.search(segment):
                raise NotPlainError(f"the solution's {name} looks around")
        if "{% materialization" in text or "{%- materialization" in text:
            raise NotPlainError("the solution has a materialization of its own")
        bodies |= {found[1]: found[3] for found in _MACRO.finditer(text)}
    if _RESERVED & bodies.keys():
        raise NotPlainError("the solution replaces a function of dbt")
    hooks = {name for name, body in bodies.items() if not _CHANGES.search(_OF_ITS_OWN.sub("", body.lower()))}
    macros = {name for name in hooks if _is_expression(name, bodies[name])}
    solution = PlainSolution(
        frozenset(macros),
        frozenset(hooks),
        variables,
        _OWN_TESTS | {found[1]: _arguments(found[2]) for text in texts.values() for found in _TEST.finditer(text)},
    )
    for name, text in texts.items():
        _check_hooks(name, text, solution)
    return solution


def _is_expression(name: str, body: str) -> bool:
    """Whether a macro makes an expression of its own: not the name of a schema, and not just what it is given."""
    names_something = re.fullmatch(r"(?:\w+__)?generate_\w+_name", name)
    return not (
        names_something
        or _CHANGES.search(body.lower())
        or "this" in body
        or _COMMENT.search(body)
        or _HANDED_THROUGH.search(body)
    )


def _arguments(signature: str) -> frozenset[str]:
    """The arguments of a generic test that YAML gives."""
    names = {part.partition("=")[0].strip() for part in signature.split(",")}
    return frozenset(names - _OF_ALL_TESTS - {""})


def check_reads(files: Files, schemas: frozenset[str]) -> None:
    """See that a solution names no relation but by `ref` and `source`.

    Args:
        files: The solution's.
        schemas: Of its warehouse, in small letters.

    Raises:
        NotPlainError: One of its files does.
    """
    if "main" in schemas:
        raise NotPlainError("relations lie in the schema in which names are looked up")
    named = re.compile(rf"\b({'|'.join(map(re.escape, sorted(schemas)))})\"?\s*\.")
    for name, content in files.items():
        if name.startswith("dbt/") and name.endswith(".sql"):
            sql = re.sub(r"\{[{%#].*?[}%#]\}|--[^\n]*", " ", content.decode(), flags=re.DOTALL)
            if named.search(sql.lower()):
                raise NotPlainError(f"the solution's {name} names a relation")


def _variables(project: str) -> frozenset[str]:
    """Variables with plain values."""
    if _SETTINGS.search(re.sub(r"#.*", "", project)):
        raise NotPlainError("the solution's dbt_project.yml has settings by which a model could reach another one")
    loaded: Any = yaml.safe_load(project)
    if loaded.get("model-paths", ["models"]) != ["models"] or loaded.get("test-paths", ["tests"]) != ["tests"]:
        raise NotPlainError("the solution has folders of its own")
    found = loaded.get("vars") or {}
    # A negative one makes a comment of the sign before it.
    return frozenset(name for name, value in found.items() if type(value) is int and value >= 0)


def _check_hooks(name: str, text: str, solution: PlainSolution) -> None:
    """See that every hook of a model is a call of a macro that changes the model's own relation."""
    if name.endswith((".yml", ".yaml")):
        if re.search(r"^\s*[+-]?\s*\"?(pre|post)[-_]hook", text, re.MULTILINE):
            raise NotPlainError(f"the solution's {name} has hooks")
        return
    for found in re.finditer(r"hook", text):
        call = re.match(r"hook\s*=\s*\"\{\{\s*([a-z][a-z0-9_]*)\([^{}\"]*\)\s*\}\}\"", text[found.start() :])
        if call is None or call[1] not in solution.hooks:
            raise NotPlainError(f"the solution's {name} has a hook that may change other relations")
