"""Localise, then repair, without tools; after Agentless (arXiv 2407.01489)."""

from __future__ import annotations

import re

from agents.llm.agent import LlmAgent, prompt
from agents.llm.session import Session
from agents.tools import list_files, read_file, write_file

MAX_FILES = 20
"""Files that the second call sees."""

_PATH = re.compile(r"^[\s`*-]*([\w][\w./-]*\.\w+)", re.MULTILINE)
_FILE = re.compile(r"^=== (write|delete) (\S+) ===\n(.*?)^=== end ===$", re.DOTALL | re.MULTILINE)


class AgentlessAgent(LlmAgent):
    """Two calls: which files matter; what they should be."""

    name = "agentless"

    def work(self, session: Session, ticket: str) -> str:
        """Ask for the files, show them, write what comes back."""
        files = list_files(session.sandbox)
        locate = session.start(
            prompt("agentless_locate"), f"{ticket}\n\nFiles of the workspace:\n" + "\n".join(files), part="locate"
        )
        named = dict.fromkeys(_PATH.findall(session.ask(locate).text))
        chosen = [path for path in named if path in files][:MAX_FILES]
        shown = "\n".join(f"=== {path} ===\n{read_file(session.sandbox, path)}" for path in chosen)
        repair = session.start(prompt("agentless_repair"), f"{ticket}\n\n{shown}", part="repair")
        edits = _FILE.findall(session.ask(repair).text)
        for action, path, content in edits:
            result = write_file(session.sandbox, path, content if action == "write" else None)
            session.record(result, repair, tool=f"{action}_file")
        return f"{len(edits)} files changed of {len(chosen)} looked at."
