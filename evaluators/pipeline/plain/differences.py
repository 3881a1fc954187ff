"""Which models of a submission are built as the solution builds them, with all that is above them.

The answer is given only where the submission differs from the solution in nothing but plain models, the YAML about them
and plain data tests. Then a model can change another one's table only by being read by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evaluators.pipeline.plain.jinja import NotPlainError, PlainJinja, plain_jinja
from evaluators.pipeline.plain.properties import check_entry, read_entries
from evaluators.pipeline.plain.solution import Files, PlainSolution, check_reads, read_solution
from evaluators.pipeline.plain.sql import check_sql

MODELS, TESTS, PROJECT, DOCS = "dbt/models/", "dbt/tests/", "dbt/dbt_project.yml", "docs/"
_MODEL = re.compile(r"dbt/models/(?:[a-z][a-z0-9_]*/)+[a-z][a-z0-9_]*\.sql")
_DATA_TEST = re.compile(r"dbt/tests/(?!generic/)(?:[a-z][a-z0-9_]*/)*[a-z][a-z0-9_]*\.sql")
_YAML = (".yml", ".yaml")
_BUILT = ("model", "snapshot", "seed")
_OF_DBT = "__dbt_"
"""In the names of the relations that dbt makes on the way to another one."""


@dataclass(frozen=True)
class Differences:
    """What has to be built of a submission, and what need not. Models, snapshots and seeds have dbt's short names."""

    touched: frozenset[str]
    """Models that are not as in the solution, or of which YAML says something else."""
    parents: Mapping[str, frozenset[str]]
    """Model, snapshot or seed -> those that it reads."""
    paths: Mapping[str, str]
    """The same -> its file, relative to the dbt project."""
    ids: Mapping[str, str]
    """Those of the solution -> dbt's id."""
    alone: tuple[str, ...]
    """Files of data tests that are run alone."""
    named: frozenset[str] = frozenset()
    """What the submission lacks and still names where neither a model nor a data test does, as in a unit test."""

    def as_json(self) -> dict[str, Any]:
        """Lists and mappings of names, sorted."""
        return {
            "touched": sorted(self.touched),
            "parents": {name: sorted(above) for name, above in sorted(self.parents.items())},
            "paths": dict(self.paths),
            "ids": dict(self.ids),
            "alone": list(self.alone),
            "named": sorted(self.named),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Differences:
        """The differences of which `as_json` gave this."""
        return cls(
            touched=frozenset(found["touched"]),
            parents={name: frozenset(above) for name, above in found["parents"].items()},
            paths=found["paths"],
            ids=found["ids"],
            alone=tuple(found["alone"]),
            named=frozenset(found["named"]),
        )

    @cached_property
    def selected(self) -> tuple[str, ...]:
        """Files of the dbt project: the models that are built and the data tests that are run alone."""
        return tuple(sorted({*self.files(self.affected()), *self.alone}))

    @cached_property
    def same(self) -> frozenset[str]:
        """Ids of dbt's nodes that give the solution's tables."""
        return frozenset(self.ids[name] for name in self.parents.keys() - self.affected())

    def affected(self, held: Collection[str] = frozenset()) -> frozenset[str]:
        """What may give other tables than the solution's.

        Args:
            held: Models that are not built: they hold the solution's tables.
        """
        parents = {name: above - set(held) for name, above in self.parents.items() if name not in held}
        return frozenset(_below(self.touched - set(held), parents))

    def above(self, names: Collection[str], held: Collection[str]) -> frozenset[str]:
        """These and everything that they are built from, without those that are held."""
        found, todo = set(held), [name for name in names if name not in held]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += self.parents.get(name, ())
        return frozenset(found) - set(held)

    def files(self, names: Collection[str]) -> list[str]:
        """The files of models, sorted.

        Raises:
            NotPlainError: Something among them is defined in YAML.
        """
        found = sorted(self.paths[name] for name in names)
        if not all(path.endswith(".sql") for path in found):
            raise NotPlainError("something that is defined in YAML has to be built again")
        return found


def find_differences(files: Files, solution: Files, graph: Mapping[str, Any], schemas: Collection[str]) -> Differences:
    """Compare a submission with the solution.

    Args:
        files: The submission's files.
        solution: The solution's.
        graph: What `runtime.jobs.graph` took from the solution's manifest.
        schemas: Schemas of the solution's warehouse, in small letters.

    Raises:
        NotPlainError: They differ in something else than plain models.
    """
    plain = read_solution(solution)
    check_reads(solution, frozenset(schemas))
    names = sorted(name for name in files.keys() | solution.keys() if not name.startswith(DOCS))
    changed = [name for name in names if files.get(name) != solution.get(name)]
    _check_places(changed, files, solution)
    texts = {
        name: _read(name, files[name], plain, schemas) for name in changed if name in files and name.endswith(".sql")
    }
    models = {_stem(name): name for name in files if _is_model(name)}
    if any(_OF_DBT in name for name in models):
        raise NotPlainError("a model with a name under which dbt builds others")
    if len(models) != sum(map(_is_model, files)):
        raise NotPlainError("two models have one name")
    if any(node["type"] in _BUILT and unique_id.count(".") != 2 for unique_id, node in graph["nodes"].items()):
        raise NotPlainError("models of the solution have versions")
    nodes = {unique_id: node for unique_id, node in graph["nodes"].items() if node["type"] in _BUILT}
    by_name = {unique_id.rsplit(".", 1)[-1]: unique_id for unique_id in nodes}
    parents: dict[str, set[str]] = {
        name: {parent.rsplit(".", 1)[-1] for parent in nodes[unique_id]["parents"] if parent in nodes}
        for name, unique_id in by_name.items()
        if name in models or nodes[unique_id]["type"] != "model"
    }
    changed_models = {_stem(name) for name in texts if _is_model(name)}
    parents |= {_stem(name): set(found.refs) for name, found in texts.items() if _is_model(name)}
    described = _changed_entries(changed, files, solution, plain.tests, models)
    paths = {name: path.removeprefix("dbt/") for name, path in models.items()}
    paths |= {name: nodes[unique_id]["path"] for name, unique_id in by_name.items() if name not in models}
    alone = [name.removeprefix("dbt/") for name in changed if name.startswith(TESTS) and name in files]
    found = Differences(
        touched=frozenset(changed_models | (described & models.keys())),
        parents={name: frozenset(above) for name, above in parents.items()},
        paths=paths,
        ids=by_name,
        alone=tuple(alone),
        named=_named_elsewhere(files, by_name.keys() - parents.keys()),
    )
    found.files(found.affected())  # raises
    return found


def _check_places(changed: Iterable[str], files: Files, solution: Files) -> None:
    """See that nothing differs but models, YAML about them, and data tests."""
    folders = {name.split("/")[2] for name in solution if _MODEL.fullmatch(name)}
    for name in changed:
        if name.startswith(MODELS) and name.endswith(_YAML):
            continue
        if name not in files and (_MODEL.fullmatch(name) or _DATA_TEST.fullmatch(name)):
            continue
        is_model = _MODEL.fullmatch(name) and name.split("/")[2] in folders
        if not (is_model or _DATA_TEST.fullmatch(name)):
            raise NotPlainError(f"{name} differs")


def _read(name: str, content: bytes, plain: PlainSolution, schemas: Collection[str]) -> PlainJinja:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise NotPlainError(f"{name} is no text") from error
    found = plain_jinja(text, plain.macros, plain.hooks, plain.variables)
    for sql in dict.fromkeys(found.variants):
        check_sql(sql, schemas)
    return found


def _changed_entries(
    changed: Iterable[str],
    files: Files,
    solution: Files,
    tests: Mapping[str, Collection[str]],
    models: Collection[str],
) -> set[str]:
    """Models of which YAML says something else than in the solution.

    What is said of something that is no model in SQL has to be the same: nothing would be built because of it, and dbt
    might refuse it.
    """
    sides: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for side in (files, solution):
        entries: dict[str, Any] = {}
        other: dict[str, Any] = {}
        for name in (name for name in changed if name.endswith(_YAML) and name.startswith(MODELS) and name in side):
            found, rest = read_entries(name, side[name])
            if found.keys() & entries.keys():
                raise NotPlainError("a model is described twice")
            entries |= found
            if rest := {key: value for key, value in rest.items() if _spelled((key, value)) != "('version', 2)"}:
                other[name] = rest
        sides.append(entries)
        others.append(other)
    for name, rest in others[1].items():
        if "unit_tests" not in others[0].get(name, {}):
            rest.pop("unit_tests", None)  # a build runs none
    if _spelled({name: rest for name, rest in others[0].items() if rest}) != _spelled(
        {name: rest for name, rest in others[1].items() if rest}
    ):
        raise NotPlainError("YAML says something else of more than models")
    own, theirs = sides
    different = {name for name in own.keys() | theirs.keys() if _spelled(own.get(name)) != _spelled(theirs.get(name))}
    for name in different & own.keys():
        if name not in models:
            raise NotPlainError(f"YAML describes {name}, which is no model in SQL, or otherwise than the solution")
        check_entry(own[name], tests)
    return different


def _spelled(value: Any) -> str:
    """What YAML says as a text in which `1`, `1.0` and `true` differ, which are equal to Python and not to dbt."""
    return repr(value)


def _named_elsewhere(files: Files, gone: Collection[str]) -> frozenset[str]:
    """What is gone and named by something that is neither a model nor a data test: dbt refuses to read it."""
    if not gone:
        return frozenset()
    found: set[str] = set()
    for name, content in sorted(files.items()):
        if not name.startswith("dbt/") or name == PROJECT or not name.endswith((*_YAML, ".sql")):
            continue
        if name.startswith(MODELS) and name.endswith(_YAML):
            _, rest = read_entries(name, content)
            found.update(re.findall(r"\w+", repr(rest)))
        elif not name.startswith((MODELS, TESTS)):
            found.update(re.findall(r"\w+", content.decode(errors="replace")))
    return frozenset(found & set(gone))


def _below(names: Collection[str], parents: Mapping[str, Collection[str]]) -> set[str]:
    """These and everything that reads them, at any distance."""
    found = set(names)
    while more := {name for name, above in parents.items() if name not in found and found & set(above)}:
        found |= more
    return found


def _is_model(name: str) -> bool:
    return name.endswith(".sql") and name.startswith(MODELS)


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].removesuffix(".sql")
