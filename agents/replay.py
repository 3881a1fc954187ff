"""Replay: what an agent did in an earlier run, again, on today's task; no model is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from agents.base import AgentContext
from agents.tools import TOOLS, run_tool
from agents.trajectory import Header, Recorder, now, read_trajectory
from agents.wires import ToolCall
from agents.workspace_sandbox import open_sandbox
from benchmark.errors import LockgateError
from benchmark.run_store import RunStore, TrialStore
from benchmark.scorecard import AgentResult

_CHANGING = ("shell", "write_file", "edit_file", "load", "dbt")


class ReplayAgent:
    """Makes the tool calls of a stored trajectory again; where there is none, lays the stored patch.

    Args:
        source: `RUN/TRIAL`, or `RUN`, whose first trial of the same task is taken.
    """

    needs_systems: ClassVar[bool] = True

    def __init__(self, source: str) -> None:
        self._run_id, _, self._trial_id = source.partition("/")

    def solve(self, context: AgentContext) -> AgentResult:
        """Do it again.

        Raises:
            LockgateError: There is nothing stored, or the patch does not fit the task any more.
        """
        store = self._find(context.task.id)
        if store.trajectory_path.is_file():
            calls = _tool_calls(store.trajectory_path)
            if calls:
                return self._make(calls, context)
        return self._patch(store, context)

    def problem(self, task: str) -> str:
        """Why there is nothing to do again on a task; empty where there is something."""
        try:
            store = self._find(task)
        except LockgateError as error:
            return str(error)
        is_there = store.trajectory_path.is_file() or store.patch_path.is_file()
        return "" if is_there else f"Trial {store.name} holds neither a trajectory nor a patch: nothing to replay."

    def _find(self, task: str) -> TrialStore:
        run = RunStore(self._run_id)
        names = [trial.trial_id for trial in run.read_plan().trials if trial.task == task]
        wanted = [name for name in names if name == self._trial_id or not self._trial_id]
        if not wanted:
            raise LockgateError(
                f"Run {self._run_id} has no trial to replay on task {task}: {self._trial_id or 'none'}."
            )
        return run.trial(wanted[0])

    def _make(self, calls: list[ToolCall], context: AgentContext) -> AgentResult:
        header = Header(trial_id=context.trial_id, task=context.task.id, agent="replay", model=None, time=now())
        path = context.trajectory_path or context.workspace.parent / "trajectory.jsonl"
        with Recorder(path, header) as recorder, open_sandbox(context) as sandbox:
            for call in calls:
                result = run_tool(call, tuple(TOOLS), sandbox, context.budget.wall_seconds)
                recorder.step("tool", result.text, call_id=call.id, tool=call.name, exit_code=result.exit_code)
            recorder.end("finished", f"{len(calls)} calls made again")
        return AgentResult(status="finished", message=f"{len(calls)} calls made again", n_steps=len(calls))

    @staticmethod
    def _patch(store: TrialStore, context: AgentContext) -> AgentResult:
        if not store.patch_path.is_file():
            raise LockgateError(f"{store.folder} holds neither a trajectory with tool calls nor a patch.")
        patch = store.patch_path.read_bytes()
        if patch.strip():
            with open_sandbox(context) as sandbox:
                result = sandbox.exec(["git", "apply", "--whitespace=nowarn", "-"], stdin=patch, wall_seconds=60)
            if result.exit_code:
                said = result.stderr.decode(errors="replace").strip()
                raise LockgateError(f"The patch of {store.folder.name} does not fit task {context.task.id}: {said}")
        return AgentResult(status="finished", message="the stored patch was laid", n_steps=1)


def _tool_calls(path: Path) -> list[ToolCall]:
    """Calls that may have changed something, in order; a call that was malformed is not made again."""
    return [
        ToolCall(call.id, call.tool, json.dumps(call.arguments))
        for step in read_trajectory(path).steps
        for call in step.calls
        if call.tool in _CHANGING and isinstance(call.arguments, dict)
    ]
