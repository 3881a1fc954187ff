"""Runs on disk: one folder a run, one folder a trial, written so that a killed run resumes."""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from benchmark.budget import Budget
from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from benchmark.generator_parameters import Dials
from benchmark.llm import ModelSpec
from benchmark.paths import runs_dir
from benchmark.scorecard import Competitor, Scorecard
from benchmark.spelling import nearest
from benchmark.yaml_files import validate_spec

if TYPE_CHECKING:
    from benchmark.trial import TrialOptions

MAX_RUN_ID = 200
"""Characters: it is the name of a folder, and part of others."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
CHECKSUMS_NAME = "SHA256SUMS"
"""Hashes of the files of a published run, as `sha256sum -c` reads them."""


class TrialPlan(BaseModel):
    """One trial, with everything decided that decides its result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    task: str
    agent: str
    agent_source: str = ""
    """Absolute path of the YAML file that the agent is made from; empty = its name says it."""
    attempt: int = Field(ge=1)
    agent_seed: int = 0
    """For agents that draw, for example the saboteur."""
    model: ModelSpec | None = None
    """For agents that use an LLM."""
    budget: Budget | None = None
    """None = the task's."""
    days: int
    scale: int = 1
    """Multiplies entities."""
    visible_seed: int
    holdout_seed: int
    """Secret while the agent works."""
    scenarios: tuple[str, ...]
    sandbox: str | None = None
    """Backend by name; None = `none` for the agents that are ours, else bubblewrap."""
    hint_level: int = Field(default=0, ge=0)
    """Hints in the instruction, up to this level; 0 = none."""
    budget_changes: tuple[tuple[str, float], ...] = ()
    """What of `budget` the run set in place of the task's own, by name: it is part of who competes."""

    def dials(self, seed: int) -> Dials:
        """The dials of the data of one seed, on day 1."""
        return Dials(seed, self.days, scale=self.scale)

    @property
    def options(self) -> "TrialOptions":
        """The options that plan this trial again, all of them given."""
        from benchmark.trial import TrialOptions  # takes a tenth of the time that a list of runs has

        values = {name: getattr(self, name) for name in TrialOptions.model_fields}
        first_seed = self.agent_seed - (self.attempt - 1)
        return TrialOptions.model_validate(values | {"agent_seed": first_seed, "budget": dict(self.budget_changes)})

    @property
    def competitor(self) -> Competitor:
        """Whose figures this trial counts among."""
        model = self.model
        return Competitor(
            agent=self.agent,
            model_name=model.name if model else None,
            model_label=model.label if model else None,
            effort=model.effort if model else None,
            model_options=model.options if model else (),
            hint_level=self.hint_level,
            budget_changes=self.budget_changes,
        )

    @property
    def trial_id(self) -> str:
        """Unique within its run."""
        model = _model_parts(self.model) if self.model else []
        parts = [self.task, _as_name(self.agent), *model, str(self.attempt)]
        hints = [f"hints{self.hint_level}"] if self.hint_level else []
        return "--".join([*parts, *hints])


def _model_parts(model: ModelSpec) -> list[str]:
    """What a trial's folder says of its model: the label, or the name and each option."""
    if model.label:
        return [_as_name(model.label)]
    options = [("effort", model.effort)] if model.effort else []
    return [_as_name(model.name), *(f"{name}-{_as_name(value)}" for name, value in (*options, *model.options))]


def damaged_scorecard(path: Path, error: ValueError) -> LockgateError:
    """What a user is told of a stored scorecard that is none, in one sentence."""
    said = str(error)
    if isinstance(error, ValidationError):
        problems = [
            ": ".join(filter(None, [".".join(map(str, found["loc"])), found["msg"]])) for found in error.errors()
        ]
        more = f"; {len(problems) - 3} more" if len(problems) > 3 else ""
        said = "; ".join(problems[:3]) + more
    name = TrialStore(path.parent).name
    return LockgateError(f"{path} is not a scorecard of format 1: {said}. Delete it, then `lockgate score {name}`.")


@lru_cache(maxsize=1024)
def _as_name(text: str) -> str:
    """A text that can stand in the name of a folder."""
    return re.sub(r"[^A-Za-z0-9._:@+-]", "_", text)


class RunPlan(BaseModel):
    """What a run is: its trials, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = 1
    run_id: str
    trials: tuple[TrialPlan, ...]
    versions: dict[str, str] = {}
    planned_at: str | None = None
    """When it was planned: ISO 8601, UTC; None = when its file was written. In a published run it is given."""


class CollectedFiles(BaseModel):
    """What became of a workspace, beside the patch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left_out: tuple[str, ...] = ()
    refused: str | None = None


