"""The base of LLM agents: everything but how they think."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agents.base import AgentContext
from agents.budget import Spending
from agents.errors import LimitReached, RefusedCallError
from agents.llm.client import ModelClient
from agents.llm.session import Session
from agents.trajectory import Header, Recorder, now
from agents.workspace_sandbox import open_sandbox
from benchmark.errors import LockgateError
from benchmark.scorecard import AgentResult
from benchmark.workspace import TICKET_NAME

_PROMPTS_DIR = Path(__file__).parents[1] / "prompts"


class LlmAgent:
    """Opens sandbox, model, budget and trajectory, then works; subclasses say how in `work`."""

    needs_systems: ClassVar[bool] = True
    needs_model: ClassVar[bool] = True
    name: ClassVar[str]

    def solve(self, context: AgentContext) -> AgentResult:
        """Work until done or until a limit; what is in the workspace then is scored.

        Raises:
            ProviderError: The model gave no answer.
        """
        if context.model is None:
            raise LockgateError(f"Agent {self.name} needs a model. Give --model provider/name.")
        client = ModelClient(context.model)
        spending = Spending(context.budget)
        header = Header(
            trial_id=context.trial_id,
            task=context.task.id,
            agent=self.name,
            model=context.model.name,
            own_price=context.model.price,
            time=now(),
        )
        path = context.trajectory_path or context.workspace.parent / "trajectory.jsonl"
        with Recorder(path, header) as recorder, open_sandbox(context) as sandbox:
            session = Session(sandbox, client, spending, recorder)
            ticket = (context.workspace / TICKET_NAME).read_text(encoding="utf-8")
            try:
                message = self.work(session, ticket)
                result = self._result("finished", message, spending)
            except LimitReached as limit:
                result = self._result("limit", str(limit), spending)
            except RefusedCallError as error:
                result = self._result("failed", str(error), spending)
            except LockgateError as error:
                recorder.end("fault", str(error))
                raise
            recorder.end(result.status, result.message)
        return result

    def work(self, session: Session, ticket: str) -> str:
        """Do the work; returns the agent's closing words.

        Raises:
            LimitReached: The budget is used up.
        """
        raise NotImplementedError

    @staticmethod
    def _result(status: str, message: str, spending: Spending) -> AgentResult:
        return AgentResult.model_validate(
            {
                "status": status,
                "message": message[:2000],
                "n_steps": spending.n_steps,
                "usage": spending.usage,
                "cost_usd": round(spending.cost_usd, 6),
            }
        )


def prompt(name: str, **values: object) -> str:
    """A prompt from its file; a value that is missing is an error."""
    environment = Environment(
        loader=FileSystemLoader(_PROMPTS_DIR), undefined=StrictUndefined, keep_trailing_newline=False, trim_blocks=True
    )
    return environment.get_template(f"{name}.md").render(**values).strip()
