"""The recording proxy of command-line agents: it alone knows the key, and it reaches one host."""

from agents.proxy.server import RecordingProxy

__all__ = ["RecordingProxy"]
