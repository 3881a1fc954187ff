"""Agents by short name, import path, or YAML file."""

import importlib
from pathlib import Path
from typing import NamedTuple

from agents.base import Agent
from benchmark.errors import LockgateError, UnknownNameError

AGENTS: dict[str, str] = {
    "oracle": "agents.oracle:OracleAgent",
    "idle": "agents.idle:IdleAgent",
    "saboteur": "agents.saboteur:SaboteurAgent",
    "mild-saboteur": "agents.saboteur:MildSaboteur",
    "wild-saboteur": "agents.saboteur:WildSaboteur",
    "hasty": "agents.forgetful:HastyAgent",
    "forgetful": "agents.forgetful:ForgetfulAgent",
    "thorough": "agents.forgetful:ThoroughAgent",
    "toolloop": "agents.llm.toolloop:ToolLoopAgent",
    "codeact": "agents.llm.codeact:CodeActAgent",
    "agentless": "agents.llm.agentless:AgentlessAgent",
    "planner": "agents.llm.planner:PlannerAgent",
    "claude-code": "agents/cli/configs/claude-code.yaml",
    "codex": "agents/cli/configs/codex.yaml",
    "gemini-cli": "agents/cli/configs/gemini-cli.yaml",
    "opencode": "agents/cli/configs/opencode.yaml",
    "mini-swe-agent": "agents/cli/configs/mini-swe-agent.yaml",
}
"""Short name -> `package.module:Class`, or the file of a command-line agent; the full forms are accepted too."""

ALIASES: dict[str, str] = {"null": "idle"} | {path: name for name, path in AGENTS.items() if ":" in path}
"""Other names for the same: an earlier one, and import paths."""

REPLAY = "replay:"
"""How the name of an agent begins that does what a trial of an earlier run did."""

TRUSTED = frozenset({"oracle", "idle", "saboteur", "mild-saboteur", "wild-saboteur", "hasty", "forgetful", "thorough"})
"""Agents whose submissions are ours, made from the solution; every other submission is evaluated behind walls. They are
no competitors: reports do not rank them."""


def canonical_name(name: str) -> str:
    """Return the name under which an agent is listed: `null` is `idle`, `agents.oracle:OracleAgent` is `oracle`."""
    return ALIASES.get(name, name)


def is_reference(name: str) -> bool:
    """Whether an agent is one of ours, also where an earlier run has it by its import path."""
    return canonical_name(name) in TRUSTED


class LocatedAgent(NamedTuple):
    """An agent by the name that tables show, and where it is loaded from."""

    name: str
    source: str
    """Absolute path of a YAML file; empty = the name says it."""


def locate_agent(name: str) -> LocatedAgent:
    """Find the name of an agent; that of a YAML file is what the file says.

    Raises:
        LockgateError: A file takes the name of a built-in agent, or is not valid.
    """
    if name in AGENTS or name in ALIASES or not name.endswith((".yaml", ".yml")):
        return LocatedAgent(canonical_name(name), "")
    from agents.cli.config import read_config

    path = Path(name).resolve()
    own = read_config(path).name
    if own in AGENTS or own in ALIASES:
        raise LockgateError(f"{name}: key 'name': '{own}' is a built-in agent. Choose another name.")
    return LocatedAgent(own, str(path))


def make_agent(name: str) -> Agent:
    """A new agent.

    Args:
        name: A short name, `package.module:Class`, the YAML file of a command-line agent, or `replay:RUN`.

    Raises:
        UnknownNameError: None of these.
        LockgateError: The import path or the file leads nowhere.
    """
    name = canonical_name(name)
    path = AGENTS.get(name, name)
    if path.startswith(REPLAY):
        from agents.replay import ReplayAgent

        return ReplayAgent(path.removeprefix(REPLAY))
    if path.endswith((".yaml", ".yml")):
        from agents.cli.agent import CommandAgent

        return CommandAgent.from_file(Path(__file__).parents[1] / path if name in AGENTS else Path(path))
    module_name, separator, class_name = path.partition(":")
    if not separator:
        raise UnknownNameError("agent", name, [*AGENTS, "FILE.yaml", "replay:RUN"])
    try:
        agent: Agent = getattr(importlib.import_module(module_name), class_name)()
    except (ImportError, AttributeError) as error:
        raise LockgateError(f"Agent '{name}' cannot be loaded: {error}. Give package.module:Class.") from error
    return agent
