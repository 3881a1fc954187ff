"""What docs/sources.md shows is valid, and names every type of delivering system and document database."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from benchmark.connection import ConnectionSpec
from benchmark.paths import REPOSITORY_DIR
from benchmark.source_systems import SourceSystem, SystemSpec, named_systems

TEXT = (REPOSITORY_DIR / "docs" / "sources.md").read_text()
BLOCKS: list[dict[str, Any]] = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]


def test_systems_are_valid() -> None:
    shown = [system for block in BLOCKS if "systems" in block for system in named_systems(block["systems"]).values()]
    assert {TypeAdapter(SystemSpec).validate_python(system).type for system in shown} >= {
        "http",
        "object_store",
        "mongodb",
        "mysql",
    }


def test_every_option_of_the_http_system_is_named() -> None:
    from benchmark.http_system import Endpoint, Export, HttpSystem

    told = TEXT[TEXT.index("## `http`") : TEXT.index("## Files")]
    for part in (HttpSystem, Endpoint, Export):
        for name, field in part.model_fields.items():
            if name in SourceSystem.model_fields:
                continue
            assert f"{field.alias or name}" in told, name


def test_the_manifest_is_valid() -> None:
    from sources.connectors.registry import build_source

    [block] = [block for block in BLOCKS if block.get("source") == "manifest"]
    build_source(ConnectionSpec.model_validate(block), datetime(2013, 3, 14, tzinfo=UTC), {})


@pytest.mark.parametrize(
    "block",
    [block for block in BLOCKS if block.get("source") not in (None, "manifest")],
    ids=lambda block: block["source"],
)
def test_connections_are_valid_and_their_settings_known(block: dict[str, Any]) -> None:
    from sources.connectors.registry import build_source

    spec = ConnectionSpec.model_validate(block)
    known = build_source(spec, datetime(2013, 3, 14, tzinfo=UTC), {}).source.specification["properties"]
    assert block["config"].keys() <= known.keys()


def test_every_setting_of_a_connector_is_shown() -> None:
    from sources.connectors.mongodb import MongodbSource
    from sources.connectors.mysql import MysqlSource
    from sources.connectors.object_store import ObjectStoreSource

    for source in (MongodbSource, MysqlSource, ObjectStoreSource):
        for name in source.specification["properties"].keys() - {"streams", "lookback"}:
            assert re.search(rf"^  {name}: ", TEXT, re.MULTILINE), name


def test_every_stage_that_is_listed_is_there() -> None:
    from sources.systems.mongodb.aggregation import aggregated
    from sources.systems.mongodb.time_limit import TimeLimit

    [line] = re.findall(r"pipelines: `([^`]+)`", TEXT)
    samples: dict[str, Any] = {
        "$project": {"a": 1},
        "$sort": {"a": 1},
        "$skip": 1,
        "$limit": 1,
        "$unwind": "$a",
        "$group": {"_id": None},
        "$count": "n",
    }
    for stage in line.split():
        assert list(aggregated([], [{stage: samples.get(stage, {})}], TimeLimit())) == []
