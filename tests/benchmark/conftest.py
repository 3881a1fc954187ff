"""A small world with one task, written to a temporary folder."""

from pathlib import Path

import pytest

from benchmark.task import Task
from benchmark.task_folder import read_task
from benchmark.world import read_world

WORLD = """\
id: shop
title: Shop
description: A shop
owner: shop
generator: {python: sources.flights}
start_date: 2013-03-01
clock_time: "23:30:00"
"""
TASK = """\
id: totals
kind: impl
title: Totals
difficulty: easy
protected: ["el/*"]
start: {remove: [dbt/models/marts]}
scored: {marts: [marts.orders]}
"""


@pytest.fixture
def task(tmp_path: Path) -> Task:
    world = tmp_path / "shop"
    files = {
        "world.yaml": WORLD,
        "tables.yaml": "tables: {marts.orders: {stage: marts, columns: [id]}}\n",
        "project/el/db.yaml": "el\n",
        "project/dbt/models/staging/stg.sql": "select 1\n",
        "project/dbt/models/marts/orders.sql": "select 2\n",
        "project/dbt/target/manifest.json": "{}",
        "project/expectations/marts.yaml": "secret\n",
        "tasks/totals/task.yaml": TASK,
        "tasks/totals/instruction.md": "Build orders.\n",
        "tasks/totals/start/dbt/models/staging/extra.sql": "select 3\n",
    }
    for name, text in files.items():
        (world / name).parent.mkdir(parents=True, exist_ok=True)
        (world / name).write_text(text)
    return read_task(world / "tasks" / "totals", read_world(world))
