"""What tests of the proof share: one task that asks, and the answers for it."""

from collections.abc import Iterable, Mapping

from benchmark.tables import TableSpec
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.gold_database import MutantOutcome, Outcomes, Watch, watch_tables
from evaluators.proof.result import MutantResult, TriedMutant

TASK = "asking_task"
ASKING = frozenset({TASK})


def watched(scored: Mapping[str, TableSpec], task: str = TASK) -> dict[str, tuple[Watch, ...]]:
    """What one task scores, as a database of a proof wants it."""
    return watch_tables({task: scored})


def only(outcomes: Outcomes) -> MutantOutcome:
    """What became of a version for the one task that asked."""
    (outcome,) = outcomes.values()
    return outcome


def settled(tried: Iterable[TriedMutant], listing: Listing | None = None) -> tuple[MutantResult, ...]:
    """Mutants with what a task lists."""
    return tuple(mutant.settled(listing.reason(mutant.id) if listing else "") for mutant in tried)
