"""`lockgate prove`: the pieces of all proofs as one queue over worker processes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from benchmark.cache import in_use
from benchmark.task import Task
from evaluators.proof.content_hashes import ContentHasher, ContentHashes
from evaluators.proof.piece_store import PieceStore
from evaluators.proof.pieces import Piece
from evaluators.proof.result import TaskProof
from evaluators.proof.solution_proof import SolutionProof, Work
from evaluators.proof.task_groups import alike
from evaluators.proof.task_proofs import read_proof, write_proof
from evaluators.proof.workers import Answer, Workers
from orchestration.proof_queue import next_place
from runtime.fork_client import ForkRuntime
from runtime.interface import WITH_DAGSTER

OnPieces = Callable[[Sequence[Piece], Sequence[Piece]], None]
OnDone = Callable[[TaskProof], None]
OnAnswer = Callable[[Answer], None]
OnProof = Callable[[Task, TaskProof, ContentHashes], None]


def take_sample(tasks: Sequence[Task], n: int, turn: int | None = None) -> list[Task]:
    """Some of the tasks, others each day: after `len(tasks) / n` days each has had its turn.

    Args:
        tasks: All of them, in a fixed order.
        n: How many.
        turn: Which turn; None = the date.
    """
    today = datetime.now(UTC).date().toordinal() if turn is None else turn
    first = today * n % len(tasks)
    chosen = {tasks[(first + i) % len(tasks)].id for i in range(min(n, len(tasks)))}
    return [task for task in tasks if task.id in chosen]


def prove_tasks(
    tasks: Sequence[Task],
    n_parallel: int,
    on_pieces: OnPieces = lambda _running, _waiting: None,
    on_done: OnDone = lambda _proof: None,
    *,
    on_answer: OnAnswer = lambda _answer: None,
    on_proof: OnProof = lambda _task, _proof, _hashes: None,
    is_fresh: bool = False,
) -> list[TaskProof]:
    """Prove tasks, as far as no stored proof or piece of one says it.

    Args:
        tasks: The tasks.
        n_parallel: Pieces at once, from 1.
        on_pieces: Receives what runs now, and what waits, as it changes.
        on_done: Receives each proof as it is complete.
        on_answer: Receives each piece that has ended, with its result and its times.
        on_proof: Receives each proof with the hashes of all that it read; not where that changed meanwhile, or where
            something could not be tried.
        is_fresh: Whether to use nothing that is stored but gold.

    Returns:
        One proof per task, in their order; where a task cannot be tried, the proof has the reason among its problems.

    Raises:
        OurFaultError: Our own code broke.
    """
    store, hasher = PieceStore(is_fresh=is_fresh), ContentHasher()
    hashes = {task.id: hasher.hashes(task) for task in tasks}
    proofs: dict[str, TaskProof] = {}
    todo = []
    for task in tasks:
        stored = read_proof(task.id, hashes[task.id], store)
        if stored is None:
            todo.append(task)
        else:
            proofs[task.id] = stored
            on_proof(task, stored, hashes[task.id])
            on_done(stored)
    if todo:
        by_id = {task.id: task for task in todo}
        for found in _prove(todo, store, n_parallel, on_pieces, on_answer):
            task, proof = by_id[found.task], found
            now = ContentHasher().hashes(task)
            if changed := now.changed(hashes[task.id]):
                proof = _of_changing_files(proof, changed)
            else:
                write_proof(now, proof, store)
                if proof.is_whole:  # what could not be tried says nothing of the task
                    on_proof(task, proof, now)
            proofs[task.id] = proof
            on_done(proof)
    return [proofs[task.id] for task in tasks]


def _of_changing_files(proof: TaskProof, changed: Sequence[str]) -> TaskProof:
    """A proof of files that were edited meanwhile: nobody knows which version it read."""
    problem = f"{' and '.join(changed)} changed while it was proven; prove it again"
    return proof.model_copy(update={"problems": (*proof.problems, problem)})


def _prove(
    tasks: Sequence[Task], store: PieceStore, n_parallel: int, on_pieces: OnPieces, on_answer: OnAnswer
) -> Iterable[TaskProof]:
    with in_use("proofs"), ForkRuntime() as runtime, runtime.shared(), Workers(math.ceil(2.5 * n_parallel)) as workers:
        if any(task.spec.orchestration for task in tasks):
            runtime.warm(WITH_DAGSTER)
        solutions = [SolutionProof(some, store) for some in alike(tasks)]
        later = _near_another(solutions)
        queue = [(solution, work) for solution in solutions if solution not in later for work in solution.first()]
        running: dict[int, tuple[SolutionProof, Work]] = {}
        while queue or running:
            while (place := _next(queue, workers, n_parallel)) is not None:
                solution, work = queue.pop(place)
                workers.start(work.piece)
                running[id(work.piece)] = (solution, work)
            on_pieces(workers.running, [work.piece for _, work in queue])
            for answer in workers.wait():
                on_answer(answer)
                solution, work = running.pop(id(answer.piece))
                queue += [(solution, new) for new in solution.take(work, answer.result, answer.error)]
                yield from solution.finished()
                busy = {other for other, left in (*queue, *running.values()) if left.piece.kind == "gold"}
                for near in [near for near, base in later.items() if base not in busy]:
                    del later[near]
                    queue += [(near, new) for new in near.first()]


def _near_another(solutions: Sequence[SolutionProof]) -> dict[SolutionProof, SolutionProof]:
    """Solutions that are not their world's pipeline -> the proof of that pipeline, whose gold they take part of."""
    pipelines = {
        proof.tasks[0].world.id: proof
        for proof in solutions
        if not all(task.solution_dir.is_dir() for task in proof.tasks)
    }
    return {
        proof: pipelines[proof.tasks[0].world.id]
        for proof in solutions
        if proof not in pipelines.values() and proof.tasks[0].world.id in pipelines
    }


def _next(queue: Sequence[tuple[SolutionProof, Work]], workers: Workers, n_parallel: int) -> int | None:
    """Place in the queue of the piece that a worker takes now."""
    if not workers.has_room:
        return None
    return next_place([work.piece for _, work in queue], workers.running, n_parallel)
