"""Where each table of a task lies in a picture of its lineage, and what became of it.

The picture is our own SVG: Vega-Lite has no layout for layered graphs, and each page needs links in the boxes and no
renderer. Layers are stages, within them the distance from the stage's first table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from benchmark.errors import LockgateError
from benchmark.registry import get_task
from benchmark.stages import STAGES, Stage
from orchestration.reports.trial_page.verdicts import State, TableRow

BOX_WIDTH, BOX_HEIGHT = 178, 38
GAP_X, GAP_Y = 44, 12
TOP = 26
"""Room for the names of the stages."""
MAX_BOXES = 150
"""Boxes that are drawn: of a larger graph the scored tables alone, and of too many of those the first."""
MAX_COLUMNS = 6
"""With more columns, the models that are not scored are passed through: the picture would be wider than a screen."""
MAX_NAME = 24
"""Letters of a name that fit into a box."""


@dataclass(frozen=True)
class Box:
    """A table in the picture."""

    table: str
    state: State | None
    """None = it is not scored."""
    n_wrong: int
    anchor: str | None
    """Where on the page its evidence or its row is."""
    x: int
    y: int
    upstream: tuple[str, ...]
    """Tables of the picture that it is made from."""

    @property
    def label(self) -> str:
        """Its name without schema, cut to the box."""
        name = self.table.partition(".")[2] or self.table
        return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


@dataclass(frozen=True)
class Picture:
    """The lineage, laid out."""

    boxes: tuple[Box, ...]
    edges: tuple[tuple[str, bool], ...]
    """Path of a line, and whether what it leaves is wrong."""
    headings: tuple[tuple[str, int], ...]
    """Stage -> where its first column begins."""
    width: int
    height: int
    has_between: bool
    """Whether models that are not scored are drawn."""
    has_edges_known: bool
    """False = the task is not here (any more), so nobody knows what is made from what."""


def draw_lineage(task: str, tables: Sequence[TableRow]) -> Picture | None:
    """Lay out the scored tables of a trial and the models between them.

    Args:
        task: Whose solution says what is made from what.
        tables: The scored tables with their verdicts, upstream first; none = no picture.
    """
    rows = {row.table: row for row in tables[:MAX_BOXES]}
    if not rows:
        return None
    known = _solution_lineage(task)
    lineage, stages = _between(rows, known)
    columns = _columns(lineage, stages)
    has_between = len(lineage) > len(rows)
    if has_between and (len(columns) > MAX_COLUMNS or len(lineage) > MAX_BOXES):
        lineage, stages, has_between = _only(rows, lineage), {name: row.stage for name, row in rows.items()}, False
        columns = _columns(lineage, stages)
    places = _places(columns)
    boxes = tuple(
        _box(name, rows.get(name), places[name], lineage[name])
        for column in columns
        for name in column
        if name in lineage
    )
    wrong = {box.table for box in boxes if box.state not in (None, "right", "uncounted")}
    edges = tuple((_line(parent, box.table, places), parent in wrong) for box in boxes for parent in box.upstream)
    firsts: dict[str, int] = {}
    for number, column in enumerate(columns):
        stage = next(stages[name] for name in column if name in stages)
        firsts.setdefault(stage, number * (BOX_WIDTH + GAP_X))
    return Picture(
        boxes=boxes,
        edges=edges,
        headings=tuple(firsts.items()),
        width=len(columns) * (BOX_WIDTH + GAP_X) - GAP_X + 4,
        height=TOP + max(sum(map(_height, column)) for column in columns),
        has_between=has_between,
        has_edges_known=bool(known),
    )


@cache
def _solution_lineage(task: str) -> Mapping[str, tuple[Stage | None, tuple[str, ...]]]:
    """Table -> stage, tables it is made from; empty where the task is not here."""
    from authoring.lineage.project_graph import given_nodes, read_project
    from benchmark.file_tree import solution_files

    try:
        found = get_task(task)
    except LockgateError:
        return {}
    graph = read_project(solution_files(found), given_nodes(found.world))
    return {
        name: (node.stage, tuple(n for n in node.upstream if n in graph.tables)) for name, node in graph.tables.items()
    }


def _between(
    rows: Mapping[str, TableRow], known: Mapping[str, tuple[Stage | None, tuple[str, ...]]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, Stage]]:
    """The scored tables and the models that lie between two of them: what each is made from, and its stage."""
    above = _reach(rows, {name: parents for name, (_, parents) in known.items()})
    children: dict[str, list[str]] = {}
    for name, (_, parents) in known.items():
        for parent in parents:
            children.setdefault(parent, []).append(name)
    below = _reach(rows, children)
    kept = {name for name in known if name in rows or (name in above and name in below)} | set(rows)
    lineage = {name: tuple(p for p in known.get(name, (None, ()))[1] if p in kept) for name in kept}
    stages = {name: rows[name].stage if name in rows else known[name][0] or "intermediate" for name in kept}
    return dict(sorted(lineage.items())), stages


def _reach(starts: Collection[str], steps: Mapping[str, Sequence[str]]) -> set[str]:
    """Everything that is reached from some names."""
    found: set[str] = set()
    todo = list(starts)
    while todo:
        for name in steps.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def _only(rows: Collection[str], lineage: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The lineage of some tables alone: what lies between is passed through."""
    kept = {}
    for name in rows:
        found: dict[str, None] = {}
        todo, seen = list(lineage.get(name, ())), set()
        while todo:
            parent = todo.pop()
            if parent in rows:
                found[parent] = None
            elif parent not in seen:
                seen.add(parent)
                todo += lineage.get(parent, ())
        kept[name] = tuple(sorted(found))
    return kept


