"""Errors that a user can act on: what happened, where, what to do."""


class LockgateError(Exception):
    """A mistake of the user's, or of the surroundings, that has one clear message.

    The command line prints the message without a traceback and exits with code 1.
    """


class SpecError(LockgateError):
    """A file of a world, task, connection or expectation suite is not valid.

    Args:
        path: The file, as the user knows it.
        problems: One sentence each; names the key and what is allowed.
    """

    def __init__(self, path: object, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        listed = "; ".join(problems)
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
        listed = ", ".join(sorted(known)) or "none"
        super().__init__(f"Unknown {kind} '{name}'. Known: {listed}.")


class SubmissionError(LockgateError):
    """What a submission left cannot be read or is too much: its failure, and never a reason to leave it unscored."""


class OurFaultError(LockgateError):
    """A fault that is provably not the submission's. A trial that meets it is unscored."""
