"""`lockgate clean`: what Lockgate keeps on the disk, and removing it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.errors import LockgateError
from orchestration.cli.help import examples
from orchestration.cli.options import JsonOption
from orchestration.cli.output import console, errors, simple_table
from orchestration.counted import counted

if TYPE_CHECKING:
    from orchestration.disk.survey import Item, Part, Survey

CLEAN_EXAMPLES = examples(
    "lockgate clean                                (say what there is)",
    "lockgate clean --cache --older-than 30d",
    "lockgate clean --runs --older-than 4w --dry-run",
)
_OPTIONS: dict[str, tuple[Part, ...]] = {
    "--cache": ("cache",),
    "--runs": ("runs",),
    "--all": ("cache", "runs", "worlds"),
}
_MEANT = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w"}
_DAYS = {"month": 30, "mo": 30, "mon": 30, "year": 365, "yr": 365, "y": 365, "": 1}


def clean(
    cache: Annotated[
        bool, typer.Option("--cache", help="Gold, generated data, prepared databases, proofs: made again when needed.")
    ] = False,
    runs: Annotated[
        bool, typer.Option("--runs", help="Runs with their scorecards and logs, and what Dagster keeps of them.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Both, and the days of worlds that were materialized in the UI.")
    ] = False,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Only what was not used for so long: 12h, 30d, 4w."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed; remove nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what Lockgate keeps on the disk, or remove some of it.

    What a running process uses stays, and so does everything outside of LOCKGATE_HOME.
    """
    from orchestration.disk.removal import remove_items
    from orchestration.disk.survey import survey

    given = {"--cache": cache, "--runs": runs, "--all": everything}
    parts = {part for name, is_given in given.items() if is_given for part in _OPTIONS[name]}
    found = survey(parse_age(older_than) if older_than is not None else None)
    chosen = [item for item in found.items if item.part in parts]
    if not parts or dry_run or not chosen:
        if as_json:
            typer.echo(json.dumps(_as_json(found, chosen), indent=2))
        else:
            _print_survey(found, older_than)
            _print_choice(chosen, parts, is_dry=dry_run)
        return
    if not as_json:
        _print_survey(found, older_than)
    _confirm(chosen, is_agreed=yes)
    removal = remove_items(chosen)
    if as_json:
        kept = [{"name": item.name, "why": why} for item, why in removal.kept.items()]
        done = {"removed": [item.name for item in removal.removed], "kept": kept, "note": removal.note}
        typer.echo(json.dumps(_as_json(found, chosen) | done, indent=2))
        return
    console.print(f"Removed: {_amount(removal.removed)}.")
    _print_kept(removal.kept)
    if removal.note:
        errors.print(removal.note, style="yellow", markup=False, highlight=False)


def parse_age(text: str) -> timedelta:
    """Read an age.

    Raises:
        LockgateError: It is none; says what may have been meant.
    """
    from benchmark.durations import parse_duration

    try:
        age: timedelta = parse_duration(text.strip())
    except ValueError as error:
        near = _nearest_age(text)
        question = f" Did you mean {near}?" if near else ""
        raise LockgateError(f"--older-than '{text}': {error}.{question}") from error
    return age


def _nearest_age(text: str) -> str:
    found = re.fullmatch(r"\s*(\d+)\s*([a-z]*?)s?\s*", text.lower())
    if not found or not 0 < int(found[1]) < 100_000:
        return ""
    number, unit = int(found[1]), found[2]
    if unit in _DAYS:
        return f"{number * _DAYS[unit]}d"
    letter = _MEANT.get(unit, unit)
    return f"{number}{letter}" if letter in _MEANT.values() else ""


