"""Calling addresses that strangers give: never one inside this network, never by way of an unchecked redirect, never for long.

A name is resolved once, every address it has is checked, and the call goes to the first of them, so that a name cannot change between
the check and the call (DNS rebinding). What is fetched may redirect three times, each time to an address that is checked as the first was. It
knows nothing of what is sent or got.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

import httpx

from oscine.errors import InputError, TooLarge

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SECONDS = 10.0  # for one call, resolving included
LONGEST_URL = 2_000
REDIRECTS = 3  # of what is fetched
LARGEST = 3_000_000  # bytes
LARGEST_ANSWER = 200_000  # bytes of what is no page and no picture
HTML = ("text/html", "application/xhtml+xml")
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
UNICAST = ipaddress.ip_network("2000::/3")  # where all public addresses of IPv6 are
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def checked(url: str) -> httpx.URL:
    """The address as one that may be called, as far as its text tells. Raises `InputError`."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or len(url) > LONGEST_URL:
        raise InputError(f"{url[:100]!r} is not an address that can be called.", "Give an http or https URL without a name and password.")
    return parsed


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this very computer."""
    host = host.strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def resolve(url: httpx.URL, permitted: Sequence[Network] = ()) -> Address:
    """Where a name leads. Raises `InputError` where any of its addresses is neither public nor in a `permitted` network."""
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise InputError(f"{url.host!r} has no address.", "Check the name.") from None
    addresses = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]
    if not addresses or not all(may_be_called(address, permitted) for address in addresses):
        fix = "The operator can permit its network: OSCINE_CONNECT_NETWORKS, for webhooks OSCINE_WEBHOOK_NETWORKS."
        raise InputError(f"{url.host!r} is not a public address.", fix)
    return addresses[0]


def may_be_called(address: Address, permitted: Sequence[Network] = ()) -> bool:
    """Whether an address is public, or in a permitted network; one that stands for another counts as that other."""
    inner = _inner(address)
    if any(inner in network for network in permitted if network.version == inner.version):
        return True
    return inner.is_global and not inner.is_multicast and (inner.version == 4 or inner in UNICAST)


def _inner(address: Address) -> Address:
    """The IPv4 address within an IPv6 one that only wraps it, for a translator or a tunnel."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address


def post(url: str, body: bytes, headers: Mapping[str, str], permitted: Sequence[Network] = (), seconds: float = SECONDS) -> int:
    """POST a body; the status of the reply, whose body is not read.

    Raises `InputError` for an address that may not be called; `OSError` (`TimeoutError` is one) or `httpx.HTTPError` where no reply comes.
    """
    return asyncio.run(_post(checked(url), body, headers, permitted, seconds))


async def _post(url: httpx.URL, body: bytes, headers: Mapping[str, str], permitted: Sequence[Network], seconds: float) -> int:
    async with asyncio.timeout(seconds):
        address = await resolve(url, permitted)
        pinned = url.copy_with(host=str(address))
        async with httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=seconds) as client:
            request = client.build_request("POST", pinned, content=body, headers={**headers, "Host": url.netloc.decode()})
            request.extensions["sni_hostname"] = url.host  # the certificate is checked against the name, not the address
            reply = await client.send(request, stream=True)
            await reply.aclose()
            return reply.status_code


class Fetched(NamedTuple):
    """What came, and the address that it came from after all redirects."""

    url: str
    body: bytes


def get(
    url: str, kinds: Sequence[str] = HTML, permitted: Sequence[Network] = (), seconds: float = SECONDS, largest: int = LARGEST
) -> Fetched:
    """GET a page, or what else is of one of the media types `kinds`.

    Raises `InputError` for an address that may not be called, also by way of a redirect, for a reply of another type, and for too many
    redirects; `TooLarge` beyond `largest` bytes, once decompressed; `OSError` (`TimeoutError` is one) or `httpx.HTTPError` where no reply comes.
    """
    return asyncio.run(_get(checked(url), kinds, permitted, seconds, largest))


async def _get(url: httpx.URL, kinds: Sequence[str], permitted: Sequence[Network], seconds: float, largest: int) -> Fetched:
    async with asyncio.timeout(seconds):
        for _ in range(REDIRECTS + 1):
            found = await _reply(url, kinds, permitted, seconds, largest)
            if isinstance(found, Fetched):
                return found
            url = found
    raise InputError(f"{url.host!r} redirects more than {REDIRECTS} times.", "Give the address where it ends.")


