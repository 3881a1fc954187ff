"""Looks before a run whether its trials can start: keys, models and programs, without a call of any provider."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from agents.cli.agent import CommandAgent
from agents.errors import PreflightError
from agents.keys import read_model_key
from agents.model_options import option_problem
from agents.registry import REPLAY, make_agent
from agents.replay import ReplayAgent
from agents.workspace_sandbox import find_programs
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.run_store import RunStore, TrialPlan
from runtime.sandbox.visible_files import inside_environment


def check_trials(trials: Iterable[TrialPlan]) -> None:
    """Check what the trials of a run need; those that have a submission already need nothing.

    Raises:
        PreflightError: Says everything that is missing.
    """
    open_trials = [trial for trial in trials if not is_solved(trial)]
    wanted = {(trial.agent_source or trial.agent, trial.model, trial.sandbox) for trial in open_trials}
    problems = [problem for needs in sorted(wanted, key=str) for problem in _problems(*needs)]
    replays = [trial for trial in open_trials if trial.agent.startswith(REPLAY)]
    found = (ReplayAgent(trial.agent.removeprefix(REPLAY)).problem(trial.task) for trial in replays)
    if problems := [*problems, *filter(None, found)]:
        raise PreflightError(list(dict.fromkeys(problems)))


def is_solved(trial: TrialPlan) -> bool:
    """Whether the agent of a trial has done its work: only the evaluation may be left."""
    store = RunStore(trial.run_id).trial(trial.trial_id)
    return store.patch_path.is_file() and store.agent_path.is_file()


def _problems(name: str, model: ModelSpec | None, sandbox: str | None) -> list[str]:
    """What keeps an agent from starting."""
    try:
        agent = make_agent(name)
        needs_model = bool(getattr(agent, "needs_model", False))
        if needs_model and model is None:
            return [f"Agent {name} needs a model. Give --model provider/name."]
        if isinstance(agent, CommandAgent):
            if problem := agent.model_problem(model):
                return [problem]
            agent.read_key(model)
            return program_problems(agent, sandbox)
        if needs_model and model is not None:
            read_model_key(model)
            return [problem] if (problem := option_problem(model)) else []
    except LockgateError as error:
        return [str(error)]
    return []


def program_problems(agent: CommandAgent, sandbox: str | None) -> list[str]:
    """Why the sandbox would not find the program of an agent; what is in an image of docker is seen by the trial only.

    Args:
        agent: Whose program.
        sandbox: Backend; None = the usual one.
    """
    if sandbox == "docker":
        return []
    folders = [inside_environment({})["PATH"], *(str(folder / "bin") for folder in find_programs())]
    found = shutil.which(agent.config.command[0], path=os.pathsep.join(folders))
    return [] if found else [str(agent.missing_program())]
