from pathlib import Path

import pytest

from authoring.lineage.dbt_files import parse_code
from authoring.lineage.project_graph import ProjectGraph, given_nodes, read_project
from benchmark.file_tree import solution_files, world_files
from benchmark.files import project_files
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task, get_world, list_tasks, list_worlds
from benchmark.task import Task
from benchmark.workspace import lay_solution

PROJECT = """
name: shop
models: {shop: {staging: {+schema: staging, +materialized: view}}}
"""
SCHEMA_MACRO = """\
{%- macro generate_schema_name(name, node) -%}
    {{ name or (node.fqn[1] if node.fqn | length > 2 else node.resource_type ~ 's') }}
{%- endmacro -%}
"""


def graph_of(folder: Path, **files: str) -> ProjectGraph:
    """The graph of a project of these files; `__` in a name is `/`, the last `_` a point."""
    tree = {}
    for name, text in {"dbt__dbt_project_yml": PROJECT, "dbt__macros__names_sql": SCHEMA_MACRO, **files}.items():
        stem, _, suffix = name.rpartition("_")
        relative = f"{stem.replace('__', '/')}.{suffix}"
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        tree[relative] = path
    return read_project(tree)


def test_the_small_world_is_read_whole(small_world: Path) -> None:
    graph = read_project(world_files(get_world("harbour")))
    assert graph.problems == ()
    assert sorted(graph.streams) == ["ships.arrivals", "ships.ports"]
    edges = {name: node.upstream for name, node in graph.tables.items()}
    assert edges == {
        "raw_ships.arrivals": ("ships.arrivals",),
        "raw_ships.ports": ("ships.ports",),
        "staging.stg_ships__arrivals": ("raw_ships.arrivals",),
        "intermediate.int_arrivals_by_port": ("staging.stg_ships__arrivals",),
        "marts.ports": ("intermediate.int_arrivals_by_port", "raw_ships.ports"),
    }
    staging = graph.tables["staging.stg_ships__arrivals"]
    assert (staging.stage, staging.materialized, staging.description) == ("staging", "view", "One row per arrival.")
    key, port = staging.columns
    assert (key.is_unique, key.is_nullable) == (True, False)
    assert (port.is_unique, port.is_nullable, port.tests) == (False, True, ("relationships",))
    raw = graph.tables["raw_ships.arrivals"]
    assert (raw.description, raw.columns[0].data_type) == ("One row per ship that arrived.", "bigint")


def test_a_connection_names_the_schema_of_its_raw_tables(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        el__shop_yaml="connection: shop\nnamespace: lake\nsource: postgres\nstreams: [{name: orders}]\n",
        dbt__models__staging___sources_yml="sources: [{name: raw, schema: lake, tables: [{name: orders}]}]\n",
        dbt__models__staging__stg_sql="select * from {{ source('raw', 'orders') }}",
    )
    assert graph.problems == ()
    orders = graph.tables["lake.orders"]
    assert (orders.stage, orders.upstream) == ("raw", ("shop.orders",))
    assert graph.tables["staging.stg"].upstream == ("lake.orders",)


def test_given_tables_are_there_without_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(REPOSITORY_DIR / "tests/cases/worlds"))
    world = get_world("ledger")
    graph = read_project(world_files(world), given_nodes(world))
    assert graph.problems == ()
    entries = graph.tables["erp.entries"]
    assert (entries.stage, entries.upstream, entries.path) == ("raw", (), world.folder / "world.yaml")
    assert entries.description == "One booking; a correction changes its amount. Key: entry_id."
    assert [column.name for column in entries.columns] == ["entry_id", "account_id", "amount", "booked_at"]
    assert graph.tables["staging.stg_books__entries"].upstream == ("erp.entries",)


