"""From events to the store: what sources tell is cleaned, indexed and written; vectors follow in the background.

reading.py    sources that end: batches, one transaction each, resumed by cursor
indexing.py   what a post is found by
vectors.py    what is pending becomes vectors
live.py       sources that do not end: networks
"""

from oscine.ingest.indexing import index
from oscine.ingest.reading import BATCH, Events, Progress, Summary, ingest
from oscine.ingest.vectors import VectorWorker, embed_pending

__all__ = ["BATCH", "Events", "Progress", "Summary", "VectorWorker", "embed_pending", "index", "ingest"]
