"""Agents by short name, import path, or YAML file."""

import importlib
from pathlib import Path

from agents.base import Agent
from benchmark.errors import LockgateError, UnknownNameError

AGENTS: dict[str, str] = {
    "oracle": "agents.oracle:OracleAgent",
    "idle": "agents.idle:IdleAgent",
    "saboteur": "agents.saboteur:SaboteurAgent",
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

ALIASES: dict[str, str] = {"null": "idle"}
"""Earlier names, still understood."""

_REPLAY = "replay:"

TRUSTED = frozenset({"oracle", "idle", "saboteur"})
"""Agents whose submissions are ours; every other submission is evaluated behind walls."""


def canonical_name(name: str) -> str:
    """Return the name under which an agent is listed: `null`, its earlier name, is `idle`."""
    return ALIASES.get(name, name)


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
    if path.startswith(_REPLAY):
        from agents.replay import ReplayAgent

        return ReplayAgent(path.removeprefix(_REPLAY))
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
