"""Scripts of the model server that solve a task, made from its solution: a model that knows the answer."""

import json
from pathlib import Path
from typing import Any

from benchmark.files import project_files
from benchmark.task import Task
from benchmark.workspace import lay_solution, lay_start


def changes(task: Task, folder: Path) -> dict[str, str | None]:
    """Path -> content in the solution, of each file that it changes; None = it removes the file."""
    lay_start(task, folder / "start")
    lay_start(task, folder / "solved")
    lay_solution(task, folder / "solved")
    start = {path: (folder / "start" / path).read_text() for path in project_files(folder / "start")}
    solved = {path: (folder / "solved" / path).read_text() for path in project_files(folder / "solved")}
    changed = {path.as_posix(): solved.get(path) for path in {*start, *solved} if start.get(path) != solved.get(path)}
    return dict(sorted(changed.items()))


def half(changed: dict[str, str | None]) -> dict[str, str | None]:
    """Every second change."""
    return dict(list(changed.items())[::2])


def tool_turns(changed: dict[str, str | None]) -> list[dict[str, Any]]:
    """Turns of an agent with tools: look, write, build, say so."""
    writes = [
        {"name": "write_file", "arguments": {"path": path, "content": content}}
        if content is not None
        else {"name": "shell", "arguments": {"command": f"rm {path}"}}
        for path, content in changed.items()
    ]
    return [
        {
            "text": "I look around.",
            "calls": [{"name": "shell", "arguments": {"command": "ls; cat TICKET.md | head -5"}}],
        },
        {"text": "I write the files.", "calls": writes},
        {"text": "The ticket is done."},
    ]


def python_turns(changed: dict[str, str | None]) -> list[dict[str, Any]]:
    """Turns of an agent that acts by Python."""
    program = (
        "import json, pathlib\n"
        f"for path, content in json.loads({json.dumps(changed)!r}).items():\n"
        "    file = pathlib.Path(path)\n"
        "    file.parent.mkdir(parents=True, exist_ok=True)\n"
        "    file.write_text(content) if content is not None else file.unlink()\n"
        "print('written')"
    )
    return [{"text": f"I write the files.\n```python\n{program}\n```"}, {"text": "Done."}]


def edit_text(changed: dict[str, str | None]) -> str:
    """The answer of an agent without tools."""
    return "\n".join(
        f"=== delete {path} ===\n=== end ===" if content is None else f"=== write {path} ===\n{content}=== end ==="
        for path, content in changed.items()
    )


def script_for(agent: str, changed: dict[str, str | None]) -> dict[str, Any]:
    """A script with which an agent makes these changes."""
    turns = {"toolloop": tool_turns, "codeact": python_turns}
    if agent in turns:
        return {"conversations": [{"turns": turns[agent](changed)}]}
    if agent == "agentless":
        return {
            "conversations": [
                {"when": "Name the files", "turns": [{"text": "\n".join(changed)}]},
                {"turns": [{"text": edit_text(changed)}]},
            ]
        }
    return {
        "conversations": [
            {"when": "You are the planner", "turns": [{"text": "## marts\nWrite the models.\n"}]},
            {"when": "You are the inspector", "turns": [{"text": "ACCEPT: it is right."}]},
            {"when": "You are the builder", "turns": tool_turns(changed)},
        ]
    }