@pytest.mark.parametrize(
    ("text", "references", "sources"),
    [
        ("select * from {{ ref('a') }} join {{ ref(\"b\") }}", {"a", "b"}, set()),
        ("select * from {{ ref('package', 'a') }}", {"a"}, set()),
        ("select * from {{ ref('a', v=2) }}", {"a"}, set()),
        ("select * from {{source( 'x' , 'y' )}}", set(), {("x", "y")}),
        ("{# {{ ref('old') }} #} select 1", set(), set()),
        ("-- depends_on: {{ ref('a') }}\nselect 1", {"a"}, set()),
        ("def model(dbt, session):\n    return dbt.ref('a').union(dbt.source('x', 'y'))", {"a"}, {("x", "y")}),
        ("select * from {{ ref(name) }} where prefer('x')", set(), set()),
    ],
)
def test_references_are_found(text: str, references: set[str], sources: set[tuple[str, str]]) -> None:
    code = parse_code(text)
    assert set(code.references) == references
    assert set(code.sources) == sources


def test_settings_of_a_file_win_over_its_folder(tmp_path: Path) -> None:
    text = "{{ config(materialized='incremental', schema='other', post_hook=\"{{ f(ref('b')) }}\") }} select 1"
    graph = graph_of(tmp_path, dbt__models__staging__a_sql=text, dbt__models__staging__b_sql="select 1")
    node = graph.tables["other.a"]
    assert (node.stage, node.materialized, node.upstream) == ("staging", "incremental", ("staging.b",))
    assert graph.tables["staging.b"].materialized == "view"


def test_schemas_are_those_of_dbt_where_the_project_does_not_name_them_itself(tmp_path: Path) -> None:
    files = {"dbt__macros__names_sql": "", "dbt__seeds__codes_csv": "a,b\n", "dbt__models__marts__b_sql": "select 1"}
    graph = graph_of(tmp_path, dbt__models__staging__a_sql="select * from {{ ref('codes') }}", **files)
    assert sorted(graph.tables) == ["main.b", "main.codes", "main_staging.a"]
    assert [graph.tables[name].stage for name in ("main.b", "main_staging.a")] == ["marts", "staging"]


@pytest.mark.parametrize(
    ("body", "schemas"),
    [
        ("{{ custom or target.schema }}", ("work", "staging")),
        ("{% if custom is none %}{{ target.schema }}{% else %}{{ custom | trim }}{% endif %}", ("work", "staging")),
        ("{{ target.schema }}", ("work", "work")),
        ("{{ return(default__generate_schema_name(custom, node)) }}", ("work", "work_staging")),
        ("{{ generate_schema_name_for_env(custom, node) }}", ("work", "work")),
        ("{{ var('prefix') }}_{{ node.resource_type }}", ("x_seed", "x_model")),
        ("{{ what.only.dbt(knows) }}", ("work", "staging")),
        ("{% broken", ("work", "work_staging")),
    ],
)
def test_schemas_are_those_of_the_projects_own_macro(tmp_path: Path, body: str, schemas: tuple[str, str]) -> None:
    macro = f"{{% macro generate_schema_name(custom, node) -%}} {body} {{%- endmacro %}}"
    graph = graph_of(
        tmp_path,
        dbt__dbt_project_yml=f"{PROJECT}profile: house\nvars: {{prefix: x}}\n",
        dbt__profiles_yml="house: {target: dev, outputs: {dev: {type: duckdb, schema: work}}}",
        dbt__macros__names_sql=f"{{% test other(model) %}} select 1 {{% endtest %}}\n{macro}",
        dbt__models__staging__a_sql="select 1",
        dbt__seeds__codes_csv="a\n",
    )
    assert tuple(graph.tables) == (f"{schemas[1]}.a", f"{schemas[0]}.codes")


def test_folders_are_those_that_the_project_names(tmp_path: Path) -> None:
    paths = "model-paths: [sql/all]\nseed-paths: [data]\nsnapshot-paths: [history]\n"
    graph = graph_of(
        tmp_path,
        dbt__dbt_project_yml=f"{PROJECT}{paths}",
        dbt__sql__all__staging__a_sql="select * from {{ ref('codes') }}",
        dbt__data__codes_csv="a\n",
        dbt__models__b_sql="select 1",
        dbt__history__c_sql="{% snapshot d %} {{ ref('a') }} {% endsnapshot %}",
    )
    assert {name: node.kind for name, node in graph.tables.items()} == {
        "staging.a": "model",
        "seeds.codes": "seed",
        "snapshots.d": "snapshot",
    }
    assert graph.tables["staging.a"].materialized == "view"


