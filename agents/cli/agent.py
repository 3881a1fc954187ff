"""Runs a command-line agent in the sandbox, beside the recording proxy where it calls an LLM."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

from agents.base import AgentContext
from agents.budget import Spending
from agents.cli.config import CliConfig, read_config
from agents.errors import LimitReached, ProviderError
from agents.prices import read_prices
from agents.proxy import RecordingProxy
from agents.trajectory import Header, Recorder, now
from agents.workspace_sandbox import PROGRAMS_VARIABLE, find_programs, open_sandbox
from benchmark.errors import LockgateError
from benchmark.scorecard import AgentResult
from benchmark.usage import TokenUsage
from benchmark.workspace import TICKET_NAME
from runtime.sandbox.interface import ExecResult, Sandbox


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
        if self.needs_model and context.model is None:
            raise LockgateError(f"Agent {self.config.name} needs a model. Give --model provider/name.")
        key = self._key(context)
        spending = Spending(context.budget)
        model = context.model.name if context.model else None
        header = Header(
            trial_id=context.trial_id, task=context.task.id, agent=self.config.name, model=model, time=now()
        )
        path = context.trajectory_path or context.workspace.parent / "trajectory.jsonl"
        with ExitStack() as stack:
            recorder = stack.enter_context(Recorder(path, header, [key]))
            sandbox = stack.enter_context(open_sandbox(context, find_programs()))
            proxy = self._proxy(context, key, spending, recorder)
            if proxy is not None:
                stack.enter_context(proxy)
            ticket = (context.workspace / TICKET_NAME).read_text(encoding="utf-8")
            recorder.step("user", ticket)
            ended = self._start(sandbox, self._values(context, proxy, ticket), ticket, spending)
            self._record(recorder, ended)
            try:
                result = self._result(ended, spending, proxy, model)
            except LockgateError as error:
                recorder.end("fault", str(error))
                raise
            recorder.end(result.status, result.message)
        return result

    def _key(self, context: AgentContext) -> str:
        variable = (context.model.key_variable if context.model else None) or self.config.key_variable
        if variable is None:
            return ""
        if not os.environ.get(variable):
            raise LockgateError(
                f"Agent {self.config.name} needs its provider's key in environment variable {variable}; it is not set."
            )
        return os.environ[variable]

    def _proxy(self, context: AgentContext, key: str, spending: Spending, recorder: Recorder) -> RecordingProxy | None:
        if self.config.upstream is None or context.model is None:
            return None
        model = context.model

        def count(asked: str, usage: TokenUsage) -> None:
            cost = read_prices().cost_usd(asked or model.name, usage)
            spending.add(usage, cost)
            recorder.step("assistant", model=asked or None, usage=usage, cost_usd=cost)

        def check() -> str | None:
            try:
                spending.check()
            except LimitReached as limit:
                return str(limit)
            return None

        upstream = model.base_url or self.config.upstream
        return RecordingProxy(upstream, key, count, check, network_pid=context.systems_pid)

    @staticmethod
    def _values(context: AgentContext, proxy: RecordingProxy | None, ticket: str) -> dict[str, str]:
        return {
            "proxy": proxy.url if proxy else "",
            "token": proxy.token if proxy else "",
            "model": context.model.name.partition("/")[2] if context.model else "",
            "instruction": ticket,
        }

    def _start(self, sandbox: Sandbox, values: dict[str, str], ticket: str, spending: Spending) -> ExecResult:
        config = self.config
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

    def _result(
        self, ended: ExecResult, spending: Spending, proxy: RecordingProxy | None, model: str | None
    ) -> AgentResult:
        said = ended.stderr.decode(errors="replace").strip()[-500:]
        if ended.is_missing:
            how = f" Install it: {self.config.install}." if self.config.install else ""
            raise LockgateError(
                f"Program '{self.config.command[0]}' of agent {self.config.name} is not there: {said}{how} Where it "
                f"is not in /usr, the sandbox sees it once {PROGRAMS_VARIABLE} names the folder above its bin/."
            )
        if proxy is not None and proxy.failures and not proxy.n_answered:
            raise ProviderError(model or "", proxy.failures[-1], len(proxy.failures))
        status, message = ("failed" if ended.exit_code else "finished"), f"exit code {ended.exit_code}"
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
