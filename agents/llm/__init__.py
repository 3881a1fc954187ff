"""Agents that call an LLM themselves: calls are made here, outside the sandbox; tools run inside."""
