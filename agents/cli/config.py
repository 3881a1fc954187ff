"""The YAML file of a command-line agent."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from benchmark.yaml_files import read_spec

_PLACE = re.compile(r"\{(proxy|token|model|instruction|effort)\}")


def _is_below_home(name: str) -> str:
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name:
        raise ValueError(f"'{name}' does not lie below $HOME; give a path relative to it, without '..'")
    return name


HomeFiles = dict[Annotated[str, AfterValidator(_is_below_home)], str]
"""Path below `$HOME` -> text."""


class CliEffort(BaseModel):
    """How a program is told the effort of its model; `{effort}` stands for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: tuple[str, ...] = Field(min_length=1)
    """What it understands."""
    arguments: tuple[str, ...] = ()
    """Put behind the first word of `command`."""
    environment: dict[str, str] = {}
    """Added to `environment`."""
    files: HomeFiles = {}
    """In place of the files of `files` of the same names."""


class CliConfig(BaseModel):
    """How a command-line agent is started.

    `{proxy}` (address of the recording proxy), `{token}` (what stands for the key), `{model}` (name without the
    provider) and `{instruction}` (the ticket) are filled in where they stand in `command`, `environment` and `files`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    command: tuple[str, ...] = Field(min_length=1)
    """Program and arguments; no shell is involved. The ticket stands in `TICKET.md` and on standard input."""
    environment: dict[str, str] = {}
    """Added to what every command in the sandbox has."""
    files: HomeFiles = {}
    """Files below `$HOME`, for example a configuration that has no other way in."""
    upstream: str | None = None
    """Address of the provider, for the proxy; None = the agent calls no LLM."""
    key_variable: str | None = None
    """Environment variable of the harness that holds the key."""
    install: str = ""
    """How a person installs the program."""
    effort: CliEffort | None = None
    """Its option for the effort of the model; None = it has none."""

    @model_validator(mode="after")
    def _has_a_key(self) -> CliConfig:
        if self.upstream is not None and self.key_variable is None:
            raise ValueError("upstream needs key_variable: the variable that holds the provider's key")
        return self

    def with_effort(self) -> CliConfig:
        """The same program with its option for the effort; it must have one."""
        effort = self.effort
        assert effort is not None, "model_problem() was asked first"
        changes = {
            "command": (self.command[0], *effort.arguments, *self.command[1:]),
            "environment": self.environment | effort.environment,
            "files": self.files | effort.files,
        }
        return self.model_copy(update=changes)

    def fill(self, text: str, values: dict[str, str]) -> str:
        """Put values in their places; other braces stay."""
        return _PLACE.sub(lambda match: values[match.group(1)], text)


def read_config(path: Path) -> CliConfig:
    """Read a file; an invalid one is a `SpecError`."""
    return read_spec(path, CliConfig)
