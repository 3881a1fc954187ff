"""Peak resident memory of `lockgate run -j 2`: `python -m perf.memory [--tasks PATTERN]... [--agent NAME] [-j N]`.

Twice a second the memory of the command and of everything below it is added up: proportional set sizes, which count a
page that several processes share once. Everything is in a LOCKGATE_HOME of its own, so gold is built, too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from perf.figures import LOCKGATE, is_within, machine
from runtime.processes import adopt_orphans

LIMIT_GIB = 3.0
_PAUSE_SECONDS = 0.5


def main() -> None:
    """Measure and print; exit code 1 over the limit, or where the run fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", "-t", action="append", metavar="PATTERN", help="as of `lockgate run`")
    parser.add_argument("--agent", "-a", default="oracle")
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--parallel", "-j", type=int, default=2, metavar="N")
    chosen = parser.parse_args()
    adopt_orphans()
    command = [LOCKGATE, "run", "-q", "-a", chosen.agent, "-j", str(chosen.parallel), "--sandbox", chosen.sandbox]
    for pattern in chosen.tasks or ["tag:demo"]:
        command += ["-t", pattern]
    print(machine())
    print(" ".join(["lockgate", *command[1:]]), flush=True)
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(command, env={**os.environ, "LOCKGATE_HOME": home}, stdout=subprocess.DEVNULL)
        peak: dict[str, int] = {}
        while process.poll() is None:
            now = _memory_by_program()
            if sum(now.values()) > sum(peak.values()):
                peak = now
            time.sleep(_PAUSE_SECONDS)
    for program, n_bytes in sorted(peak.items(), key=lambda item: -item[1]):
        print(f"  {n_bytes / 2**20:7.0f} MiB  {program}")
    is_fine = is_within("peak of all processes together", sum(peak.values()) / 2**30, LIMIT_GIB, "GiB")
    sys.exit(0 if is_fine and process.returncode == 0 else 1)


def _memory_by_program() -> dict[str, int]:
    """Program -> bytes of all processes below this one, as they are now."""
    found: dict[str, int] = defaultdict(int)
    for pid in _below(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            n_bytes = _proportional_bytes(pid)
        except (OSError, ValueError):  # it has ended
            continue
        words = [Path(word.decode(errors="replace")).name for word in command if word and not word.startswith(b"-")]
        found[" ".join(words[:3]) or "?"] += n_bytes
    return dict(found)


def _below(pid: int) -> Iterator[int]:
    """Every process below one, whichever of its threads started it."""
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError):  # it has ended
            continue
        children[parent].append(int(path.parent.name))
    todo = list(children[pid])
    while todo:
        one = todo.pop()
        yield one
        todo += children[one]


def _proportional_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"process {pid} has no memory")


if __name__ == "__main__":
    main()
