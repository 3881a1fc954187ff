"""What can go wrong with a trial's source systems."""

from collections.abc import Sequence

from benchmark.errors import LockgateError


class SourceSystemError(LockgateError):
    """A source system of a trial did not start, died, or did not take on a new day. Never the agent's fault.

    Args:
        system: Which one, for example `operations`; `host` for the process that holds them all.
        problem: One sentence or more.
        log: Last lines of the process's log.
    """

    def __init__(self, system: str, problem: str, log: Sequence[str] = ()) -> None:
        self.system = system
        self.problem = problem
        self.log = tuple(log)
        tail = "\nEnd of its log:\n" + "\n".join(log) if log else ""
        super().__init__(f"Source system {system}: {problem}{tail}")
