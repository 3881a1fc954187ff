"""Facts of this machine that a person asks for when something does not work."""

from __future__ import annotations

import os
import shutil
import socket

from benchmark.cache_limit import VARIABLE, cache_entries, limit_bytes
from benchmark.paths import dagster_home, home_dir
from benchmark.versions import tool_versions
from orchestration.disk.survey import size_text

KEYS = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "MISTRAL_API_KEY",
    "OPENROUTER_API_KEY",
)
"""Variables in which keys of providers usually stand."""
UI_PORT = 3000
_GIB = 1024**3


def machine_facts() -> dict[str, str]:
    """Name -> what is so here: versions, where things are kept, room, keys by name only, programs, the UI's port."""
    home = home_dir()
    place = next(folder for folder in (home, *home.parents) if folder.is_dir())
    state = "writable" if os.access(place, os.W_OK) else "READ-ONLY"
    versions = tool_versions()
    keys = [name for name in KEYS if os.environ.get(name, "").strip()]
    return {
        "versions": ", ".join(
            f"{name} {versions[name]}" for name in ("lockgate", "python", "dagster", "dbt-core", "duckdb")
        ),
        "runs and caches": f"{home} (LOCKGATE_HOME)",
        "cache": f"{size_text(sum(entry.n_bytes for entry in cache_entries()))} of {size_text(limit_bytes())} "
        f"({VARIABLE}); lockgate clean says more",
        "Dagster's storage": f"{dagster_home()} (DAGSTER_HOME)",
        "free disk": f"{shutil.disk_usage(place).free / _GIB:.1f} GiB, {state}",
        "cores": str(len(os.sched_getaffinity(0))),
        "keys that are set": ", ".join(keys) or "none of " + ", ".join(KEYS),
        "programs": os.environ.get("LOCKGATE_PROGRAMS") or "LOCKGATE_PROGRAMS is not set: only those of the system",
        "port of the UI": f"{UI_PORT} is {'free' if _is_free(UI_PORT) else 'in use: lockgate ui --port N'}",
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
