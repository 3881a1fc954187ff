"""The runtimes of one evaluation, on which a job that ran out of time shortens the limit of those of its kind.

A table that never ends (a join without a key) takes a build's whole limit, ten minutes. One evaluation builds the same
project many times: in part and as a whole, in every run of every scenario, and again for the component score. If each
build had the whole limit, such a submission would take hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Runtime
from runtime.sandbox.registry import open_runtime

SHARE = 0.1
"""Part of its limit that a job gets once another one of its kind has run out of time.

Of a build it is 60 s; a build of an honest pipeline takes 5 to 20 s."""

READ_SOURCES = frozenset({"runtime.jobs.load:run", "runtime.jobs.orchestrate:run"})
"""Jobs that always have their whole limit. How long they take depends on the incident of their run, too: a load that is
done in seconds waits for 100 s where endpoints fail."""


class _Kind(NamedTuple):
    """What jobs have in common of which one that ran out of time speaks for the others."""

    entry: str
    is_in_part: bool
    """Whether it builds only what differs from the solution. That is quick where the whole project may not be."""


class PatientRuntimes:
    """Opens the runtimes on which the jobs of one submission run.

    All of them share what ran out of time, whichever seed or thread it belongs to. Two jobs of a kind that run at the
    same time on two threads may both have their whole limit.

    Args:
        sandbox: Where the submission runs: a name of `runtime.sandbox.registry`.
        servers: Fork the jobs. What is not the submission's (gold, judges) runs on them directly, with all its time.
    """

    def __init__(self, sandbox: str, servers: ForkRuntime) -> None:
        self.servers = servers
        self._sandbox = sandbox
        self._out_of_time: set[_Kind] = set()

    @contextmanager
    def open(self) -> Iterator[Runtime]:
        """One more of them; see `runtime.sandbox.registry.open_runtime`."""
        with open_runtime(self._sandbox, self.servers) as runtime:
            yield _PatientRuntime(runtime, self._out_of_time)


class _PatientRuntime:
    """A runtime that notes which kinds of jobs ran out of time, and shortens the limit of the next ones."""

    def __init__(self, runtime: Runtime, out_of_time: set[_Kind]) -> None:
        self.network_pid = runtime.network_pid
        self.has_walls = runtime.has_walls
        self._runtime = runtime
        self._out_of_time = out_of_time

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        """Run a child to its end; see `runtime.interface.Runtime`.

        Args:
            request: What to run.
            profile: Which libraries it finds imported.

        Raises:
            RuntimeFaultError: The backend itself broke.
        """
        if request.entry in READ_SOURCES:
            return self._runtime.run(request, profile)
        kind = _Kind(request.entry, "given" in request.arguments)
        whole = request.limits.wall_seconds
        short = SHARE * whole
        if kind not in self._out_of_time:
            result = self._runtime.run(request, profile)
            if _ran_out_of_time(result, short):
                self._out_of_time.add(kind)
            return result
        result = self._runtime.run(replace(request, limits=replace(request.limits, wall_seconds=short)), profile)
        if result.status != "timeout":
            return result
        why = f"It had {short:g} s in place of {whole:g} s, since a job of its kind had run out of time before."
        return replace(result, message=f"{result.message} {why}")


def _ran_out_of_time(result: ChildResult, short: float) -> bool:
    """Whether a limit stopped a job that had more time than the next ones would have.

    On many processors the limit of processor time, which has the status `killed`, comes before that of wall time. A job
    that was stopped at once tells nothing: what it met is another limit, or the seed had no time left for it.
    """
    return result.status in ("timeout", "killed") and result.wall_seconds >= short
