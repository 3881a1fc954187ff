"""What a proof found out about one task. Holds no times and no paths: two runs give the same."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Outcome = Literal["killed", "equivalent", "survived"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MutantResult(_Record):
    """One wrong version of one part of the solution."""

    id: str
    operator: str
    part: str
    """The model, or the stream `connection.stream`, that is wrong."""
    before: str
    after: str
    outcome: Outcome
    killed_in: str = ""
    """Scenario in which it was told from gold first."""
    killed_by: str = ""
    """Scored table that differed, and how."""
    reason: str = ""
    """Why it is listed as equivalent."""
    diff: str = ""


class TriedMutant(_Record):
    """What became of one wrong version, before anybody asks whether it is listed as equivalent."""

    id: str
    operator: str
    part: str
    before: str
    after: str
    killed_in: str = ""
    """As in `MutantResult`; empty = it survived."""
    killed_by: str = ""
    is_killed_late: bool = False
    """It took rows in another order, or dbt below it; a mutant that is listed is not held to that."""
    diff: str = ""

    def settled(self, reason: str) -> MutantResult:
        """The result, where `reason` says why it is listed as equivalent; empty = it is not."""
        is_killed = bool(self.killed_in) and not (self.is_killed_late and reason)
        return MutantResult(
            id=self.id,
            operator=self.operator,
            part=self.part,
            before=self.before,
            after=self.after,
            outcome="killed" if is_killed else "equivalent" if reason else "survived",
            killed_in=self.killed_in if is_killed else "",
            killed_by=self.killed_by if is_killed else "",
            reason="" if is_killed else reason,
            diff="" if is_killed else self.diff,
        )


class EquivalentResult(_Record):
    """One other way to write a part of the solution."""

    operator: str
    part: str
    is_accepted: bool
    difference: str = ""
    diff: str = ""


class ScenarioCheck(_Record):
    """How the oracle fared in one scenario."""

    scenario: str
    n_passed: int
    n_trials: int


class FaultCheck(_Record):
    """Whether the data tests of the solution and of the start notice one seeded fault."""

    fault: str
    n_caught: int
    """Scenarios of the oracle's trials in which it is caught."""
    n_trials: int
    is_caught_by_idle: bool


class TaskProof(_Record):
    """Everything that was found out about one task."""

    task: str
    kind: str
    oracle: tuple[ScenarioCheck, ...] = ()
    idle_fails: bool | None = None
    mutants: tuple[MutantResult, ...] = ()
    equivalents: tuple[EquivalentResult, ...] = ()
    faults: tuple[FaultCheck, ...] = ()
    """Seeded faults of a `data_tests` task, which take the place of mutants."""
    n_facts: int = 0
    """Facts of the answer that the ticket asks for; each was tried with a wrong value, and left out."""
    n_columns: int = 0
    """Scored columns."""
    n_columns_described: int = 0
    n_leaks: int = 0
    is_deterministic: bool | None = None
    second_derivations: tuple[str, ...] = ()
    """Scored tables that a second derivation in pandas gives as well."""
    problems: tuple[str, ...] = ()
    """One sentence each; none = proven."""
    is_whole: bool = Field(default=True, exclude=True)
    """False = something could not be tried, perhaps by chance; such a proof is told, and not kept."""

    @property
    def is_proven(self) -> bool:
        """Nothing speaks against the task."""
        return not self.problems

    def count(self, outcome: Outcome) -> int:
        """Mutants with this outcome."""
        return sum(mutant.outcome == outcome for mutant in self.mutants)
