"""A world from a dbt project that people have, with sources, a seed and a package; it stays as it is where it lies."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from authoring.check.check import check
from authoring.new_world.dbt_copy import copy_dbt_project
from authoring.new_world.dbt_sources import (
    find_sources,
    point_sources_at_raw_schemas,
    read_seeds_as_sources,
    seeds_for_sources,
    seeds_of,
    take_data,
)
from authoring.new_world.dbt_world import write_dbt_world
from authoring.new_world.nondeterminism import find_nondeterminism
from benchmark.errors import LockgateError, SpecError
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


def test_packages_that_lie_elsewhere_move_to_where_a_trial_has_them(lending: Path, tmp_path: Path) -> None:
    (lending / "dbt_packages").rename(lending / "third_party")
    with (lending / "dbt_project.yml").open("a") as file:
        file.write("packages-install-path: third_party\n")
    copy_dbt_project(lending, tmp_path / "copy")
    assert (tmp_path / "copy/dbt_packages/shared_macros/macros/tidy.sql").is_file()
    assert not (tmp_path / "copy/third_party").exists()
    assert "packages-install-path: dbt_packages" in (tmp_path / "copy/dbt_project.yml").read_text()


def test_sources_lie_where_they_are_loaded(lending: Path) -> None:
    found = [(source.source, source.table, source.identifier, source.schema) for source in find_sources(lending)]
    assert found == [("library", "loans", "loan_events", "public"), ("library", "members", "members", "public")]
    assert point_sources_at_raw_schemas(lending) == 1
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
    assert take_data(sources, None, seeds, tmp_path / "data") == sources
    assert read_seeds_as_sources(tmp_path, sources) == 1
    assert "{{ source('shop', 'raw_orders') }} join {{ ref('countries') }}" in model.read_text()
    assert sorted(path.name for path in (tmp_path / "seeds").iterdir()) == ["countries.csv"]


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