class TrialStore:
    """The folder of one trial."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def run_id(self) -> str:
        """The run it belongs to."""
        return self.folder.parent.parent.name

    @property
    def name(self) -> str:
        """`RUN/TRIAL`, as `lockgate show` takes it."""
        return f"{self.run_id}/{self.folder.name}"

    @property
    def is_published(self) -> bool:
        """Whether its run lies in the folder of a leaderboard, where the times of files say nothing."""
        return (self.folder.parent.parent / CHECKSUMS_NAME).is_file()

    @property
    def plan_path(self) -> Path:
        """`trial.json`."""
        return self.folder / "trial.json"

    @property
    def patch_path(self) -> Path:
        """`submission.patch`."""
        return self.folder / "submission.patch"

    @property
    def collected_path(self) -> Path:
        """`collected.json`: what of the workspace is not in the patch, and why; absent in runs of old."""
        return self.folder / "collected.json"

    def read_collected(self) -> CollectedFiles:
        """What is not in the patch."""
        if not self.collected_path.is_file():
            return CollectedFiles()
        return CollectedFiles.model_validate_json(self.collected_path.read_bytes())

    @property
    def agent_path(self) -> Path:
        """`agent.json`: how the agent ended."""
        return self.folder / "agent.json"

    @property
    def scorecard_path(self) -> Path:
        """`scorecard.json`: a trial that has one is done."""
        return self.folder / "scorecard.json"

    @property
    def trajectory_path(self) -> Path:
        """`trajectory.jsonl`: what the agent did, written as it happens; absent where the agent keeps none."""
        return self.folder / "trajectory.jsonl"

    @property
    def page_path(self) -> Path:
        """The trial as an HTML page, written when it ends as a Dagster run."""
        return self.folder / "page.html"

    @property
    def logs_dir(self) -> Path:
        """Logs of loads and builds, one folder a scenario."""
        return self.folder / "logs"

    @property
    def dagster_run_path(self) -> Path:
        """`dagster_run`: id of the Dagster run that last executed it; absent where none did."""
        return self.folder / "dagster_run"

    def read_scorecard(self) -> Scorecard | None:
        """The scorecard, or None when the trial is not done.

        Raises:
            LockgateError: The file is damaged.
        """
        if not self.scorecard_path.is_file():
            return None
        try:
            return Scorecard.model_validate_json(self.scorecard_path.read_bytes())
        except ValueError as error:
            raise damaged_scorecard(self.scorecard_path, error) from error

    def has_verdict(self) -> bool:
        """Whether the trial is scored; one that is unscored is tried again."""
        card = self.read_scorecard()
        return card is not None and card.status == "scored"

    def write_scorecard(self, scorecard: Scorecard) -> None:
        """Write the scorecard atomically and without secrets; the trial is done then."""
        from benchmark.redact import redact  # imports regex

        write_atomic(self.scorecard_path, redact(scorecard.model_dump_json(indent=2)) + "\n")


class RunStore:
    """The folder of one run."""

    def __init__(self, run_id: str, runs: Path | None = None) -> None:
        """Name a run; it need not be there.

        Args:
            run_id: Its id.
            runs: The folder that holds it; None = that of this machine's runs.
        """
        if not _NAME.fullmatch(run_id):
            raise LockgateError(f"Run id '{run_id}' is not usable: letters, digits, '.', '_' and '-' only.")
        if len(run_id) > MAX_RUN_ID:
            raise LockgateError(f"A run id of {len(run_id)} characters is not usable: {MAX_RUN_ID} at most.")
        self.run_id = run_id
        self.folder = (runs or runs_dir()) / run_id

    def exists(self) -> bool:
        """Whether the run was ever started."""
        return self.plan_path.is_file()

    @property
    def plan_path(self) -> Path:
        """`run.json`."""
        return self.folder / "run.json"

    def write_plan(self, plan: RunPlan) -> None:
        """Write what the run is; done once, before its first trial."""
        write_atomic(self.plan_path, plan.model_dump_json(indent=2) + "\n")

    def read_plan(self) -> RunPlan:
        """What the run is.

        Raises:
            LockgateError: There is no such run.
        """
        if not self.exists():
            runs = list_runs()
            near = nearest(self.run_id, runs)
            raise LockgateError(
                f"No run '{self.run_id}' in {self.folder.parent}. Latest runs: {', '.join(runs[-5:]) or 'none yet'}."
                + (f" Did you mean '{near}'?" if near else "")
            )
        try:
            content = from_json(self.plan_path.read_bytes())
        except ValueError as error:
            raise LockgateError(
                f"{self.plan_path} is not valid JSON: {error}. What the run was cannot be known without it: put the "
                f"file back, or remove {self.folder}."
            ) from error
        return validate_spec(content, RunPlan, self.plan_path)

    def planned_at(self, plan: RunPlan) -> str:
        """When the run was planned, ISO 8601, UTC: as its plan says, else when the plan was written."""
        written = datetime.fromtimestamp(self.plan_path.stat().st_mtime, UTC)
        return plan.planned_at or written.isoformat(timespec="seconds")

    def trial(self, trial_id: str) -> TrialStore:
        """The folder of one of its trials."""
        return TrialStore(self.folder / "trials" / trial_id)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the run from being removed inside the block; several processes may be inside."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run alone; the lock is gone when the process is, however it ends.

        Raises:
            LockgateError: Another process works on this run.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LockgateError(
                    f"Another process works on run {self.run_id}; wait for it or give another --run-id."
                ) from error
            yield


def list_runs() -> list[str]:
    """Ids of the runs that have a plan, oldest first."""
    plans = sorted(runs_dir().glob("*/run.json"), key=lambda path: (path.stat().st_mtime_ns, path.parent.name))
    return [path.parent.name for path in plans]


def readable_plans(run_ids: Iterable[str]) -> Iterator[tuple[str, RunPlan]]:
    """The runs among these whose plan can be read, read one by one; `lockgate runs` tells of the others."""
    for run_id in run_ids:
        try:
            plan = RunStore(run_id).read_plan()
        except LockgateError:
            continue
        yield run_id, plan
