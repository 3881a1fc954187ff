"""Mutation testing of our own code: `python -m tests.mutation [compare] [scoring] [proof]`, or `make mutate`.

Draws a sample of mutants of each package, runs for each the tests of that package that run the mutated function, and
says which share the tests kill. Results are kept, so that a second call goes on where the first one stopped.
"""

import argparse
import json
import sys
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

try:
    from tests.mutation.covering import CoveringTest, read_tests, tests_for
    from tests.mutation.mutants import Mutant, draw_sample
    from tests.mutation.trials import MutationError, copied_repository, list_tests, record_tests, try_mutant
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name} is missing; `make mutate` installs it.")

ROOT = Path(__file__).parents[2]
PACKAGES = ("compare", "scoring", "proof")
LIMIT = 0.85
"""Share of the mutants, without the equivalent ones, that tests must kill."""
LEFT_OUT = {
    "compare": ("test_shadowed_functions.py", "test_equality_rules.py::test_two_thousand_columns"),
    "scoring": ("test_hostile_tables.py::test_a_hostile_file_is_its_tables_failure",),
    "proof": (),
}
"""Tests that take ten seconds and more: a mutant that only these would kill counts as alive."""


class Equivalent(BaseModel):
    """A mutant that no test can kill."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    path: str
    change: str
    """Lines taken away and put in."""
    reason: str
    """Why no behaviour that counts differs."""


def read_equivalents() -> dict[str, Equivalent]:
    """The list of equivalent mutants, by id."""
    listed = yaml.safe_load(Path(__file__).with_name("equivalent.yaml").read_text()) or []
    return {found.id: found for found in map(Equivalent.model_validate, listed)}


def main() -> None:
    """Measure and print; exit code 1 where a package's share is below the limit."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("packages", nargs="*", choices=[*PACKAGES, []], default=PACKAGES, metavar="PACKAGE")
    parser.add_argument("--sample", type=int, default=110, help="mutants per package (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=11, help="of the sample (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=25.0, help="of tests per mutant, at most (default: %(default)s)"
    )
    parser.add_argument("--again", action="store_true", help="try again what was alive")
    parser.add_argument("--only", metavar="ID", nargs="+", default=[], help="try again these mutants")
    parser.add_argument("--results", type=Path, default=ROOT / ".lockgate" / "mutation", help="a folder")
    arguments = parser.parse_args()
    arguments.results.mkdir(parents=True, exist_ok=True)
    console = Console()
    table = Table("Package", "Mutants", "Sample", "Equivalent", "Killed", "Alive", "Share killed", "Limit")
    is_enough = True
    try:
        with copied_repository(ROOT) as copy:
            for package in arguments.packages:
                row, is_package_enough = _measure(copy, package, arguments, console)
                table.add_row(*row)
                is_enough &= is_package_enough
    except MutationError as error:
        sys.exit(f"Mutation testing: {error}")
    console.print(table)
    sys.exit(0 if is_enough else 1)


def _measure(copy: Path, package: str, arguments: argparse.Namespace, console: Console) -> tuple[list[str], bool]:
    equivalents = read_equivalents()
    sample, n_all = draw_sample(ROOT, f"evaluators/{package}", arguments.sample, arguments.seed)
    tests = _covering_tests(copy, package, arguments.results / f"{package}_tests.json", console)
    kept = arguments.results / f"{package}_mutants.json"
    known: dict[str, list[str]] = json.loads(kept.read_text()) if kept.is_file() else {}
    killers: dict[str, list[str]] = {}
    columns = (
        TextColumn(package),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=len(sample))
        for mutant in sample:
            progress.update(bar, description=f"{mutant.path}:{mutant.line}")
            outcome = known.get(mutant.id, [""])[0]
            is_again = mutant.id in arguments.only or (arguments.again and outcome == "alive")
            if mutant.id not in equivalents and (not outcome or is_again):
                first = killers.setdefault(mutant.path, [])
                found = try_mutant(copy, mutant, tests_for(mutant, tests, first, arguments.seconds))
                known[mutant.id] = list(found)
                kept.write_text(json.dumps(known))
                if found[1]:
                    killers[mutant.path] = [found[1], *(test for test in first if test != found[1])][:5]
            progress.advance(bar)
    return _report(package, sample, n_all, known, equivalents, console)


def _covering_tests(copy: Path, package: str, kept: Path, console: Console) -> list[CoveringTest]:
    """What the tests of a package run; what is known is not run again."""
    folder = f"tests/evaluators/{package}"
    chosen = [folder, *(f"--deselect={folder}/{name}" for name in LEFT_OUT[package])]
    wanted = list_tests(copy, chosen)
    known = {test.id: test for test in read_tests(kept)} if kept.is_file() else {}
    new = [test for test in wanted if test not in known]
    if new:
        with console.status(f"{package}: running {len(new)} tests without a mutant"):
            record_tests(copy, f"evaluators/{package}", new, kept.with_suffix(".new"))
        known |= {test.id: test for test in read_tests(kept.with_suffix(".new"))}
        every = [known[test]._asdict() | {"functions": sorted(known[test].functions)} for test in wanted]
        kept.write_text(json.dumps(every))
    return [known[test] for test in wanted]


def _report(
    package: str,
    sample: list[Mutant],
    n_all: int,
    known: dict[str, list[str]],
    equivalents: dict[str, Equivalent],
    console: Console,
) -> tuple[list[str], bool]:
    counted = [mutant for mutant in sample if mutant.id not in equivalents]
    alive = [mutant for mutant in counted if known[mutant.id][0] == "alive"]
    for mutant in alive:
        console.print(f"alive: {mutant.id} {mutant.path}:{mutant.line} {mutant.function}", style="bold")
        console.print(mutant.change, markup=False, highlight=False)
    n_killed = len(counted) - len(alive)
    share = n_killed / max(len(counted), 1)
    figures = (n_all, len(sample), len(sample) - len(counted), n_killed, len(alive))
    return [package, *map(str, figures), f"{share:.1%}", f"{LIMIT:.0%}"], share >= LIMIT


if __name__ == "__main__":
    main()
