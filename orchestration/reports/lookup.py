"""Finding stored trials by what a person types."""

from benchmark.errors import LockgateError
from benchmark.run_store import RunStore, TrialStore, list_runs
from benchmark.scorecard import Competitor, Scorecard


def find_trial(name: str) -> TrialStore:
    """Find a trial, done or not: `RUN/TRIAL`, or `TRIAL` in the latest run that has it.

    Raises:
        LockgateError: There is none; says what there is.
    """
    runs = list_runs()
    run_id, separator, trial_id = name.partition("/")
    wanted = trial_id if separator else name
    known: list[str] = []
    for candidate in [run_id] if separator else reversed(runs):
        store = RunStore(candidate)
        known = [trial.trial_id for trial in store.read_plan().trials]
        if wanted in known:
            return store.trial(wanted)
    if separator:
        raise LockgateError(f"Run {run_id} has no trial '{wanted}'. Its trials: {', '.join(known[:10])}.")
    if name in runs:
        raise LockgateError(f"'{name}' is a run. Name one of its trials, RUN/TRIAL; `lockgate show {name}` lists them.")
    latest = ", ".join(runs[-5:]) or "none yet"
    raise LockgateError(f"No run or trial is called '{name}'. Latest runs: {latest}. `lockgate runs` lists them.")


def find_scorecards(name: str) -> list[Scorecard]:
    """Read the scorecards of the trials of `RUN` that are done, or the one of `RUN/TRIAL` or `TRIAL`.

    Raises:
        LockgateError: Nothing fits, or no trial is done.
    """
    if name in list_runs():
        if found := _finished(name):
            return found
        raise LockgateError(f"No trial of run {name} is done yet.")
    trial = find_trial(name)
    card = trial.read_scorecard()
    if card is None:
        raise LockgateError(f"Trial {trial.name} is not done yet.")
    return [card]


def find_agent_scorecards(name: str) -> list[Scorecard]:
    """Scorecards of one competitor: `RUN/NAME`, or `NAME` in the latest run that has results of it.

    `NAME` is `AGENT@MODEL+OPTIONS` as the tables print it; what tells no two competitors of the run apart may be left
    out. Trials that are not done are left out.

    Raises:
        LockgateError: Nothing fits, several do, or no trial is done.
    """
    runs = list_runs()
    run_id, separator, rest = name.partition("/")
    is_in_run = bool(separator) and run_id in runs
    wanted = rest if is_in_run else name
    planned = None
    for candidate in [run_id] if is_in_run else reversed(runs):
        competitor = _find_competitor(candidate, wanted, is_required=is_in_run)
        if competitor is None:
            continue
        if found := _finished(candidate, competitor):
            return found
        planned = planned or f"No trial of {competitor.name} in run {candidate} is done yet."
    raise LockgateError(
        planned
        or f"No run has an agent '{name}'. `lockgate runs` lists runs and agents. Write RUN/AGENT@MODEL or AGENT."
    )


def _finished(run_id: str, competitor: Competitor | None = None) -> list[Scorecard]:
    """Scorecards of the trials of a run that are done; of one competitor, or of all."""
    store = RunStore(run_id)
    trials = [trial for trial in store.read_plan().trials if competitor in (None, trial.competitor)]
    cards = [store.trial(trial.trial_id).read_scorecard() for trial in trials]
    return [card for card in cards if card is not None]


def _find_competitor(run_id: str, wanted: str, *, is_required: bool) -> Competitor | None:
    """The only competitor of a run that a name fits.

    Args:
        run_id: The run.
        wanted: What a person typed.
        is_required: True = none is an error.

    Raises:
        LockgateError: Several fit, or none does and one must.
    """
    known = list(dict.fromkeys(trial.competitor for trial in RunStore(run_id).read_plan().trials))
    found = [competitor for competitor in known if competitor.name == wanted]
    found = found or [competitor for competitor in known if _fits(competitor, wanted)]
    if len(found) > 1:
        listed = ", ".join(f"{run_id}/{competitor.name}" for competitor in found)
        raise LockgateError(f"'{wanted}' means {len(found)} competitors of run {run_id}. Name one: {listed}.")
    if not found and is_required:
        listed = ", ".join(sorted(competitor.name for competitor in known))
        raise LockgateError(f"Run {run_id} has no agent '{wanted}'. Its agents: {listed}.")
    return found[0] if found else None


def _fits(competitor: Competitor, wanted: str) -> bool:
    """Whether a name says nothing that the competitor is not: its agent, its model if given, each option if given."""
    base, *options = wanted.split("+")
    full_base, *full_options = competitor.name.split("+")
    by_model = f"{competitor.agent}@{competitor.model_name}"
    return base in (competitor.agent, full_base, by_model) and set(options) <= set(full_options)
