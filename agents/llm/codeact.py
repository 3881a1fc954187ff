"""Actions are Python programs; after CodeAct (arXiv 2402.01030)."""

from __future__ import annotations

import re

from agents.llm.agent import LlmAgent, prompt
from agents.llm.reply import Reply
from agents.llm.session import Session, shown
from agents.llm.useless import ask_until_useful, text_problem
from agents.tools import run_python

_BLOCK = re.compile(r"```python\s*\n(.*?)\n?```", re.DOTALL)
_OTHER_BLOCK = (
    "No block of your answer begins with ```python and ends with ```, so nothing was run. Answer with one such "
    "block, or without any block if the ticket is done."
)


class CodeActAgent(LlmAgent):
    """Runs the Python block of each answer in the sandbox and tells what it printed; no block = done."""

    name = "codeact"

    def work(self, session: Session, ticket: str) -> str:
        """Answer, run, tell, until an answer holds no block."""
        conversation = session.start(prompt("codeact"), ticket)
        while True:
            reply = ask_until_useful(session, conversation, _problem)
            block = _BLOCK.search(reply.text)
            if block is None:
                return reply.text
            session.spending.check()
            program = block.group(1)
            result = run_python(program, session.sandbox, session.spending.remaining_seconds)
            result = session.watched(result, conversation, program)
            session.record(result, conversation, tool="python")
            said = f"Exit code {result.exit_code}. Output:\n{shown(result.text) or '(none)'}"
            session.say(conversation, said, is_result=True)


def _problem(reply: Reply) -> str:
    """What is wrong with an answer that should hold a block, or be the last one."""
    if _BLOCK.search(reply.text):
        return ""
    return text_problem(reply) or (_OTHER_BLOCK if "```" in reply.text else "")
