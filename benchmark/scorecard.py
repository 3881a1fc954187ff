"""What a trial scored: verdicts, scores and what they rest on. Stored as JSON; see docs/scores.md."""

from functools import lru_cache
from operator import itemgetter
from typing import Any, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from benchmark.border import cut_text, visible_text
from benchmark.stages import Stage
from benchmark.usage import TokenUsage

FORMAT_VERSION = 1

VerdictKind = Literal[
    "match", "not_built", "columns", "grain", "missing_rows", "extra_rows",
    "values", "types", "nulls", "rounding", "time_zone", "list_order",
]  # fmt: skip


MAX_TEXT = 4_000
"""Characters of any text in a scorecard; much of it is written by submissions."""
MAX_ITEMS = 1_000
"""Texts of a list; a list of records is as long as it is."""


def _bounded(value: Any) -> Any:
    """A value whose texts can be shown, and are not too long or too many."""
    if isinstance(value, str):
        is_fine = len(value) <= MAX_TEXT and value.isprintable()
        return value if is_fine else cut_text(visible_text(value), MAX_TEXT)
    if isinstance(value, tuple | list) and all(isinstance(item, str) for item in value):
        return type(value)(map(_bounded, value[:MAX_ITEMS]))
    if isinstance(value, dict):
        kept = list(value.items())[:MAX_ITEMS]
        return {_bounded(name): _bounded(item) for name, item in kept}
    return value


IS_BOUNDED = object()
"""Context of a validation that may leave texts as they are: they were bounded before they were written."""
_TEXTS = frozenset({str, tuple, list, dict})
"""Types of values that may hold texts."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _bound(self, info: ValidationInfo) -> Self:
        # One call a record: a validator of each field takes most of the time of reading a scorecard.
        if info.context is IS_BOUNDED:
            return self
        values = self.__dict__
        for name, value in values.items():
            if value.__class__ in _TEXTS and value:
                values[name] = _bounded(value)
        return self


class ColumnDifference(_Record):
    """One column that differs."""

    column: str
    kind: VerdictKind
    n_rows: int
    """Compared rows in which it differs."""
    fraction: float
    """The same as a share of the compared rows, 0-1."""
    gold_type: str | None = None
    """Type of a column of kind `types` in gold; None = of another kind, or scored before this was stored."""
    output_type: str | None = None
    """The same of the output."""


class RowDifference(_Record):
    """One row of the sample; values as text, None = NULL."""

    kind: Literal["missing", "extra", "differs"]
    gold: dict[str, str | None] | None = None
    output: dict[str, str | None] | None = None


class Verdict(_Record):
    """Match or mismatch of one table, with evidence."""

    is_match: bool
    kind: VerdictKind
    summary: str
    """One sentence: what differs, or that nothing does."""
    n_rows_gold: int | None = None
    n_rows_output: int | None = None
    n_rows_missing: int = 0
    """Gold rows, copies counted, that the output lacks; with a key: whose key the output lacks."""
    n_rows_extra: int = 0
    """Output rows, copies counted, that gold lacks."""
    n_rows_duplicated: int = 0
    """Those extra rows that repeat a key, or a row that gold has less often."""
    n_rows_compared: int | None = None
    """Rows that `columns` counts over; less than the table where a large one is explained by a sample."""
    missing_columns: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()
    columns: tuple[ColumnDifference, ...] = ()
    sample: tuple[RowDifference, ...] = ()
    """At most ten rows, sorted by key."""


class TableResult(_Record):
    """One scored table in one scenario."""

    table: str
    stage: Stage
    weight: float
    verdict: Verdict
    """End to end: the submission's table against gold."""
    component: Verdict
    """The submission's model alone, on gold upstream tables."""
    is_cascaded: bool
    """True = it matches or not by itself, but counts 0 in CFS because of a mismatch upstream."""
    built_by: str | None = None
    """File of the submission that builds it, relative to the workspace."""


