"""Finding stored trials by what a person types."""

from benchmark.errors import LockgateError
from benchmark.run_store import RunStore, list_runs
from benchmark.scorecard import Scorecard


def find_scorecards(name: str) -> list[Scorecard]:
    """Scorecards of `RUN`, `RUN/TRIAL`, or `TRIAL` (the latest run that has it).

    Raises:
        LockgateError: Nothing fits, or the trial is not done.
    """
    runs = list_runs()
    run_id, separator, trial_id = name.partition("/")
    if not separator and name in runs:
        store = RunStore(name)
        cards = [store.trial(trial.trial_id).read_scorecard() for trial in store.read_plan().trials]
        found = [card for card in cards if card is not None]
        if not found:
            raise LockgateError(f"No trial of run {name} is done yet.")
        return found
    candidates = [run_id] if separator else list(reversed(runs))
    wanted = trial_id if separator else name
    for candidate in candidates:
        store = RunStore(candidate)
        known = [trial.trial_id for trial in store.read_plan().trials]
        if wanted in known:
            card = store.trial(wanted).read_scorecard()
            if card is None:
                raise LockgateError(f"Trial {wanted} of run {candidate} is not done yet.")
            return [card]
        if separator:
            listed = ", ".join(known[:10])
            raise LockgateError(f"Run {candidate} has no trial '{wanted}'. Its trials: {listed}.")
    latest = ", ".join(runs[-5:]) or "none yet"
    raise LockgateError(f"No run or trial is called '{name}'. Latest runs: {latest}. `lockgate runs` lists them.")


def find_agent_scorecards(name: str) -> list[Scorecard]:
    """Scorecards of `RUN/AGENT`, or of `AGENT` in the latest run that has it; trials that are not done are left out.

    Raises:
        LockgateError: Nothing fits, or no trial is done.
    """
    run_id, separator, agent = name.partition("/")
    candidates = [run_id] if separator else list(reversed(list_runs()))
    agent = agent if separator else name
    for candidate in candidates:
        store = RunStore(candidate)
        trials = store.read_plan().trials
        if agent in {trial.agent for trial in trials}:
            cards = [store.trial(trial.trial_id).read_scorecard() for trial in trials if trial.agent == agent]
            found = [card for card in cards if card is not None]
            if not found:
                raise LockgateError(f"No trial of {agent} in run {candidate} is done yet.")
            return found
        if separator:
            listed = ", ".join(sorted({trial.agent for trial in trials}))
            raise LockgateError(f"Run {candidate} has no agent '{agent}'. Its agents: {listed}.")
    raise LockgateError(f"No run has an agent '{name}'. `lockgate runs` lists runs and agents.")
