"""A task: `dbt_projects/<world>/tasks/<task>/task.yaml`."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from benchmark.answer import FactSpec, check_names_differ
from benchmark.budget import Budget
from benchmark.errors import LockgateError
from benchmark.graph_rules import PolicyRule
from benchmark.orchestration import OrchestrationSpec
from benchmark.planted import PlantedSpec
from benchmark.seeded_faults import FaultsFile
from benchmark.stages import STAGES, Stage
from benchmark.tables import Identifier, TableName, TableSpec
from benchmark.work import WorkSpec
from benchmark.world import World
from benchmark.yaml_files import read_text

CANARY = "lockgate canary 5b0c6a1e-6f1d-4d53-9c57-0f6c1f5b7a42: benchmark data must not appear in training corpora"
"""Stands in each task file, so that leaks into training data can be found."""

HINT_LEVELS = (1, 2, 3)
"""Levels of help beyond the bare instruction, which is level 0; each level includes those below it."""

TaskKind = Literal[
    "load", "impl", "evol", "repair", "data_tests", "incremental", "migrate", "optimize", "orchestrate",
]  # fmt: skip

TaskOrigin = Literal["written", "generated"]
"""Whether a person wrote a task, or `lockgate generate` made it from a world's pipeline."""

KIND_ALIASES = {"quality": "data_tests"}
"""Earlier names of kinds, still understood."""


def canonical_kind(kind: object) -> object:
    """Return the name under which a kind is listed: `quality`, its earlier name, is `data_tests`."""
    return KIND_ALIASES.get(kind, kind) if isinstance(kind, str) else kind


class Removal(BaseModel):
    """What is taken away before the files of `start/` or `solution/` are laid over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remove: tuple[str, ...] = ()
    """Globs or folders, relative to the workspace; `*` crosses folders."""


class AlternativeSpec(BaseModel):
    """Another right answer: files laid over the solution, whose tables are accepted beside gold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Identifier
    """The files stand in `alternatives/<name>/` beside task.yaml."""
    reason: str = Field(min_length=1)
    """Why the ticket allows both; a reader of a verdict sees it."""
    tables: tuple[TableName, ...] = Field(min_length=1)
    """Scored tables that may be so, each by itself."""


