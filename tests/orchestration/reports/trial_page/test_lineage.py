"""The picture of a lineage: who stands where, and what is drawn between them."""

import re
from itertools import pairwise

import pytest

from benchmark.registry import get_task, list_tasks
from benchmark.stages import STAGES, Stage
from orchestration.reports.trial_page.lineage import (
    BOX_HEIGHT,
    BOX_WIDTH,
    MAX_BOXES,
    MAX_COLUMNS,
    Picture,
    draw_lineage,
)
from orchestration.reports.trial_page.verdicts import State, TableRow


def row(table: str, stage: Stage, state: State = "right") -> TableRow:
    return TableRow(table, stage, None, (("visible", state, None if state == "right" else "difference-1"),))


def drawn(task: str, wrong: str = "") -> Picture:
    tables = get_task(task).scored_tables
    rows = [row(name, spec.stage, "wrong" if name == wrong else "right") for name, spec in tables.items()]
    picture = draw_lineage(task, rows)
    assert picture is not None
    return picture


TASKS = [task.id for task in list_tasks()]


@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_drawn_from_left_to_right_without_boxes_on_boxes(task: str) -> None:
    picture = drawn(task)
    scored = get_task(task).scored_tables
    boxes = {box.table: box for box in picture.boxes}
    assert set(scored) <= set(boxes)
    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - BOX_WIDTH
        assert 0 <= box.y <= picture.height - BOX_HEIGHT
        assert all(boxes[parent].x < box.x for parent in box.upstream)
    places = sorted((box.x, box.y) for box in picture.boxes)
    for (x, y), (other_x, other_y) in pairwise(places):
        assert other_x > x or other_y >= y + BOX_HEIGHT
    stages = [stage for stage, _ in picture.headings]
    assert stages == [stage for stage in STAGES if stage in stages]
    assert picture.width <= (MAX_COLUMNS if picture.has_between else 12) * (BOX_WIDTH + 60)


def test_models_between_scored_tables_are_drawn_and_lines_leave_wrong_ones() -> None:
    picture = drawn("shop_accounts_differ", "staging.stg_finance__exchange_rates")
    (wrong,) = [box for box in picture.boxes if box.state == "wrong"]
    assert wrong.anchor == "difference-1"
    below = [box for box in picture.boxes if wrong.table in box.upstream]
    assert below
    assert sum(is_wrong for _, is_wrong in picture.edges) == len(below)
    assert all(re.fullmatch(r"[MCH\d .-]+", path) for path, _ in picture.edges)


def test_a_task_that_is_not_here_is_drawn_without_lines() -> None:
    picture = draw_lineage("gone", [row("raw.t", "raw"), row("marts.t", "marts", "not_built")])
    assert picture is not None
    assert not picture.has_edges_known
    assert picture.edges == ()
    assert [box.state for box in picture.boxes] == ["right", "not_built"]
    assert draw_lineage("gone", []) is None


def test_thousands_of_tables_are_cut_and_hostile_names_fit() -> None:
    rows = [row(f"marts.{'x' * 200}{number}", "marts") for number in range(3_000)]
    picture = draw_lineage("gone", rows)
    assert picture is not None
    assert len(picture.boxes) == MAX_BOXES
    assert max(len(box.label) for box in picture.boxes) < 30
