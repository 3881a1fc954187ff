"""The shape of Every Eval Ever records, version 0.3.0, as far as we fill it.

Our own reading of the schema (github.com/evaleval/every_eval_ever, MIT): a field that is not here is one that we never
write. `make test-exports` holds our records against the schema itself.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = "0.3.0"

Texts = dict[str, str]
"""The schema wants texts wherever it lets a writer add fields."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Relationship = Literal["first_party", "third_party", "collaborative", "other"]


class SourceMetadata(_Part):
    """Who made the results."""

    source_name: str
    source_type: Literal["evaluation_run"] = "evaluation_run"
    source_organization_name: str
    evaluator_relationship: Relationship
    """To the developer of the model."""


class EvalLibrary(_Part):
    """What the evaluation ran with."""

    name: str
    version: str
    additional_details: Texts


class ModelInfo(_Part):
    """The model; of an agent that uses none, the agent."""

    name: str
    id: str
    """`developer/model`."""
    developer: str
    inference_platform: str | None = None
    additional_details: Texts
    """Among them `deployment_type` and `model_availability`."""


class SourceData(_Part):
    """What the evaluation ran on."""

    dataset_name: str
    source_type: Literal["other"] = "other"
    additional_details: Texts


class MetricConfig(_Part):
    """What a score means; all of ours are shares."""

    evaluation_description: str
    metric_id: str
    metric_name: str
    metric_kind: str
    metric_unit: Literal["proportion"] = "proportion"
    metric_parameters: dict[str, int] | None = None
    lower_is_better: Literal[False] = False
    score_type: Literal["continuous"] = "continuous"
    min_score: float = 0.0
    max_score: float = 1.0


class ConfidenceInterval(_Part):
    """An interval of a mean over tasks."""

    lower: float
    upper: float
    confidence_level: float = Field(default=0.95, ge=0, le=1)
    method: str


class Uncertainty(_Part):
    """How sure a score is."""

    confidence_interval: ConfidenceInterval | None = None
    num_samples: int
    """Tasks."""
    num_bootstrap_samples: int | None = None


class ScoreDetails(_Part):
    """A score."""

    score: float = Field(ge=0, le=1)
    details: Texts
    uncertainty: Uncertainty


class EvalLimits(_Part):
    """Limits of one trial."""

    time_limit: int
    """Seconds."""
    message_limit: int
    token_limit: int


class SandboxInfo(_Part):
    """Where the agent worked."""

    type: str


class GenerationArgs(_Part):
    """What was asked of the model."""

    temperature: float | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    reasoning: bool | None = None
    eval_limits: EvalLimits | None = None
    sandbox: SandboxInfo | None = None
    max_attempts: Literal[1] = 1
    """Submissions that an agent may make in one trial."""


class GenerationConfig(_Part):
    """How the model was used."""

    generation_args: GenerationArgs
    additional_details: Texts


class EvaluationResult(_Part):
    """One figure."""

    evaluation_result_id: str
    evaluation_name: str
    source_data: SourceData
    metric_config: MetricConfig
    score_details: ScoreDetails
    generation_config: GenerationConfig


class DetailedResults(_Part):
    """Where the trials stand, one by one."""

    format: Literal["jsonl"] = "jsonl"
    file_path: str
    hash_algorithm: Literal["sha256"] = "sha256"
    checksum: str
    total_rows: int = Field(ge=1)


class EvaluationLog(_Part):
    """One file: a competitor in a run."""

    schema_version: Literal["0.3.0"] = "0.3.0"
    evaluation_id: str
    evaluation_timestamp: str
    retrieved_timestamp: str
    """When the record was made, seconds since 1970."""
    source_metadata: SourceMetadata
    eval_library: EvalLibrary
    model_info: ModelInfo
    evaluation_results: tuple[EvaluationResult, ...] = Field(min_length=1)
    detailed_evaluation_results: DetailedResults | None = None


class ToolCall(_Part):
    """A call of a tool."""

    id: str
    name: str
    arguments: Texts


class Message(_Part):
    """One message of a trajectory."""

    turn_idx: int = Field(ge=0)
    role: str
    content: str | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    tool_call_id: tuple[str, ...] | None = None


class SampleInput(_Part):
    """The ticket."""

    raw: str
    reference: tuple[str, ...] = ()
    """Empty: gold is tables, and never told."""


class AnswerAttribution(_Part):
    """What counts as the answer."""

    turn_idx: int = Field(ge=0)
    source: str
    extracted_value: str
    extraction_method: str
    is_terminal: bool = True


class SampleScore(_Part):
    """The verdict on one trial."""

    score: float
    is_correct: bool
    num_turns: int | None = Field(default=None, ge=1)
    tool_calls_count: int | None = Field(default=None, ge=0)


class SampleTokens(_Part):
    """Tokens of one trial."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_tokens_cache_write: int
    input_tokens_cache_read: int
    reasoning_tokens: int


class Performance(_Part):
    """Time of the agent."""

    latency_ms: float


class Sample(_Part):
    """One line of `_samples.jsonl`: a trial with a verdict."""

    schema_version: Literal["0.3.0"] = "0.3.0"
    evaluation_id: str
    model_id: str
    evaluation_name: str
    evaluation_result_id: str
    sample_id: str
    sample_hash: str
    interaction_type: Literal["agentic"] = "agentic"
    input: SampleInput
    messages: tuple[Message, ...]
    answer_attribution: tuple[AnswerAttribution, ...]
    evaluation: SampleScore
    token_usage: SampleTokens | None = None
    performance: Performance | None = None
    error: str | None = None
    metadata: Texts
