"""Agents by short name or import path."""

import importlib

from agents.base import Agent
from benchmark.errors import LockgateError, UnknownNameError

AGENTS: dict[str, str] = {
    "oracle": "agents.oracle:OracleAgent",
    "null": "agents.null:NullAgent",
    "saboteur": "agents.saboteur:SaboteurAgent",
}
"""Short name -> `package.module:Class`; the full form is accepted too."""

TRUSTED = frozenset({"oracle", "null", "saboteur"})
"""Agents whose submissions are ours; every other submission is evaluated behind walls."""


def make_agent(name: str) -> Agent:
    """A new agent.

    Raises:
        UnknownNameError: Neither a short name nor an import path.
        LockgateError: The import path leads nowhere.
    """
    path = AGENTS.get(name, name)
    module_name, separator, class_name = path.partition(":")
    if not separator:
        raise UnknownNameError("agent", name, list(AGENTS))
    try:
        agent: Agent = getattr(importlib.import_module(module_name), class_name)()
    except (ImportError, AttributeError) as error:
        raise LockgateError(f"Agent '{name}' cannot be loaded: {error}. Give package.module:Class.") from error
    return agent
