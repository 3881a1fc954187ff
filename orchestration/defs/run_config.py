"""What a job does with a run configuration that cannot be: one sentence that names the key, before there is a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import dagster as dg

from benchmark.errors import SpecError
from benchmark.yaml_files import validate_spec
from orchestration.defs.trial_config import TrialSettings

NAME = "Run configuration"
"""How messages call it; nobody knows which file or page it came from."""


class RunConfigError(dg.DagsterInvalidConfigError, click.ClickException):  # type: ignore[misc]  # both have a `message`
    """A run configuration is not valid.

    Dagster passes it on as an error of its own, and its command line prints it as one of click's: the sentence alone.

    Args:
        message: Names every key that is wrong.
        content: The run configuration.
    """

    def __init__(self, message: str, content: object) -> None:
        click.ClickException.__init__(self, message)
        self.errors = []
        self.error_messages = [message]
        self.config_value = content


class TrialConfigMapping(dg.ConfigMapping):
    """Gives each step of a job the same flat `TrialSettings`.

    The schema, by which the UI completes and checks what a person types, is Dagster's own.
    """

    @classmethod
    def for_ops(cls, names: Sequence[str]) -> TrialConfigMapping:
        """Make the mapping of a job with these steps."""

        def to_ops(content: Mapping[str, Any]) -> dict[str, Any]:
            given = _checked(content).model_dump(exclude_unset=True)
            return {"ops": {name: {"config": given} for name in names}}

        return cls(config_fn=to_ops, config_schema=TrialSettings.to_config_schema())

    def resolve_from_unvalidated_config(self, config: Any) -> Any:
        """Return the run configuration of the steps.

        Raises:
            RunConfigError: A key is not known, or its value cannot be.
        """
        try:
            return super().resolve_from_unvalidated_config(config)
        except RunConfigError:
            raise
        except dg.DagsterInvalidConfigError as error:
            _checked(config)
            raise RunConfigError(f"{NAME}: {'; '.join(error.error_messages)}", config) from error


def _checked(content: Mapping[str, Any]) -> TrialSettings:
    try:
        return validate_spec(content, TrialSettings, Path(NAME))
    except SpecError as error:
        raise RunConfigError(str(error), content) from error
