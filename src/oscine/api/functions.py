"""The tools as OpenAI's functions: how they are defined, and which choices of a tool Oscine can honour.

Oscine's own functions run here, as built-in tools do: they never come back as a call for the client to make. A client's functions are for models
that write calls; Oscine answers from posts, and says so where a call is demanded of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oscine.api import tools
from oscine.api.schemas import ChatRequest, ToolChoice
from oscine.api.tools import BY_FUNCTION, Caller, Tool
from oscine.ask import consult
from oscine.ask.ask import Step
from oscine.engines.language import HttpLanguageModel
from oscine.errors import InputError, NotFound

ANSWERING = frozenset({"search_posts", "ask_posts"})  # what every answer does
LOOKING = frozenset({"search", "thread"})  # what a language model may do before its answer


def definition(tool: Tool) -> dict[str, Any]:
    """A tool as an entry of a request's `tools`."""
    told = {"name": tool.function, "description": tool.description, "parameters": tools.schema(tool.takes)}
    return {"type": "function", "function": told}


def check(body: ChatRequest) -> None:
    """Raise `InputError` where a call is demanded that Oscine does not make."""
    offered, choice = _offered(body), body.tool_choice
    if isinstance(choice, ToolChoice):
        wanted = {str(choice.function.get("name", ""))}
        if not wanted <= offered:
            raise InputError(f"tool_choice names {wanted.pop()!r}, which is not among the tools.", "Put it into `tools`.")
    elif choice == "required":
        wanted = offered
    else:
        return
    if not wanted & ANSWERING:
        raise InputError(
            f"tool_choice demands a call of {', '.join(sorted(wanted)) or 'a tool'}, and model oscine writes no calls: it answers from posts.",
            "Use tool_choice `auto` or `none`, or give Oscine's tools (GET /v1/tools) to a model that writes calls.",
        )


def wanted(body: ChatRequest) -> list[Tool]:
    """Oscine's own functions that a language model may use for this answer."""
    return [] if body.tool_choice == "none" else [BY_FUNCTION[name] for name in sorted(_offered(body) & BY_FUNCTION.keys())]


def consulted(body: ChatRequest, caller: Caller, made: Iterator[Step]) -> Iterator[Step]:
    """The steps of an answer; where the client offers Oscine's functions and a model by HTTP is in use, with what that model looks up by them."""
    model = caller.app.in_use.answerer()[0]
    offered = [tool for tool in wanted(body) if tool.name in LOOKING]
    if not offered or not isinstance(model, HttpLanguageModel):
        return made

    def run(name: str, arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
        if name not in {tool.function for tool in offered}:
            raise NotFound(f"There is no function {name!r} here.", f"There are {', '.join(tool.function for tool in offered)}.")
        return [(post.id, post.network) for post in tools.call(caller, tools.named(name), arguments).posts]

    return consult.steps(made, model, caller.view, [definition(tool) for tool in offered], run)


def _offered(body: ChatRequest) -> set[str]:
    functions = [tool.get("function") for tool in body.tools or []]
    return {str(function.get("name", "")) for function in functions if isinstance(function, dict)}
