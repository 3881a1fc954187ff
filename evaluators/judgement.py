"""The judgement of one scenario: what the submission's tables are worth end to end, and each of its models alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.file_tree import solution_files
from benchmark.files import scratch_folder
from benchmark.generator_parameters import Dials
from benchmark.orchestration import DEFINITIONS
from benchmark.raw_schemas import loading_files
from benchmark.scorecard import ExpectationResult, ScenarioResult, TableResult, Verdict, WorkResult
from benchmark.stages import STAGES
from benchmark.tables import TableSpec
from benchmark.task import Task
from benchmark.work import WorkSpec
from evaluators.expectations.cached import check_expectations
from evaluators.pipeline.gold import Gold, get_gold
from evaluators.pipeline.loads import Timer
from evaluators.pipeline.rebuilds import Rebuilds, ScenarioRuns
from evaluators.pipeline.runner import PipelineChain, PipelineState
from evaluators.pipeline.work import work_of_gold, work_of_run
from evaluators.scenarios import Runs, Scenario
from evaluators.scoring.alternatives import accept_alternatives
from evaluators.scoring.components import ComponentCase
from evaluators.scoring.definition_checks import check_definitions
from evaluators.scoring.scores import cascaded_tables, score_tables, upstream_tables
from evaluators.scoring.table_verdicts import judge_tables
from evaluators.scoring.work_limit import judge_work
from evaluators.style.graph_rules import check_policy
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime
from runtime.interface import Runtime


@dataclass
class Judgement:
    """Judging one scenario: the whole pipeline first, and then what is built again for the component score."""

    task: Task
    scenario: Scenario
    dials: Dials
    chain: PipelineChain
    state: PipelineState
    gold_by_runs: Mapping[Runs, Gold]
    output: Path
    """Folder for the submission's tables; made here."""
    runtime: ForkRuntime
    walled: Runtime
    """Where the submission runs."""
    timer: Timer
    expectations_log: Path
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    expectations: tuple[ExpectationResult, ...] = ()
    work: WorkResult | None = None
    """What an `optimize` task's tables cost; None = it is not asked for, or not in this scenario."""
    like_variants: tuple[str, ...] = ()
    """Variants of planted instructions that a table equals in place of gold."""

    @property
    def gold(self) -> Gold:
        """Tables that the submission's must equal after the last run."""
        return self.gold_by_runs[self.scenario.gold_runs]

    @property
    def tables(self) -> dict[str, TableSpec]:
        """The scored tables that the scenario compares."""
        return self.scenario.tables_of(self.task)

    @property
    def gold_folders(self) -> tuple[Path, ...]:
        """All gold of the scenario: what it is held against, and what it is built on."""
        return tuple(gold.folder for gold in self.gold_by_runs.values())

    def whole_pipeline(self) -> None:
        """The tables of the whole pipeline, compared with gold and checked by the expectation suites."""
        task, folder = self.task, self.output
        folder.mkdir(parents=True)
        unreadable = self.chain.export(self.state, list(self.tables), folder)
        self.verdicts = self._judge(self.tables, folder, unreadable)
        if self.scenario.name == "visible":
            self.like_variants = self._find_variants(folder, unreadable)
        if task.spec.work and len(self.scenario.runs) == 1:
            self.work = self._judge_work(task.spec.work)
        started = time.monotonic()
        self.expectations = check_expectations(task, folder, unreadable, self.runtime, self.expectations_log)
        self.timer("expectations", time.monotonic() - started)

    def component_case(self) -> ComponentCase:
        """What is known of the component verdicts once the whole pipeline is judged.

        Of an `orchestrate` task everything is: its models are given, and no other build would tell more.
        """
        build = self.state.steps[-1]
        lineage = upstream_tables(self.gold.lineage)
        scored = self.tables
        known = {name.lower() for name in self.state.relations}
        has_answered = "nodes" in build.details
        wrong = {
            name for name, verdict in self.verdicts.items() if not verdict.is_match and scored[name].stage != "raw"
        }
        absent = {name for name in wrong if self.verdicts[name].kind == "not_built" and name.lower() not in known}
        if self.task.spec.orchestration is not None:
            absent, has_answered = set(self.verdicts), True
        return ComponentCase(
            name=self.scenario.name,
            seed=self.scenario.seed,
            verdicts=self.verdicts,
            upstream={name: lineage.get(name, frozenset()) & scored.keys() - {name} for name in scored},
            absent=absent if has_answered else (),
            skipped=wrong if build.status != "ok" else (),
        )

    def judge_rebuild(self, rebuilds: Rebuilds, wanted: frozenset[str], folder: Path) -> dict[str, Verdict]:
        """Build the scenario again and compare some of its tables with gold."""
        gold_dirs = {runs: gold.folder for runs, gold in self.gold_by_runs.items()}
        runs = ScenarioRuns(self.chain, self.scenario, gold_dirs, self.output)
        unreadable = rebuilds.export(runs, wanted, folder)
        tables = {name: spec for name, spec in self.task.scored_tables.items() if name in wanted}
        return self._judge(tables, folder, unreadable)

    def result(self, components: Mapping[str, Verdict]) -> ScenarioResult:
        """Everything about the scenario."""
        task = self.task
        table_results = _table_results(task, self.tables, self.verdicts, components, self.gold, self.state)
        total, stages = score_tables(table_results)
        spec = task.spec.orchestration
        definitions = check_definitions(spec, self.state.definitions) if spec else ()
        return ScenarioResult(
            scenario=self.scenario.name,
            seed=self.dials.seed,
            days=self.dials.days,
            day=self.scenario.runs[-1].day,
            is_success=all(result.verdict.is_match for result in table_results)
            and all(check.is_success for check in definitions)
            and (self.work is None or self.work.is_within),
            steps=self.state.steps,
            tables=table_results,
            scores=total,
            stages=stages,
            expectations=self.expectations,
            like_variants=self.like_variants,
            definitions=definitions,
            work=self.work,
            policy=check_policy(self.state.graph, task.policy, task.world.tables | task.spec.tables)
            if task.policy and spec is None
            else None,
        )

    def _judge(
        self, tables: Mapping[str, TableSpec], folder: Path, unreadable: Mapping[str, str]
    ) -> dict[str, Verdict]:
        """Compare tables with gold; one that differs may still equal an alternative that the task accepts."""
        verdicts = judge_tables(self.gold.folder, folder, tables, unreadable, self.runtime)
        return accept_alternatives(self.task, verdicts, folder, unreadable, self._other_gold, self.runtime)

    def _judge_work(self, spec: WorkSpec) -> WorkResult:
        """The rows that the submission's models handle, beside those of the solution's."""
        started = time.monotonic()
        gold = self.gold
        now = clock_environment(self.task.world.pinned_now(self.dials))["PINNED_NOW"]
        with scratch_folder("work of gold") as scratch:
            solution = work_of_gold(spec, gold, now, self.runtime, scratch / "warehouse")
        log = self.expectations_log.with_name("work.log")
        own = work_of_run(spec, self.state, gold, self.output, now, self.walled, log)
        self.timer("work", time.monotonic() - started)
        return judge_work(spec, own, solution)

    def _other_gold(self, name: str) -> Path:
        """Gold of an alternative, or of the variant of a planted instruction, after the scenario's last run."""
        runs = self.scenario.gold_runs
        return get_gold(self.task, self.dials, [runs], self.runtime, self.timer, name)[runs].folder

    def _find_variants(self, folder: Path, unreadable: Mapping[str, str]) -> tuple[str, ...]:
        """The variants of planted instructions of which a table that differs from gold is."""
        found = []
        for planted in self.task.spec.planted:
            wrong = {name: self.task.scored_tables[name] for name in planted.tables if not self.verdicts[name].is_match}
            if planted.variant and wrong:
                verdicts = judge_tables(self._other_gold(planted.variant), folder, wrong, unreadable, self.runtime)
                found += [planted.variant] if any(verdict.is_match for verdict in verdicts.values()) else []
        return tuple(dict.fromkeys(found))


def _table_results(
    task: Task,
    tables: Mapping[str, TableSpec],
    verdicts: Mapping[str, Verdict],
    components: Mapping[str, Verdict],
    gold: Gold,
    state: PipelineState,
) -> tuple[TableResult, ...]:
    matches = {name: verdict.is_match for name, verdict in verdicts.items()}
    cascaded = cascaded_tables(matches, tables, gold.lineage)
    built_by = {name.lower(): node["path"] for name, node in state.relations.items()}
    loaded_by = loading_files(solution_files(task))
    weights = task.weights
    results = []
    is_orchestrated = task.spec.orchestration is not None
    for name, spec in tables.items():
        source_file = (loaded_by if spec.stage == "raw" else built_by).get(name.lower())
        if is_orchestrated:
            source_file = DEFINITIONS
        results.append(
            TableResult(
                table=name,
                stage=spec.stage,
                weight=weights[name],
                verdict=verdicts[name],
                component=components[name],
                is_cascaded=name in cascaded,
                built_by=source_file,
            )
        )
    return tuple(sorted(results, key=lambda result: (STAGES.index(result.stage), result.table)))
