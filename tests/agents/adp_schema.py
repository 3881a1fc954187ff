"""What ADP accepts, in our words: its schema is no package that could be installed.

Facts of github.com/neulab/agent-data-protocol, `schema/atif.py` at commit 048701a, read on 2026-11-26. The commit's own
date is not known to us: it is later than pull request 256 of June 2026, which took ADP's own actions and observations
away (ff580a6), and whether it is the newest could not be seen. Of content only texts are here, since we export nothing
else. Two rules are stricter than that commit: a result names a call of its own step (as at ff580a6), and no two calls
have the same id (ADP's normalization would rename them).
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Object = dict[str, Any]


class _Closed(BaseModel):
    """Unknown fields are errors, at every level."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AdpCall(_Closed):
    tool_call_id: str
    function_name: str
    arguments: Object = {}
    extra: Object | None = None


class AdpResult(_Closed):
    content: str
    source_call_id: str | None = None
    subagent_trajectory_ref: list[Object] | None = None
    extra: Object | None = None


class AdpObservation(_Closed):
    results: list[AdpResult] = []
    extra: Object | None = None


class AdpMetrics(_Closed):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None
    prompt_token_ids: list[int] | None = None
    completion_token_ids: list[int] | None = None
    logprobs: list[Any] | None = None
    extra: Object | None = None


class AdpStep(_Closed):
    step_id: int
    source: Literal["system", "user", "agent"]
    message: str = ""
    timestamp: str | None = None
    model_name: str | None = None
    reasoning_effort: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[AdpCall] | None = None
    observation: AdpObservation | None = None
    metrics: AdpMetrics | None = None
    llm_call_count: int | None = None
    is_copied_context: bool | None = None
    extra: Object | None = None

    @model_validator(mode="after")
    def _agents_alone_call_and_reason(self) -> Self:
        theirs = (self.tool_calls, self.reasoning_content, self.reasoning_effort)
        if self.source != "agent" and any(theirs):
            raise ValueError(f"step {self.step_id}: calls and reasoning are the agent's")
        return self

    @model_validator(mode="after")
    def _results_name_a_call_of_the_step(self) -> Self:
        ids = {call.tool_call_id for call in self.tool_calls or []} | {None}
        named = {result.source_call_id for result in self.observation.results} if self.observation else set()
        if not named <= ids:
            raise ValueError(f"step {self.step_id}: results of calls that are not there")
        return self


class AdpAgent(_Closed):
    name: str = "atif"
    version: str = "unknown"
    model_name: str | None = None
    tool_definitions: list[Object] | None = None
    extra: Object | None = None


class AdpTrajectory(_Closed):
    schema_version: Literal["ATIF-v1.7"]
    steps: Annotated[list[AdpStep], Field(min_length=1)]
    agent: AdpAgent = AdpAgent()
    session_id: str | None = None
    trajectory_id: str | None = None
    notes: str | None = None
    final_metrics: Object | None = None
    continued_trajectory_ref: str | None = None
    extra: Object | None = None
    subagent_trajectories: list[Object] | None = None

    @model_validator(mode="after")
    def _numbers_and_ids(self) -> Self:
        if [step.step_id for step in self.steps] != list(range(1, len(self.steps) + 1)):
            raise ValueError("steps count from 1")
        ids = [call.tool_call_id for step in self.steps for call in step.tool_calls or []]
        if len(set(ids)) != len(ids):
            raise ValueError("two calls have the same id")
        return self