async def _reply(
    url: httpx.URL, kinds: Sequence[str], permitted: Sequence[Network], seconds: float, largest: int
) -> Fetched | httpx.URL:
    """What is there, or where it redirects to."""
    address = await resolve(url, permitted)
    pinned = url.copy_with(host=str(address))
    async with httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=seconds) as client:
        headers = {"Host": url.netloc.decode(), "Accept": ", ".join(kinds), "User-Agent": "oscine"}
        request = client.build_request("GET", pinned, headers=headers, extensions={"sni_hostname": url.host})
        reply = await client.send(request, stream=True)
        try:
            if reply.is_redirect:
                return checked(str(url.join(reply.headers["location"])))
            _expect(url, kinds, reply)
            return Fetched(str(url), await _body(reply, largest))
        finally:
            await reply.aclose()


def _expect(url: httpx.URL, kinds: Sequence[str], reply: httpx.Response) -> None:
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.status_code != 200:
        raise InputError(f"{url.host!r} answers {reply.status_code}.", "Give the address of a page that anybody can open.")
    if kind not in kinds:
        wanted = "an HTML page" if kinds == HTML else "one of " + ", ".join(kinds)
        raise InputError(f"{url.host!r} sends {kind[:60] or 'something'}, not {wanted}.", "Give another address.")


async def _body(reply: httpx.Response, largest: int, pieces: AsyncIterator[bytes] | None = None) -> bytes:
    body = bytearray()
    async for piece in pieces or reply.aiter_bytes():
        body += piece
        if len(body) > largest:
            raise TooLarge(f"That is larger than {largest:,} bytes.", "Give another address.")
    return bytes(body)


def public(url: str, permitted: Sequence[Network] = ()) -> None:
    """Make sure that an address may be called, as its name leads now: for what makes its connections itself. Raises `InputError`."""
    asyncio.run(resolve(checked(url), permitted))


class _Checked(httpx.HTTPTransport):
    """Each call goes to an address that was checked, under the name that was asked for.

    It takes a connection of its own: servers that hang up after each reply without saying so (snac is one) would else now and then reset the
    next call, which may be a post, of which nobody could say whether it was taken.
    """

    def __init__(self, permitted: Sequence[Network]) -> None:
        super().__init__(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
        self._permitted = permitted

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `InputError` for an address that may not be called."""
        url = checked(str(request.url))
        request.url = url.copy_with(host=str(asyncio.run(resolve(url, self._permitted))))
        request.extensions["sni_hostname"] = url.host
        return super().handle_request(request)


def client(permitted: Sequence[Network] = (), seconds: float = SECONDS) -> httpx.Client:
    """A client for servers that strangers name: every call goes to public addresses or into `permitted` networks; redirects are not followed.

    Raises `InputError` at a call to any other.
    """
    return httpx.Client(transport=_Checked(permitted), timeout=seconds, follow_redirects=False, headers={"User-Agent": "oscine"})


class _Brief(httpx.BaseTransport):
    """Each reply is read to its end before it is handed on, within a size and a time for all of it, and as it was sent: not decompressed."""

    def __init__(self, permitted: Sequence[Network], seconds: float, largest: int) -> None:
        self._permitted, self._seconds, self._largest = permitted, seconds, largest
        self._trusted = httpx.create_ssl_context(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `InputError` for an address that may not be called, `TooLarge`, `httpx.ReadTimeout`."""
        request.read()
        try:
            return asyncio.run(self._reply(request))
        except TimeoutError:
            raise httpx.ReadTimeout(f"No whole reply in {self._seconds:.0f} seconds.", request=request) from None

    async def _reply(self, request: httpx.Request) -> httpx.Response:
        url = checked(str(request.url))
        async with asyncio.timeout(self._seconds), httpx.AsyncHTTPTransport(verify=self._trusted, trust_env=False) as transport:
            address = await resolve(url, self._permitted)
            pinned = httpx.Request(request.method, url.copy_with(host=str(address)), headers=request.headers, content=request.content,
                                   extensions={**request.extensions, "sni_hostname": url.host})  # fmt: skip
            reply = await transport.handle_async_request(pinned)
            body = await _body(reply, self._largest, reply.aiter_raw())
        told = [(name, value) for name, value in reply.headers.items() if name not in ("content-encoding", "transfer-encoding", "content-length")]
        return httpx.Response(reply.status_code, headers=told, content=body, request=request)


def brief(permitted: Sequence[Network] = (), seconds: float = SECONDS, largest: int = LARGEST_ANSWER) -> httpx.Client:
    """As `client`, for short answers: each is whole when it comes, or an error: after `seconds` for all of it, or beyond `largest` bytes.

    Raises `InputError` at a call to an address that may not be called, `TooLarge`, `httpx.HTTPError`.
    """
    headers = {"User-Agent": "oscine", "Accept-Encoding": "identity"}
    return httpx.Client(transport=_Brief(permitted, seconds, largest), follow_redirects=False, headers=headers)
