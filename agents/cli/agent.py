"""Runs a command-line agent in the sandbox, beside the recording proxy where it calls an LLM."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import ClassVar

from agents.base import AgentContext
from agents.budget import Spending
from agents.cli.config import CliConfig, read_config
from agents.errors import LimitReached, MissingProgramError, ProviderError
from agents.keys import read_key
from agents.llm.client import backoff_seconds
from agents.prices import prices_for
from agents.proxy import RecordingProxy
from agents.proxy.probe import probe_provider
from agents.trajectory import Header, Recorder, now
from agents.workspace_sandbox import PROGRAMS_VARIABLE, find_programs, open_sandbox
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec, effort_problem
from benchmark.scorecard import AgentResult
from benchmark.usage import TokenUsage
from benchmark.workspace import TICKET_NAME
from runtime.sandbox.interface import ExecResult, Sandbox

_LASTING = ("status 401", "status 403", "status 404")
"""Problems of a provider that another try does not change."""


class CommandAgent:
    """One program, started once; what it leaves in the workspace is scored, whatever its exit code."""

    needs_systems: ClassVar[bool] = True

    def __init__(self, config: CliConfig) -> None:
        self.config = config
        self.needs_model = config.upstream is not None

    @classmethod
    def from_file(cls, path: Path) -> CommandAgent:
        """An agent from its YAML file."""
        return cls(read_config(path))

    def solve(self, context: AgentContext) -> AgentResult:
        """Start the program and wait for its end, or end it at a limit.

        Raises:
            LockgateError: It is not installed, its key is not set, or its provider never answered.
        """
        key = self.read_key(context.model)
        spending = Spending(context.budget)
        if problem := self.model_problem(context.model):
            raise LockgateError(problem)
        header = Header(
            trial_id=context.trial_id,
            task=context.task.id,
            agent=self.config.name,
            model=context.model.name if context.model else None,
            own_price=context.model.price if context.model else None,
            time=now(),
        )
        path = context.trajectory_path or context.workspace.parent / "trajectory.jsonl"
        with ExitStack() as stack:
            recorder = stack.enter_context(Recorder(path, header))
            sandbox = stack.enter_context(open_sandbox(context, find_programs()))
            ticket = (context.workspace / TICKET_NAME).read_text(encoding="utf-8")
            recorder.step("user", ticket)
            try:
                self._find_program(sandbox)
                proxy = self._proxy(context, key, spending, recorder)
                with proxy or nullcontext():
                    ended = self._start(sandbox, self._values(context, proxy, ticket), ticket, spending)
                self._record(recorder, ended)
                self._check_provider(context, key, proxy)
            except LockgateError as error:
                recorder.end("fault", str(error))
                raise
            result = self._result(ended, spending, proxy)
            recorder.end(result.status, result.message)
        return result

    def read_key(self, model: ModelSpec | None) -> str:
        """The provider's key, registered as a secret; empty where the program calls no LLM.

        Raises:
            LockgateError: It is not set, or no model is named.
        """
        if self.needs_model and model is None:
            raise LockgateError(f"Agent {self.config.name} needs a model. Give --model provider/name.")
        variable = (model.key_variable if model else None) or self.config.key_variable
        return read_key(variable, f"agent {self.config.name}") if variable else ""

    def model_problem(self, model: ModelSpec | None) -> str:
        """Why the program cannot do with this model, or without one, as a sentence; empty = it can."""
        name = self.config.name
        if model is None:
            wants = any("{model}" in text for text in (*self.config.command, *self.config.environment.values()))
            return f"Agent {name} tells its program the {{model}}. Give --model provider/name." if wants else ""
        unheard = [option for option, _ in model.options if option != "context_tokens"]
        if unheard:
            return (
                f"Agent {name} calls {model.name} by itself, and has no option for {', '.join(unheard)}. Leave it out."
            )
        if model.effort and self.config.effort is None:
            return (
                f"Agent {name} has no option for the effort of {model.name}. Leave effort out, or choose another agent."
            )
        if model.effort and self.config.effort:
            problem = effort_problem(model.effort, self.config.effort.levels)
            return f"Agent {name}, model {model.name}: {problem}." if problem else ""
        return ""

    def _find_program(self, sandbox: Sandbox) -> None:
        """Look for the program before the agent can change anything: later, an exit code 127 is the agent's own."""
        look = ["sh", "-c", 'command -v -- "$1"', "sh", self.config.command[0]]
        if sandbox.exec(look, wall_seconds=30).exit_code:
            raise self.missing_program()

    def missing_program(self) -> MissingProgramError:
        """What to say where the program is not there."""
        config = self.config
        return MissingProgramError(config.command[0], config.name, config.install, PROGRAMS_VARIABLE)

    def _proxy(self, context: AgentContext, key: str, spending: Spending, recorder: Recorder) -> RecordingProxy | None:
        if self.config.upstream is None or context.model is None:
            return None
        upstream = context.model.base_url or self.config.upstream

        def record(asked: str, usage: TokenUsage, cost_usd: float | None) -> None:
            recorder.step("assistant", model=asked or None, usage=usage, cost_usd=cost_usd)

        name = _bare_name(context.model)
        return RecordingProxy(
            upstream,
            key,
            name,
            spending,
            record,
            prices=prices_for(context.model),
            network_pid=context.systems_pid,
        )

    def _check_provider(self, context: AgentContext, key: str, proxy: RecordingProxy | None) -> None:
        """Where no call was answered, prove by a call of our own whose fault that was.

        Raises:
            ProviderError: The provider's. Where it answers us, what failed was the agent's doing, and is scored.
        """
        if proxy is None or proxy.n_answered or proxy.failed_call is None or context.model is None:
            return
        upstream = context.model.base_url or self.config.upstream or ""
        problem = probe_provider(upstream, key, _bare_name(context.model), proxy.failed_call, backoff_seconds())
        if problem is not None:
            is_passing = not problem.startswith(_LASTING)
            raise ProviderError(context.model.name, problem, len(proxy.failures), is_passing=is_passing)

    @staticmethod
    def _values(context: AgentContext, proxy: RecordingProxy | None, ticket: str) -> dict[str, str]:
        return {
            "proxy": proxy.url if proxy else "",
            "token": proxy.token if proxy else "",
            "model": _bare_name(context.model) if context.model else "",
            "instruction": ticket,
            "effort": (context.model.effort if context.model else None) or "",
        }

    def _start(self, sandbox: Sandbox, values: dict[str, str], ticket: str, spending: Spending) -> ExecResult:
        config = self.config.with_effort() if values["effort"] else self.config
        for name, content in sorted(config.files.items()):
            write = ["sh", "-c", 'mkdir -p "$(dirname "$HOME/$1")" && cat > "$HOME/$1"', "sh", name]
            sandbox.exec(write, stdin=config.fill(content, values).encode(), wall_seconds=30)
        return sandbox.exec(
            [config.fill(word, values) for word in config.command],
            stdin=ticket.encode(),
            wall_seconds=spending.remaining_seconds,
            environment={name: config.fill(value, values) for name, value in config.environment.items()},
        )

    def _record(self, recorder: Recorder, ended: ExecResult) -> None:
        for name, content in (("stdout", ended.stdout), ("stderr", ended.stderr)):
            if content:
                recorder.step(
                    "tool",
                    content.decode(errors="replace"),
                    part=name,
                    tool=self.config.command[0],
                    exit_code=ended.exit_code,
                    seconds=round(ended.wall_seconds, 3),
                )

    @staticmethod
    def _result(ended: ExecResult, spending: Spending, proxy: RecordingProxy | None) -> AgentResult:
        status, message = ("failed" if ended.exit_code else "finished"), f"exit code {ended.exit_code}"
        if spending.refusal is not None:
            status, message = "limit", str(spending.refusal)
        try:
            spending.check()
        except LimitReached as limit:
            status, message = "limit", str(limit)
        if ended.limit and ended.limit != "output":
            status, message = "limit", f"the limit of {ended.limit} of the sandbox"
        return AgentResult.model_validate(
            {
                "status": status,
                "message": message,
                "n_steps": spending.n_steps,
                "usage": spending.usage if proxy else None,
                "cost_usd": round(spending.cost_usd, 6),
            }
        )


def _bare_name(model: ModelSpec) -> str:
    """The model's name without the provider."""
    return model.name.partition("/")[2]
