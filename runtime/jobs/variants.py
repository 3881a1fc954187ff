"""Other versions of models that only dbt can build (incremental in a later run, snapshots), each alone on gold.

One child builds them one after the other: the warehouse is filled once, dbt parses once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.duckdb_sql import quote_relation
from runtime.dbt.clock import parse_pinned, pin_dbt, pin_warehouse
from runtime.jobs import build, export
from runtime.warehouse import open_warehouse


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Build each variant in place of its model and write its table to Parquet. Runs in a copy of the dbt project.

    Args:
        arguments: `now`, `warehouse` (path of a new file called as the project's), `gold` (folder of Parquet files),
            `previous_gold` (the same of the run before, or None for a first run), `output` (folder), `variants`: a
            list of `id`, `relation`, `name` (dbt's), `path` (relative to the project), `text`; `below`: relation ->
            dbt's name of the models below that are built with each variant; may be empty.

    Returns:
        `outcomes`: id -> None when all of its tables are written, or why dbt could not build one. The tables are
        `<id>/<relation>.parquet`.
    """
    now = parse_pinned(arguments["now"])
    warehouse = str(arguments["warehouse"])
    output = Path(arguments["output"])
    output.mkdir(parents=True, exist_ok=True)
    gold = _parquet_files(arguments["gold"])
    previous = _parquet_files(arguments["previous_gold"]) if arguments["previous_gold"] else {}
    with open_warehouse(warehouse) as connection:
        pin_warehouse(connection, now)
        for relation, path in gold.items():
            export.copy_in(connection, relation, path)
    pin_dbt(now)
    outcomes = {}
    for variant in arguments["variants"]:
        models = {variant["relation"]: variant["name"], **arguments["below"]}
        with open_warehouse(warehouse) as connection:
            for relation in models:
                if relation in previous:
                    export.copy_in(connection, relation, previous[relation])
                else:
                    export.drop(connection, relation)
        outcomes[variant["id"]] = _build(variant, models, warehouse, output / variant["id"])
        with open_warehouse(warehouse) as connection:
            for relation in models:
                export.copy_in(connection, relation, gold[relation])
    return {"outcomes": outcomes}


def _build(variant: Mapping[str, Any], models: Mapping[str, str], warehouse: str, folder: Path) -> str | None:
    path = Path(variant["path"])
    original = path.read_text(encoding="utf-8")
    path.write_text(variant["text"], encoding="utf-8")
    try:
        result = build.invoke([*build.BUILD_TABLES, "--select", *models.values()])
    finally:
        path.write_text(original, encoding="utf-8")
    if not result["is_success"]:
        return result["error"] or "; ".join(result["failures"])
    folder.mkdir()
    with open_warehouse(warehouse) as connection:
        failures = (
            export.export_query(connection, f"from {quote_relation(name)}", folder / f"{name}.parquet")
            for name in models
        )
        return next((failure for failure in failures if failure is not None), None)


def _parquet_files(folder: str) -> dict[str, Path]:
    return {path.name.removesuffix(".parquet"): path for path in sorted(Path(folder).glob("*.parquet"))}
