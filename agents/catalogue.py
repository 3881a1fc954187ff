"""The agents that have a short name: what each is, what it needs, what of that is missing on this machine."""

from __future__ import annotations

import os
from typing import NamedTuple

from agents.cli.agent import CommandAgent
from agents.preflight import program_problems
from agents.registry import AGENTS, TRUSTED, make_agent


class AgentEntry(NamedTuple):
    """One agent of the list."""

    name: str
    kind: str
    """`reference`, `llm` or `program`."""
    summary: str
    needs: str
    """Empty = nothing."""
    missing: str
    """What of that is not here; empty = nothing that is known before a model is chosen."""


def list_agents() -> list[AgentEntry]:
    """Describe every agent with a short name, in the order of the registry."""
    return [_describe(name) for name in AGENTS]


def _describe(name: str) -> AgentEntry:
    agent = make_agent(name)
    if isinstance(agent, CommandAgent):
        return _describe_program(name, agent)
    summary = (type(agent).__doc__ or "").strip().partition("\n")[0]
    if name in TRUSTED:
        return AgentEntry(name, "reference", summary, "", "")
    return AgentEntry(name, "llm", summary, "--model, and the key of its provider", "")


def _describe_program(name: str, agent: CommandAgent) -> AgentEntry:
    config = agent.config
    missing = []
    if program_problems(agent, None):
        missing.append(f"the program ({config.install})" if config.install else "the program")
    if config.key_variable and not os.environ.get(config.key_variable, "").strip():
        missing.append(config.key_variable)
    needs = ["--model", *([config.key_variable] if config.key_variable else []), f"the program {config.command[0]}"]
    return AgentEntry(name, "program", f"{config.command[0]}, as it comes", ", ".join(needs), "; ".join(missing))
