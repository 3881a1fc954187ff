"""What is wrong with a declared world's data."""

from benchmark.errors import LockgateError
from sources.contract import GENERATION_SECONDS


def duckdb_message(error: Exception) -> str:
    """What DuckDB says, in one line, without the lists of functions that there are; or that the time was over."""
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        return (
            f"was still running when the {GENERATION_SECONDS:g} seconds for the data of a day were over. Look for a "
            "recursion without an end or a join without a condition, or ask for fewer days or a smaller scale."
        )
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
