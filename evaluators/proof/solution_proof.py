"""The proofs of the tasks that share a solution: which pieces they need, and what the results say of each task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmark.files import hash_folder, scratch_folder
from benchmark.task import Task
from benchmark.workspace import lay_solution
from evaluators.pipeline.gold import pipeline_hash
from evaluators.proof.assembly import Findings, assemble
from evaluators.proof.connection_mutants import StreamToTry, streams_to_mutate
from evaluators.proof.content_hashes import hash_task
from evaluators.proof.definition_mutants import Variant, right_versions, wrong_versions
from evaluators.proof.equivalent_list import FILE as EQUIVALENTS
from evaluators.proof.equivalent_list import read_policy
from evaluators.proof.keys import model_key, stream_key, tables_key
from evaluators.proof.piece_store import PieceStore
from evaluators.proof.pieces import Piece, Result, in_stream
from evaluators.proof.result import TaskProof
from evaluators.proof.scored_runs import (
    HOLDOUT_SEEDS,
    RunState,
    data_to_test,
    label_of,
    open_states,
    read_golds,
    runs_that_passed,
    scored_runs,
)
from evaluators.proof.second_derivation import FILE as ORACLE
from evaluators.proof.second_derivation import is_derived
from evaluators.proof.targets import Laid, laid_out, models_above, models_to_mutate, upstream_first
from evaluators.scenarios import PipelineRun, Runs
from sources.incidents import incident_fingerprint

_TICKET = ("instruction.md", "hints")
"""What of a task's folder its agent reads, and nothing that runs."""
_WHOLE = ""
"""Stands for all tasks, where a result is not told by task."""
_SECONDS = {
    "gold": 40.0,
    "again": 40.0,
    "streams": 60.0,
    "model": 10.0,
    "derive": 12.0,
    "tests": 20.0,
    "idle": 15.0,
    "definitions": 40.0,
}
"""About how long a piece takes, `streams` for each of them; the longest go first."""
_WAIT_SECONDS = 120.0
"""What loads from source systems that misbehave take longer, nearly all of which they wait; of `subscriptions`."""


@dataclass(frozen=True)
class Work:
    """A piece, and under which keys the parts of its result are kept."""

    piece: Piece
    keys: Mapping[str, str]
    """Task, label of a scenario, or `in_stream`, -> key; `_WHOLE` alone where the result has no such parts."""


