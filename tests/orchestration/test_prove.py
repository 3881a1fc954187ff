"""The sample of a proof."""

from hypothesis import given
from hypothesis import strategies as st

from benchmark.registry import select_tasks
from orchestration.prove import take_sample


def test_every_task_has_its_turn():
    tasks = select_tasks([])
    seen = [take_sample(tasks, 1, turn)[0].id for turn in range(len(tasks))]
    assert sorted(seen) == sorted(task.id for task in tasks)


@given(n=st.integers(1, 15), first=st.integers(0, 10_000))
def test_a_sample_is_so_many_tasks_in_their_order_and_all_have_their_turn(n: int, first: int) -> None:
    tasks = select_tasks([])
    ids = [task.id for task in tasks]
    n_turns = -(-len(tasks) // n)
    samples = [[task.id for task in take_sample(tasks, n, turn)] for turn in range(first, first + n_turns)]
    assert {len(sample) for sample in samples} == {min(n, len(tasks))}
    assert all(sample == sorted(sample, key=ids.index) for sample in samples)
    assert {name for sample in samples for name in sample} == set(ids)
