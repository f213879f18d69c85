"""Signing in at a Mastodon server, by OAuth 2.0 as Mastodon has it: https://docs.joinmastodon.org/spec/oauth/

We make ourselves known to each server once, and ask for as little as there is: who somebody is, and to write posts where the person wants
that. A token that is not for writing is given back at once. What is called is at the server's own address, whatever its metadata say.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any
from urllib.parse import urlencode

import httpx

from oscine.errors import InputError, OscineError, SetupError
from oscine.signin import pkce, wire
from oscine.signin.apps import Apps
from oscine.signin.offer import Identity, Offer, Returned, refusal
from oscine.signin.wire import Reply
from oscine.sources.mastodon.server import address

NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,98}[a-z0-9_])?", re.IGNORECASE)  # as Mastodon's own
WHO, WHO_NARROWLY = "read:accounts", "profile"  # the second since Mastodon 4.3
WRITE = "write:statuses"
NAMED = "Oscine"


class Mastodon:
    """One server. `network` is its host name. Raises `SetupError` for what is none."""

    def __init__(self, host: str, http: httpx.Client, apps: Apps) -> None:
        try:
            self.network, self._base = address(host)
        except InputError as error:
            raise SetupError(error.what, "OSCINE_SIGN_IN takes `bluesky`, and Mastodon servers such as mastodon.example.") from None
        self._http, self._apps = http, apps

    def offer(self, who: str, may_post: bool, redirect: str, state: str) -> Offer:
        """Where to send the person; the server itself asks who they are."""
        us, verifier = self._known(redirect), pkce.verifier()
        app, scope = us["app"], f"{us['scope']} {WRITE}" if may_post else us["scope"]
        asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": redirect, "scope": scope, "state": state}
        sent_to = f"{self._base}/oauth/authorize?{urlencode(asked | pkce.challenge(verifier))}"
        return Offer(sent_to, {"verifier": verifier, "redirect": redirect, "app": app, "scope": scope})

    def identify(self, remembered: dict[str, Any], returned: Returned) -> Identity:
        """Who came back, with a token where we may post."""
        app = remembered["app"]
        reply = self._call("/oauth/token", {"grant_type": "authorization_code", "code": returned.code, "redirect_uri": remembered["redirect"],
                                            "code_verifier": remembered["verifier"], **app})  # fmt: skip
        token = reply.text("access_token")
        if reply.status != 200 or not token:
            raise refusal(self.network, reply)
        credentials = {"token": token, "app": app}
        account = self._account(token)
        asked = remembered["scope"]
        granted = reply.text("scope") or asked  # not told where it is what was asked for (RFC 6749, section 5.1)
        if WRITE in asked.split() and WRITE in granted.split():
            return Identity(account, account, self.network, credentials)
        self.leave(credentials)
        return Identity(account, account, self.network)

    def leave(self, credentials: dict[str, Any]) -> None:
        """Give a token back (RFC 7009), if the server is there to take it."""
        with contextlib.suppress(OscineError):
            self._call("/oauth/revoke", {"token": credentials["token"], **credentials["app"]})

    def _call(self, path: str, form: dict[str, str]) -> Reply:
        return wire.call(self._http, "POST", self._base + path, form=form)

    def _account(self, token: str) -> str:
        reply = wire.call(
            self._http, "GET", f"{self._base}/api/v1/accounts/verify_credentials", headers={"Authorization": f"Bearer {token}"}
        )
        name = reply.text("username")
        if reply.status != 200:
            raise refusal(self.network, reply)
        if not NAME.fullmatch(name):
            raise InputError(f"{self.network} tells no name that an account can have.", "Sign in again.")
        return f"{name}@{self.network}".lower()

    def _scope(self) -> str:
        """The narrowest right to know who somebody is that the server has."""
        reply = wire.call(self._http, "GET", f"{self._base}/.well-known/oauth-authorization-server")
        return WHO_NARROWLY if WHO_NARROWLY in wire.listed(reply, "scopes_supported") else WHO

    def _known(self, redirect: str) -> dict[str, Any]:
        """What the server knows us as: registered once, and again where it has forgotten us or we have moved."""
        known = self._apps.of(self.network)
        if known.get("redirect") == redirect and self._knows(known["app"]):
            return known
        scope = self._scope()
        return self._apps.keep(self.network, {"redirect": redirect, "scope": scope, "app": self._register(redirect, scope)})

    def _knows(self, app: dict[str, str]) -> bool:
        """Whether the server still knows us: one that has forgotten tells only the person that it is no use. Where nobody can tell, it does not."""
        return self._call("/oauth/token", {"grant_type": "client_credentials", **app}).status == 200

    def _register(self, redirect: str, scope: str) -> dict[str, str]:
        """https://docs.joinmastodon.org/methods/apps/#create"""
        reply = self._call("/api/v1/apps", {"client_name": NAMED, "redirect_uris": redirect, "scopes": f"{scope} {WRITE}"})
        app = {"client_id": reply.text("client_id"), "client_secret": reply.text("client_secret")}
        if reply.status != 200 or not all(app.values()):
            raise refusal(self.network, reply)
        return app
