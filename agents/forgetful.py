"""The forgetful agents: they apply the solution file by file and leave some files out. Right as far as they came."""

import random
from pathlib import Path
from typing import ClassVar

from agents.base import AgentContext
from benchmark.files import project_files
from benchmark.scorecard import AgentResult
from benchmark.workspace import lay_solution


class ForgetfulAgent:
    """Applies about half of the files that the solution changes; the same ones for the same seed."""

    needs_systems: ClassVar[bool] = False
    share: ClassVar[float] = 0.5
    """Of the changed files, those that are applied on average. A larger share applies the same files and others."""

    def solve(self, context: AgentContext) -> AgentResult:
        """Lay the solution, then put the forgotten files back as they were."""
        before = _contents(context.workspace)
        lay_solution(context.task, context.workspace)
        after = _contents(context.workspace)
        changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        forgotten = [path for path in changed if self._is_forgotten(context, path)]
        for path in forgotten:
            _put_back(context.workspace / path, before.get(path))
        return AgentResult(
            status="finished",
            message="; ".join(f"{path} forgotten" for path in forgotten),
            n_steps=len(changed) - len(forgotten),
        )

    def _is_forgotten(self, context: AgentContext, path: Path) -> bool:
        draw = random.Random(f"{context.task.id}/{context.seed}/{path.as_posix()}")
        return draw.random() >= self.share


class HastyAgent(ForgetfulAgent):
    """Applies about a fifth of the files that the solution changes."""

    share: ClassVar[float] = 0.2


class ThoroughAgent(ForgetfulAgent):
    """Applies about four fifths of the files that the solution changes."""

    share: ClassVar[float] = 0.8


def _contents(workspace: Path) -> dict[Path, bytes]:
    return {path: (workspace / path).read_bytes() for path in project_files(workspace)}


def _put_back(path: Path, content: bytes | None) -> None:
    """Make a file what it was; None = there was none."""
    if content is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
