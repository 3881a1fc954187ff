"""What a person asks of a model, as litellm takes it; asked before a run whether the model has such options."""

from __future__ import annotations

from typing import Any

from agents.quiet_litellm import import_litellm
from benchmark.llm import ModelSpec


def completion_options(model: ModelSpec) -> dict[str, Any]:
    """Return effort, temperature, longest answer and further parameters by litellm's names; only what is given."""
    named = {
        "reasoning_effort": model.effort,
        "temperature": model.temperature,
        "max_tokens": model.max_output_tokens,
    }
    return {name: value for name, value in named.items() if value is not None} | model.parameters


def option_problem(model: ModelSpec) -> str:
    """Return why a model does not take what is asked of it, as a sentence; empty = it does, or nobody knows.

    Litellm says so without a call of the provider. It is imported only where something is asked of the model.
    """
    asked = completion_options(model.model_copy(update={"parameters": {}}))
    if not asked:
        return ""
    litellm = import_litellm()
    name, provider, _, _ = litellm.get_llm_provider(model=model.name, api_base=model.base_url)
    try:
        litellm.utils.get_optional_params(model=name, custom_llm_provider=provider, drop_params=False, **asked)
    except litellm.exceptions.UnsupportedParamsError as error:
        said = str(error).partition(": ")[2].partition("To drop")[0].splitlines()[0].strip(" .,")
        return f"Model {model.label or model.name} does not take all that is asked of it: {said}. Leave it out."
    return ""
