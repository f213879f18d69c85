"""Signing in with an identity of AT Protocol (Bluesky's among them): https://atproto.com/specs/oauth

Whoever says a handle is led from it to their DID, to their server (PDS), to the server that signs people in for it, and back; and who comes
back is who left only if that very server says so of that very DID. Nothing is posted here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from oscine.errors import InputError, NotFound, OscineError
from oscine.signin import dpop, pkce, wire
from oscine.signin.client import IDENTIFY, POST, Client
from oscine.signin.offer import Identity, Offer, Returned, refusal
from oscine.signin.wire import Reply
from oscine.sources.bluesky.identity import Identities

NETWORK = "bluesky"
DOCUMENTS = "/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server"  # RFC 9728, RFC 8414
NEEDED = {"code_challenge_methods_supported": "S256", "dpop_signing_alg_values_supported": dpop.ALGORITHM, "scopes_supported": IDENTIFY}
REQUIRED = ("authorization_response_iss_parameter_supported", "client_id_metadata_document_supported")


class Server(NamedTuple):
    """A server that signs people in."""

    issuer: str
    authorization: str
    token: str
    pushed: str
    revocation: str


class AtProto:
    """Signs in with any identity, as the client that `client` makes of our address."""

    network = NETWORK

    def __init__(self, http: httpx.Client, identities: Identities, client: Callable[[str], Client]) -> None:
        self._http, self._identities, self._client = http, identities, client

    def offer(self, who: str, may_post: bool, redirect: str, state: str) -> Offer:
        """Where to send the person: all that is asked for is told to their server beforehand (RFC 9126)."""
        home = redirect.removesuffix(f"/sign-in/{NETWORK}")
        us, key, verifier = self._client(home), dpop.new_key(), pkce.verifier()
        did, handle, pds = self._identity(who)
        server = self._server(pds)
        held = {"did": did, "handle": handle, "pds": pds, "home": home, "key": key, "server": server._asdict()}
        asked = {"response_type": "code", "redirect_uri": us.redirect, "scope": f"{IDENTIFY} {POST}" if may_post else IDENTIFY, "state": state,
                 "login_hint": handle, **pkce.challenge(verifier)}  # fmt: skip
        reply = self._call("pushed", held, asked)
        if reply.status not in (200, 201) or not reply.text("request_uri"):
            raise refusal(server.issuer, reply)
        address = httpx.URL(server.authorization).copy_merge_params({"client_id": us.id, "request_uri": reply.text("request_uri")})
        return Offer(str(address), {"held": held, "verifier": verifier, "may_post": may_post})

    def identify(self, remembered: dict[str, Any], returned: Returned) -> Identity:
        """Who came back: the DID that left, by the word of the server that it was sent to."""
        held, us = remembered["held"], self._client(remembered["held"]["home"])
        if returned.issuer != held["server"]["issuer"]:
            raise InputError("The answer is not from the server that you were sent to.", "Sign in again.")
        form = {"grant_type": "authorization_code", "code": returned.code, "redirect_uri": us.redirect, "code_verifier": remembered["verifier"]}  # fmt: skip
        reply = self._call("token", held, form)
        credentials = self._checked(held, reply)
        if remembered["may_post"] and POST in reply.text("scope").split():
            return Identity(held["did"], held["handle"], held["pds"], credentials)
        self.leave(credentials)
        return Identity(held["did"], held["handle"], held["pds"])

    def renew(self, credentials: dict[str, Any]) -> dict[str, Any]:
        """Credentials in place of those that are spent; the old are worth nothing then. Raises `InputError` where the person took them back."""
        reply = self._call("token", credentials, {"grant_type": "refresh_token", "refresh_token": credentials["refresh"]})
        return self._checked(credentials, reply)

    def leave(self, credentials: dict[str, Any]) -> None:
        """Give tokens back (RFC 7009), if the server is there to take them."""
        with contextlib.suppress(OscineError):
            self._call("revocation", credentials, {"token": credentials["refresh"]})

    def _call(self, end: str, held: dict[str, Any], form: dict[str, str]) -> Reply:
        us, server = self._client(held["home"]), held["server"]
        return wire.call(self._http, "POST", server[end], form=form | us.shown(server["issuer"]), auth=dpop.Proofs(held["key"]))

    def _checked(self, held: dict[str, Any], reply: Reply) -> dict[str, Any]:
        """The credentials that a server hands out for whom they were asked for, and for nobody else."""
        if reply.status != 200:
            raise refusal(held["server"]["issuer"], reply)
        credentials = held | {"access": reply.text("access_token"), "refresh": reply.text("refresh_token") or held.get("refresh", "")}
        if reply.text("sub") != held["did"]:
            self.leave(credentials)
            raise InputError("Your server signed in another account than the one you named.", "Sign in again, with that account's handle.")
        if not credentials["access"] or reply.text("token_type").lower() != "dpop" or IDENTIFY not in reply.text("scope").split():
            raise InputError(f"{held['server']['issuer']} hands out what is no token of AT Protocol.", "Ask whoever runs it.")
        return credentials

    def _identity(self, who: str) -> tuple[str, str, str]:
        """DID, handle and server of whoever says they are `who`, as of now."""
        name = who.removeprefix("@")
        name = name if name.startswith("did:") else name.lower()
        did = name if name.startswith("did:") else self._identities.did(name)
        self._identities.forget(did)
        document = self._identities.document(did)
        if name != did and document.claimed_handle != name:
            raise InputError(f"{did} does not say that it is @{name}.", "Sign in with the handle that your account has now.")
        pds = document.endpoint()
        if not pds:
            raise NotFound(f"@{name} has no server.", "An account that is gone signs in nowhere.")
        return did, name if name != did else self._identities.handle(did) or did, wire.origin(pds)

    def _server(self, pds: str) -> Server:
        """The server that signs people in for a PDS, as both say."""
        resource = self._document(pds, DOCUMENTS[0])
        issuers = wire.listed(resource, "authorization_servers")
        if len(issuers) != 1 or wire.origin(issuers[0]) != issuers[0]:
            raise InputError(f"{pds} does not say which server signs its people in.", "Ask whoever runs it.")
        told = self._document(issuers[0], DOCUMENTS[1])
        lacking = [name for name, value in NEEDED.items() if value not in wire.listed(told, name)]
        lacking += [name for name in REQUIRED if told.body.get(name) is not True]
        if told.text("issuer") != issuers[0] or lacking:
            why = ", ".join(lacking) or "issuer"
            raise InputError(f"{issuers[0]} does not sign people in as AT Protocol has it ({why}).", "Ask whoever runs it.")
        end = {name: told.text(f"{name}_endpoint") for name in ("authorization", "token", "pushed_authorization_request", "revocation")}
        authorization, token, pushed = (str(wire.secure(end[name])) for name in ("authorization", "token", "pushed_authorization_request"))
        return Server(issuers[0], authorization, token, pushed, end["revocation"])

    def _document(self, server: str, path: str) -> Reply:
        reply = wire.call(self._http, "GET", server + path)
        if reply.status != 200:
            raise InputError(f"{server} has no {path}.", "It signs nobody in by OAuth: ask whoever runs it.")
        return reply