def _print_survey(found: Survey, older_than: str | None) -> None:
    """What there is; with an age, what was not used for so long."""
    from benchmark.cache_limit import limit_bytes
    from benchmark.paths import home_dir
    from orchestration.disk.survey import size_text

    table = simple_table("what", "number", "size", "oldest", "newest", "removed by")
    for column in table.columns[1:3]:
        column.justify = "right"
    caches = found.of("cache")
    for kind in sorted({item.kind for item in caches}):
        _add_row(table, f"cache: {kind}", [item for item in caches if item.kind == kind], "--cache")
    _add_row(table, "runs", found.of("runs"), "--runs")
    _add_row(table, "days of worlds", found.of("worlds"), "--all")
    console.print(f"{home_dir()} (LOCKGATE_HOME)", markup=False, highlight=False, soft_wrap=True)
    console.print(table)
    old = f", of what was not used for {older_than}" if older_than else ""
    console.print(
        f"Cache: {size_text(_bytes(caches))}{old}; the limit is {size_text(limit_bytes())} (LOCKGATE_CACHE_GB)."
    )
    for folder, n_bytes in found.others.items():
        console.print(f"Not removed: {folder}, {size_text(n_bytes)}", markup=False, highlight=False, soft_wrap=True)
    for sentence in found.left_alone:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _add_row(table: Any, what: str, items: Sequence[Item], option: str) -> None:
    from orchestration.disk.survey import size_text

    used = sorted(item.used for item in items)
    dates = (f"{used[0]:%Y-%m-%d}", f"{used[-1]:%Y-%m-%d}") if used else ("", "")
    table.add_row(what, str(len(items)), size_text(_bytes(items)), *dates, option)


def _print_choice(chosen: Sequence[Item], parts: set[Part], *, is_dry: bool) -> None:
    if not parts:
        console.print("Nothing is removed without --cache, --runs or --all.")
    elif is_dry and chosen:
        console.print(f"Would be removed: {_amount(chosen)}, but for what is in use then.")
    else:
        console.print("There is nothing to remove.")


def _print_kept(kept: dict[Item, str]) -> None:
    by_reason: dict[str, list[Item]] = {}
    for item, reason in kept.items():
        by_reason.setdefault(reason, []).append(item)
    for reason, items in by_reason.items():
        names = ", ".join(item.name for item in items[:3]) + (", …" if len(items) > 3 else "")
        errors.print(f"Kept, {reason}: {names}.", style="yellow", markup=False, highlight=False)


def _confirm(chosen: Sequence[Item], *, is_agreed: bool) -> None:
    """Ask before anything goes.

    Raises:
        LockgateError: Nobody can be asked.
        typer.Exit: With code 1: the answer was no.
    """
    if is_agreed:
        return
    if not sys.stdin.isatty():
        amount = _amount(chosen)
        raise LockgateError(f"{amount} would be removed, and nobody can be asked here. Give --yes or --dry-run.")
    if not typer.confirm(f"Remove {_amount(chosen)}?", err=True):
        console.print("Nothing was removed.")
        raise typer.Exit(1)


def _amount(items: Sequence[Item]) -> str:
    from orchestration.disk.survey import size_text

    nouns = {"cache": "cache entry", "runs": "run", "worlds": "world"}
    counts = []
    for part, noun in nouns.items():
        if n := sum(item.part == part for item in items):
            counts.append(f"{n} cache entries" if part == "cache" and n > 1 else counted(n, noun))
    return f"{', '.join(counts) or 'nothing'} ({size_text(_bytes(items))})"


def _bytes(items: Sequence[Item]) -> int:
    return sum(item.n_bytes for item in items)


def _as_json(found: Survey, chosen: Sequence[Item]) -> dict[str, Any]:
    from benchmark.cache_limit import limit_bytes
    from benchmark.paths import home_dir

    groups: dict[str, dict[str, int]] = {}
    for item in found.items:
        group = groups.setdefault(f"cache/{item.kind}" if item.kind else item.part, {"number": 0, "bytes": 0})
        group["number"] += 1
        group["bytes"] += item.n_bytes
    return {
        "home": str(home_dir()),
        "cache_limit_bytes": limit_bytes(),
        "there_is": groups,
        "not_removed_bytes": found.others,
        "left_alone": found.left_alone,
        "chosen": [{"name": item.name, "bytes": item.n_bytes} for item in chosen],
    }
