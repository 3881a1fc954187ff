"""Tasks of a small world are made from nothing, proven, and made again byte for byte."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from authoring.check.check import check
from authoring.new_world.blank import write_blank_world
from benchmark.file_tree import start_files, world_files
from benchmark.files import hash_folder
from benchmark.task import Task
from benchmark.world import World, read_world
from orchestration.generate import Generated, Progress, Wanted, generate_tasks

MEANS = """\
select
    customer_id,
    n_orders,
    revenue_cents,
    revenue_cents // n_orders as mean_cents
from {{ ref('customers') }}
where n_orders > 0
"""
MEANS_YAML = """\
  - name: customer_means
    description: One row per customer with an order.
    columns:
      - name: customer_id
        description: Number of the customer.
        data_tests: [unique, not_null]
      - {name: n_orders, description: Orders of the customer.}
      - {name: revenue_cents, description: "What they come to together, in cents."}
      - {name: mean_cents, description: "What an order comes to on average, in whole cents, rounded down."}
"""
MEANS_TABLE = """\
  marts.customer_means:
    stage: marts
    key: [customer_id]
    columns: [customer_id, n_orders, revenue_cents, mean_cents]
"""
EQUIVALENT = """\
equivalent:
  - id: "2d0c3b1f"
    operator: join_kind
    part: intermediate.int_order_lines_priced
    reason: "Every line belongs to an order: they are made together."
  - id: "997cce29"
    operator: join_kind
    part: intermediate.int_order_lines_priced
    reason: "Every product has a price from the first day on."
"""
ORDERS = """\
select
    order_id,
    customer_id,
    count(*) as n_lines,
    sum(amount_cents) as revenue_cents,
    ordered_on
from {{ ref('int_order_lines_priced') }}
group by order_id, customer_id, ordered_on
"""
ORDERS_YAML = """\
  - name: orders
    description: One row per order that was not cancelled.
    columns:
      - name: order_id
        description: Number of the order.
        data_tests: [unique, not_null]
      - {name: customer_id, description: Who ordered.}
      - {name: n_lines, description: Lines of the order.}
      - {name: revenue_cents, description: "What the lines come to, in cents."}
      - {name: ordered_on, description: Day of the order.}
"""
ORDERS_TABLE = """\
  marts.orders:
    stage: marts
    key: [order_id]
    columns: [order_id, customer_id, n_lines, revenue_cents, ordered_on]
"""
EQUIVALENT_GROUPS = """\
  - id: "15521232"
    operator: group_column_dropped
    part: marts.customers
    reason: "A customer has one city."
  - id: "8e597b97"
    operator: group_column_dropped
    part: marts.orders
    reason: "A customer orders once a day."
  - id: "8e84116f"
    operator: group_column_dropped
    part: marts.orders
    reason: "An order has one customer."
  - id: "8d6d26c8"
    operator: group_column_dropped
    part: marts.orders
    reason: "An order has one day."
"""
NOBODY = Progress(lambda _step: None, lambda _running, _waiting: None, lambda _proof: None)


@pytest.fixture
def tea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A small world, with a mart two models below the one that prices order lines."""
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "worlds" / "tea"
    write_blank_world(folder)
    marts = folder / "project" / "dbt" / "models" / "marts"
    (marts / "customer_means.sql").write_text(MEANS)
    for path, text in ((marts / "_marts.yml", MEANS_YAML), (folder / "tables.yaml", MEANS_TABLE)):
        path.write_text(path.read_text() + text)
    (folder / "proof.yaml").write_text(EQUIVALENT)
    return read_world(folder)


@pytest.fixture
def tea_with_orders(tea: World) -> World:
    """The same with a mart of orders."""
    marts = tea.folder / "project" / "dbt" / "models" / "marts"
    (marts / "orders.sql").write_text(ORDERS)
    for path, text in (
        (marts / "_marts.yml", ORDERS_YAML),
        (tea.folder / "tables.yaml", ORDERS_TABLE),
        (tea.folder / "proof.yaml", EQUIVALENT_GROUPS),
    ):
        path.write_text(path.read_text() + text)
    return read_world(tea.folder)


def make(world: World, kind: str, out: Path) -> Generated:
    return generate_tasks(Wanted(world, kind, 1, 1, None), out, 2, NOBODY)


def check_repair(task: Task, world: World) -> None:
    [path] = (task.folder / "start").rglob("*.sql")
    right = world.project_dir / path.relative_to(task.folder / "start")
    assert path.read_text() != right.read_text()
    assert path.stem not in task.instruction
    measured = task.spec.measured
    assert measured is not None
    assert (measured.n_files, measured.hops) == (1, 2)
    assert measured.n_wrong_tables is not None
    assert measured.n_wrong_tables >= len(task.scored_tables) - 1  # one may be right, and has to stay so


