"""Where each table of a task lies in a picture of its lineage, and what became of it.

The picture is our own SVG: Vega-Lite has no layout for layered graphs, and each page needs links in the boxes and no
renderer. Layers are stages, within them the distance from the stage's first table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from benchmark.errors import LockgateError
from benchmark.registry import get_task
from benchmark.stages import STAGES, Stage
from orchestration.reports.trial_page.verdicts import State, TableRow

BOX_WIDTH, BOX_HEIGHT = 190, 38
GAP_X, GAP_Y = 56, 12
TOP = 26
"""Room for the names of the stages."""
MAX_BOXES = 150
"""Boxes that are drawn; of a larger graph only scored tables, and of too many of those the first."""
MAX_NAME = 25
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
    if len(lineage) > MAX_BOXES:
        lineage, stages = _only(rows, lineage), {name: row.stage for name, row in rows.items()}
    columns = _columns(lineage, stages)
    places = _places(columns, lineage)
    boxes = tuple(_box(name, rows.get(name), places[name], lineage[name]) for column in columns for name in column)
    wrong = {box.table for box in boxes if box.state not in (None, "right", "uncounted")}
    edges = tuple(
        (_curve(places[parent], places[box.table]), parent in wrong) for box in boxes for parent in box.upstream
    )
    firsts: dict[str, int] = {}
    for number, column in enumerate(columns):
        firsts.setdefault(stages[column[0]], number * (BOX_WIDTH + GAP_X))
    return Picture(
        boxes=boxes,
        edges=edges,
        headings=tuple(firsts.items()),
        width=len(columns) * (BOX_WIDTH + GAP_X) - GAP_X + 4,
        height=TOP + max(map(len, columns)) * (BOX_HEIGHT + GAP_Y),
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
    """Tables from left to right: by stage, and within a stage by their distance from its first."""
    depths: dict[str, int] = {}

    def depth(name: str, seen: frozenset[str] = frozenset()) -> int:
        if name not in depths:
            inner = [p for p in lineage[name] if stages[p] == stages[name] and p not in seen]
            depths[name] = 1 + max((depth(parent, seen | {name}) for parent in inner), default=-1)
        return depths[name]

    columns: dict[tuple[int, int], list[str]] = {}
    for name in lineage:
        columns.setdefault((STAGES.index(stages[name]), depth(name)), []).append(name)
    return [_sorted_by_upstream(columns, place, lineage) for place in sorted(columns)]


def _sorted_by_upstream(
    columns: dict[tuple[int, int], list[str]], place: tuple[int, int], lineage: Mapping[str, Sequence[str]]
) -> list[str]:
    """A column in the order of what its tables are made from, so that few lines cross; sorts it in place."""
    order = {
        name: number / max(1, len(column) - 1)
        for other, column in columns.items()
        if other < place
        for number, name in enumerate(column)
    }

    def middle(name: str) -> tuple[float, str]:
        found = [order[parent] for parent in lineage[name] if parent in order]
        return (sum(found) / len(found) if found else 1.0, name)

    columns[place].sort(key=middle)
    return columns[place]


def _places(columns: Sequence[Sequence[str]], lineage: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, int]]:
    tallest = max(map(len, columns))
    return {
        name: (
            2 + number * (BOX_WIDTH + GAP_X),
            TOP + row * (BOX_HEIGHT + GAP_Y) + (tallest - len(column)) * (BOX_HEIGHT + GAP_Y) // 2,
        )
        for number, column in enumerate(columns)
        for row, name in enumerate(column)
    }


def _box(name: str, row: TableRow | None, place: tuple[int, int], upstream: tuple[str, ...]) -> Box:
    if row is None:
        return Box(name, None, 0, None, *place, upstream)
    anchor = next((anchor for _, state, anchor in row.cells if anchor and state == row.worst), None)
    return Box(name, row.worst, row.n_wrong, anchor or "grid", *place, upstream)


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT // 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT // 2
    bend = max(24, (x2 - x1) // 2)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