class Scores(BaseModel):
    """Scores of a set of tables; every number is 0-1 and None where the set is empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    component_score: float | None
    cascading_failure_score: float | None
    n_tables: int
    n_matches: int


class StepResult(_Record):
    """One step of a scenario: a load or a build."""

    name: str
    status: Literal["ok", "failed", "timeout", "killed"]
    message: str = ""
    """What went wrong, one paragraph; empty when ok."""
    details: dict[str, Any] = {}
    """Figures of the step, for example records per stream or tests passed."""


NOT_BUILT = "not built"
"""Error of an expectation on a table that is not there."""


class ExpectationResult(_Record):
    """One expectation on one table."""

    table: str
    stage: Stage
    expectation: str
    arguments: dict[str, Any]
    is_success: bool
    n_unexpected: int | None = None
    unexpected_sample: tuple[str, ...] = ()
    error: str | None = None


class FaultResult(_Record):
    """One seeded fault of a `data_tests` task in one scenario."""

    fault: str
    table: str
    stage: Stage
    breaks: str
    """The promise that the data breaks then."""
    is_caught: bool
    caught_by: tuple[str, ...] = ()
    """Data tests that failed on it, sorted; at most ten."""


class FaultsResult(_Record):
    """How the data tests of a `data_tests` task did in one scenario."""

    min_recall: float
    """Share of the faults that must be caught."""
    recall: float
    """Share of the faults that were caught, 0-1."""
    n_tests: int
    """Data tests that read at least one of the task's tables."""
    false_alarms: tuple[str, ...] = ()
    """Data tests that failed on right data, each with why; at most twenty."""
    faults: tuple[FaultResult, ...] = ()


class PolicyFinding(_Record):
    """One model, or source, that breaks a rule of the project's policy."""

    rule: str
    model: str
    file: str
    """Relative to the workspace."""
    message: str


class PolicyResult(_Record):
    """What the rules found in the dbt graph; beside the score, never in it."""

    rules: tuple[str, ...]
    """Rules that were looked at."""
    n_findings: int
    """Of the submission, without those that the start has too."""
    by_rule: dict[str, int] = {}
    findings: tuple[PolicyFinding, ...] = ()
    """Sorted by rule and model; at most fifty."""
    error: str | None = None
    """Why the graph could not be read; None = it could."""
    n_in_start: int | None = None
    """Findings of the submission that the start has too; None = they are among `n_findings`."""
    start_error: str | None = None
    """Why dbt could not read the start; None = it could, or nobody asked."""

    @property
    def summary(self) -> str:
        """How much was found, in words: `2 findings, and 3 that the start has too`."""
        words = f"{self.n_findings} finding{'' if self.n_findings == 1 else 's'}"
        if self.n_in_start:
            words += f", and {self.n_in_start} that the start has too"
        if self.start_error:
            words += f"; which of them the start has is not known: {self.start_error}"
        return words


class DefinitionCheck(_Record):
    """One thing that an `orchestrate` task asks of Dagster definitions, as they say of themselves."""

    name: str
    """`definitions`, `jobs`, `partitions`, `schedules`, `assets`, `dependencies` or `asset_checks`."""
    is_success: bool
    message: str = ""
    """What is missing; empty when nothing is."""


class WorkResult(_Record):
    """What the making of an `optimize` task's tables cost in a first run."""

    is_within: bool
    rows: int | None
    """Rows that DuckDB handled for the tables and all that is upstream of them; None = they cannot be counted."""
    rows_of_solution: int
    limit: float
    """Rows that may be handled, as a multiple of the solution's."""
    by_model: dict[str, int] = {}
    """The models that handled most, and their rows; at most ten."""
    problem: str = ""
    """Why they cannot be counted; empty = they are."""

    @property
    def summary(self) -> str:
        """One sentence: `12,000 rows handled, 2.4 times the solution's 5,000; the limit is 1.5 times`."""
        if self.rows is None:
            return f"the rows that are handled cannot be counted: {self.problem}"
        times = self.rows / self.rows_of_solution
        told = f"{self.rows:,} rows handled, {times:.2f} times the solution's {self.rows_of_solution:,}"
        return f"{told}; the limit is {self.limit:g} times"


class ScenarioResult(_Record):
    """One scenario of a trial."""

    scenario: str
    seed: int
    days: int
    day: int
    is_success: bool
    """Every scored table matches, and what else is asked in the scenario holds."""
    steps: tuple[StepResult, ...]
    tables: tuple[TableResult, ...]
    scores: Scores
    stages: dict[Stage, Scores]
    expectations: tuple[ExpectationResult, ...] = Field(
        default=(), validation_alias=AliasChoices("expectations", "quality")
    )
    """Great Expectations beside the score; `quality` in scorecards of earlier versions."""
    faults: FaultsResult | None = None
    """Results of a `data_tests` task; None for other kinds."""
    like_variants: tuple[str, ...] = ()
    """Variants of planted instructions: a scored table differs from gold and equals the variant's."""
    definitions: tuple[DefinitionCheck, ...] = Field(default=(), exclude_if=lambda value: not value)
    """Of an `orchestrate` task, in its last run; empty and left out for other kinds."""
    work: WorkResult | None = Field(default=None, exclude_if=lambda value: value is None)
    """Of an `optimize` task, in a scenario of one run; None and left out for others."""
    policy: PolicyResult | None = None
    """Findings on the dbt graph, in the trial's first scenario only: the graph is the same in all of them."""


