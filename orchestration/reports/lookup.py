"""Finding runs, trials and competitors by what a person types. Every command that takes a name uses these.

A run is its id, the beginning of one, or `latest`. A trial is `RUN/TRIAL`, or `TRIAL` alone in the latest run that has
it. `TRIAL` may be a part of its id that no other trial of the run has: a task, an agent, or parts joined by `--`.
"""

from collections.abc import Sequence

from benchmark.brief_cards import read_brief_cards
from benchmark.errors import LockgateError
from benchmark.run_store import RunPlan, RunStore, TrialPlan, TrialStore, list_runs, readable_plans
from benchmark.scorecard import Competitor, Scorecard
from benchmark.spelling import nearest

LATEST = "latest"
"""The run that was started last."""
MAX_LISTED = 10
"""Trials that a message lists."""


def find_run(name: str) -> RunStore:
    """Find a run by its id, the beginning of one, or `latest`.

    Raises:
        LockgateError: There is none, or several begin so.
    """
    store = RunStore(_find_run_id(name) or name)
    store.read_plan()
    return store


def find_trial(name: str) -> TrialStore:
    """Find one trial, done or not.

    Raises:
        LockgateError: There is none, or several fit; says what there is.
    """
    head, separator, rest = name.partition("/")
    run_id = _find_run_id(head) if separator else None
    if run_id is not None:
        trials = RunStore(run_id).read_plan().trials
        if found := _fitting(trials, rest):
            return _the_only(run_id, found, rest)
        known = ", ".join(trial.trial_id for trial in trials[:MAX_LISTED])
        near = _did_you_mean(rest, _names_of(trials))
        raise LockgateError(f"Run {run_id} has no trial '{rest}'. Its trials: {known}.{near}")
    for candidate, plan in readable_plans(reversed(list_runs())):
        if found := _fitting(plan.trials, name):
            return _the_only(candidate, found, name)
    if (run_id := _find_run_id(name)) is not None:
        raise LockgateError(
            f"'{name}' is a run. Name one of its trials, RUN/TRIAL; `lockgate show {run_id}` lists them."
        )
    if separator and "@" not in head:
        find_run(head)
    raise LockgateError(f"No run or trial is called '{name}'. {_known_runs(name)}")


def find_scorecards(name: str) -> list[Scorecard]:
    """Read the scorecards of the trials of a run that are done, or the one of a trial.

    Raises:
        LockgateError: Nothing fits, several trials do, or no trial is done.
    """
    if (run_id := run_meant(name)) is not None:
        store = RunStore(run_id)
        cards = [store.trial(trial.trial_id).read_scorecard() for trial in store.read_plan().trials]
        if found := [card for card in cards if card is not None]:
            return found
        raise LockgateError(f"No trial of run {run_id} is done yet.")
    trial = find_trial(name)
    card = trial.read_scorecard()
    if card is None:
        raise LockgateError(f"Trial {trial.name} is not done yet.")
    return [card]


def find_brief_cards(name: str) -> list[Scorecard]:
    """As `find_scorecards`, without the evidence: see `benchmark.brief_cards`."""
    if (run_id := run_meant(name)) is not None and (found := read_brief_cards(RunStore(run_id))):
        return found
    return find_scorecards(name)


def find_trials(name: str) -> tuple[RunPlan, list[TrialPlan]]:
    """Find the plan of a run and its trials, or one of them.

    Args:
        name: A run or a trial.

    Raises:
        LockgateError: Nothing fits, or several trials do.
    """
    if (run_id := run_meant(name)) is not None:
        plan = RunStore(run_id).read_plan()
        return plan, list(plan.trials)
    trial = find_trial(name)
    plan = RunStore(trial.run_id).read_plan()
    return plan, [planned for planned in plan.trials if planned.trial_id == trial.folder.name]


def find_agent_scorecards(name: str) -> list[Scorecard]:
    """Brief scorecards of one competitor: `RUN/NAME`, or `NAME` in the latest run that has results of it.

    `NAME` is `AGENT@MODEL+OPTIONS` as the tables print it; what tells no two competitors of the run apart may be left
    out. Trials that are not done are left out.

    Raises:
        LockgateError: Nothing fits, several do, or no trial is done.
    """
    head, separator, rest = name.partition("/")
    run_id = _find_run_id(head) if separator else None
    is_in_run = run_id is not None
    wanted = rest if is_in_run else name
    planned = None
    plans = [(run_id, RunStore(run_id).read_plan())] if run_id is not None else readable_plans(reversed(list_runs()))
    for candidate, plan in plans:
        competitor = _find_competitor(plan, wanted, is_required=is_in_run)
        if competitor is None:
            continue
        done = [trial.trial_id for trial in plan.trials if trial.competitor == competitor]
        if found := read_brief_cards(RunStore(candidate), done):
            return found
        planned = planned or f"No trial of {competitor.name} in run {candidate} is done yet."
    raise LockgateError(
        planned
        or f"No run has an agent '{name}'.{_did_you_mean(name, _all_agents())} `lockgate runs` lists runs and agents. "
        "Write RUN/AGENT@MODEL or AGENT."
    )


