"""What works for an agent works in evaluation: settings of hooks and profiles, with walls and without."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from benchmark.files import scratch_folder
from runtime.dbt.clock import clock_environment, parse_pinned
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Runtime
from runtime.sandbox.bubblewrap import find_problem
from runtime.sandbox.registry import open_runtime

NOW = "2013-03-14T23:30:00Z"
PROJECT = "name: small\nversion: '1.0'\nprofile: small\ntarget-path: elsewhere\n"
PROFILE = (
    "small: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{{{{ env_var(\"WAREHOUSE_PATH\") }}}}'{more}}}}}}}\n"
)
WALLS = [
    pytest.param("none", id="without walls"),
    pytest.param(
        "bubblewrap", id="bubblewrap", marks=pytest.mark.skipif(find_problem() is not None, reason="not here")
    ),
]


def build(runtime: Runtime, folder: Path, files: dict[str, str], profile: str = "") -> ChildResult:
    for path, text in {"dbt_project.yml": PROJECT, "profiles.yml": PROFILE.format(more=profile), **files}.items():
        (folder / "dbt" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "dbt" / path).write_text(text)
    return runtime.run(
        ChildRequest(
            entry="runtime.jobs.build:run",
            arguments={"now": NOW, "warehouse": "../w.duckdb", "is_walled": runtime.has_walls},
            directory=folder / "dbt",
            log_path=folder / "build.log",
            environment={**clock_environment(parse_pinned(NOW)), "WAREHOUSE_PATH": "../w.duckdb"},
            writable={"/workspace": folder},
        )
    )


HOOKED = (
    "{{ config(materialized='table', pre_hook=[\"set TimeZone = 'America/New_York'\", 'set threads = 1', "
    "\"set memory_limit = '1GB'\", \"set search_path = 'main'\"]) }} "
    "select current_setting('TimeZone') as zone, system.main.now() as moment, "
    "'{{ modules.datetime.datetime.now() }}' as other"
)


@pytest.mark.slow
@pytest.mark.parametrize("walls", WALLS)
def test_settings_of_hooks_and_profiles_hold(walls: str) -> None:
    python = (
        "import time, datetime\n\ndef model(dbt, session):\n    dbt.config(materialized='table')\n"
        "    a, b, c = time.time(), datetime.datetime.now(), datetime.date.today()\n"
        "    return session.sql(f\"select {a} as a, '{b}' as b, '{c}' as c\")\n"
    )
    files = {
        "models/hooked.sql": HOOKED,
        "models/external.sql": "{{ config(materialized='external', location='out.parquet') }} select 1 as x",
        "models/timed.py": python,
    }
    profile = ", settings: {TimeZone: 'Europe/Berlin', preserve_insertion_order: 'false'}"
    with (
        scratch_folder("test") as folder,
        closing(ForkRuntime()) as of_this_home,
        open_runtime(walls, of_this_home) as runtime,
    ):
        result = build(runtime, folder, files, profile)
        assert (result.status, result.value and result.value["failures"]) == ("ok", []), result
        assert result.value["is_success"], result.value
        assert set(result.value["relations"]) == {"main.hooked", "main.external", "main.timed"}, "target-path is lost"
        with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
            row = connection.execute("set TimeZone = 'UTC'; select zone, moment::varchar, other from hooked").fetchone()
            assert row == ("America/New_York", "2013-03-14 23:30:00+00", "2013-03-14 23:30:00")
            timed = connection.execute("select a::bigint, b, c from timed").fetchone()
            assert timed == (1363303800, "2013-03-14 23:30:00", "2013-03-14")


@pytest.mark.parametrize("name", ["temp_directory", "home_directory", "lock_configuration", "Allowed_Directories"])
def test_a_profile_that_opens_a_way_is_refused_without_walls(servers: ForkRuntime, name: str) -> None:
    with scratch_folder("test") as folder:
        result = build(servers, folder, {"models/a.sql": "select 1 as x"}, f", settings: {{{name}: '/tmp'}}")
        assert result.status == "ok"
        assert not result.value["is_success"]
        assert f"profiles.yml changes the setting '{name}'" in result.value["error"] + str(result.value["failures"])


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("", 1),
        (", settings: {threads: 3}", 3),
        (", config_options: {Threads: 2}", 2),
        (", config_options: {lock_configuration: true}", 1),
        (", config_options: {lock_configuration: true, threads: 2}", 2),
    ],
    ids=["nothing", "settings", "config_options", "locked", "locked, with a number"],
)
def test_a_query_has_one_thread_on_any_machine_unless_a_profile_says_otherwise(
    servers: ForkRuntime, profile: str, expected: int
) -> None:
    sql = "{{ config(materialized='table') }} select current_setting('threads') as n"
    with scratch_folder("test") as folder:
        result = build(servers, folder, {"models/a.sql": sql, "models/b.sql": "select * from {{ ref('a') }}"}, profile)
        assert result.value["is_success"], result.value
        with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
            assert connection.execute("select n from b").fetchall() == [(expected,)]
