"""The MCP server: the network's posts for any assistant that speaks the Model Context Protocol, at `/mcp` over HTTP, or on stdio.

Rights are those of the HTTP API: each message is a request of its own with the caller's key, and no session is kept. The tools are `tools`'; this
module only carries them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from anyio import to_thread
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from oscine import __version__
from oscine.api import errors, guard, tools
from oscine.api.tools import TOOLS, Caller
from oscine.errors import OscineError

log = logging.getLogger("oscine.api")
Context = ServerRequestContext[Any, Request]


def server(caller_of: Callable[[Context], Caller]) -> Server[Any]:
    """The protocol's server; `caller_of` tells who sent a message."""

    async def list_tools(context: Context, _asked: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in tools.permitted(caller_of(context).key)])

    async def call_tool(context: Context, asked: types.CallToolRequestParams) -> types.CallToolResult:
        if asked.name not in TOOLS:
            raise MCPError(types.INVALID_PARAMS, f"There is no tool {asked.name!r} here. There are {', '.join(TOOLS)}.")
        return await to_thread.run_sync(_called, caller_of(context), TOOLS[asked.name], asked.arguments or {})

    return Server(
        "oscine", title="Oscine", version=__version__, instructions=tools.INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool
    )


def _described(tool: tools.Tool) -> types.Tool:
    return types.Tool(
        name=tool.name, title=tool.title, description=tool.description,
        input_schema=tools.schema(tool.takes), output_schema=tools.schema(tool.gives),
        annotations=types.ToolAnnotations(title=tool.title, read_only_hint=True, open_world_hint=False),
    )  # fmt: skip


def _called(caller: Caller, tool: tools.Tool, arguments: object) -> types.CallToolResult:
    """What a tool gives; an error is told in its sentence, so that a model can mend its call."""
    try:
        with caller.app.noting("mcp", caller.viewer, caller.key.id):
            given = tools.call(caller, tool, arguments)
    except OscineError as error:
        return _failed(str(error))
    except Exception as error:
        log.error("the tool %s failed: %s", tool.name, type(error).__name__, exc_info=error)
        return _failed("Something went wrong on our side. Try again; the server's log tells more.")
    return types.CallToolResult(content=[types.TextContent(text=given.readable())], structured_content=given.model_dump(mode="json"))


def _failed(sentence: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=sentence)], is_error=True)


class Endpoint:
    """`/mcp`: lets in whom `guard` lets in, and hands the message on. Open only within `run()`."""

    def __init__(self) -> None:
        self._manager = StreamableHTTPSessionManager(server(_known), json_response=True, stateless=True)
        self.run = self._manager.run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one message."""
        answer = await self._refused(Request(scope, receive))
        handle: Callable[[Scope, Receive, Send], Awaitable[None]] = answer or self._manager.handle_request
        await handle(scope, receive, send)

    async def _refused(self, request: Request) -> Response | None:
        """The reply to a message that is not let in; None for one that is, whose caller is then known."""
        try:
            request.state.caller = await to_thread.run_sync(_caller, request)
        except OscineError as error:
            return errors.reply(error, errors.RPC_PATH)
        if request.method != "POST":  # there is nothing that the server would say unasked
            return JSONResponse(errors.rpc("POST is the only method here."), 405, {"Allow": "POST"})
        return None


def _known(context: Context) -> Caller:
    assert context.request
    caller: Caller = context.request.state.caller
    return caller


def _caller(request: Request) -> Caller:
    key = guard.caller(request)
    return Caller(guard.app_of(request), key, guard.viewer(request, key), guard.base_url(request))


async def serve_stdio(caller: Caller) -> None:
    """Serve one client on standard input and output until it goes."""
    speaking = server(lambda _context: caller)
    async with stdio_server() as (read, write):
        await speaking.run(read, write, speaking.create_initialization_options())
