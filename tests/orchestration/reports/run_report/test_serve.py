"""A report that is served while its run goes on."""

import json

from starlette.testclient import TestClient

from orchestration.reports.run_report.serve import make_app
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards


def test_it_changes_with_the_run_and_then_stays() -> None:
    plans = [plan_made_up("r", task, "toolloop", None) for task in ("a", "b")]
    store_cards("r", plans, [])
    client = TestClient(make_app(["r"]), base_url="http://127.0.0.1")
    nothing = client.get("/")
    assert (nothing.status_code, nothing.headers["refresh"]) == (503, "10")
    assert "no trial is done yet" in nothing.text
    store_cards("r", plans[:1], [card_of(plans[0])])
    store_cards("r", plans, [])
    assert 'http-equiv="refresh"' in client.get("/").text
    path = client.get("/report.json")
    assert json.loads(path.text)["runs"][0]["n_missing"] == 1
    store_cards("r", plans[1:], [card_of(plans[1])])
    store_cards("r", plans, [])
    done = client.get("/")
    assert done.status_code == 200
    assert 'http-equiv="refresh"' not in done.text


def test_pages_of_trials_are_made_as_they_are_asked_for() -> None:
    plans = [plan_made_up("r", task, "toolloop", None) for task in ("a", "b")]
    store_cards("r", plans, [card_of(plans[0])])
    store_cards("other", plans[:1], [card_of(plans[0])])
    client = TestClient(make_app(["r"]), base_url="http://127.0.0.1")
    assert client.get(f"/trials/r/{plans[0].trial_id}.html").status_code == 200
    for path in (f"r/{plans[1].trial_id}", f"other/{plans[0].trial_id}", "r/none", "r/..%2f..%2fx"):
        assert client.get(f"/trials/{path}.html").status_code == 404, path


def test_only_this_machine_is_answered() -> None:
    store_cards("r", [plan_made_up("r", "a", "idle", None)], [])
    client = TestClient(make_app(["r"]), base_url="http://evil.example")
    assert client.get("/").status_code == 400
