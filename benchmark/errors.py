"""Errors that a user can act on: what happened, where, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmark.spelling import listed_names, nearest


class LockgateError(Exception):
    """A mistake of the user's, or of the surroundings, that has one clear message.

    The command line prints the message without a traceback and exits with code 1.
    """


@dataclass(frozen=True)
class Problem:
    """One mistake in a file, as data."""

    message: str
    """What is wrong, which key, what is allowed; without file and line."""
    code: str = "LG005"
    """Its kind, as `lockgate check` names it."""
    key: str = ""
    """Keys and positions from the top, joined by dots; empty where no key is at fault."""
    line: int | None = None
    """From 1; None where it is not known."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class SpecError(LockgateError):
    """A file of a world, task, connection or expectation suite is not valid.

    Args:
        path: The file, as the user knows it.
        problems: What is wrong, one entry each; a plain sentence is a problem without line and key.
    """

    def __init__(self, path: object, problems: Iterable[Problem | str]) -> None:
        self.path = path
        self.problems = tuple(Problem(item) if isinstance(item, str) else item for item in problems)
        listed = "; ".join(map(str, self.problems))
        super().__init__(f"{path}: {listed}")


class UnknownNameError(LockgateError):
    """A name that is not registered.

    Args:
        kind: What was looked up, for example ``task``.
        name: The name received.
        known: Names that exist.
    """

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = known
        near = nearest(name, known)
        question = f" Did you mean '{near}'?" if near else ""
        super().__init__(f"Unknown {kind} '{name}'. Known: {listed_names(name, known)}.{question}")


class SubmissionError(LockgateError):
    """What a submission left cannot be read or is too much: its failure, and never a reason to leave it unscored."""


class OurFaultError(LockgateError):
    """A fault that is provably not the submission's. A trial that meets it is unscored."""
