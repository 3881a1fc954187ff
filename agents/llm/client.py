"""Calls of an LLM through litellm, with retries and backoff; litellm is imported at the first call."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from agents.errors import LimitReached, ProviderError, RefusedCallError
from agents.keys import read_model_key
from agents.llm.cache_marks import with_cache_marks
from agents.llm.reply import Message, Reply, read_reply
from agents.model_options import completion_options
from agents.quiet_litellm import import_litellm
from benchmark.llm import ModelSpec
from benchmark.redact import redact

MAX_TRIES = 5
CALL_SECONDS = 300.0
"""Time of one call; a slower one counts as a provider's error and is tried again."""


_REFUSALS = frozenset({400, 405, 413, 415, 422})
"""Statuses by which a provider says that it does not take what it was sent; another try changes nothing."""


_TOO_LONG = re.compile(
    r"(context|prompt|input)\S* (length|window|size|is too long)|maximum context|exceeds? the (available )?context",
    re.IGNORECASE,
)
"""How servers that litellm does not know say that a conversation does not fit."""


_UNREADABLE = "Invalid response object"
"""What litellm says of an answer that came and that it cannot read."""


class _PassingError(Exception):
    """Another try may help.

    Args:
        problem: What the provider said.
        retry_after: Seconds that it asks to wait.
        is_provokable: Whether what a model is sent can cause it; a rate limit, for one, it cannot.
    """

    def __init__(self, problem: str, retry_after: float = 0.0, *, is_provokable: bool = True) -> None:
        self.problem = problem
        self.retry_after = retry_after
        self.is_provokable = is_provokable
        super().__init__(problem)


class ModelClient:
    """One LLM.

    Args:
        model: Which, and where.
        backoff_seconds: Wait before the second try; doubled at each further one, with up to half of it added by chance.
        call_seconds: Time limit of one call.

    Raises:
        LockgateError: Its key is not set.
    """

    def __init__(
        self, model: ModelSpec, *, backoff_seconds: float | None = None, call_seconds: float | None = None
    ) -> None:
        self.model = model
        self._key = read_model_key(model)
        self._n_answered = 0
        self._backoff = _default_backoff() if backoff_seconds is None else backoff_seconds
        self._seconds = _setting("LOCKGATE_CALL_SECONDS", CALL_SECONDS) if call_seconds is None else call_seconds

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
            RefusedCallError: No answer, though the provider answers other calls: the agent's doing.
            LimitReached: The conversation is too long for the model, or the time is over.
        """
        deadline = time.monotonic() + remaining_seconds
        retrying = Retrying(
            stop=stop_after_attempt(MAX_TRIES),
            retry=retry_if_exception_type(_PassingError),
            wait=partial(self._wait, deadline),
            sleep=time.sleep,
            reraise=True,
        )
        try:
            reply: Reply = retrying(self._try, messages, tools, deadline)
        except _PassingError as error:
            is_proven = bool(self._n_answered) or _UNREADABLE in error.problem
            if is_proven and error.is_provokable and self._answers_us(deadline):
                raise RefusedCallError(f"{self.model.name} answers other calls: {error.problem}") from error
            raise ProviderError(self.model.name, error.problem, MAX_TRIES, is_passing=True) from error
        self._n_answered += 1
        return reply

    def _wait(self, deadline: float, state: RetryCallState) -> float:
        """Seconds before the next try."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, _PassingError) else 0.0
        wait: float = self._backoff * 2 ** (state.attempt_number - 1) * (1 + random.random() / 2)
        return min(max(wait, asked), max(0.0, deadline - time.monotonic()))

    def probe(self) -> str:
        """Make one call of our own; why it was not answered, empty = it was."""
        return self._own_problem(time.monotonic() + self._seconds)

    def _answers_us(self, deadline: float) -> bool:
        """Whether the provider answers a call that the agent has no part in."""
        return not self._own_problem(deadline)

    def _own_problem(self, deadline: float) -> str:
        try:
            self._try([{"role": "user", "content": "Say OK."}], (), deadline)
        except (_PassingError, ProviderError, LimitReached) as error:
            return str(error)
        return ""

    def _try(self, messages: Sequence[Message], tools: Sequence[Message], deadline: float) -> Reply:
        """One try; errors of litellm become ours."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise LimitReached("wall time", "it ended while the model was called")
        litellm = import_litellm()
        errors = litellm.exceptions
        try:
            return self._complete(messages, tools, min(left, self._seconds))
        except errors.ContextWindowExceededError as error:
            raise LimitReached("context", f"the conversation is too long for {self.model.name}") from error
        except errors.RateLimitError as error:
            raise _PassingError(_first_line(error), _retry_after(error), is_provokable=False) from error
        except (errors.AuthenticationError, errors.NotFoundError, errors.PermissionDeniedError) as error:
            raise ProviderError(self.model.name, _first_line(error)) from error
        except litellm.openai.OpenAIError as error:  # the base of all others: connection, time, any other status
            if _TOO_LONG.search(str(error)) and getattr(error, "status_code", 500) in _REFUSALS:
                raise LimitReached("context", f"the conversation is too long for {self.model.name}") from error
            if getattr(error, "status_code", 500) not in _REFUSALS:
                raise _PassingError(_first_line(error), _retry_after(error)) from error
            if self._n_answered:  # key and model are proven; what the agent sends is at fault
                raise RefusedCallError(f"{self.model.name} refuses the call: {_first_line(error)}") from error
            raise ProviderError(self.model.name, _first_line(error)) from error

    def _complete(self, messages: Sequence[Message], tools: Sequence[Message], seconds: float) -> Reply:
        options = completion_options(self.model)
        if tools:
            options["tools"] = list(tools)
        if self.model.base_url:
            options["api_base"] = self.model.base_url
        if self._key:
            options["api_key"] = self._key
        response = import_litellm().completion(
            model=self.model.name,
            messages=with_cache_marks(self.model, messages),
            timeout=seconds,
            max_retries=0,
            num_retries=0,
            **options,
        )
        if response is None or not response.choices:  # so litellm puts some refusals
            raise _PassingError("an answer without a message")
        return read_reply(response.choices[0], getattr(response, "usage", None))


def backoff_seconds() -> float:
    """Wait before the second try of a call; `LOCKGATE_BACKOFF_SECONDS` sets it."""
    return _setting("LOCKGATE_BACKOFF_SECONDS", 2.0)


_default_backoff = backoff_seconds
"""Under a name that no parameter hides."""


def _setting(variable: str, default: float) -> float:
    return float(os.environ.get(variable, default))


def _first_line(error: Exception) -> str:
    lines = redact(str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:400]}" if lines else type(error).__name__


def _retry_after(error: Any) -> float:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return min(60.0, float(headers.get("retry-after", 0)))
    except ValueError:
        return 0.0
