"""What a dbt run of a trusted project said of each node, read from the files that dbt writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from authoring.lineage.data_tests import plain_name
from authoring.lineage.dbt_files import read_yaml

_BUILT = ("model", "snapshot", "seed")
_GOOD = ("success", "pass", "no-op")


class NodeResult(NamedTuple):
    """One model, snapshot, seed or data test of a run."""

    kind: str
    """`model`, `snapshot`, `seed` or `test`."""
    name: str
    """dbt's name; of a test as `DataTest.name`."""
    table: str
    """`schema.table` that was built, in small letters; of a test the one that it is attached to, or empty."""
    status: str
    """dbt's: success, error, skipped, pass, warn, fail."""
    message: str
    n_failures: int | None
    """Rows that a test found; None = it counts none."""
    sql: str | None
    """Compiled; None = dbt did not get that far, or it is no SQL."""

    @property
    def is_good(self) -> bool:
        """Whether it was built, or passed."""
        return self.status in _GOOD


def read_results(project: Path) -> tuple[NodeResult, ...]:
    """Results of the last dbt run in a project, in the order in which dbt ended them; empty where there are none.

    Args:
        project: The folder with `dbt_project.yml`.
    """
    target = _target(project)
    paths = (target / "run_results.json", target / "manifest.json")
    if not all(path.is_file() for path in paths):
        return ()
    run, manifest = (json.loads(path.read_text(encoding="utf-8")) for path in paths)
    return tuple(_results(run, manifest))


def remove_results(project: Path) -> None:
    """Forget what an earlier run said, so that nobody takes it for this one's."""
    (_target(project) / "run_results.json").unlink(missing_ok=True)


def _target(project: Path) -> Path:
    return project / str(read_yaml(project / "dbt_project.yml", []).get("target-path") or "target")


def _results(run: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[NodeResult]:
    nodes: dict[str, Any] = {**manifest["nodes"], **manifest["sources"]}
    for result in run["results"]:
        node = nodes.get(result["unique_id"])
        if node is None or node["resource_type"] not in (*_BUILT, "test"):
            continue
        is_test = node["resource_type"] == "test"
        table = nodes.get(node.get("attached_node") or "") if is_test else node
        yield NodeResult(
            node["resource_type"],
            plain_name(node["name"]) if is_test else node["name"],
            _table(table) if table else "",
            str(result["status"]),
            " ".join(str(result.get("message") or "").split()),
            result.get("failures"),
            result.get("compiled_code") or node.get("compiled_code") if node.get("language", "sql") == "sql" else None,
        )


def _table(node: Mapping[str, Any]) -> str:
    name = node.get("identifier") or node.get("alias") or node["name"]
    return f"{node['schema']}.{name}".lower()
