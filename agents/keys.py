"""Reads the keys of providers from the environment of the harness, and registers them as secrets."""

from __future__ import annotations

import os

from agents.errors import MissingKeyError
from agents.quiet_litellm import import_litellm
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.redact import register_environment, register_secret

_USUAL = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "mistral": ("MISTRAL_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
}
"""Where litellm looks for the keys of providers; for others it is asked, which takes seconds."""


def read_key(variable: str, who: str) -> str:
    """Read a key and register it.

    Args:
        variable: Of the environment.
        who: What needs it, for the message.

    Raises:
        MissingKeyError: It is not set, or no header can carry it.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise MissingKeyError(variable, who)
    register_secret(key)
    register_environment(os.environ)
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise MissingKeyError(variable, who, "holds letters that no key has")
    return key


def read_model_key(model: ModelSpec) -> str | None:
    """Read the key of a model that is called through litellm.

    Returns:
        The key, or None: no variable is named, and litellm finds the provider's usual one, which was seen to be set.

    Raises:
        LockgateError: The key is not set, or the model is not named as litellm names models.
    """
    register_environment(os.environ)
    if model.key_variable is not None:
        return read_key(model.key_variable, f"model {model.name}")
    usual = _USUAL.get(model.provider)
    if usual is None:
        _ask_litellm(model)
    elif not any(os.environ.get(name, "").strip() for name in usual):
        raise MissingKeyError(" or ".join(usual), f"model {model.name}")
    return None


def _ask_litellm(model: ModelSpec) -> None:
    litellm = import_litellm()
    try:
        litellm.get_llm_provider(model=model.name, api_base=model.base_url)
    except litellm.exceptions.BadRequestError as error:
        raise LockgateError(
            f"Model '{model.name}' names no provider that litellm knows. Give provider/name, for example openai/gpt-5."
        ) from error
    missing = litellm.validate_environment(model=model.name)["missing_keys"]
    if missing and model.base_url is None:
        raise MissingKeyError(" and ".join(missing), f"model {model.name}")