def check_impl(task: Task, world: World) -> None:
    start, right = start_files(task), world_files(world)
    assert start.keys() == right.keys() - set(task.spec.start.remove)
    assert any(name.endswith(".yml") for name in start)
    for name in task.spec.start.remove:
        assert all(line not in task.instruction for line in right[name].read_text().splitlines() if " " in line.strip())
    for table, spec in task.scored_tables.items():
        assert all(f"`{name}`" in task.instruction for name in (table, *spec.columns))
    assert task.spec.measured is not None
    assert task.spec.measured.n_files == len(task.spec.start.remove)


def check_evol(task: Task, world: World) -> None:
    start, right = start_files(task), world_files(world)
    changed = [path for path in right if path not in start or start[path].read_bytes() != right[path].read_bytes()]
    assert task.spec.measured is not None
    assert task.spec.measured.n_files == len(changed)
    lost = [
        line.strip()
        for path in changed
        if path.endswith(".sql") and path in start
        for line in set(right[path].read_text().splitlines()) - set(start[path].read_text().splitlines())
    ]
    assert lost
    assert all(line.rstrip(",") not in task.instruction for line in lost if " " in line)
    for table, spec in task.scored_tables.items():
        assert all(f"`{name}`" in task.instruction for name in (table, *spec.columns))


def check_contract(task: Task, world: World) -> None:
    assert task.faults is not None
    assert len(task.faults.faults) >= 10
    assert {fault.table for fault in task.faults.faults} == set(task.scored_tables)
    text = " ".join(task.instruction.split())
    assert all(" ".join(fault.breaks.split()) in text for fault in task.faults.faults)
    start = start_files(task)
    assert not any(path.endswith("assert_sales_add_up.sql") for path in start)
    [path] = (task.folder / "start").rglob("*.yml")
    left, right = (
        {model["name"]: model for model in yaml.safe_load(file.read_text())["models"]}
        for file in (path, world.project_dir / path.relative_to(task.folder / "start"))
    )
    watched = {table.partition(".")[2] for table in task.scored_tables}
    assert all("unique" in str(right[name]) and "unique" not in str(left[name]) for name in watched)


def check_load(task: Task, world: World) -> None:
    [path] = [name for name in start_files(task) if name == "el/shop.yaml"]
    left, right = (
        {stream["name"] for stream in yaml.safe_load(files[path].read_text())["streams"]}
        for files in (start_files(task), world_files(world))
    )
    asked = {table.partition(".")[2] for table, spec in task.scored_tables.items() if spec.stage == "raw"}
    assert right - left == asked
    assert left
    assert "full_refresh" not in task.instruction
    for table in task.spec.scored["raw"]:
        assert all(f"`{name}`" in task.instruction for name in (table, *world.tables[table].columns))
    assert "faults" in task.spec.scenarios


def check_incremental(task: Task, world: World) -> None:
    [path] = (task.folder / "start").rglob("*.sql")
    assert "is_incremental()" in path.read_text()
    assert "is_incremental()" not in (world.project_dir / path.relative_to(task.folder / "start")).read_text()
    assert "incremental" not in task.instruction
    assert f"marts.{path.stem}" in task.scored_tables
    assert "14 January 2024" in " ".join(task.instruction.split())  # the first night
    assert "15 January 2024" in " ".join(task.instruction.split())


def check_migrate(task: Task, world: World) -> None:
    start, right = start_files(task), world_files(world)
    [script] = start.keys() - right.keys()
    assert script.startswith("docs/legacy/")
    assert f"`{script}`" in task.instruction
    assert set(task.spec.start.remove) == right.keys() - start.keys()
    for table, spec in task.scored_tables.items():
        assert all(f"`{name}`" in task.instruction for name in (table, *spec.columns))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "check_task", "fixture"),
    [
        ("repair", check_repair, "tea"),
        ("impl", check_impl, "tea_with_orders"),
        ("evol", check_evol, "tea_with_orders"),
        ("data_tests", check_contract, "tea_with_orders"),
        ("load", check_load, "tea"),
        ("incremental", check_incremental, "tea_with_orders"),
        ("migrate", check_migrate, "tea_with_orders"),
    ],
)
def test_tasks_are_made_proven_and_made_again(
    kind: str,
    check_task: Callable[[Task, World], None],
    fixture: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    tea: World = request.getfixturevalue(fixture)
    made = make(tea, kind, tmp_path / "one")
    [task] = made.tasks
    assert task.spec.origin == "generated"
    assert task.spec.kind == kind
    if kind in ("repair", "impl"):
        assert made.n_tried >= 1 + sum(made.fallen.values()) - made.fallen.get("a duplicate of another", 0)
    check_task(task, tea)
    kept = json.loads((tmp_path / "one" / "proofs.json").read_text())
    assert task.id in json.dumps(kept)

    again = make(tea, kind, tmp_path / "two")
    assert hash_folder(again.tasks[0].folder) == hash_folder(task.folder)
    assert again.fallen == made.fallen

    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "one"))
    assert [finding for finding in check([task.id]).findings if not finding.is_warning] == []
