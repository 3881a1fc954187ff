"""The smallest useful loop: the model calls tools until it has nothing more to call.

After Lita and the loops of SWE-style agents.
"""

from __future__ import annotations

from agents.llm.agent import LlmAgent, prompt
from agents.llm.context import Conversation
from agents.llm.session import Session
from agents.llm.useless import CUT, ask_until_useful
from agents.tools import TOOLS


def loop(session: Session, conversation: Conversation) -> str:
    """Let the model call tools until an answer holds no call; returns that answer.

    Raises:
        LimitReached: The budget is used up.
    """
    while True:
        reply = ask_until_useful(session, conversation)
        if not reply.calls:
            return reply.text
        for call in reply.calls:
            session.run(call, conversation)
        if reply.is_cut:
            session.note(conversation, CUT)


class ToolLoopAgent(LlmAgent):
    """One conversation with every tool."""

    name = "toolloop"

    def work(self, session: Session, ticket: str) -> str:
        """Loop over the ticket."""
        return loop(session, session.start(prompt("toolloop"), ticket, tools=tuple(TOOLS)))
