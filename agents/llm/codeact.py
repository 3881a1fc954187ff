"""Actions are Python programs; after CodeAct (arXiv 2402.01030)."""

from __future__ import annotations

import re

from agents.llm.agent import LlmAgent, prompt
from agents.llm.session import MAX_RESULT_CHARACTERS, Session
from agents.tools import run_python
from agents.trajectory import cut

_BLOCK = re.compile(r"```python\s*\n(.*?)\n?```", re.DOTALL)


class CodeActAgent(LlmAgent):
    """Runs the Python block of each answer in the sandbox and tells what it printed; no block = done."""

    name = "codeact"

    def work(self, session: Session, ticket: str) -> str:
        """Answer, run, tell, until an answer holds no block."""
        conversation = session.start(prompt("codeact"), ticket)
        while True:
            reply = session.ask(conversation)
            block = _BLOCK.search(reply.text)
            if block is None:
                return reply.text
            session.spending.check()
            result = run_python(block.group(1), session.sandbox, session.spending.remaining_seconds)
            session.record(result, conversation, tool="python")
            said = cut(result.text, MAX_RESULT_CHARACTERS)
            session.say(conversation, f"Exit code {result.exit_code}. Output:\n{said or '(none)'}")
