"""The wire shapes, and how our records become them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from oscine import ingest
from oscine.access import Key
from oscine.ask.answer import Sentence
from oscine.ask.ask import Answer
from oscine.ask.explain import Explanation
from oscine.ask.summary import Summary
from oscine.search.people import Person
from oscine.search.search import Result, Results
from oscine.search.trending import Trend
from oscine.store.saved import SavedSearch
from oscine.view import SeenPost


def post(seen: SeenPost) -> dict[str, Any]:
    """A post as everybody gets it."""
    p = seen.post
    return {
        "id": p.id, "network": p.network, "author": p.author, "author_handle": seen.author.handle, "author_name": seen.author.name,
        "created_at": time(p.created_at), "edited_at": p.edited_at and time(p.edited_at), "lang": p.lang, "text": p.text,
        "reply_to": p.reply_to, "quote_of": p.quote_of, "visibility": p.visibility, "likes": p.likes, "reposts": p.reposts,
        "replies": p.replies, "quotes": p.quotes, "urls": list(p.urls), "tags": list(p.tags), "mentions": list(p.mentions),
        "media": [msgspec.to_builtins(media) | {"alt": media.alt, "kind": media.kind} for media in p.media],
        "labels": None if p.labels is None else list(p.labels), "sensitive": p.sensitive, "content_warning": p.content_warning,
        "blurred": seen.blurred or None, "page": page(seen),
    }  # fmt: skip


def page(seen: SeenPost) -> str:
    """The path of a post's page in the web app."""
    return f"/post?id={quote(seen.post.id, safe='')}&network={quote(seen.post.network, safe='')}"


