"""Proofs as a table, as JSON and as the page docs/proof.md's lists; no times and no paths in any of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from evaluators.proof.equivalents.whole_query import REWRITES
from evaluators.proof.mutants.connection_files import CONNECTION_MUTATIONS, CONNECTION_REWRITES
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.result import MutantResult, TaskProof
from orchestration.counted import counted
from orchestration.marked_page import write_below

MARK = "<!-- Everything below is written by `make prove`. -->"


LEGEND = (
    "orac: oracle's scenarios passed. Mutants: killed; surv: survived; equiv:",
    "listed as equivalent. same: equivalent versions accepted. cols: scored columns",
    "that are described. leak: leaks. det: deterministic. n/m: only n of m.",
)
"""Of the table; each line fits 80 columns."""


def proof_table(proofs: Sequence[TaskProof]) -> Table:
    """One line per task, at most 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0)
    for name in ("task", "orac", "idle", "killed", "surv", "equiv", "same", "cols", "leak", "det"):
        table.add_column(name, justify="left" if name == "task" else "right", no_wrap=True)
    for proof in proofs:
        colour = "green" if proof.is_proven else "red"
        table.add_row(f"[{colour}]{proof.task}[/]", *_cells(proof))
    return table


def _cells(proof: TaskProof) -> list[str]:
    accepted = sum(item.is_accepted for item in proof.equivalents)
    return [
        f"{sum(c.n_passed for c in proof.oracle)}/{sum(c.n_trials for c in proof.oracle)}",
        "-" if proof.idle_fails is None else "fail" if proof.idle_fails else "PASS",
        str(proof.count("killed")),
        str(proof.count("survived")),
        str(proof.count("equivalent")),
        _of(accepted, len(proof.equivalents)),
        _of(proof.n_columns_described, proof.n_columns),
        str(proof.n_leaks),
        "-" if proof.is_deterministic is None else "yes" if proof.is_deterministic else "NO",
    ]


def _of(n: int, n_all: int) -> str:
    """A count, and of how many where it is not all."""
    return str(n) if n == n_all else f"{n}/{n_all}"


def print_details(console: Console, proofs: Sequence[TaskProof]) -> None:
    """Print the legend of the table, then each task: its scenarios, its problems, and each mutant that survived."""
    for line in LEGEND:
        console.print(line, highlight=False)
    for proof in proofs:
        scenarios = ", ".join(f"{c.scenario} {c.n_passed}/{c.n_trials}" for c in proof.oracle)
        derived = f"; derived twice: {', '.join(proof.second_derivations)}" if proof.second_derivations else ""
        console.print(
            f"{proof.task}: oracle {scenarios}{derived}; {what_was_tried(proof)}", highlight=False, markup=False
        )
        for problem in proof.problems:
            console.print(f"  {problem}", style="red", highlight=False, markup=False)
        for mutant in proof.mutants:
            if mutant.outcome == "survived":
                _print_survivor(console, proof, mutant)


def what_was_tried(proof: TaskProof) -> str:
    """Mutants and how many are killed; where the agent writes data tests, the seeded faults and who catches them."""
    if not proof.faults:
        return f"{proof.count('killed')} of {len(proof.mutants)} mutants killed"
    caught = sum(fault.n_caught == fault.n_trials for fault in proof.faults)
    missed = sum(not fault.is_caught_by_idle for fault in proof.faults)
    return f"{len(proof.faults)} faults: {caught} caught by the solution, {missed} missed by the start"


def _print_survivor(console: Console, proof: TaskProof, mutant: MutantResult) -> None:
    console.print(f"  survives: {mutant.operator} in {mutant.part}", style="yellow", highlight=False, markup=False)
    for line in mutant.diff.splitlines():
        console.print(f"    {line}", highlight=False, markup=False)
    console.print("    Sharpen the data, or list it in the task's or the world's proof.yaml:")
    entry = f'- {{id: "{mutant.id}", operator: {mutant.operator}, part: {mutant.part}, reason: "..."}}'
    for line in ("equivalent:  # once in the file", entry):  # to be copied: a terminal may wrap it, and we may not
        console.print(f"    {line}", highlight=False, markup=False, soft_wrap=True)


def proofs_json(proofs: Sequence[TaskProof]) -> str:
    """Return the proofs as JSON, for `--json`."""
    content = [proof.model_dump(mode="json") | {"is_proven": proof.is_proven} for proof in proofs]
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)


