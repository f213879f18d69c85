"""From events to the store: what sources tell is cleaned, indexed and written; vectors and labels follow in the background.

reading.py    sources that end: batches, one transaction each, resumed by cursor
indexing.py   what a post is found by
vectors.py    what is pending becomes vectors
labelling.py  what is pending is labelled by the machine
live.py       sources that do not end: networks
receiving.py  what a network tells, into a queue that has an end; connected again when it breaks off
mending.py    what was missed, compared with the network
items.py      events as they are written, and what becomes of those that cannot be
naming.py     who accounts are that were told of by their ids alone
replaying.py  dead letters, tried again
"""

from oscine.ingest.indexing import index
from oscine.ingest.labelling import LabelWorker, label_pending
from oscine.ingest.live import run
from oscine.ingest.naming import Naming
from oscine.ingest.reading import BATCH, Events, Progress, Summary, ingest
from oscine.ingest.replaying import Replayed, replay
from oscine.ingest.vectors import VectorWorker, embed_pending

__all__ = [
    "BATCH", "Events", "LabelWorker", "Naming", "Progress", "Replayed", "Summary", "VectorWorker", "embed_pending", "index", "ingest", "label_pending",
    "replay", "run",
]  # fmt: skip
