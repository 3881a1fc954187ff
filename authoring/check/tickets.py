"""Tickets and hints: complete, about this task, and without the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from authoring.check.context import CheckedTask, visible
from authoring.check.findings import Finding
from authoring.check.source_text import content, line_of, text
from benchmark.spelling import nearest
from benchmark.task import HINT_LEVELS

_GIVEAWAYS = re.compile(
    r"\b(benchmark|lockgate|scored?|graded?|gold|oracle|saboteur|planted|holdout|day2)\b", re.IGNORECASE
)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_TABLE = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_PATH = re.compile(r"(?:dbt|el|docs)/[\w./-]+")
_MAX_WIDTH = 130
_MIN_FIX = 16
"""Letters of a piece of SQL that is long enough to be told from chance."""


def check_ticket(checked: CheckedTask) -> Iterator[Finding]:
    """Look at the ticket of a task, and at its hints."""
    path = checked.folder / "instruction.md"
    if not path.is_file():
        return  # said with task.yaml
    if not checked.ticket:
        yield Finding(path, "LG410", "is empty")
        return
    yield from _check_form(checked, path)
    yield from _check_words(path)
    yield from _check_names(checked, path)
    yield from _check_completeness(checked, path)
    if checked.task.spec.kind == "repair":
        yield from _check_giveaways(checked, path)
    yield from _check_hints(checked)


def _check_form(checked: CheckedTask, path: Path) -> Iterator[Finding]:
    lines = checked.ticket.splitlines()
    if not lines[0].startswith("# "):
        yield Finding(path, "LG408", "does not begin with a heading, `# …`", line=1)
    most = 250 if checked.task.spec.difficulty == "hard" else 120
    if not 15 <= len(lines) <= most:
        yield Finding(path, "LG408", f"has {len(lines)} lines; 15 to {most} are enough to say it all")
    wide = next((line for line in lines if not line.startswith("|") and len(line) > _MAX_WIDTH), None)
    if wide:
        yield Finding(path, "LG408", f"has a line of {len(wide)} letters", line=line_of(path, wide))


def _check_words(path: Path) -> Iterator[Finding]:
    for found in _GIVEAWAYS.finditer(visible(path)):
        message = f"says '{found.group(0)}': it tells that this is an examination"
        yield Finding(path, "LG407", message, line=line_of(path, found.group(0)))
        return


def _check_names(checked: CheckedTask, path: Path) -> Iterator[Finding]:
    """What stands in backticks exists: tables, columns, files."""
    tables = {**checked.world.graph.tables, **checked.solution_graph.tables}
    known = {name.lower() for name in (*tables, *checked.scored, *checked.world.world.tables)}
    schemas = {name.partition(".")[0] for name in known}
    files = [*checked.start, *checked.solution]
    for code in dict.fromkeys(_CODE.findall(checked.ticket)):
        line = line_of(path, f"`{code}`")
        if _TABLE.fullmatch(code) and code.partition(".")[0].lower() in schemas:
            if code.lower() not in known:
                near = nearest(code, known)
                hint = f"; did you mean '{near}'?" if near else ""
                yield Finding(path, "LG402", f"there is no table '{code}'{hint}", line=line)
        elif _PATH.fullmatch(code):
            if not any(_is_there(code, name) for name in files):
                near = nearest(code, files)
                hint = f"; did you mean '{near}'?" if near else ""
                yield Finding(path, "LG409", f"there is no file or folder '{code}'{hint}", line=line)
        elif _NAME.fullmatch(code) and code not in checked.words:
            columns = {column for table in checked.scored.values() for column in table.columns}
            near = nearest(code, columns | {name.partition(".")[2] for name in known})
            hint = f"; did you mean '{near}'?" if near else ""
            yield Finding(path, "LG402", f"'{code}' stands nowhere in the pipeline{hint}", line=line)


def _is_there(path: str, name: str) -> bool:
    return name == path.rstrip("/") or name.startswith(f"{path.rstrip('/')}/")


def _check_completeness(checked: CheckedTask, path: Path) -> Iterator[Finding]:
    """Every table that is to be made is named with its columns; every other column is described somewhere."""
    told = set(re.findall(r"\w+", checked.ticket.lower()))
    spec = checked.task.spec
    documents = told | {
        word
        for name, file in checked.start.items()
        if file.suffix == ".md"
        for word in re.findall(r"\w+", text(file).lower())
    }
    for name, table in checked.scored.items():
        short = name.partition(".")[2].lower()
        absent: list[str] = []
        if table.stage == "raw":
            if short not in told:
                yield Finding(path, "LG401", f"does not name the table {name}, which is scored")
            described = checked.documented.get(short, frozenset())
            absent = [column for column in table.columns if column.lower() not in documents | described]
        elif spec.kind == "impl" or name in spec.tables:
            if short not in told:
                yield Finding(path, "LG401", f"does not name the table {name}, which is scored")
            absent = [column for column in table.columns if column.lower() not in told]
        else:
            described = checked.documented.get(short, frozenset())
            open_columns = [column for column in table.columns if column.lower() not in documents | described]
            if open_columns:
                listed = ", ".join(open_columns)
                yield Finding(path, "LG411", f"table {name}: nothing that the agent reads describes {listed}")
        if absent:
            yield Finding(path, "LG401", f"table {name}: does not name the scored columns {', '.join(absent)}")


def _check_giveaways(checked: CheckedTask, path: Path) -> Iterator[Finding]:
    """The ticket of a repair tells the symptom: neither the file that is broken nor its cure."""
    plain = " ".join(checked.ticket.lower().split())
    for name, file in checked.layer("start").items():
        stem = PurePosixPath(name).stem.lower()
        if file.suffix not in (".sql", ".py") or not name.startswith("dbt/"):
            continue
        if re.search(rf"\b{re.escape(stem)}\b", plain):
            yield Finding(path, "LG404", f"names '{stem}', the file that is broken", line=line_of(path, stem))
        known = checked.solution.get(name)
        if known is None:
            continue
        kept = {_plain(line) for line in text(file).splitlines()}
        for line in text(known).splitlines():
            cure = _plain(line)
            if len(cure) >= _MIN_FIX and cure not in kept and cure in plain.replace("`", ""):
                yield Finding(path, "LG404", f"tells the cure: `{cure}`")


def _plain(line: str) -> str:
    return " ".join(line.lower().split()).strip(" ,;")


def _check_hints(checked: CheckedTask) -> Iterator[Finding]:
    before = {checked.ticket}
    for level in HINT_LEVELS:
        path = checked.folder / f"hints/{level}.md"
        if not path.is_file():
            continue
        hint = visible(path)
        if not hint or not content(path):
            yield Finding(path, "LG406", "is empty")
        elif hint in before:
            yield Finding(path, "LG412", "says what the ticket or the hint before says")
        before.add(hint)
        yield from _check_words(path)