def _find_run_id(name: str) -> str | None:
    """The id of the run that a name means, None where there is none.

    Raises:
        LockgateError: Several runs begin so.
    """
    runs = list_runs()
    if name in runs:
        return name
    if name == LATEST:
        return runs[-1] if runs else None
    found = [run_id for run_id in runs if name and run_id.startswith(name)]
    if len(found) > 1:
        raise LockgateError(f"{len(found)} runs begin with '{name}': {', '.join(found[-5:])}. Write more of the name.")
    return found[0] if found else None


def run_meant(name: str) -> str | None:
    """The id of a run where a name means one; a trial of this name comes before a run that only begins so."""
    runs = list_runs()
    if name in runs:
        return name
    if "/" in name or any(_fitting(plan.trials, name) for _, plan in readable_plans(runs)):
        return None
    return _find_run_id(name)


def _fitting(trials: Sequence[TrialPlan], wanted: str) -> list[TrialPlan]:
    """The trials of a run that a name fits: the one of this id, or all that have every part of it."""
    exact = [trial for trial in trials if trial.trial_id == wanted]
    return exact or [trial for trial in trials if set(wanted.split("--")) <= _parts(trial)]


def _parts(trial: TrialPlan) -> set[str]:
    return {*trial.trial_id.split("--"), trial.agent, trial.competitor.name}


def _names_of(trials: Sequence[TrialPlan]) -> list[str]:
    return [name for trial in trials for name in (trial.trial_id, trial.task, trial.agent)]


def _the_only(run_id: str, found: Sequence[TrialPlan], wanted: str) -> TrialStore:
    if len(found) > 1:
        listed = ", ".join(f"{run_id}/{trial.trial_id}" for trial in found[:MAX_LISTED])
        raise LockgateError(f"'{wanted}' means {len(found)} trials of run {run_id}. Name one: {listed}.")
    return RunStore(run_id).trial(found[0].trial_id)


def _known_runs(name: str) -> str:
    runs = list_runs()
    latest = ", ".join(runs[-5:]) or "none yet"
    return f"Latest runs: {latest}.{_did_you_mean(name.partition('/')[0], runs)} `lockgate runs` lists them."


def _all_agents() -> list[str]:
    return [
        name
        for _, plan in readable_plans(list_runs())
        for trial in plan.trials
        for name in (trial.agent, trial.competitor.name)
    ]


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    return f" Did you mean '{near}'?" if near else ""


def _find_competitor(plan: RunPlan, wanted: str, *, is_required: bool) -> Competitor | None:
    """The only competitor of a run that a name fits.

    Args:
        plan: The run.
        wanted: What a person typed.
        is_required: True = none is an error.

    Raises:
        LockgateError: Several fit, or none does and one must.
    """
    known = list(dict.fromkeys(trial.competitor for trial in plan.trials))
    found = [competitor for competitor in known if competitor.name == wanted]
    found = found or [competitor for competitor in known if _fits(competitor, wanted)]
    if len(found) > 1:
        listed = ", ".join(f"{plan.run_id}/{competitor.name}" for competitor in found)
        raise LockgateError(f"'{wanted}' means {len(found)} competitors of run {plan.run_id}. Name one: {listed}.")
    if not found and is_required:
        listed = ", ".join(sorted(competitor.name for competitor in known))
        near = _did_you_mean(wanted, [competitor.name for competitor in known])
        raise LockgateError(f"Run {plan.run_id} has no agent '{wanted}'. Its agents: {listed}.{near}")
    return found[0] if found else None


def _fits(competitor: Competitor, wanted: str) -> bool:
    """Whether a name says nothing that the competitor is not: its agent, its model if given, each option if given."""
    base, *options = wanted.split("+")
    full_base, *full_options = competitor.name.split("+")
    by_model = f"{competitor.agent}@{competitor.model_name}"
    return base in (competitor.agent, full_base, by_model) and set(options) <= set(full_options)
