"""Component verdicts with real dbt: tables below a mismatch are built again on gold."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from benchmark.files import scratch_folder
from evaluators.pipeline.parsed_projects import take_over_parse
from evaluators.scenarios import days
from runtime.fork_client import ForkRuntime
from runtime.sandbox.bubblewrap import find_problem
from runtime.sandbox.registry import open_runtime
from tests.evaluators.pipeline.shop import PROJECT, Golds, Shop, wrong

WRONG_STG = {"models/stg.sql": PROJECT["models/stg.sql"].replace("total,", "total + 1 as total,")}


@pytest.fixture(scope="module")
def golds(servers: ForkRuntime, tmp_path_factory: pytest.TempPathFactory) -> Golds:
    return Golds(servers, tmp_path_factory.mktemp("golds"))


@pytest.fixture
def shop(golds: Golds, servers: ForkRuntime, tmp_path: Path) -> Shop:
    return Shop(golds, servers, tmp_path)


@pytest.mark.slow
def test_nothing_is_built_again_where_all_tables_match(shop: Shop) -> None:
    _, alone = shop.components({}, {}, ("visible", "day2"))
    assert all(wrong(verdicts) == set() for verdicts in alone.values())
    assert shop.rebuilt == []


def test_a_rebuild_takes_over_what_dbt_has_parsed(shop: Shop) -> None:
    shop.components({}, WRONG_STG)
    logs = {path.name: path.read_text() for path in shop.folder.glob("**/logs/*.log")}
    built = {name for name, text in logs.items() if "Found 3 models" in text}
    parsed = {name for name in built if "Starting full parse" in logs[name]}
    assert len(parsed) == 1 < len(built), "the pipeline itself"


@pytest.mark.parametrize("place", ["dbt/target", "dbt/target/partial_parse.msgpack"])
def test_a_parse_behind_a_link_is_not_taken_over(tmp_path: Path, place: str) -> None:
    secret = tmp_path / "secret/partial_parse.msgpack"
    for file in (secret, tmp_path / "ran/dbt/target/run.json", tmp_path / "copy/dbt/dbt_project.yml"):
        file.parent.mkdir(parents=True)
        file.write_text("of the host")
    left = tmp_path / "ran" / place
    shutil.rmtree(left, ignore_errors=True)
    left.symlink_to(secret if place.endswith("msgpack") else secret.parent)
    take_over_parse(tmp_path / "ran", tmp_path / "copy")
    assert not (tmp_path / "copy/dbt/target").exists()


@pytest.mark.slow
def test_tables_below_a_wrong_one_are_right_alone(shop: Shop) -> None:
    whole, alone = shop.components({}, WRONG_STG, ("visible", "rerun", "day2"))
    for name in ("visible", "rerun", "day2"):
        assert wrong(whole[name]) == {"marts.stg", "marts.mid", "marts.mart"}
        assert wrong(alone[name]) == {"marts.stg"}
    assert sorted(name for name, _ in shop.rebuilt) == ["day2", "rerun", "visible"]
    assert {replaced for _, replaced in shop.rebuilt} == {frozenset({"marts.stg"})}


@pytest.mark.slow
def test_a_submission_whose_workspaces_leave_no_room_for_a_rebuild_keeps_its_verdicts(
    golds: Golds, servers: ForkRuntime, tmp_path: Path
) -> None:
    roomy = Shop(golds, servers, tmp_path / "roomy")
    whole, _ = roomy.components({}, WRONG_STG)
    assert wrong(whole["visible"]) == {"marts.stg", "marts.mid", "marts.mart"}
    n_bytes = roomy.copies.n_bytes
    tight = Shop(golds, servers, tmp_path / "tight", max_bytes=n_bytes + 4096)
    again, alone = tight.components({}, WRONG_STG)
    assert wrong(again["visible"]) == wrong(alone["visible"]) == wrong(whole["visible"])
    assert "the limit is" in alone["visible"]["marts.mid"].summary
    assert tight.copies.n_bytes <= n_bytes + 4096
    assert not list(tmp_path.glob("*/rebuild-*"))


@pytest.mark.slow
def test_runs_that_leave_more_than_the_limit_together_are_refused(
    golds: Golds, servers: ForkRuntime, tmp_path: Path
) -> None:
    shop = Shop(golds, servers, tmp_path, max_bytes=5_000_000)
    big = {"models/big.sql": "{{ config(materialized='table') }} select random() as x from range(100_000)"}
    chain = shop.chain(PROJECT | big)
    chain.state(days(1))
    step = chain.state(days(1, 2, 3, 4, 5)).steps[-1]
    assert step.status == "failed"
    assert "What the runs left cannot be kept (the limit is 5,000,000 bytes for all runs together): " in step.message
    assert sum(file.stat().st_size for file in tmp_path.rglob("*.duckdb")) < 10_000_000


@pytest.mark.slow
def test_models_that_a_failing_neighbour_skipped_are_built(shop: Shop) -> None:
    """A data test fails above the mart, which dbt then skips."""
    whole, alone = shop.components({}, {"tests/assert_none.sql": "select * from {{ ref('mid') }}"}, ("visible", "day2"))
    for name in ("visible", "day2"):
        assert wrong(whole[name]) == {"marts.mart"}
        assert wrong(alone[name]) == set()
    assert sorted(shop.rebuilt) == [("day2", frozenset()), ("visible", frozenset())]


@pytest.mark.parametrize(
    "mid",
    [
        "select nonsense from {{ ref('stg') }}",
        pytest.param("{{ no_such_macro() }}", marks=pytest.mark.slow),
        pytest.param(
            "{% if execute %}{% do exceptions.raise_compiler_error('no') %}{% endif %} select * from {{ ref('stg') }}",
            marks=pytest.mark.slow,
        ),
        pytest.param("{{ config(enabled=false) }} select 1", marks=pytest.mark.slow),
    ],
    ids=["error of SQL", "error of Jinja", "raised", "disabled"],
)
def test_a_table_below_one_that_does_not_build(shop: Shop, mid: str) -> None:
    mart = PROJECT["models/mart.sql"].replace("{{ ref('mid') }}", "marts.mid") if "enabled" in mid else ""
    _, alone = shop.components({}, {"models/mid.sql": mid} | ({"models/mart.sql": mart} if mart else {}))
    expected = {"marts.mid"}
    assert wrong(alone["visible"]) == expected


def test_a_hook_that_spoils_tables_spoils_the_component_score_too(shop: Shop) -> None:
    spoil = (
        "{{ config(materialized='table', post_hook=['update marts.mid set twice = 0', "
        "'update marts.mart set n = 0']) }} "
        "select count(*) as n from {{ ref('mart') }}"
    )
    whole, alone = shop.components({}, {"models/spoil.sql": spoil})
    assert wrong(whole["visible"]) == {"marts.mid", "marts.mart"}
    assert wrong(alone["visible"]) == {"marts.mid", "marts.mart"}


def test_gold_survives_a_hook_that_would_spoil_it(shop: Shop) -> None:
    """The hook runs between the table above, which is wrong, and the one below, which is right."""
    spoil = (
        "{{ config(materialized='table', post_hook='update marts.mid set twice = 0') }} "
        "select count(*) as n from {{ ref('mid') }}"
    )
    _, alone = shop.components({}, {"models/a_spoil.sql": spoil})
    assert wrong(alone["visible"]) == {"marts.mid"}


@pytest.mark.slow
def test_gold_survives_the_last_hook_under_a_view(shop: Shop) -> None:
    """The hook runs after all models; the mart is a view, and reads the table above when it is exported."""
    options = PROJECT["dbt_project.yml"] + "on-run-end: ['update marts.mid set twice = 0']\n"
    mart = PROJECT["models/mart.sql"].replace("'table'", "'view'")
    _, alone = shop.components({}, {"dbt_project.yml": options, "models/mart.sql": mart})
    assert wrong(alone["visible"]) == {"marts.mid"}


@pytest.mark.slow
def test_twins_and_copies_of_names_forge_nothing(shop: Shop) -> None:
    """Empty models, and models under the same names in capitals that read what may have been placed there."""
    empty = {f"models/{n}.sql": PROJECT[f"models/{n}.sql"] + " limit 0" for n in ("stg", "mid")}
    empty["models/mart.sql"] = f"select * from ({PROJECT['models/mart.sql'].partition('}} ')[2]}) where false"
    twins = {
        f"models/twin_{n}.sql": f"{{{{ config(materialized='table', alias='{n.upper()}') }}}} select * from marts.{n}"
        for n in ("stg", "mid", "mart")
    }
    whole, alone = shop.components({}, empty | twins)
    assert wrong(whole["visible"]) == {"marts.stg", "marts.mid", "marts.mart"}
    assert wrong(alone["visible"]) == {"marts.stg", "marts.mid", "marts.mart"}


FINDER = """
import os

