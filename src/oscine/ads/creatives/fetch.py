"""A landing page and its pictures got from their addresses, under the rules for addresses that strangers give (`safety/outbound.py`)."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from oscine.ads.creatives import visible
from oscine.ads.creatives.page import Page, read
from oscine.errors import Unavailable
from oscine.safety import outbound

LARGEST_PICTURE = 10_000_000  # bytes


def page(url: str, permitted: Sequence[outbound.Network] = ()) -> Page:
    """The page at an address. Raises `InputError` where it may not be called or is no HTML page, `Unavailable` where nothing answers."""
    found = _got(url, permitted, outbound.HTML, visible.LARGEST)
    return read(found.body, found.url)


def picture(url: str, permitted: Sequence[outbound.Network] = ()) -> bytes:
    """The picture at an address, as it came: not decoded, not checked. Raises as `page` does."""
    return _got(url, permitted, outbound.PICTURES, LARGEST_PICTURE).body


def _got(url: str, permitted: Sequence[outbound.Network], kinds: Sequence[str], largest: int) -> outbound.Fetched:
    try:
        return outbound.get(url, kinds, permitted, largest=largest)
    except (OSError, httpx.HTTPError) as error:
        raise Unavailable(
            f"{url[:100]!r} does not answer ({type(error).__name__}).", "Check the address, or give the page itself."
        ) from None
