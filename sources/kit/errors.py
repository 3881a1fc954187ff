"""What is wrong with a declared world's data."""

from benchmark.errors import LockgateError


def duckdb_message(error: Exception) -> str:
    """What DuckDB says, in one line, without the lists of functions that there are."""
    text = str(error).split("\nLINE ")[0].split("Candidate functions:")[0]
    return " ".join(text.split())


class GeneratorError(LockgateError):
    """A generator, an extract or a rule about them cannot be used.

    Args:
        where: File, or table and column, as the author knows it.
        problem: What is wrong and what to do; one or two sentences.
    """

    def __init__(self, where: object, problem: str) -> None:
        self.where = str(where)
        self.problem = problem
        super().__init__(f"{where}: {problem}")
