"""What several measurements share: the machine, the time of a command, a figure beside its limit."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

LOCKGATE = str(Path(sys.executable).with_name("lockgate"))


class Seconds(NamedTuple):
    """What a command took."""

    cpu: float
    """Of its process and all that it waited for."""
    wall: float


def machine() -> str:
    """The machine in a line, and how busy it is: wall times mean little on a busy one."""
    cores = len(os.sched_getaffinity(0))
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").is_file() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    name = found[1] if found else platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{cores} cores of {name}, {memory:.0f} GiB, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def best_of(n: int, command: Sequence[str], environment: Mapping[str, str]) -> Seconds:
    """Run a command several times; the run with the least processor time counts.

    Args:
        n: How often.
        command: Its program and arguments.
        environment: All of it.
    """
    return min(_timed(command, environment) for _ in range(n))


def _timed(command: Sequence[str], environment: Mapping[str, str]) -> Seconds:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return Seconds(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def is_within(name: str, value: float, limit: float, unit: str, note: str = "") -> bool:
    """Print a figure, its ratio to the limit and the limit.

    Args:
        name: Of what.
        value: The figure.
        limit: The most that it may be.
        unit: Of both.
        note: What else to say.

    Returns:
        Whether it is within the limit.
    """
    print(f"{name:<48} {value:8.2f} {unit}, {value / limit:5.2f} of the limit {limit:g} {unit}{note}", flush=True)
    return value <= limit
