"""Repairs of a small world are made from nothing, proven, and made again byte for byte."""

import json
from pathlib import Path

import pytest

from authoring.check.check import check
from authoring.new_world.blank import write_blank_world
from benchmark.files import hash_folder
from benchmark.world import World, read_world
from orchestration.generate import Generated, Progress, Wanted, generate_tasks

MEANS = """\
select
    customer_id,
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
      - {name: mean_cents, description: "What an order comes to on average, in whole cents, rounded down."}
"""
MEANS_TABLE = """\
  marts.customer_means:
    stage: marts
    key: [customer_id]
    columns: [customer_id, mean_cents]
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


def make(world: World, seed: int, out: Path) -> Generated:
    return generate_tasks(Wanted(world, "repair", 1, seed, None), out, 2, NOBODY)


@pytest.mark.slow
def test_tasks_are_made_proven_and_made_again(tea: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(tea, 1, tmp_path / "one")
    [task] = made.tasks
    assert task.spec.origin == "generated"
    assert task.spec.kind == "repair"
    assert made.n_tried >= 1 + sum(made.fallen.values()) - made.fallen.get("a duplicate of another", 0)
    [path] = (task.folder / "start").rglob("*.sql")
    right = tea.project_dir / path.relative_to(task.folder / "start")
    assert path.read_text() != right.read_text()
    assert path.stem not in task.instruction
    kept = json.loads((tmp_path / "one" / "proofs.json").read_text())
    assert task.id in json.dumps(kept)

    again = make(tea, 1, tmp_path / "two")
    assert hash_folder(again.tasks[0].folder) == hash_folder(task.folder)
    assert again.fallen == made.fallen

    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "one"))
    assert [finding for finding in check([task.id]).findings if not finding.is_warning] == []
