"""A language model's server on loopback that says what a test wants: the next text at each call, the last one for ever."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ScriptedModel:
    """Speaks `/v1/completions` and `/v1/chat/completions`, streaming; `asked` are the bodies that came."""

    def __init__(self) -> None:
        self.says: list[str] = ["."]
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                model.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                text = model.says[min(len(model.asked), len(model.says)) - 1]
                chat = self.path.endswith("/chat/completions")
                self.send_response(model.status)
                self.end_headers()
                with suppress(OSError):  # a client that has enough
                    for at in range(0, len(text), 7):
                        piece = text[at : at + 7]
                        choice = {"delta": {"content": piece}} if chat else {"text": piece}
                        self.wfile.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
                    self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def script(self, *texts: str) -> None:
        """Say these from now on."""
        self.says, self.status = list(texts), 200
        self.asked.clear()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
