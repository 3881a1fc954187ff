"""The timeline of a trajectory."""

from agents.trajectory import Call, Header, Step, Trajectory
from benchmark.budget import Budget
from benchmark.usage import TokenUsage
from orchestration.reports.trial_page.timeline import MAX_ALL, MAX_STEPS, MAX_TEXT, read_timeline

HEADER = Header(trial_id="t", task="t", agent="toolloop", model=None, time="2026-01-01T00:00:00.000+00:00")


def step(index: int, second: int = 0, **facts: object) -> Step:
    time = f"2026-01-01T00:{second // 60:02}:{second % 60:02}.000+00:00"
    return Step.model_validate({"index": index, "time": time, "role": "assistant"} | facts)


def trajectory_of(*steps: Step) -> Trajectory:
    return Trajectory(header=HEADER, steps=steps, end=None)


def test_a_step_has_its_time_first_line_and_share_of_the_nearest_limit() -> None:
    call = Call(id="1", tool="shell", arguments={"timeout": 5, "command": "dbt build\necho"})
    budget = Budget(wall_seconds=1000, steps=10, tokens=1000, cost_usd=10)
    first, second = read_timeline(
        trajectory_of(
            step(
                0, 65, text="\n\nI build.\nMore.", calls=(call,), usage=TokenUsage(input=300, output=100), cost_usd=1.0
            ),
            step(1, 130, role="tool", tool="shell", call_id="1", exit_code=2, text="no"),
        ),
        budget,
    )
    assert (first.clock, first.line, first.tool) == ("+01:05", "I build. → dbt build echo", "shell")
    assert (first.n_tokens, first.cost_usd, first.share, first.limit) == (400, 1.0, 0.4, "tokens")
    assert first.kinds == "dbt"
    assert (second.clock, second.exit_code, second.share) == ("+02:10", 2, 0.4)
    assert second.kinds == "dbt failed"
    assert [entry.share for entry in read_timeline(trajectory_of(step(0)), None)] == [None]


def test_steps_are_sorted_into_what_can_be_filtered() -> None:
    def kinds(tool: str, **arguments: str) -> str:
        call = Call(id="1", tool=tool, arguments=arguments)
        return read_timeline(trajectory_of(step(0, calls=(call,))), None)[0].kinds

    assert kinds("dbt", arguments="run") == "dbt"
    assert kinds("edit_file", path="a.sql") == "write"
    assert kinds("shell", command="cd x && dbt test") == "dbt"
    assert kinds("shell", command="cat dbt_project.yml") == ""


def test_what_is_odd_is_shown_and_what_is_endless_cut() -> None:
    odd = Call(id="1", tool="x\x1b[2J" * 100, arguments="not { json \x00" * 1000)
    big = [step(number, text="y" * 20_000, calls=(odd,)) for number in range(MAX_STEPS + 20)]
    broken = step(0, time="yesterday", text="\x1b[2J‮")
    (entry,) = read_timeline(trajectory_of(broken), Budget())
    assert (entry.clock, entry.line) == ("", r"\x1b[2J\u202e")
    entries = read_timeline(trajectory_of(*big), Budget())
    assert len(entries) == MAX_STEPS
    assert len(entries[0].text) < MAX_TEXT + 100
    assert sum(len(e.text) + sum(len(a) for _, a in e.calls) for e in entries) <= MAX_ALL + 3 * MAX_TEXT
    assert all(len(e.tool) <= 80 and len(e.line) < 400 for e in entries)
