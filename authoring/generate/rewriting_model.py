"""The LLM that puts tickets into other words, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from agents.errors import LimitReached, ProviderError, RefusedCallError
from agents.llm.client import ModelClient
from agents.prices import prices_for
from benchmark.llm import ModelSpec
from benchmark.usage import TokenUsage


class RewritingModel:
    """Answers conversations; calls and tokens are counted.

    Args:
        model: Which, and where.

    Raises:
        LockgateError: Its key is not set, or it does not answer.
    """

    def __init__(self, model: ModelSpec) -> None:
        self.name = model.name
        self.usage = TokenUsage()
        self.n_calls = 0
        self._model = model
        self._client = ModelClient(model)
        if problem := self._client.probe():  # the first ticket comes minutes later
            raise ProviderError(model.name, problem)

    def __call__(self, messages: Sequence[dict[str, str]]) -> str:
        """The answer to a conversation in OpenAI's form; empty where the model takes no such conversation.

        Raises:
            ProviderError: There is none.
        """
        try:
            reply = self._client.ask(messages)
        except (LimitReached, RefusedCallError):
            return ""
        self.n_calls += 1
        self.usage += reply.usage
        return reply.text

    @property
    def cost_usd(self) -> float | None:
        """Of all calls at today's prices; None = no price is known."""
        return prices_for(self._model).cost_usd(self.name, self.usage)