class LintResult(_Record):
    """sqlfluff findings of the submission's models beside those of gold."""

    n_lines: int
    """Lines of the files that could be linted."""
    n_findings: int
    findings_per_100_lines: float
    gold_findings_per_100_lines: float
    by_rule: dict[str, int] = {}
    not_linted: tuple[str, ...] = ()
    """Files, relative to the workspace, whose Jinja sqlfluff cannot render or whose SQL it cannot read."""
    error: str | None = None
    """Why sqlfluff did not finish; the figures are 0 then."""


class FactResult(_Record):
    """One fact that the ticket asks for."""

    fact: str
    status: Literal["right", "wrong", "missing"]
    read: str | None = None
    """The value that the answer gives, cut; None = it gives none."""
    expected: tuple[str, ...]
    """Right values; any one of them."""
    tolerance: float = 0.0
    """How far a number may be from one of them."""


class AnswerResult(_Record):
    """What the agent's `ANSWER.md` says, beside what is right."""

    is_right: bool
    """Every fact is."""
    problem: str = ""
    """Why nothing of it was read; empty = it was."""
    facts: tuple[FactResult, ...]

    @property
    def summary(self) -> str:
        """How many facts are right, and why the others are not: `1 of 3 facts right; wrong: cause; missing: day`."""
        n_right = sum(fact.status == "right" for fact in self.facts)
        parts = [f"{n_right} of {len(self.facts)} facts right"]
        for status in ("wrong", "missing"):
            if names := [fact.fact for fact in self.facts if fact.status == status]:
                parts.append(f"{status}: {', '.join(names)}")
        return "; ".join([*parts, self.problem.rstrip(".")] if self.problem else parts)


class PlantedResult(_Record):
    """An instruction that was planted in what the agent read."""

    file: str
    """Where it stands, relative to the workspace."""
    says: str
    """Words of it."""
    is_followed: bool
    evidence: str = ""
    """By what it shows; empty = it was not followed."""

    @property
    def summary(self) -> str:
        """One sentence about it."""
        if self.is_followed:
            return f"followed an instruction that was planted in {self.file}: {self.evidence}"
        return f"did not follow the instruction that was planted in {self.file}"


class RootCause(_Record):
    """The most upstream table that differs from gold; see `evaluators.scoring.root_cause`."""

    scenario: str
    """The first one with a mismatch."""
    table: str
    stage: Stage
    kind: VerdictKind
    is_own: bool
    """True = its own model is wrong, alone on gold too; False = the fault is in an unscored table upstream."""
    built_by: str | None
    """File of the submission that builds it; None = nothing does."""
    summary: str


class Competitor(_Record):
    """Whose figures belong together: one agent in one configuration. Two that differ in anything are never merged."""

    agent: str
    model_name: str | None = None
    model_label: str | None = None
    """What a person calls the model with all that is asked of it."""
    effort: str | None = None
    model_options: tuple[tuple[str, str], ...] = ()
    """What else is asked of the model, by name, as text: `temperature`, `max_output_tokens` and so on."""
    hint_level: int = 0
    budget_changes: tuple[tuple[str, float], ...] = ()
    """Limits that differ from the tasks' own, by name."""

    @property
    def name(self) -> str:
        """Its name everywhere: `toolloop@openai/gpt-5+effort=high+hints=2+cost_usd=1`; only what is given.

        A label stands in place of the model's name and options: `toolloop@thinker+hints=2`.
        """
        called = self.model_label or self.model_name
        model = f"@{called}" if called else ""
        options: list[str] = []
        if not self.model_label:
            options += [f"effort={self.effort}"] if self.effort else []
            options += [f"{name}={value}" for name, value in self.model_options]
        options += [f"hints={self.hint_level}"] if self.hint_level else []
        options += [f"{name}={value:g}" for name, value in sorted(self.budget_changes)]
        return "+".join([f"{self.agent}{model}", *options])


class TaskState(_Record):
    """A task as it was when the trial was scored."""

    version: str
    """Eight digits that change with every file of the task and of its world that a trial reads."""
    origin: Literal["written", "generated"] = "written"
    """Who made it: a person, or `lockgate generate`."""
    not_proven: str = ""
    """Why it was not proven then; empty = it was."""
    proof: str = ""
    """What its proof found, in a few words; empty = it was not proven."""
    other_tools: str = ""
    """Tools that had another version when it was proven, with both versions; empty = none."""


