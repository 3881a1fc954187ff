"""Answers that lead nowhere: empty ones, ones that were cut off, calls that stand in the text. Each is told why."""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.errors import LimitReached
from agents.llm.context import Conversation
from agents.llm.reply import Reply
from agents.llm.session import Session

MAX_USELESS = 3
"""So many in a row end the agent."""

CUT = (
    "Your answer was cut off: it was longer than one answer may be. Answer in smaller steps: think less at once, and "
    "write a long file in several parts."
)
_EMPTY = "Your answer was empty. Go on with the ticket; if it is done, say so in one sentence."
_CALL_IN_TEXT = (
    "Your text holds a call of a tool, and nothing runs it there. Call the tool by the interface for tools, or say "
    "in plain words that the ticket is done."
)
_CALL_LIKE = re.compile(r"<tool_call>|<function[=_]|\"arguments\"\s*:\s*[{\"]")

Problem = Callable[[Reply], str]
"""What to tell the model where its answer is of no use; empty = it is."""


def tool_problem(reply: Reply) -> str:
    """What is wrong with the answer of a model that acts by calls of tools."""
    if reply.calls:
        return ""
    if _CALL_LIKE.search(reply.text):
        return _CALL_IN_TEXT
    return text_problem(reply)


def text_problem(reply: Reply) -> str:
    """What is wrong with an answer in words."""
    if reply.is_cut:
        return CUT
    return "" if reply.text.strip() else _EMPTY


def ask_until_useful(session: Session, conversation: Conversation, problem: Problem = tool_problem) -> Reply:
    """Call the model; where its answer is of no use, say why and call it again.

    Raises:
        LimitReached: Nothing came that is of use, or the budget is used up.
    """
    for _ in range(MAX_USELESS):
        reply = session.ask(conversation)
        told = problem(reply)
        if not told:
            return reply
        session.say(conversation, told)
    raise LimitReached(
        "useless answers", f"the last {MAX_USELESS} were empty, cut off or not in the form that was asked for"
    )
