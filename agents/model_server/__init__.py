"""A model server that answers from a script: agents are tried end to end without a provider, a key or a network."""

from agents.model_server.script import Script, read_script
from agents.model_server.server import ModelServer

__all__ = ["ModelServer", "Script", "read_script"]