def test_snapshots_seeds_and_python_models_are_tables(tmp_path: Path) -> None:
    snapshots = "snapshots: [{name: y, relation: ref('a'), config: {schema: history}}]"
    graph = graph_of(
        tmp_path,
        dbt__models__staging__a_sql="select 1",
        dbt__models__marts__p_py="def model(dbt, session): return dbt.ref('x')",
        dbt__seeds__codes_csv="a,b\n",
        dbt__snapshots___s_yml=snapshots,
        dbt__snapshots__old_sql="{% snapshot x %} {{ config(target_schema='s') }} {{ ref('codes') }} {% endsnapshot %}",
    )
    found = {name: (node.kind, node.upstream) for name, node in graph.tables.items()}
    assert found == {
        "staging.a": ("model", ()),
        "marts.p": ("model", ("s.x",)),
        "seeds.codes": ("seed", ()),
        "history.y": ("snapshot", ("staging.a",)),
        "s.x": ("snapshot", ("seeds.codes",)),
    }


def test_odd_files_are_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "latin.sql").write_bytes("select 'é'".encode("latin-1"))
    graph = graph_of(
        tmp_path,
        el__broken_yaml="connection: [",
        el__list_yaml="- a",
        el__empty_yaml="",
        dbt__models__staging__a_sql="select * from {{ ref('missing') }}, {{ source('no', 'where') }}",
        dbt__models__marts__a_sql="select 1",
        dbt__models__staging___x_yml="models: {a: 1}\nsources: [{name: s, tables: [1, {name: t}]}, 3]",
    )
    assert set(graph.tables) == {"staging.a", "marts.a", "s.t"}
    assert graph.tables["staging.a"].upstream == ()
    text = "\n".join(graph.problems)
    for part in (
        "broken.yaml: not valid YAML",
        "list.yaml: the top level",
        "empty.yaml: not a connection",
        "'missing'",
    ):
        assert part in text
    assert "source('no', 'where') names no table" in text


def test_a_file_that_is_no_text_is_an_empty_model(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes("select 'é' from {{ ref('b') }}".encode("latin-1"))
    graph = read_project({"dbt/models/staging/a.sql": path, "dbt/models/staging/gone.sql": tmp_path / "gone.sql"})
    assert set(graph.tables) == {"main.a", "main.gone"}
    assert len(graph.problems) == 2


def test_cycles_are_cut(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        dbt__models__staging__a_sql="select * from {{ ref('c') }}",
        dbt__models__staging__b_sql="select * from {{ ref('a') }}",
        dbt__models__staging__c_sql="select * from {{ ref('b') }}, {{ ref('c') }}",
    )
    edges = [(name, target) for name, node in graph.tables.items() for target in node.upstream]
    assert len(edges) == 2
    assert any("depend on each other" in problem for problem in graph.problems)


def test_a_table_that_two_files_make_is_named(tmp_path: Path) -> None:
    files = {"dbt__models__staging__x__a_sql": "select 1", "dbt__models__staging__y__a_sql": "select 2"}
    graph = graph_of(tmp_path, **files)
    assert "is made by" in graph.problems[0]


def solutions_agree(task: Task, folder: Path) -> None:
    lay_solution(task, folder)
    laid = {path.as_posix(): (folder / path).read_bytes() for path in project_files(folder)}
    assert {name: path.read_bytes() for name, path in solution_files(task).items()} == laid


@pytest.mark.parametrize("name", ["repair_ports", "build_harbours"])
def test_solution_files_are_what_a_workspace_gets(small_world: Path, name: str, tmp_path: Path) -> None:
    solutions_agree(get_task(name), tmp_path / "solution")


def test_solution_files_are_what_a_workspace_gets_for_every_task(tmp_path: Path) -> None:
    for task in list_tasks():
        solutions_agree(task, tmp_path / task.id)


def test_every_world_and_solution_is_read_without_a_problem() -> None:
    for world in list_worlds():
        assert read_project(world_files(world)).problems == ()
    graphs: dict[frozenset[tuple[str, Path]], ProjectGraph] = {}
    for task in list_tasks():
        files = solution_files(task)
        same = frozenset(files.items())
        if same not in graphs:
            graphs[same] = read_project(files)
            assert graphs[same].problems == ()
        assert set(task.scored_tables) <= set(graphs[same].tables)
