"""What `lockgate run` is asked for: a file or a stored run, and the options over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.errors import LockgateError
from orchestration.counted import counted

if TYPE_CHECKING:
    from benchmark.run_store import RunPlan, RunStore, TrialPlan
    from orchestration.planning.matrix import RunMatrix


def choose_matrix(config: Path | None, store: RunStore, options: Mapping[str, Any]) -> RunMatrix:
    """The matrix of a run: the options over the file, else over the run of this id, else over the defaults.

    Args:
        config: A run's YAML file.
        store: The run, which may exist.
        options: Field of `RunMatrix` -> value; None = not given. `budget` holds limits, `models` mappings. `base_url`
            and `key_variable` change every model.

    Raises:
        LockgateError: The file or an option is not valid, or an option changes models and there is none.
    """
    from benchmark.yaml_files import validate_spec
    from orchestration.planning.matrix import RunMatrix, read_matrix
    from orchestration.planning.stored_runs import matrix_of

    if config is not None:
        base = read_matrix(config)
    elif store.exists() and store.read_plan().trials:
        base = matrix_of(store.read_plan())
    else:
        base = RunMatrix()
    given = {name: value for name, value in options.items() if value is not None}
    budget = {name: value for name, value in given.pop("budget", {}).items() if value is not None}
    of_models = {name: given.pop(name) for name in ("base_url", "key_variable") if name in given}
    content = base.model_dump()
    content["hints"] = content.pop("hint_level")
    content |= given
    if "agents" in given or config is not None:  # a stored run has whole names, and may outlive what it did again
        content["agents"] = [_full_name(agent) for agent in content["agents"]]
    content["budget"] = base.budget.model_dump() | budget
    content["models"] = [model | of_models for model in content["models"]]
    if of_models and not content["models"]:
        named = " and ".join("--" + name.replace("_", "-") for name in of_models)
        raise LockgateError(f"{named} changes models, and none is named. Give --model provider/name.")
    return validate_spec(content, RunMatrix, Path("lockgate run"))


def _full_name(agent: str) -> str:
    """An agent whose name holds the whole ids of the run and trial that it does again, where that is what it does.

    Raises:
        LockgateError: There is no such run or trial, or there are several.
    """
    from agents.registry import REPLAY
    from orchestration.reports.lookup import find_run, find_trial

    if not agent.startswith(REPLAY):
        return agent
    name = agent.removeprefix(REPLAY)
    return f"{REPLAY}{find_trial(name).name if '/' in name else find_run(name).run_id}"


def is_only_resumed(config: Path | None, store: RunStore, options: Mapping[str, Any]) -> bool:
    """Whether a run goes on just as it is stored: nothing but its id and how to run it was given."""
    budget = options.get("budget", {})
    given = [value for name, value in options.items() if name not in ("parallel", "budget", "max_run_usd")] + [
        *budget.values()
    ]
    return config is None and store.exists() and all(value is None for value in given)


def plan_summary(plan: RunPlan, todo: Sequence[TrialPlan], n_added: int) -> str:
    """In a few words: what is about to run, and what it may cost at most.

    Args:
        plan: The run.
        todo: Its trials that have no verdict yet.
        n_added: Trials that the run did not have before.
    """
    from orchestration.planning.cost import most_usd

    n_done = len(plan.trials) - len(todo)
    trials = f"{counted(len(plan.trials), 'trial')}, {counted(len({trial.task for trial in plan.trials}), 'task')}"
    state = f"; {n_done} done, {len(todo)} to run" if n_done else ""
    added = f"; {n_added} new in this run" if n_added else ""
    ceiling = most_usd(todo)
    cost = f"; at most {ceiling:.2f} USD" if ceiling else ""
    return f"{trials}{state}{added}{cost}"
