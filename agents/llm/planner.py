"""A planner, one builder per stage, an inspector.

After the multi-agent baseline of DAComp (arXiv 2512.04324) and PublicAgent.
"""

from __future__ import annotations

import re

from agents.llm.agent import LlmAgent, prompt
from agents.llm.session import Session
from agents.llm.toolloop import loop
from agents.llm.useless import ask_until_useful, text_problem
from agents.tools import TOOLS, list_files
from benchmark.stages import STAGES

MAX_ROUNDS = 2
"""Times that the inspector may send the work back."""

_STAGE = re.compile(rf"^#+ *({'|'.join(STAGES)})\b[^\n]*\n(.*?)(?=^#|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_READING = ("shell", "read_file", "query")


class PlannerAgent(LlmAgent):
    """Each part has a conversation of its own; they share the workspace."""

    name = "planner"

    def work(self, session: Session, ticket: str) -> str:
        """Plan, build stage by stage, inspect, repair."""
        files = "\n".join(list_files(session.sandbox))
        plan = session.start(prompt("planner_plan"), f"{ticket}\n\nFiles of the workspace:\n{files}", part="planner")
        text = ask_until_useful(session, plan, text_problem).text
        stages = _STAGE.findall(text) or [("all", text)]
        for stage, work in stages:
            self._build(session, ticket, stage, work)
        for _ in range(MAX_ROUNDS):
            inspect = session.start(prompt("planner_inspect"), ticket, part="inspector", tools=_READING)
            verdict = loop(session, inspect)
            if "REVISE" not in verdict:
                return verdict
            self._build(session, ticket, "repair", verdict)
        return "The inspector still had objections."

    @staticmethod
    def _build(session: Session, ticket: str, stage: str, work: str) -> None:
        system = prompt("planner_build", stage=stage.lower())
        loop(
            session,
            session.start(system, f"{work.strip()}\n\nThe ticket:\n{ticket}", part="builder", tools=tuple(TOOLS)),
        )
