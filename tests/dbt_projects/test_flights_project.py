"""The reference project of the world `flights` as a dbt project: green, documented, repeatable, incremental."""

from collections.abc import Callable
from typing import Any

import pandas
import pytest
import yaml
from sqlfluff.core import FluffConfig, Linter

from benchmark.world import World
from tests.helpers.flights_pipeline import Pipeline

MakePipeline = Callable[[int, int], Pipeline]


@pytest.fixture(scope="module")
def described(settled: Pipeline) -> dict[str, list[dict[str, Any]]]:
    """What the project's YAML says of its models, snapshots and sources."""
    found: dict[str, list[dict[str, Any]]] = {"models": [], "snapshots": [], "sources": []}
    project = settled.folder / "dbt"
    for path in sorted((*project.glob("models/**/_*.yml"), *project.glob("snapshots/_*.yml"))):
        content = yaml.safe_load(path.read_text())
        for kind in found:
            found[kind] += content.get(kind, [])
    return found


@pytest.mark.slow
def test_has_as_many_models_per_stage_as_promised(settled: Pipeline) -> None:
    stages = [relation.split(".")[0] for relation in settled.columns()]
    assert stages.count("staging") >= 6
    assert stages.count("intermediate") >= 6
    assert stages.count("marts") >= 7


@pytest.mark.slow
def test_every_model_states_its_grain_and_describes_exactly_its_columns(
    settled: Pipeline, described: dict[str, list[dict[str, Any]]]
) -> None:
    built = {relation.partition(".")[2]: columns for relation, columns in settled.columns().items()}
    nodes = described["models"] + described["snapshots"]
    assert sorted(node["name"] for node in nodes) == sorted(built)
    for node in nodes:
        assert node["description"].startswith("Grain: one row per "), node["name"]
        assert columns_described(node) == set(built[node["name"]]), node["name"]


@pytest.mark.slow
def test_every_source_describes_the_columns_that_are_loaded(
    world: World, described: dict[str, list[dict[str, Any]]]
) -> None:
    assert described["sources"]
    for source in described["sources"]:
        for table in source["tables"]:
            scored = world.tables[f"{source['schema']}.{table['name']}"]
            loaded = {column for column in scored.columns if not column.startswith("_source")}
            assert columns_described(table) == loaded, table["name"]


def columns_described(entry: dict[str, Any]) -> set[str]:
    return {column["name"] for column in entry["columns"] if column["description"]}


@pytest.mark.slow
def test_tables_yaml_lists_every_table_with_its_columns_and_a_real_key(world: World, settled: Pipeline) -> None:
    built = {name: columns for name, columns in settled.columns().items() if not name.startswith("snapshots.")}
    listed = {name: table for name, table in world.tables.items() if table.stage != "raw"}
    assert listed.keys() == built.keys()
    assert {name: list(table.columns) for name, table in listed.items()} == built
    repeated = settled.query(
        " union all ".join(
            f"select '{name}' as relation, count(*) - count(distinct ({', '.join(table.key)})) as n from {name}"
            for name, table in world.tables.items()
        )
    )
    assert repeated[repeated["n"] > 0].empty


def test_every_table_of_a_stage_has_expectations(world: World) -> None:
    for path in sorted(world.expectations_dir.glob("*.yaml")):
        content = yaml.safe_load(path.read_text())
        stage_tables = {name for name, table in world.tables.items() if table.stage == path.stem}
        assert content["stage"] == path.stem
        assert {suite["table"] for suite in content["suites"]} == stage_tables


@pytest.mark.slow
def test_sqlfluff_finds_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.project_dir / "dbt")
    result = Linter(config=FluffConfig.from_root()).lint_paths(("models", "macros", "tests"))
    assert [violation for violation in result.as_records() if violation["violations"]] == []


def _next_day_equals_a_full_build(make_pipeline: MakePipeline, seed: int, days: int, *, has_tests: bool) -> None:
    grown, fresh = make_pipeline(seed, days), make_pipeline(seed, days)
    grown.build(1, has_tests=has_tests)
    first = grown.fingerprints()
    grown.build(2, has_tests=has_tests)
    fresh.build(2, has_tests=has_tests)
    assert grown.fingerprints() == fresh.fingerprints()
    assert grown.fingerprints()["marts.flights"] != first["marts.flights"]
    history = grown.query("from marts.plane_history order by tail_number, version_number")
    assert history["version_number"].max() == 2
    assert history.loc[history["is_current"], "tail_number"].is_unique


@pytest.mark.slow
def test_an_incremental_day_equals_a_full_build(make_pipeline: MakePipeline) -> None:
    _next_day_equals_a_full_build(make_pipeline, seed=5, days=6, has_tests=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_incremental_day_equals_a_full_build_for_every_seed(make_pipeline: MakePipeline, seed: int) -> None:
    _next_day_equals_a_full_build(make_pipeline, seed=seed, days=14, has_tests=True)


@pytest.mark.slow
def test_a_rerun_changes_nothing(make_pipeline: MakePipeline) -> None:
    pipeline = make_pipeline(1, 8)
    pipeline.build(1)
    first = pipeline.fingerprints()
    planes = pipeline.query("from marts.plane_history order by all")
    pipeline.build(1)
    assert pipeline.fingerprints() == first
    pandas.testing.assert_frame_equal(pipeline.query("from marts.plane_history order by all"), planes)
