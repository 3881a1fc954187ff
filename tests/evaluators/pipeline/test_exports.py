"""One table that cannot be exported does not take the others with it."""

from evaluators.pipeline.exports import export_apart


class Jobs:
    """Exports that fail as a whole where one of some tables is among them."""

    def __init__(self, *bad: str) -> None:
        self.bad = set(bad)
        self.jobs: list[list[str]] = []

    def export(self, tables: list[str]) -> dict[str, str]:
        """As `PipelineChain.export`."""
        self.jobs.append(tables)
        return dict.fromkeys(tables, "It was stopped.") if self.bad & set(tables) else {}


def test_tables_are_exported_in_one_job() -> None:
    jobs = Jobs()
    assert export_apart(jobs.export, ["a", "b"]) == {}
    assert jobs.jobs == [["a", "b"]]


def test_where_the_job_fails_each_has_one_of_its_own() -> None:
    jobs = Jobs("b")
    assert export_apart(jobs.export, ["a", "b", "c"]) == {"b": "It was stopped."}
    assert jobs.jobs == [["a", "b", "c"], ["a"], ["b"], ["c"]]


def test_a_single_table_is_tried_once() -> None:
    jobs = Jobs("a")
    assert export_apart(jobs.export, ["a"]) == {"a": "It was stopped."}
    assert jobs.jobs == [["a"]]
