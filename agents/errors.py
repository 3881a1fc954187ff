"""What can go wrong before and while an agent works, each with its sentence for people."""

from collections.abc import Sequence

from benchmark.errors import LockgateError


class ProviderError(LockgateError):
    """The model's provider gave no answer, for a reason that is not the agent's: the trial is unscored.

    Args:
        model: Name of the model.
        problem: What the provider said.
        n_tries: Calls made.
        is_passing: Whether it may answer later, as where it is down or limits the rate; a wrong key stays wrong.
    """

    def __init__(self, model: str, problem: str, n_tries: int = 1, *, is_passing: bool = False) -> None:
        self.model = model
        self.problem = problem
        self.n_tries = n_tries
        self.is_passing = is_passing
        tries = f" after {n_tries} tries" if n_tries > 1 else ""
        super().__init__(f"Model {model} gave no answer{tries}: {problem} Run the same command again to try again.")


class MissingKeyError(LockgateError):
    """A key is needed, and its variable is not set or cannot hold a key.

    Args:
        variable: Its name; several joined by ` or ` where any of them will do.
        who: What needs it.
        problem: What is wrong with it.
    """

    def __init__(self, variable: str, who: str, problem: str = "is not set") -> None:
        self.variable = variable
        super().__init__(f"{variable} {problem}: {who} needs the environment variable with its provider's key.")


class MissingProgramError(LockgateError):
    """The program of a command-line agent is not there.

    Args:
        program: Its name.
        agent: The agent's.
        install: How a person installs it; may be empty.
        variable: Names the folders in which it is looked for.
    """

    def __init__(self, program: str, agent: str, install: str, variable: str) -> None:
        self.program = program
        how = f" Install it: {install}." if install else ""
        super().__init__(
            f"Program '{program}' of agent {agent} is not there.{how} Where it is not in /usr, the sandbox sees it "
            f"once {variable} names the folder above its bin/."
        )


class PreflightError(LockgateError):
    """Trials cannot start.

    Args:
        problems: A sentence for each thing that is missing.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{' '.join(problems)} Nothing was started.")


class RefusedCallError(Exception):
    """The provider does not answer what the agent sends, though it answers other calls: the agent's own failure."""


class EmptyTrajectoryError(LockgateError):
    """A trajectory without a step, which the formats of others cannot hold."""

    def __init__(self, trial_id: str) -> None:
        self.trial_id = trial_id
        super().__init__(
            f"The trajectory of {trial_id} has no step, and ATIF and ADP need one: its agent never began. "
            f"`lockgate show --trajectory` says why."
        )


class LimitReached(Exception):
    """A limit of the budget is reached: the agent stops, and what it has is scored."""

    def __init__(self, limit: str, detail: str) -> None:
        self.limit = limit
        super().__init__(f"{limit}: {detail}")