def model(dbt, session):
    dbt.config(materialized='table')
    skipped = {'/proc', '/sys', '/usr', '/lockgate', os.path.realpath(os.sys.prefix)}
    found = []
    for folder, folders, names in os.walk('/'):
        folders[:] = [n for n in folders if os.path.join(folder, n) not in skipped]
        found += [os.path.join(folder, n) for n in names if n.endswith('.parquet')]
    tables = session.sql("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    tables = [name for name, in tables if session.sql(f'select count(*) from {name}').fetchone()[0]]
    rows = ', '.join(f"('{name}')" for name in [*found, *tables, 'end'])
    return session.sql(f'select * from (values {rows}) t(customer)')
"""


@pytest.mark.skipif(find_problem() is not None, reason="bubblewrap does not work here")
@pytest.mark.slow
def test_a_rebuild_sees_gold_of_the_replaced_tables_and_of_no_other(servers: ForkRuntime) -> None:
    with (
        scratch_folder("test") as folder,
        closing(ForkRuntime()) as of_this_home,
        open_runtime("bubblewrap", of_this_home) as rooms,
    ):
        shop = Shop(Golds(servers, folder), rooms, folder)
        files = WRONG_STG | {
            "models/mid.sql": PROJECT["models/mid.sql"] + " limit 0",
            "models/mart.sql": "",
            "models/mart.py": FINDER,
        }
        _, alone = shop.components({}, files)
        assert wrong(alone["visible"]) == {"marts.stg", "marts.mid", "marts.mart"}
        seen = {Path(name).name for (name,) in shop.rows["visible", "marts.mart"]}
        assert shop.rebuilt[-1] == ("visible", frozenset({"marts.stg", "marts.mid"}))
        assert seen == {"marts.stg", "marts.mid", "raw_shop.orders", "marts.stg.parquet", "marts.mid.parquet", "end"}
