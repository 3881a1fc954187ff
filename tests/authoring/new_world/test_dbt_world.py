"""A world from a dbt project that people have, with sources, a seed and a package; it stays as it is where it lies."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from authoring.built.build import build_world
from authoring.check.check import check
from authoring.new_world.dbt_copy import copy_dbt_project
from authoring.new_world.dbt_data import Seed, take_data
from authoring.new_world.dbt_seeds import read_seeds_as_sources, seed_reading, seeds_for_sources, seeds_of
from authoring.new_world.dbt_sources import find_sources, point_sources_at_raw_schemas
from authoring.new_world.dbt_world import write_dbt_world
from authoring.new_world.nondeterminism import find_nondeterminism
from benchmark.errors import LockgateError, SpecError
from benchmark.files import scratch_folder
from benchmark.world import read_world

CASES = Path(__file__).parents[2] / "cases" / "dbt_projects"


@pytest.fixture
def lending(tmp_path: Path) -> Path:
    """A project with its package installed."""
    folder = tmp_path / "lending"
    shutil.copytree(CASES / "lending", folder)
    shutil.copytree(CASES / "shared_macros", folder / "dbt_packages" / "shared_macros")
    return folder


def test_the_copy_has_its_packages_and_a_profile_of_the_same_name(lending: Path, tmp_path: Path) -> None:
    copy_dbt_project(lending, tmp_path / "copy")
    assert (tmp_path / "copy/dbt_packages/shared_macros/macros/tidy.sql").is_file()
    text = (tmp_path / "copy/dbt_project.yml").read_text()
    assert "packages-install-path" not in text
    assert "# A project as people have it" in text, "comments stay"
    assert (tmp_path / "copy/profiles.yml").read_text().startswith("library:\n")
    assert not (lending / "profiles.yml").exists()


def test_local_packages_need_not_be_installed_and_other_projects_stay_behind(lending: Path, tmp_path: Path) -> None:
    shutil.rmtree(lending / "dbt_packages")
    shutil.copytree(CASES / "shared_macros", tmp_path / "shared_macros")
    shutil.copytree(CASES / "shared_macros", lending / "integration_tests")
    (lending / "models/.DS_Store").write_text("")
    copy_dbt_project(lending, tmp_path / "copy")
    assert (tmp_path / "copy/dbt_packages/shared_macros/macros/tidy.sql").is_file()
    assert not (tmp_path / "copy/integration_tests").exists()
    assert not (tmp_path / "copy/models/.DS_Store").exists()


def test_a_folder_of_projects_is_told_from_a_project(lending: Path, tmp_path: Path) -> None:
    with pytest.raises(LockgateError, match=r"no dbt_project\.yml; there is one in .*lending\. Name the folder of one"):
        copy_dbt_project(lending.parent, tmp_path / "copy")


def test_packages_that_lie_elsewhere_move_to_where_a_trial_has_them(lending: Path, tmp_path: Path) -> None:
    (lending / "dbt_packages").rename(lending / "third_party")
    with (lending / "dbt_project.yml").open("a") as file:
        file.write("packages-install-path: third_party\n")
    copy_dbt_project(lending, tmp_path / "copy")
    assert (tmp_path / "copy/dbt_packages/shared_macros/macros/tidy.sql").is_file()
    assert not (tmp_path / "copy/third_party").exists()
    assert "packages-install-path: dbt_packages" in (tmp_path / "copy/dbt_project.yml").read_text()


def test_sources_lie_where_they_are_loaded(lending: Path) -> None:
    found = [(source.source, source.table, source.identifier, source.schema) for source in find_sources(lending, {})]
    assert found == [("library", "loans", "loan_events", "public"), ("library", "members", "members", "public")]
    assert point_sources_at_raw_schemas(lending, find_sources(lending, {})) == 1
    text = (lending / "models/staging/_library.yml").read_text()
    assert "    schema: raw_library\n    tables:" in text
    assert "database" not in text
    assert "description: Number on the card." in text


def test_seeds_stand_for_sources_where_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    for name in ("raw_orders", "countries"):
        (tmp_path / f"seeds/{name}.csv").write_text("id\n1\n")
    model = tmp_path / "models/staging/stg_orders.sql"
    model.parent.mkdir(parents=True)
    model.write_text("select * from {{ ref('raw_orders') }} join {{ ref('countries') }} using (id)\n")
    seeds = seeds_of(tmp_path, {})
    sources = seeds_for_sources(tmp_path, seeds, "shop")
    assert [source.table for source in sources] == ["raw_orders"]
    properties = tmp_path / "seeds/_seeds.yml"
    properties.write_text(
        "seeds:\n"
        "  - {name: raw_orders, description: One a sale., config: {column_types: {id: varchar}, delimiter: ;}}\n"
        "  - {name: countries, description: All of them.}\n"
    )
    (tmp_path / "seeds/raw_orders.csv").write_text("id;label\n001;a\n")
    tests = tmp_path / "models/staging/_staging.yml"
    tests.write_text("models: [{name: stg_orders, data_tests: [{same_rows: {as: \"ref('raw_orders')\"}}]}]\n")
    readings = {name: Seed(path, seed_reading(tmp_path, {}, path)) for name, path in seeds.items()}
    assert take_data(sources, tmp_path, None, readings, tmp_path / "data") == sources
    assert duckdb.sql(f"from '{tmp_path / 'data/raw_orders.parquet'}'").fetchall() == [("001", "a")]
    assert read_seeds_as_sources(tmp_path, {"model-paths": ["models"]}, sources) == 2
    assert "source('shop', 'raw_orders')" in tests.read_text()
    [source] = yaml.safe_load((tmp_path / "models/_shop__sources.yml").read_text())["sources"]
    assert source["tables"] == [{"name": "raw_orders", "description": "One a sale."}]
    assert yaml.safe_load(properties.read_text())["seeds"] == [{"name": "countries", "description": "All of them."}]
    assert "{{ source('shop', 'raw_orders') }} join {{ ref('countries') }}" in model.read_text()
    assert sorted(path.name for path in (tmp_path / "seeds").iterdir()) == ["_seeds.yml", "countries.csv"]


def test_files_that_dbt_reads_for_a_source_become_loaded_tables(tmp_path: Path) -> None:
    dbt = tmp_path / "dbt"
    (dbt / "models").mkdir(parents=True)
    (dbt / "analyses").mkdir()
    (dbt / "models/a.sql").write_text("select * from {{ source('tills', 'sales') }}\n")
    (dbt / "analyses/b.sql").write_text("select * from {{ source('own', 'history') }}\n")
    sources = dbt / "models/_sources.yml"
    sources.write_text(
        "sources:\n"
        "  - name: tills  # in each shop\n"
        "    meta:\n      external_location: ../files/{name}.csv\n"
        "    tables:\n      - name: sales\n      - {name: old, config: {meta: {external_location: x.csv, owner: me}}}\n"
        "  - name: own\n    tables: [{name: history}]\n"
    )
    (tmp_path / "files").mkdir()
    (tmp_path / "files/sales.csv").write_text("id\n7\n")
    found = find_sources(dbt, {})
    assert {source.table: (source.is_read, source.location) for source in found} == {
        "history": (False, ""),
        "sales": (True, "../files/sales.csv"),
        "old": (False, "x.csv"),
    }
    taken = take_data(found, dbt, None, {}, tmp_path / "data")
    assert [source.table for source in taken] == ["sales"]
    assert (tmp_path / "data/sales.csv").read_text() == "id\n7\n"
    point_sources_at_raw_schemas(dbt, taken)
    text = sources.read_text()
    assert "external_location" not in text
    assert "# in each shop" in text
    assert yaml.safe_load(text)["sources"] == [
        {
            "name": "tills",
            "schema": "raw_tills",
            "tables": [{"name": "sales"}, {"name": "old", "config": {"meta": {"owner": "me"}}}],
        },
        {"name": "own", "tables": [{"name": "history"}]},
    ]


def test_data_of_a_source_may_lie_in_a_folder_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/_s.yml").write_text(
        "sources: [{name: north, tables: [{name: sales}]}, {name: south, tables: [{name: visits}]}]\n"
    )
    for path in ("data/north/sales.csv", "data/south/sales.csv", "data/visits.csv"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"place\n{path}\n")
    take_data(find_sources(tmp_path, {}), tmp_path, tmp_path / "data", {}, tmp_path / "taken")
    assert (tmp_path / "taken/sales.csv").read_text() == "place\ndata/north/sales.csv\n"
    assert (tmp_path / "taken/visits.csv").read_text() == "place\ndata/visits.csv\n"


def test_what_may_differ_is_found_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "-- now() in a comment\n"
        "select current_date, random(),\n"
        "    row_number() over (partition by a order by b),\n"
        "    row_number() over (partition by a) as n,\n"
        "    string_agg(a, ',' order by a), string_agg(a, ',')\n"
        "{# uuid() #} from t limit 10\n"
    )
    found = [(item.line, item.kind) for item in find_nondeterminism(tmp_path)]
    assert sorted(found) == [(2, "clock"), (2, "random"), (4, "order"), (5, "order"), (6, "order")]


@pytest.mark.parametrize(
    ("path", "text", "error", "message"),
    [
        ("dbt_project.yml", "name: [", SpecError, r"dbt_project\.yml: line .*not valid YAML"),
        ("dbt_project.yml", "version: 1\n", LockgateError, "key 'name' is missing"),
        ("packages.yml", "packages: [{local: ../a}, {local: ../b}]\n", LockgateError, "Run `dbt deps` in"),
        ("models/staging/_library.yml", "sources:\n  - name: [", SpecError, r"_library\.yml: line .*not valid YAML"),
    ],
)
def test_a_broken_project_is_one_error_and_leaves_nothing(
    worlds: Path, lending: Path, path: str, text: str, error: type[LockgateError], message: str
) -> None:
    (lending / path).write_text(text)
    with pytest.raises(error, match=message):
        write_dbt_world(worlds / "library", lending, CASES / "lending_data", {})
    assert list(worlds.iterdir()) == []


def test_tables_without_data_are_named(worlds: Path, lending: Path, tmp_path: Path) -> None:
    with pytest.raises(
        LockgateError, match=r"2 tables that models read have no data: library\.loan_events, library\.me"
    ):
        write_dbt_world(worlds / "library", lending, None, {})
    with pytest.raises(LockgateError, match=r"holds no dbt_project\.yml"):
        write_dbt_world(worlds / "library", tmp_path, None, {})
    assert list(worlds.iterdir()) == []


@pytest.mark.slow
def test_a_project_becomes_a_world_whose_task_the_oracle_passes(
    worlds: Path, lending: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    command = [sys.executable, "-m", "orchestration.cli"]
    options = ["--from-dbt", str(lending), "--data", str(CASES / "lending_data")]
    done = subprocess.run([*command, "new", "world", "library", *options], check=True, capture_output=True, text=True)
    assert "branch_days.sql:5: clock: `current_date`" in done.stdout
    tables = read_world(worlds / "library").tables
    assert tables["main.stg_loans"].key == ("loan_id",)
    assert {name: spec.stage for name, spec in tables.items() if name.startswith("main")} == {
        "main.stg_loans": "staging",
        "main.stg_members": "staging",
        "main.loans_by_branch": "intermediate",
        "main_reporting.branch_days": "marts",
        "main_reporting.members_active": "marts",
    }
    assert check(["library"]).findings == ()
    task = ["new", "task", "library", "library_branches", "--mask", "branch_days", "--mask", "members_active"]
    subprocess.run([*command, *task], check=True)
    options = ["--tasks", "library*", "--agent", "oracle", "--agent", "idle", "--holdout-seed", "1", "--json"]
    done = subprocess.run([*command, "run", *options], check=True, capture_output=True, text=True)
    cards = json.loads(done.stdout)["trials"]
    assert {card["trial"]["agent"]: card["success"] for card in cards} == {"oracle": True, "idle": False}


@pytest.mark.slow
def test_a_project_on_seeds_keeps_its_schemas_types_and_clock(worlds: Path, tmp_path: Path) -> None:
    """Own folders and schemas, variables, a target, a key of two columns, microbatch on the pinned clock."""
    source = tmp_path / "transit"
    shutil.copytree(CASES / "transit", source)
    made = write_dbt_world(worlds / "transit", source, None, {"raw_rides": "object_store", "raw_stops": "postgres"})
    assert not [sentence for sentence in made.to_decide if sentence.startswith("dbt build")]
    world = read_world(worlds / "transit")
    assert {name: system.type for name, system in world.spec.systems.items()} == {
        "transit": "postgres",
        "transit_bucket": "object_store",
    }
    assert world.spec.data["raw_calls"].key == ("stop_code", "line")
    assert world.spec.data["raw_calls"].parents == {"stop_code": "raw_stops"}
    assert world.spec.data["raw_rides"].parents == {"stop_code": "raw_stops", "stop_code, line": "raw_calls"}
    assert {name: (spec.stage, spec.key) for name, spec in world.tables.items()} == {
        "raw_transit.raw_calls": ("raw", ("stop_code", "line")),
        "raw_transit.raw_rides": ("raw", ("ride_no",)),
        "raw_transit.raw_stops": ("raw", ("stop_code",)),
        "main.calls": ("staging", ("stop_code", "line")),
        "main.rides": ("staging", ("ride_no",)),
        "reports.rides_by_hour": ("marts", ("hour", "line")),
        "reports.platform_rides": ("marts", ("stop_code", "line")),
    }
    assert check(["transit"]).findings == ()
    with scratch_folder("built") as scratch:
        built = build_world(world, scratch)
        with duckdb.connect(str(built.warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            raw, late = connection.execute(
                "select count(*), max(began_at)::date from raw_transit.raw_rides"
            ).fetchall()[0]
            [(reported, last)] = connection.execute(
                "select sum(n_rides), max(hour)::date from reports.rides_by_hour"
            ).fetchall()
            codes = connection.execute("select min(stop_code) from raw_transit.raw_stops").fetchall()
    assert (reported, last) == (raw, late)
    assert codes == [("001",)]


def test_a_file_that_the_project_cannot_read_is_refused_for_its_table(worlds: Path, lending: Path) -> None:
    with pytest.raises(LockgateError, match=r"members=folder: files of a drop folder arrive as texts.*object_store"):
        write_dbt_world(worlds / "library", lending, CASES / "lending_data", {"members": "folder"})
    assert list(worlds.iterdir()) == []