def write_page(path: Path, proofs: Sequence[TaskProof], tasks: Sequence[str]) -> None:
    """Write the results below the mark of a Markdown page, whose text above it stays.

    Args:
        path: The page; it is made where there is none.
        proofs: Of some tasks or all.
        tasks: All that there are, in order. Those without a proof here keep what the page says of them.
    """
    proven = {proof.task: proof for proof in proofs}
    before = _read_page(path)
    rows = before.rows | {name: f"| `{name}` | {' | '.join(_cells(proof))} |" for name, proof in proven.items()}
    parts = before.parts | {name: "\n".join(_listed(proof)) for name, proof in proven.items()}
    names = [name for name in tasks if name in rows]
    is_of_all = set(names) <= set(proven) or not before.operators
    lines = [
        "## Results\n",
        *_table(
            *("task", "oracle", "idle", "killed", "survived"),
            *("equivalent", "accepted", "columns", "leaks", "deterministic"),
        ),
        *(rows[name] for name in names),
        *(_operators(proofs) if is_of_all else [before.operators]),
        *(parts[name] for name in names if name in parts),
    ]
    write_below(path, MARK, "Proof", lines)


class _Before(NamedTuple):
    """What a page says before it is written anew."""

    rows: dict[str, str]
    """Task -> its line of the results."""
    operators: str
    """The tables of operators."""
    parts: dict[str, str]
    """Task -> its section."""


def _read_page(path: Path) -> _Before:
    below = path.read_text(encoding="utf-8").partition(MARK)[2] if path.is_file() else ""
    sections = ["\n" + section.rstrip("\n") for section in re.split(r"^(?=## )", below, flags=re.MULTILINE)]
    rows = {match[1]: match[0] for match in re.finditer(r"^\| `(\w+)` \| \d+/\d+ \|.*$", below, re.MULTILINE)}
    named = ((re.match(r"\n## `(\w+)`\n", section), section) for section in sections)
    return _Before(
        rows=rows,
        operators="\n".join(section for section in sections if section.partition("\n\n")[0].endswith(" operators")),
        parts={match[1]: section for match, section in named if match},
    )


def _table(*names: str) -> Iterable[str]:
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"


def _operators(proofs: Sequence[TaskProof]) -> Iterable[str]:
    yield "\n## Mutation operators\n"
    yield f"Counted over {counted(len(proofs), 'task')}, when they were last proven together.\n"
    yield from _table("operator", "what it does", "made", "killed", "survived", "equivalent")
    counts: Counter[tuple[str, str]] = Counter((m.operator, m.outcome) for proof in proofs for m in proof.mutants)
    described = {name: _first_line(op) for name, op in (MUTATIONS | CONNECTION_MUTATIONS).items()} | _CONFIGURATION
    for name, text in described.items():
        by = [counts[name, outcome] for outcome in ("killed", "survived", "equivalent")]
        yield f"| `{name}` | {text} | {sum(by)} | {by[0]} | {by[1]} | {by[2]} |"
    yield "\n## Equivalence operators\n"
    yield from _table("operator", "what it does", "tried", "accepted")
    tried = Counter((e.operator, e.is_accepted) for proof in proofs for e in proof.equivalents)
    for name, rewrite in (REWRITES | CONNECTION_REWRITES).items():
        n = tried[name, True] + tried[name, False]
        yield f"| `{name}` | {_first_line(rewrite)} | {n} | {tried[name, True]} |"


_CONFIGURATION = {
    "key_dropped": "An incremental model has no key.",
    "key_wrong": "An incremental model or snapshot has another column as key.",
    "hook_dropped": "A hook of the model is forgotten: vanished rows stay.",
    "rows_appended": "An incremental model appends only.",
    "made_in_full": "An incremental model is thrown away and built again in each run.",
}


def _listed(proof: TaskProof) -> Iterable[str]:
    """A task's second derivations, survivors, and equivalent mutants with reasons."""
    yield f"\n## `{proof.task}`\n"
    if proof.second_derivations:
        yield f"Derived a second time in pandas: {', '.join(f'`{name}`' for name in proof.second_derivations)}.\n"
    survivors = [mutant for mutant in proof.mutants if mutant.outcome == "survived"]
    for mutant in survivors:
        yield f"- survives: `{mutant.id}` {mutant.operator} in `{mutant.part}`: {_change(mutant)}"
    listed = [mutant for mutant in proof.mutants if mutant.outcome == "equivalent"]
    if not listed:
        yield "No mutant is listed as equivalent."
        return
    yield "| mutant | operator | part | change | why no data can tell |"
    yield "|---|---|---|---|---|"
    for mutant in listed:
        yield f"| `{mutant.id}` | {mutant.operator} | `{mutant.part}` | {_change(mutant)} | {mutant.reason} |"


def _change(mutant: MutantResult) -> str:
    before, after = (text.replace("|", "\\|")[:90] for text in (mutant.before, mutant.after))
    return f"`{before}` → `{after}`" if after else f"without `{before}`"


def _first_line(operator: object) -> str:
    return (operator.__doc__ or "").strip().split("\n")[0]
