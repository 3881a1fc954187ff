"""The files of the kiosk's world and its one task, written into a folder."""

from collections.abc import Mapping
from pathlib import Path

from benchmark.task import Task
from benchmark.task_folder import read_task
from benchmark.world import read_world

ITEMS = """\
connection: kiosk
source: files
config: {directory: "${KIOSK_DIR}"}
streams:
  - {name: items, pattern: "items_*.csv", format: csv}
"""
SALES = (
    '  - {name: sales, pattern: "sales_*.csv", format: csv, sync_mode: incremental, '
    "destination_sync_mode: append_dedup, primary_key: [sale_id]}\n"
)
FILES = {
    "world.yaml": """\
id: kiosk
title: A kiosk
description: Sales of tea and cake.
owner: kiosk
generator: {python: tests.helpers.kiosk}
start_date: 2020-01-01
clock_time: "23:30:00"
days: 2
systems:
  kiosk: {type: folder, description: The drop folder., documentation: Sales and items of a kiosk.}
""",
    "tables.yaml": """\
tables:
  raw_kiosk.items: {stage: raw, key: [item], columns: [item, shelf]}
  raw_kiosk.sales: {stage: raw, key: [sale_id], columns: [sale_id, item, price]}
  marts.takings: {stage: marts, key: [item], columns: [item, total]}
""",
    "project/el/kiosk.yaml": ITEMS + SALES,
    "project/dbt/dbt_project.yml": "name: kiosk\nversion: '1.0'\nprofile: kiosk\n"
    "flags: {send_anonymous_usage_stats: false}\nmodels: {kiosk: {+schema: marts, +materialized: table}}\n",
    "project/dbt/profiles.yml": "kiosk: {target: dev, outputs: {dev: {type: duckdb, "
    "path: '{{ env_var(\"WAREHOUSE_PATH\") }}'}}}\n",
    "project/dbt/macros/schema.sql": "{% macro generate_schema_name(name, node) %}{{ name or 'main' }}{% endmacro %}",
    "project/dbt/models/_sources.yml": "sources: [{name: raw_kiosk, tables: [{name: sales}, {name: items}]}]\n",
    "project/dbt/models/takings.sql": "select item, sum(price::integer) as total\n"
    "from {{ source('raw_kiosk', 'sales') }}\ngroup by item\n",
    "tasks/kiosk_sales/task.yaml": """\
id: kiosk_sales
kind: impl
title: Add up the sales
difficulty: easy
start: {remove: [dbt/models/takings.sql]}
scenarios: [visible]
scored: {raw: [raw_kiosk.items, raw_kiosk.sales], marts: [marts.takings]}
""",
    "tasks/kiosk_sales/instruction.md": "Load the sales and add them up.\n\n- `items`: `item`, `shelf`\n"
    "- `sales`: `sale_id`, `item`, `price`\n- `takings`: `item`, and `total`, the sum of its prices\n",
    "tasks/kiosk_sales/start/el/kiosk.yaml": ITEMS,
}


def write_kiosk(projects: Path, files: Mapping[str, str] | None = None) -> Task:
    """Write the world and read its task.

    Args:
        projects: Folder of the worlds; `LOCKGATE_PROJECTS` must name it where source systems start.
        files: Other or further files of the world: path -> text.
    """
    world = projects / "kiosk"
    for path, text in (FILES | dict(files or {})).items():
        (world / path).parent.mkdir(parents=True, exist_ok=True)
        (world / path).write_text(text)
    return read_task(world / "tasks/kiosk_sales", read_world(world))
