"""An agent that works until somebody ends it."""

import os
import time
from pathlib import Path
from typing import ClassVar

from agents.base import AgentContext
from benchmark.scorecard import AgentResult


class SlowAgent:
    needs_systems: ClassVar[bool] = False

    def solve(self, context: AgentContext) -> AgentResult:
        path = Path(os.environ["SLOW_AGENT_FILE"])
        temporary = path.with_suffix(".tmp")
        temporary.write_text(str(os.getpid()))
        temporary.replace(path)
        time.sleep(120)
        return AgentResult(status="finished")
