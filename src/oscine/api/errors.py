"""Our errors, and everybody else's, as JSON: a code, a sentence, the fix."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from oscine.errors import InputError, KeyRequired, NotFound, OscineError, RateLimited, Unavailable

log = logging.getLogger("oscine.api")
CODES = {400: "bad_input", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 401: "key_required", 403: "not_allowed"}
XRPC_PATH = "/xrpc/"  # what begins so speaks as AT Protocol does
XRPC_NAMES = {
    400: "InvalidRequest", 401: "AuthenticationRequired", 403: "Forbidden", 404: "MethodNotImplemented", 405: "InvalidRequest", 413: "PayloadTooLarge",
    429: "RateLimitExceeded", 503: "NotEnoughResources", 507: "NotEnoughResources",
}  # fmt: skip
RPC_PATH = "/mcp"
RPC_ERROR = -32_000  # the first of those that JSON-RPC leaves to servers


def body(code: str, message: str, fix: str = "") -> dict[str, Any]:
    """The shape of every error; `type` is there for clients of OpenAI's API."""
    return {"error": {"code": code, "message": message, "fix": fix, "type": code}}


def rpc(message: str) -> dict[str, Any]:
    """An error before a call was read, as JSON-RPC has it: what clients of MCP show."""
    return {"jsonrpc": "2.0", "id": None, "error": {"code": RPC_ERROR, "message": message}}


def xrpc(status: int, message: str, name: str = "") -> dict[str, str]:
    """An error as AT Protocol has it (https://atproto.com/specs/xrpc#error-responses)."""
    return {"error": name or XRPC_NAMES.get(status, "InternalServerError"), "message": message}


def reply(error: OscineError, path: str = "") -> JSONResponse:
    """An error of ours as a reply, in the words that clients of `path` read."""
    if path.startswith(XRPC_PATH) and isinstance(error, NotFound):
        return JSONResponse(xrpc(400, str(error), "UnknownFeed"), 400)  # the one thing that its methods look for
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = "5"
    elif isinstance(error, KeyRequired):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(_told(error, path), error.status, headers)


def _told(error: OscineError, path: str) -> dict[str, Any]:
    if path == RPC_PATH:
        return rpc(str(error))
    return xrpc(error.status, str(error)) if path.startswith(XRPC_PATH) else body(error.code, error.what, error.fix)


def unforeseen(scope: Scope, error: Exception) -> JSONResponse:
    """An error of nobody's: the log tells all of it, the reply nothing."""
    log.error("%s %s failed: %s", scope["method"], scope["path"], type(error).__name__, exc_info=error)
    return reply(OscineError("Something went wrong on our side.", "Try again; the server's log tells more."), scope["path"])


def install(api: FastAPI) -> None:
    """Make every error of the application answer in that shape."""

    @api.exception_handler(OscineError)
    def ours(request: Request, error: OscineError) -> JSONResponse:
        return reply(error, request.scope["path"])

    @api.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"][1:])) if first["type"] != "json_invalid" else ""
        return reply(InputError(f"{where or 'the body'}: {first['msg']}.", "See /docs for what the call takes."), request.scope["path"])

    @api.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error.__cause__, OscineError):  # FastAPI takes whatever stops a body for malformed JSON
            return reply(error.__cause__, request.scope["path"])
        told = body(CODES.get(error.status_code, "http_error"), f"{error.detail}.", "See /docs for what there is.")
        if request.scope["path"].startswith(XRPC_PATH):
            told = xrpc(error.status_code, f"{error.detail}.")
        return JSONResponse(told, error.status_code, error.headers)