class Measured(BaseModel):
    """How much a task asks, as tools found out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_files: int | None = Field(default=None, ge=1)
    """Files of the solution that the start lacks or has otherwise; None = nobody counted."""
    n_wrong_tables: int | None = Field(default=None, ge=1)
    """Tables of the world that the start lacks or has otherwise, scored or not, on the visible data; None as above."""
    hops: int | None = Field(default=None, ge=1)
    """Repairs: models from the cause to the table in which people see it; the farthest of several."""
    agents: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    """Agent -> component score that it got on the visible data, of those that need no model; by `lockgate measure`."""


class TaskFile(BaseModel):
    """The content of `task.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Annotated[TaskKind, BeforeValidator(canonical_kind)]
    title: str = Field(min_length=1)
    difficulty: Literal["easy", "medium", "hard"]
    origin: TaskOrigin = "written"
    """Who made it: a person, or `lockgate generate`; figures tell them apart."""
    measured: Measured | None = None
    """None = nobody measured."""
    tags: tuple[str, ...] = ()
    budget: Budget = Budget()
    protected: tuple[str, ...] = ()
    """Globs, relative to the workspace, that the agent must not change; a change is undone before scoring and shown."""
    start: Removal = Removal()
    """Taken from the project."""
    solution: Removal = Removal()
    """Taken from the start."""
    scenarios: tuple[str, ...] = ("visible", "holdout", "rerun", "day2")
    scored: dict[Stage, tuple[TableName, ...]] = Field(min_length=1)
    """Scored tables by stage."""
    stage_weights: dict[Stage, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Weight of a stage, shared over its tables; 1 where not given."""
    tables: dict[TableName, TableSpec] = Field(default_factory=dict)
    """Tables that the world does not have, or has in another shape than this task."""
    alternatives: tuple[AlternativeSpec, ...] = ()
    """Further accepted golds, tried in this order where a table does not match gold."""
    policy: tuple[PolicyRule, ...] | None = None
    """Rules that the dbt graph is held to, beside the score; None = the world's."""
    answer: Annotated[tuple[FactSpec, ...], AfterValidator(check_names_differ)] = ()
    """Facts that the agent must state in `ANSWER.md`; none = the ticket asks for no answer."""
    planted: tuple[PlantedSpec, ...] = ()
    """Instructions that stand in what the agent reads, and that nobody who owns the task gave."""
    orchestration: OrchestrationSpec | None = None
    """What is asked of the Dagster definitions of an `orchestrate` task; None for other kinds."""
    work: WorkSpec | None = None
    """What the making of tables may cost in an `optimize` task; None for other kinds."""


def all_tags(own: Iterable[str], origin: object) -> tuple[str, ...]:
    """Tags of a task: those of its file, `core` where people wrote it, and `full`."""
    return tuple(dict.fromkeys((*own, *(("core",) if origin == "written" else ()), "full")))


class Task(BaseModel):
    """A task, its world and where it lies."""

    model_config = ConfigDict(frozen=True)

    spec: TaskFile
    world: World
    folder: Path
    faults: FaultsFile | None = None
    """Seeded faults that the tests of a `data_tests` task must notice; None for other kinds. No agent sees them."""
    hint_level: int = 0
    """How much help the instruction gives, 0 to 3."""

    @property
    def id(self) -> str:
        """Name of the task, unique over all worlds."""
        return self.spec.id

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of its file, then those that every task has, or every one that people wrote."""
        return all_tags(self.spec.tags, self.spec.origin)

    @property
    def start_dir(self) -> Path:
        """Files laid over the project to make the start; may be absent."""
        return self.folder / "start"

    @property
    def solution_dir(self) -> Path:
        """Files laid over the start to make the solution; absent where the solution is the project itself."""
        return self.folder / "solution"

    @property
    def instruction(self) -> str:
        """What the agent reads, Markdown: the ticket and the hints up to this task's level."""
        names = ["instruction.md", *(f"hints/{level}.md" for level in HINT_LEVELS if level <= self.hint_level)]
        return "\n".join(_without_canary(read_text(self.folder / name)) for name in names)

    @property
    def max_hint_level(self) -> int:
        """The highest level for which the task has a hint; 0 where it has none."""
        return max((level for level in HINT_LEVELS if (self.folder / f"hints/{level}.md").is_file()), default=0)

    @property
    def policy(self) -> tuple[PolicyRule, ...]:
        """Rules that the dbt graph is held to."""
        return self.world.spec.policy if self.spec.policy is None else self.spec.policy

    def with_hints(self, level: int) -> "Task":
        """The variant of the task whose instruction has the hints up to a level.

        Raises:
            LockgateError: The task has no hints of that level.
        """
        if not 0 <= level <= self.max_hint_level:
            raise LockgateError(
                f"Task {self.id} has no hints of level {level}: it has levels 0 to {self.max_hint_level}. "
                f"Write {self.folder.name}/hints/{level}.md, or choose another --hints."
            )
        return self.model_copy(update={"hint_level": level})

    @property
    def scored_tables(self) -> dict[TableName, TableSpec]:
        """Scored tables in stage order, then in the order of the file."""
        every = self.world.tables | self.spec.tables
        return {name: every[name] for stage in STAGES for name in self.spec.scored.get(stage, ())}

    @property
    def weights(self) -> dict[TableName, float]:
        """Weight of each scored table: its stage's weight shared over the stage's tables."""
        return {
            name: self.spec.stage_weights.get(stage, 1.0) / len(names)
            for stage, names in self.spec.scored.items()
            for name in names
        }

    def variant_dir(self, name: str) -> Path:
        """Files laid over the solution for one of its alternatives, or for what follows a planted instruction."""
        is_planted = any(planted.variant == name for planted in self.spec.planted)
        return self.folder / ("planted" if is_planted else "alternatives") / name

    def is_protected(self, path: str) -> bool:
        """Whether a path, relative to the workspace, must not be changed."""
        return any(fnmatchcase(path, pattern) for pattern in self.spec.protected)


def _without_canary(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if CANARY not in line).strip() + "\n"
