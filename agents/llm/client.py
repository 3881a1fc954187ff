"""Calls of an LLM through litellm, with retries and backoff; litellm is imported at the first call."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from agents.errors import LimitReached, ProviderError
from agents.surrogates import whole_letters
from agents.wires import ToolCall
from agents.wires.base import whole
from benchmark.llm import ModelSpec
from benchmark.usage import TokenUsage

Message = dict[str, Any]

MAX_TRIES = 5
CALL_SECONDS = 300.0
"""Of one call; a slower one counts as a provider's error and is tried again."""


@dataclass(frozen=True)
class Reply:
    """What a model answered."""

    text: str
    calls: tuple[ToolCall, ...]
    usage: TokenUsage

    def message(self) -> Message:
        """As it goes back into the conversation."""
        message: Message = {"role": "assistant", "content": self.text or None}
        if self.calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in self.calls
            ]
        return message


class ModelClient:
    """One LLM.

    Args:
        model: Which, and where.
        backoff_seconds: Wait before the second try; doubled at each further one, with up to half of it added by chance.
        call_seconds: Time limit of one call.
    """

    def __init__(
        self, model: ModelSpec, *, backoff_seconds: float | None = None, call_seconds: float | None = None
    ) -> None:
        self.model = model
        self._backoff = _setting("LOCKGATE_BACKOFF_SECONDS", 2.0) if backoff_seconds is None else backoff_seconds
        self._seconds = _setting("LOCKGATE_CALL_SECONDS", CALL_SECONDS) if call_seconds is None else call_seconds

    @property
    def key(self) -> str | None:
        """The key, where a variable is named for it.

        Raises:
            ProviderError: The variable is not set.
        """
        name = self.model.key_variable
        if name is None:
            return None
        if not os.environ.get(name):
            raise ProviderError(self.model.name, f"environment variable {name}, which holds its key, is not set.")
        return os.environ[name]

    def ask(
        self, messages: Sequence[Message], tools: Sequence[Message] = (), remaining_seconds: float = CALL_SECONDS
    ) -> Reply:
        """Call the model; passing errors are tried again.

        Args:
            messages: The conversation, in OpenAI's form.
            tools: What it may call, in OpenAI's form.
            remaining_seconds: No try starts, and no wait lasts, beyond this.

        Raises:
            ProviderError: No answer, for a reason that is not the agent's.
            LimitReached: The conversation is too long for the model, or the time is over.
        """
        deadline = time.monotonic() + remaining_seconds
        for number in range(1, MAX_TRIES + 1):
            left = deadline - time.monotonic()
            if left <= 0:
                raise LimitReached("wall time", "it ended while the model was called")
            problem, retry_after = self._try(partial(self._complete, messages, tools, min(left, self._seconds)))
            if isinstance(problem, Reply):
                return problem
            if number == MAX_TRIES:
                raise ProviderError(self.model.name, problem, number)
            wait = self._backoff * 2 ** (number - 1) * (1 + random.random() / 2)
            time.sleep(min(max(wait, retry_after), max(0.0, deadline - time.monotonic())))
        raise AssertionError("the last try returns or raises")

    def _try(self, call: Callable[[], Reply]) -> tuple[Reply, float] | tuple[str, float]:
        """One try: a reply, or what went wrong where another try may help."""
        litellm = _litellm()
        errors = litellm.exceptions
        passing = (
            errors.RateLimitError,
            errors.Timeout,
            errors.APIConnectionError,
            errors.ServiceUnavailableError,
            errors.InternalServerError,
            errors.BadGatewayError,
        )
        try:
            return call(), 0.0
        except errors.ContextWindowExceededError as error:
            raise LimitReached("context", f"the conversation is too long for {self.model.name}") from error
        except passing as error:
            return _first_line(error), _retry_after(error)
        except errors.APIError as error:  # any other status of 5xx
            return _first_line(error), 0.0
        except (errors.BadRequestError, errors.AuthenticationError, errors.NotFoundError) as error:
            raise ProviderError(self.model.name, _first_line(error)) from error
        except errors.PermissionDeniedError as error:
            raise ProviderError(self.model.name, _first_line(error)) from error

    def _complete(self, messages: Sequence[Message], tools: Sequence[Message], seconds: float) -> Reply:
        options: dict[str, Any] = {"tools": list(tools)} if tools else {}
        if self.model.base_url:
            options["api_base"] = self.model.base_url
        if self.key:
            options["api_key"] = self.key
        if self.model.effort:
            options["reasoning_effort"] = self.model.effort
        response = _litellm().completion(
            model=self.model.name, messages=list(messages), timeout=seconds, max_retries=0, num_retries=0, **options
        )
        message = response.choices[0].message
        calls = tuple(
            ToolCall(call.id, whole_letters(call.function.name or ""), whole_letters(call.function.arguments or "{}"))
            for call in message.tool_calls or ()
        )
        return Reply(whole_letters(message.content or ""), calls, _usage(response.usage))


def _setting(variable: str, default: float) -> float:
    return float(os.environ.get(variable, default))


def _usage(usage: Any) -> TokenUsage:
    """Litellm's usage is OpenAI's, and `prompt_tokens` holds what was cached and what was written to the cache."""
    prompt, details = getattr(usage, "prompt_tokens_details", None), getattr(usage, "completion_tokens_details", None)
    cached = whole(getattr(prompt, "cached_tokens", 0))
    written = whole(getattr(usage, "cache_creation_input_tokens", 0))
    return TokenUsage(
        input=max(0, whole(usage.prompt_tokens) - cached - written),
        cached_input=cached,
        cache_write=written,
        output=whole(usage.completion_tokens),
        reasoning=whole(getattr(details, "reasoning_tokens", 0)),
    )


def _litellm() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the network at import
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = True
    return litellm


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:400]}" if lines else type(error).__name__


def _retry_after(error: Any) -> float:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return min(60.0, float(headers.get("retry-after", 0)))
    except ValueError:
        return 0.0