def time(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def key(made: Key) -> dict[str, Any]:
    """A key without its secret."""
    account = f"{made.viewer.network}/{made.viewer.account}" if made.viewer.account else ""
    return {"id": made.id, "name": made.name, "scopes": sorted(made.scopes), "networks": sorted(made.networks), "account": account,
            "created_at": made.created_at and time(made.created_at), "revoked_at": made.revoked_at and time(made.revoked_at)}  # fmt: skip


def results(found: Results, took_ms: float) -> dict[str, Any]:
    """A page of search results."""
    return {
        "posts": [_result(item) for item in found.results],
        "cursor": found.cursor,
        "understood": [part._asdict() for part in found.understood],
        "ignored": [part._asdict() for part in found.ignored],
        "query": found.query,
        "reading": [part._asdict() for part in found.reading],
        "took_ms": round(took_ms, 1),
    }


def _result(item: Result) -> dict[str, Any]:
    score = None if item.score is None else round(item.score, 4)
    return post(item.seen) | {"score": score, "highlights": [list(span) for span in item.highlights], "folded": list(item.folded)}


def person(found: Person) -> dict[str, Any]:
    """An account, why it was found, and how many posts about the query it has."""
    account = found.account
    return {"id": account.id, "network": account.network, "handle": account.handle, "name": account.name, "bio": account.bio,
            "followers": account.followers, "verified": account.verified, "bot": account.bot, "why": found.why, "posts": found.posts}  # fmt: skip


def trend(found: Trend) -> dict[str, Any]:
    """A trend with a sample post."""
    return {"kind": found.term.kind, "text": found.term.shown, "query": found.term.query, "posts": found.posts, "authors": found.authors,
            "score": round(found.score, 1), "sample": post(found.sample)}  # fmt: skip


def saved(search: SavedSearch, new: int, most: int) -> dict[str, Any]:
    """A saved search with how many posts are new; `more` where there may be more than were counted. Its secret is not told."""
    webhook = {"url": search.webhook, "trouble": search.trouble, "stopped": search.stopped} if search.webhook else None
    return {"id": search.id, "name": search.name, "query": search.query, "new": new, "more": new >= most, "webhook": webhook}


def sentence(said: Sentence) -> dict[str, Any]:
    """A sentence of an answer."""
    return {"text": said.text, "posts": said.posts, "stage": said.stage}


def answer(given: Answer) -> dict[str, Any]:
    """An answer with its posts."""
    return {
        "answer": given.text, "sentences": [sentence(said) for said in given.sentences], "refused": given.refused,
        "posts": [post(seen) for seen in given.posts], "model": given.model, "why": given.why, "search": given.search, "lang": given.lang,
        "short": {"text": given.short.text, "posts": given.short.posts} if given.short else None,
        "sides": [{"value": side.value, "accounts": side.accounts, "posts": [seen.post.id for seen in side.posts]} for side in given.sides],
    }  # fmt: skip


def short(given: Answer) -> str:
    """The short answer, empty where there is none."""
    return given.short.text if given.short else ""


def explanation(given: Explanation) -> dict[str, Any]:
    """A post explained: each point with the ids of its posts."""
    points = [{"kind": point.kind, "text": point.text, "posts": [seen.post.id for seen in point.sources]} for point in given.points]
    return {"post": post(given.seen), "lang": given.lang, "points": points, "posts": [post(seen) for seen in given.posts]}


def digest(given: Summary) -> dict[str, Any]:
    """A summary of posts."""
    return {
        "of": given.of, "subject": given.subject, "lang": given.lang, "fact": given.fact,
        "sentences": [sentence(said) for said in given.sentences], "posts": [post(seen) for seen in given.posts],
    }  # fmt: skip


def summary(done: ingest.Summary) -> dict[str, Any]:
    """What an import did."""
    return {
        "accepted": done.accepted, "updated": done.updated, "unchanged": done.unchanged, "deleted": done.deleted, "refused": done.refused,
        "reasons": [{"line": line, "reason": reason} for line, reason in done.reasons], "seconds": round(done.seconds, 3),
    }  # fmt: skip


class SaveRequest(BaseModel):
    """A search to save, and the address to tell of new posts, if any."""

    name: str = Field(min_length=1, max_length=100)
    query: str = Field(min_length=1, max_length=2_000)
    webhook: str = Field("", max_length=2_000)


class SeenRequest(BaseModel):
    """The last post that was shown; all that arrived up to it is seen. Where it is left out, all is."""

    post: str = ""
    network: str = ""


class ChatMessage(BaseModel):
    """A message of a conversation; content as text or as parts of type `text`."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = ""

    @property
    def text(self) -> str:
        """What it says; halves of characters, which JSON can carry and UTF-8 cannot, are replaced."""
        parts = [{"type": "text", "text": self.content}] if isinstance(self.content, str) else self.content or []
        said = "\n".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")
        return said.encode(errors="replace").decode()


class StreamOptions(BaseModel):
    """`include_usage` asks for a last chunk with the counts."""

    include_usage: bool = False


class Format(BaseModel):
    """`text`, or JSON: any (`json_object`), or by a schema."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: dict[str, Any] | None = None


class ToolChoice(BaseModel):
    """One function by its name."""

    type: Literal["function"]
    function: dict[str, Any]


class ChatRequest(BaseModel):
    """OpenAI's chat request; what Oscine has no use for is taken and left alone."""

    model_config = ConfigDict(extra="allow")
    model: str = "oscine"
    messages: list[ChatMessage] = Field(min_length=1, max_length=200)
    stream: bool = False
    stream_options: StreamOptions | None = None
    response_format: Format | None = None
    tools: list[dict[str, Any]] | None = Field(None, max_length=128)
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None


class EmbeddingsRequest(BaseModel):
    """OpenAI's embeddings request; `input_type` says whether the texts are looked for (`passage`) or look for something (`query`)."""

    model_config = ConfigDict(extra="allow")
    model: str = ""
    input: str | list[str] = Field(max_length=100_000)
    input_type: Literal["query", "passage"] = "passage"
    encoding_format: Literal["float", "base64"] = "float"