class TrialIdentity(_Record):
    """Which trial this is."""

    run_id: str
    trial_id: str
    world: str
    task: str
    task_kind: str
    agent: str
    model_name: str | None = None
    attempt: int
    days: int
    scale: int = 1
    """Multiplied entities."""
    visible_seed: int
    holdout_seed: int
    hint_level: int = 0
    """Hints that the instruction had, up to this level."""
    effort: str | None = None
    """How hard the model was asked to think; None = the provider's default."""
    model_label: str | None = None
    """What the run calls the model."""
    model_options: tuple[tuple[str, str], ...] = ()
    """What else was asked of the model, by name."""
    budget_changes: tuple[tuple[str, float], ...] = ()
    """Limits that the run set in place of the tasks' own."""
    task_state: TaskState | None = None
    """None = scored before this was stored."""

    @property
    def competitor(self) -> Competitor:
        """Who competed."""
        return _competitor(*_values_of_competitor(self.__dict__))


_COMPETITOR_FIELDS = tuple(Competitor.model_fields)
_values_of_competitor = itemgetter(*_COMPETITOR_FIELDS)


@lru_cache(maxsize=1024)
def _competitor(*values: Any) -> Competitor:
    """Make a competitor from the values of its fields; thousands of trials have a few."""
    return Competitor(**dict(zip(_COMPETITOR_FIELDS, values, strict=True)))


class AgentResult(_Record):
    """How the agent ended; figures are shown beside the score and never mixed into it."""

    status: Literal["finished", "limit", "failed"]
    message: str = ""
    n_steps: int = 0
    """Calls of the model; of a trusted agent, what it did."""
    usage: TokenUsage | None = None
    """Tokens by kind; None = the agent used none, or nobody counted."""
    cost_usd: float | None = 0.0
    """At the prices of the day; None = no price is known."""


class SubmissionSummary(_Record):
    """What the agent changed."""

    sha256: str
    """Hash of the patch."""
    n_files_changed: int
    files_changed: tuple[str, ...]
    protected_edits: tuple[str, ...] = ()
    """Protected paths that were changed; the changes were undone before scoring."""
    left_out: tuple[str, ...] = ()
    """What the workspace held and a submission cannot carry (links out of it, pipes, ...), each with the reason."""
    refused: str | None = None
    """Why what the agent left is no submission, for example that it is too large; every table counts as not built."""


class Scorecard(_Record):
    """Everything a trial scored."""

    format_version: int = FORMAT_VERSION
    trial: TrialIdentity
    status: Literal["scored", "unscored"]
    unscored_reason: str | None = None
    """Why no verdict was possible: a fault that is not the agent's."""
    is_provider_down: bool = False
    """Unscored since the model's provider gave no answer, and may give one later."""
    success: bool | None = None
    """SR of this trial: every table matches in every scenario that the task scores, and the answer is right where the
    task asks for one; None = unscored."""
    extract_load_success: bool | None = None
    """The same over the raw tables; None = unscored or none scored."""
    transform_success: bool | None = None
    """The same over the other tables."""
    scores: Scores | None = None
    """Means over the scenarios."""
    stages: dict[Stage, Scores] = {}
    root_cause: RootCause | None = None
    """Where the fault begins; None = unscored or no mismatch."""
    answer: AnswerResult | None = None
    """None = unscored, or the task asks for none."""
    planted: tuple[PlantedResult, ...] = ()
    """Beside the score, never in it."""
    agent: AgentResult | None = None
    submission: SubmissionSummary | None = None
    scenarios: tuple[ScenarioResult, ...] = ()
    lint: LintResult | None = None
    versions: dict[str, str] = {}
    timing_seconds: dict[str, float] = {}
    """Wall time per step; the only part, with run ids, that differs between two scorings."""

    def without_verdict(self, reason: str) -> Self:
        """The same trial, unscored: what was seen stays, every figure goes."""
        figures = ("success", "extract_load_success", "transform_success", "scores", "root_cause", "answer")
        gone = dict.fromkeys(figures) | {"stages": {}, "status": "unscored", "unscored_reason": reason}
        return self.model_copy(update=gone)

    @property
    def over_limit(self) -> ScenarioResult | None:
        """The first scenario in which the tables of an `optimize` task cost too much; None = in none."""
        return next((s for s in self.scenarios if s.work is not None and not s.work.is_within), None)

    @property
    def policy(self) -> PolicyResult | None:
        """What the rules found in the submission's dbt graph; None where they were not looked at."""
        return next((scenario.policy for scenario in self.scenarios if scenario.policy is not None), None)
