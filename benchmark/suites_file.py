"""`suites.json` in a folder of worlds: each suite in one version, with the versions of its tasks."""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.errors import SpecError

NAME = "suites.json"
"""In a folder of worlds."""


class FrozenSuite(BaseModel):
    """A suite as it was written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1)
    """Counts up whenever a task is added, taken away or changed."""
    tasks: dict[str, str]
    """Task -> its version, eight digits."""


class SuitesFile(BaseModel):
    """The content of `suites.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    suites: dict[str, FrozenSuite] = {}


def read_suites(folder: Path) -> SuitesFile:
    """The suites that a folder of worlds has written down; without a file there is none.

    Raises:
        SpecError: The file is damaged.
    """
    path = folder / NAME
    try:
        return SuitesFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return SuitesFile()
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error)
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            reason = f"key '{where}': {first['msg']}" if where else first["msg"]
        advice = "Take back what changed it, or remove it; `lockgate suites --freeze` writes it again"
        raise SpecError(path, [f"cannot be read: {reason}. {advice}."]) from error
