"""What it costs to prove tasks from nothing: `python -m perf.suite [--tasks PATTERN]... [-j N]`.

Everything is in a LOCKGATE_HOME of its own, so no gold, no data and no proof is there before. Printed are the wall and
processor seconds of each kind of piece, those of all together, and the processor seconds per task as a ratio to what
one proof took when every task was proven alone.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict

BEFORE_SECONDS = 200.0
"""Processor time of the proof of `flights_otp_scorecard` before tasks shared anything, on 2 cores."""
LIMIT = 1 / 8


def main() -> None:
    """Measure and print; exit code 1 over the limit, or where a task is not proven."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", "-t", action="append", default=[], metavar="PATTERN", help="as of `lockgate prove`")
    parser.add_argument("-n", type=int, metavar="N", help="only the first N of them")
    parser.add_argument("--parallel", "-j", type=int, default=2, metavar="N", help="pieces at once")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["LOCKGATE_HOME"] = home
        is_fine = _measure(arguments.tasks, arguments.n, arguments.parallel)
    sys.exit(0 if is_fine else 1)


def _measure(patterns: list[str], n_tasks: int | None, n_parallel: int) -> bool:
    from benchmark.registry import select_tasks
    from evaluators.proof.workers import Answer
    from orchestration.prove import prove_tasks
    from perf.figures import is_within, machine

    tasks = select_tasks(patterns)[:n_tasks]
    pieces: dict[str, list[Answer]] = defaultdict(list)
    print(machine())
    began = time.monotonic()
    proofs = prove_tasks(tasks, n_parallel, on_answer=lambda answer: pieces[answer.piece.kind].append(answer))
    wall, cpu = time.monotonic() - began, _cpu_seconds()
    print("piece        number     wall s  own processor s")
    for kind, answers in sorted(pieces.items()):
        own = sum(answer.cpu_seconds for answer in answers)
        print(f"{kind:<12} {len(answers):6} {sum(answer.wall_seconds for answer in answers):10.1f} {own:10.1f}")
    n_mutants = sum(len(proof.mutants) for proof in proofs)
    told = f"{len(tasks)} tasks, {n_mutants} mutants, {n_parallel} pieces at once"
    print(f"{told}: {wall:.0f} s wall, {cpu:.0f} s of processors")
    for proof in proofs:
        if not proof.is_proven:
            print(f"{proof.task} is not proven: {'; '.join(proof.problems[:3])}")
    ratio = cpu / len(tasks) / BEFORE_SECONDS
    is_fine = is_within(f"processor time per task, of {BEFORE_SECONDS:g} s", ratio, LIMIT, "")
    return is_fine and all(proof.is_proven for proof in proofs)


def _cpu_seconds() -> float:
    """Of this process, and of all below it that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in used)


if __name__ == "__main__":
    main()
