"""The proof's sample, and what makes a task not proven."""

from benchmark.registry import select_tasks
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.prove_task import variant_problems
from evaluators.proof.result import EquivalentResult, MutantResult
from orchestration.prove import take_sample


def mutant(number: int, outcome: str) -> MutantResult:
    return MutantResult(
        id=f"{number:08x}", operator="join_kind", part="marts.x", before="a", after="b", outcome=outcome
    )


def test_every_task_has_its_turn():
    tasks = select_tasks([])
    seen = [take_sample(tasks, 1, turn)[0].id for turn in range(len(tasks))]
    assert sorted(seen) == sorted(task.id for task in tasks)


def test_one_survivor_in_a_hundred_is_tolerated_three_are_not():
    listed = tuple(mutant(i, "equivalent") for i in range(1000, 1100))
    rejected = tuple(mutant(i, "rejected") for i in range(99))
    assert variant_problems((*listed, *rejected, mutant(500, "surviving")), ()) == []
    survivors = tuple(mutant(500 + i, "surviving") for i in range(3))
    assert "99 of 102" in variant_problems((*rejected, *survivors), ())[0]


def test_an_equivalent_that_is_rejected_is_a_problem():
    item = EquivalentResult(operator="rows_reordered", part="marts.x", is_accepted=False, difference="visible")
    assert "rows_reordered of marts.x is not accepted" in variant_problems((), (item,))[0]


def test_a_listed_mutant_that_is_not_made_is_reported():
    task = next(task for task in select_tasks([]) if task.id == "flights_feeds")
    problems = Listing(task).problems([])
    assert any("708e749e" in problem and "not made any more" in problem for problem in problems)
