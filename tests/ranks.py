"""Ranks of a training run on this computer: processes on loopback that see the environment torchrun would give them."""

from __future__ import annotations

import os
import pickle
import socket
import tempfile
from collections.abc import Callable
from multiprocessing import connection, get_context
from pathlib import Path
from typing import Any

CONTEXT = get_context("forkserver")  # PyTorch is loaded once, and copied
CONTEXT.set_forkserver_preload(["oscine.model.checkpoint", "oscine.model.muon", "oscine.model.parallel", "torch._dynamo"])


def start(world: int, work: Callable[..., Any], *arguments: Any, seconds: float = 100.0) -> list[Any]:
    """What `work(*arguments)` gave on each rank; raises where one fails. When one dies, the others are killed, as torchrun does."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        ranks = [CONTEXT.Process(target=_rank, args=(rank, world, port, folder, work, arguments)) for rank in range(world)]
        for rank in ranks:
            rank.start()
        try:
            left = list(ranks)
            while left and connection.wait([rank.sentinel for rank in left], seconds):
                left = [rank for rank in left if rank.is_alive()]
                if any(rank.exitcode for rank in ranks):
                    break
        finally:
            for rank in ranks:
                rank.kill()
                rank.join()
        if any(rank.exitcode for rank in ranks):
            raise ChildProcessError([rank.exitcode for rank in ranks], *(path.read_text() for path in Path(folder).glob("*.error")))
        return [pickle.loads((Path(folder) / str(rank)).read_bytes()) for rank in range(world)]


def _rank(rank: int, world: int, port: int, folder: str, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    import traceback

    import torch

    torch.set_num_threads(1)
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), GLOO_SOCKET_IFNAME="lo"
    )
    try:
        (Path(folder) / str(rank)).write_bytes(pickle.dumps(work(*arguments)))
    except BaseException:
        (Path(folder) / f"{rank}.error").write_text(traceback.format_exc())
        raise
    finally:
        from oscine.model import parallel

        parallel.end()
