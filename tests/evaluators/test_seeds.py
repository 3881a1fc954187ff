"""The seeds of an evaluation run beside one another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from evaluators import evaluate, threads
from evaluators.evaluate import EvaluationRequest, _OpenSeed, _SeedRunner
from evaluators.patience import PatientRuntimes
from evaluators.scenarios import Runs, get_scenario
from runtime.fork_client import ForkRuntime
from sources.systems.errors import SourceSystemError


class Chain:
    """Runs nothing; `state` says when it began, and waits."""

    def __init__(self, waits_for: Event, fails: bool = False) -> None:
        self.began = Event()
        self.done: list[Runs] = []
        self._waits_for = waits_for
        self._fails = fails

    def state(self, runs: Runs) -> None:
        self.began.set()
        assert self._waits_for.wait(20), "the other seed does not run meanwhile"
        if self._fails:
            raise SourceSystemError("a system", "it does not start")
        self.done.append(runs)

    def stop_systems(self) -> None: ...


def test_seeds_run_at_once_and_a_fault_of_ours_in_one_ends_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over = Event()
    visible = Chain(is_over)
    holdout = Chain(visible.began, fails=True)

    class Judgement:
        def __init__(self, *_: Any) -> None: ...
        def whole_pipeline(self) -> None: ...

    monkeypatch.setattr(evaluate, "get_gold", lambda *_: {})
    monkeypatch.setattr(evaluate, "Judgement", Judgement)
    request = EvaluationRequest(get_task("flights_otp_scorecard"), tmp_path, (), Dials(0), Dials(1), tmp_path, tmp_path)
    scenarios = [get_scenario(name) for name in ("visible", "rerun", "day2")]
    servers = ForkRuntime()
    seeds: list[Any] = [
        _OpenSeed(Dials(0), scenarios, visible, servers, None),  # type: ignore[arg-type]
        _OpenSeed(Dials(1), [get_scenario("holdout")], holdout, servers, None),  # type: ignore[arg-type]
    ]
    with ThreadPoolExecutor(2) as judges:
        runner = _SeedRunner(request, PatientRuntimes("none", servers), judges, lambda *_: None, lambda _: None)
        monkeypatch.setattr(runner, "_is_over", is_over)
        with pytest.raises(SourceSystemError):
            runner.run(seeds)
    servers.close()
    assert visible.done == [scenarios[0].runs], "it ends before its next run"


def test_at_an_interruption_nobody_waits_for_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    may_end, ended = Event(), Event()

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(threads, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        threads.at_once([may_end.wait], ended.set)
    assert ended.is_set(), "what looks for it ends before its next step"
    may_end.set()
