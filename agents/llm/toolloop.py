"""The smallest useful loop: the model calls tools until it has nothing more to call.

After Lita and the loops of SWE-style agents.
"""

from __future__ import annotations

from agents.llm.agent import LlmAgent, prompt
from agents.llm.session import Conversation, Session
from agents.tools import TOOLS


def loop(session: Session, conversation: Conversation) -> str:
    """Let the model call tools until an answer holds no call; returns that answer.

    Raises:
        LimitReached: The budget is used up.
    """
    while True:
        reply = session.ask(conversation)
        if not reply.calls:
            return reply.text
        for call in reply.calls:
            session.run(call, conversation)


class ToolLoopAgent(LlmAgent):
    """One conversation with every tool."""

    name = "toolloop"

    def work(self, session: Session, ticket: str) -> str:
        """Loop over the ticket."""
        return loop(session, session.start(prompt("toolloop"), ticket, tools=tuple(TOOLS)))