def _columns(lineage: Mapping[str, Sequence[str]], stages: Mapping[str, Stage]) -> list[list[str]]:
    """Tables from left to right: by stage, and within a stage by their distance from its first.

    Between them stand names of no table, see `_way_point`: a line that passes a column has a place in it.
    """
    depths: dict[str, int] = {}

    def depth(name: str, seen: frozenset[str] = frozenset()) -> int:
        if name not in depths:
            inner = [p for p in lineage[name] if stages[p] == stages[name] and p not in seen]
            depths[name] = 1 + max((depth(parent, seen | {name}) for parent in inner), default=-1)
        return depths[name]

    layers = {name: (STAGES.index(stages[name]), depth(name)) for name in lineage}
    order = {layer: number for number, layer in enumerate(sorted(set(layers.values())))}
    numbers = {name: order[layer] for name, layer in layers.items()}
    columns: list[dict[str, list[str]]] = [{} for _ in order]
    for name, parents in lineage.items():
        steps = columns[numbers[name]].setdefault(name, [])
        for parent in parents:
            way = [parent, *(_way_point(parent, number) for number in range(numbers[parent] + 1, numbers[name]))]
            for number, (start, point) in enumerate(pairwise(way), start=numbers[parent] + 1):
                columns[number][point] = [start]
            steps.append(way[-1])
    return _without_crossings(columns)


def _way_point(parent: str, column: int) -> str:
    """Where the lines that leave a table pass a column; all of them pass it there."""
    return f"{parent} {column}"


def _without_crossings(columns: Sequence[Mapping[str, Sequence[str]]]) -> list[list[str]]:
    """Each column in the order of what its names are made from, so that few lines cross."""
    done: list[list[str]] = []
    order: dict[str, float] = {}
    for column in columns:
        middles = {name: _mean([order[p] for p in parents if p in order]) for name, parents in column.items()}
        done.append([name for _, name in sorted((middle, name) for name, middle in middles.items())])
        order = {name: number / max(1, len(done[-1]) - 1) for number, name in enumerate(done[-1])}
    return done


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 1.0


def _places(columns: Sequence[Sequence[str]]) -> dict[str, tuple[int, int]]:
    """Upper left corner of each name; a column stands in the middle of the tallest."""
    heights = [sum(map(_height, column)) for column in columns]
    places = {}
    for number, (column, height) in enumerate(zip(columns, heights, strict=True)):
        y = TOP + (max(heights) - height) // 2
        for name in column:
            places[name] = (2 + number * (BOX_WIDTH + GAP_X), y)
            y += _height(name)
    return places


def _height(name: str) -> int:
    """Room that a name takes: a line that passes takes less than a box."""
    return GAP_Y if " " in name else BOX_HEIGHT + GAP_Y


def _line(parent: str, child: str, places: Mapping[str, tuple[int, int]]) -> str:
    """The path of a line from a table to another, through the columns between them."""
    first, last = (places[name][0] // (BOX_WIDTH + GAP_X) for name in (parent, child))
    x, y = places[parent][0] + BOX_WIDTH, places[parent][1] + BOX_HEIGHT // 2
    path = f"M{x} {y}"
    for number in range(first + 1, last):
        to_x, to_y = places[_way_point(parent, number)]
        path += _curve((x, y), (to_x, to_y + GAP_Y // 2)) + f"H{to_x + BOX_WIDTH}"
        x, y = to_x + BOX_WIDTH, to_y + GAP_Y // 2
    return path + _curve((x, y), (places[child][0], places[child][1] + BOX_HEIGHT // 2))


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    bend = (end[0] - start[0]) // 2
    return f"C{start[0] + bend} {start[1]} {end[0] - bend} {end[1]} {end[0]} {end[1]}"


def _box(name: str, row: TableRow | None, place: tuple[int, int], upstream: tuple[str, ...]) -> Box:
    if row is None:
        return Box(name, None, 0, None, *place, upstream)
    anchor = next((anchor for _, state, anchor in row.cells if anchor and state == row.worst), None)
    return Box(name, row.worst, row.n_wrong, anchor or "grid", *place, upstream)