@dataclass
class _Need:
    """What one task needs: role of a result -> its key."""

    again: dict[str, str] = field(default_factory=dict)
    """Label of a scenario -> key."""
    streams: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    derived: str = ""
    workspace: str = ""
    idle: str = ""
    tests: dict[tuple[str, str], str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    """`solution`, `start`, or id of a variant -> key."""

    def all_keys(self) -> Iterator[str]:
        """All of them."""
        yield from self.again.values()
        yield from self.streams
        yield from self.models
        yield from (key for key in (self.derived, self.workspace, self.idle) if key)
        yield from self.tests.values()
        yield from self.definitions.values()


class SolutionProof:
    """The proofs of the tasks of one world whose solutions build the same tables (see `task_groups`)."""

    def __init__(self, tasks: Sequence[Task], store: PieceStore) -> None:
        """Nothing is looked at yet.

        Args:
            tasks: The tasks; gold is built by the solution of the first.
            store: Where results are kept.
        """
        self.tasks = tuple(tasks)
        self._store = store
        self._folders: dict[int, dict[Runs, Path]] = {}
        self._seeds = list(dict.fromkeys(dials.seed for _, dials in scored_runs(self.tasks)))
        self._needs = {task.id: _Need() for task in tasks}
        self._results: dict[str, Any] = {}
        self._failed: dict[str, str] = {}
        """Key -> why there is no result."""
        self._errors: dict[str, str] = {}
        """Task -> why nothing can be said of it."""
        self._is_planned = False
        self._told: set[str] = set()
        self._variants: dict[str, tuple[list[Variant], list[Variant]]] = {}
        """Task -> wrong and right versions of its Dagster definitions."""

    def first(self) -> list[Work]:
        """Gold of each seed, on which all the rest depends."""
        pieces = [self._piece("gold", self.tasks, seed=seed, label=f"gold of seed {seed}") for seed in self._seeds]
        return [Work(piece, {}) for piece in pieces]

    def take(self, work: Work, result: Result | None, error: str) -> list[Work]:
        """Take what a piece found out.

        Args:
            work: The work that ended.
            result: What it found; None = it could not be done.
            error: Why.

        Returns:
            What can be done now.
        """
        if work.piece.kind != "gold":
            for name, key in work.keys.items():
                if result is None:
                    self._failed[key] = error
                else:
                    self._results[key] = result if name == _WHOLE else result[name]
                    self._store.write(key, self._results[key])
            return []
        if result is None:
            self._errors |= dict.fromkeys((task.id for task in self.tasks), error)
            return []
        for item in result["golds"]:
            runs = tuple(PipelineRun(*run) for run in item["runs"])
            self._folders.setdefault(work.piece.options["seed"], {})[runs] = Path(item["folder"])
        if self._errors or len(self._folders) < len(self._seeds):
            return []
        self._is_planned = True
        return self._missing(self._plan())

    def finished(self) -> list[TaskProof]:
        """Proofs of tasks all of whose results are there; each once."""
        proofs = []
        for task in self.tasks:
            if task.id not in self._told and self._is_complete(task):
                self._told.add(task.id)
                proofs.append(self._proof(task))
        return proofs

    def _is_complete(self, task: Task) -> bool:
        if task.id in self._errors:
            return True
        return self._is_planned and all(
            key in self._results or key in self._failed for key in self._needs[task.id].all_keys()
        )

    def _proof(self, task: Task) -> TaskProof:
        if error := self._errors.get(task.id):
            return TaskProof(task=task.id, kind=task.spec.kind, problems=(error,), is_whole=False)
        need = self._needs[task.id]
        errors = list(dict.fromkeys(self._failed[key] for key in need.all_keys() if key in self._failed))
        results = self._results
        return assemble(
            task,
            Findings(
                again={label: results[key] for label, key in need.again.items() if key in results},
                streams=[results[key] for key in need.streams if key in results],
                models=[results[key] for key in need.models if key in results],
                derived=results.get(need.derived),
                workspace=results.get(need.workspace),
                idle=results.get(need.idle),
                tests={role: results[key] for role, key in need.tests.items() if key in results},
                definitions={who: results[key] for who, key in need.definitions.items() if key in results},
                variants=self._variants.get(task.id, ()),
                errors=errors,
            ),
        )

    def _missing(self, planned: Iterable[Work]) -> list[Work]:
        """What is not stored yet; tasks with the same question ask once."""
        todo, asked = [], set()
        for work in planned:
            keys: dict[str, str] = {}
            for name, key in work.keys.items():
                if key in self._results or key in asked:
                    continue
                stored = self._store.read(key)
                if stored is None:
                    keys[name] = key
                    asked.add(key)
                else:
                    self._results[key] = stored
            if keys:
                asking = {name.partition(" ")[0] for name in keys}
                tasks = tuple(task for task in work.piece.tasks if task.id in asking) or work.piece.tasks
                options = {**work.piece.options, "wanted": sorted(keys)}
                todo.append(Work(replace(work.piece, tasks=tasks, options=options), keys))
        return todo

    def _plan(self) -> Iterator[Work]:
        """Everything that the tasks need, but gold."""
        with ExitStack() as stack:
            laid = {task.id: stack.enter_context(laid_out(task)) for task in self.tasks}
            if not any(task.spec.orchestration for task in self.tasks):  # else the models are given
                states = stack.enter_context(open_states(self.tasks, read_golds(self._folders)))
                yield from self._again()
                yield from self._streams(states, laid)
                yield from self._models(states, laid)
                yield from self._derived(states)
            for task in self.tasks:
                yield from self._alone(task, laid[task.id])

    def _again(self) -> Iterator[Work]:
        golds = read_golds(self._folders)
        with scratch_folder("solution") as scratch:
            lay_solution(self.tasks[0], scratch / "solution")
            pipeline = pipeline_hash(scratch / "solution")
        for seed in self._seeds:
            tested = runs_that_passed(self.tasks, golds[seed], pipeline)
            keys = {}
            for scenario, dials in scored_runs(self.tasks):
                if dials.seed != seed:
                    continue
                runs = scenario.runs
                content = {
                    "runs": self._run_key(runs),
                    "gold": self._gold_key(seed, scenario.gold_runs),
                    "tests": "" if all(runs[:n] in tested for n in range(1, len(runs) + 1)) else pipeline,
                }
                label = label_of(scenario.name, dials)
                keys[label] = self._store.key("again", content)
                for task in self.tasks:
                    if scenario.name in task.spec.scenarios:
                        self._needs[task.id].again[label] = keys[label]
            piece = self._piece("again", self.tasks, seed=seed, label=f"second run of seed {seed}")
            yield Work(piece, keys)

    def _streams(self, states: Sequence[RunState], laid: Mapping[str, Laid]) -> Iterator[Work]:
        asking: dict[str, dict[StreamToTry, list[Task]]] = {}
        """Connection file -> stream -> tasks."""
        for task in self.tasks:
            for stream in streams_to_mutate(task, laid[task.id]):
                asking.setdefault(stream.path, {}).setdefault(stream, []).append(task)
        for path, streams in asking.items():
            keys = {}
            for stream, tasks in streams.items():
                for task in tasks:
                    content = stream_key(task, states, laid[task.id].solution, stream)
                    keys[in_stream(task, stream)] = key = self._store.key("stream", content)
                    self._needs[task.id].streams.append(key)
            some = [task for task in self.tasks if any(task in tasks for tasks in streams.values())]
            piece = self._piece("streams", some, streams=tuple(streams), label=f"streams of {Path(path).stem}")
            yield Work(replace(piece, seconds=piece.seconds * len(streams)), keys)

    def _models(self, states: Sequence[RunState], laid: Mapping[str, Laid]) -> Iterator[Work]:
        first = states[0].gold
        chosen = {
            task.id: {
                model.relation: model.is_touched for model in models_to_mutate(task, first, laid[task.id].changed)
            }
            for task in self.tasks
        }
        above = {task.id: models_above(task, first) for task in self.tasks}
        relations = dict.fromkeys(name for names in (*above.values(), *chosen.values()) for name in names)
        order = [name for name in upstream_first(first.lineage) if name in relations]
        for relation in order:
            tasks = [task for task in self.tasks if relation in chosen[task.id] or relation in above[task.id]]
            keys = {}
            for task in tasks:
                asks = {
                    "mutating": relation in chosen[task.id],
                    "touched": chosen[task.id].get(relation, False),
                    "ordered": relation in above[task.id],
                }
                keys[task.id] = self._store.key("model", model_key(task, states, relation) | asks)
                self._needs[task.id].models.append(keys[task.id])
            piece = self._piece(
                "model",
                tasks,
                relation=relation,
                mutating=[task.id for task in tasks if relation in chosen[task.id]],
                touched=[task.id for task in tasks if chosen[task.id].get(relation)],
                ordered=[task.id for task in tasks if relation in above[task.id]],
                label=relation,
            )
            yield Work(piece, keys)

    def _derived(self, states: Sequence[RunState]) -> Iterator[Work]:
        groups: dict[str, list[Task]] = {}
        for task in self.tasks:
            if is_derived(task):
                groups.setdefault(repr(read_policy(task)), []).append(task)
        for tasks in groups.values():
            keys = {}
            for task in tasks:
                content = {
                    "oracle": (task.world.folder / ORACLE).read_text(encoding="utf-8"),
                    "policy": read_policy(task),
                    "states": [(state.label, state.gold.folder.name) for state in states if task.id in state.tasks],
                    "tables": tables_key(task.scored_tables),
                }
                keys[task.id] = self._store.key("derive", content)
                self._needs[task.id].derived = keys[task.id]
            yield Work(self._piece("derive", tasks, label="second derivations"), keys)

    def _alone(self, task: Task, laid: Laid) -> Iterator[Work]:
        """What no other task can share."""
        need = self._needs[task.id]
        content = {
            "task": hash_task(task, without=(EQUIVALENTS, *_TICKET)),
            "start": hash_folder(laid.start),
            "tables": tables_key(task.scored_tables),
            "scenarios": [
                (
                    label_of(scenario.name, dials),
                    self._run_key(scenario.runs),
                    self._gold_key(dials.seed, scenario.gold_runs),
                )
                for scenario, dials in scored_runs([task])
            ],
        }
        shown = {"task": hash_task(task, without=(EQUIVALENTS,))}
        need.workspace = self._store.key("workspace", content | shown)
        yield Work(self._piece("workspace", [task], label="workspace"), {_WHOLE: need.workspace})
        if task.spec.orchestration is not None:
            yield from self._definitions(task, laid, content)
            return
        if task.faults is None:
            need.idle = self._store.key("idle", content)
            yield Work(self._piece("idle", [task], label="idle agent"), {_WHOLE: need.idle})
            return
        for who in ("solution", "start"):
            keys = {}
            for scenario, dials in scored_runs([task]):
                if who == "start" and dials.seed in HOLDOUT_SEEDS[1:]:
                    continue
                label = label_of(scenario.name, dials)
                data = [self._gold_key(dials.seed, data.runs) for data in data_to_test(scenario, dials)]
                keys[label] = self._store.key("tests", content | {"who": who, "label": label, "data": data})
                need.tests[who, label] = keys[label]
            yield Work(self._piece("tests", [task], who=who, label=f"data tests of the {who}"), keys)

    def _definitions(self, task: Task, laid: Laid, content: Mapping[str, Any]) -> Iterator[Work]:
        """The Dagster definitions of solution and start, and every version of the former."""
        wrong, right = wrong_versions(laid.solution), right_versions(laid.solution)
        self._variants[task.id] = (wrong, right)
        tried: list[tuple[str, str, dict[str, str]]] = [("solution", "solution", {}), ("start", "start", {})]
        tried += [(variant.id, "solution", {variant.path: variant.text}) for variant in (*wrong, *right)]
        for name, who, files in tried:
            key = self._store.key("definitions", {**content, "who": who, "files": files})
            self._needs[task.id].definitions[name] = key
            piece = self._piece("definitions", [task], who=who, files=files, label=f"definitions, {name}")
            yield Work(piece, {_WHOLE: key})

    def _piece(self, kind: str, tasks: Sequence[Task], **options: Any) -> Piece:
        seconds = _SECONDS.get(kind, 2.0)
        if kind in ("gold", "again") and self._misbehaves(options["seed"]):
            seconds += _WAIT_SECONDS
        return Piece(kind, tuple(tasks), self._folders, options, seconds)

    def _misbehaves(self, seed: int) -> bool:
        """Whether a scenario on this seed has an incident."""
        return any(
            run.incident for scenario, dials in scored_runs(self.tasks) if dials.seed == seed for run in scenario.runs
        )

    def _gold_key(self, seed: int, runs: Runs) -> str:
        return self._folders[seed][runs].name

    @staticmethod
    def _run_key(runs: Runs) -> list[tuple[object, ...]]:
        return [(*run, incident_fingerprint(run.incident)) for run in runs]
