"""Every knob once: its name, its default, its help. `docs/reference/settings.md` is made from this file, and a test holds the two together.

A setting is read from the environment (`OSCINE_PORT=8421`); the command line overrides a few of them by options of the same name.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _several(given: Any) -> Any:
    """A list as people write it in an environment: parted by commas, or JSON."""
    if not isinstance(given, str):
        return given
    return json.loads(given) if given.lstrip().startswith("[") else [each.strip() for each in given.split(",") if each.strip()]


Several = Annotated[frozenset[str], NoDecode, BeforeValidator(_several)]


def default_data_directory() -> Path:
    """`/var/lib/oscine` for root (the database then runs as a system user of its own), else the user's data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/oscine")
    return Path(os.environ.get("XDG_DATA_HOME", "~/.local/share")).expanduser() / "oscine"


class Settings(BaseSettings):
    """All settings; made once, by `app`."""

    model_config = SettingsConfigDict(env_prefix="OSCINE_", extra="ignore", populate_by_name=True)

    data: Path = Field(default_factory=default_data_directory, description="Data directory: the embedded database, prepared models, logs.")
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("OSCINE_DATABASE_URL", "DATABASE_URL"),
        description="A PostgreSQL to use instead of the embedded one (also read from DATABASE_URL).",
    )
    database_wait: float = Field(60.0, description="Seconds that an import waits for a database that went away before it gives up.")

    host: str = Field("127.0.0.1", description="Address to listen on. Any but loopback needs a key (`oscine keys create`).")
    port: int = Field(8420, description="Port to listen on.")
    public_url: str = Field(
        "",
        description="The address that people reach this server by; used in citations. Where it is set, a proxy is expected and every call needs a key. Default: http://HOST:PORT.",
    )

    network: str = Field("local", description="Name of the network that imported posts belong to, where they do not say.")
    max_line_bytes: int = Field(1_000_000, description="Longest line of an import; a longer one is refused, the rest goes on.")
    max_request_bytes: int = Field(32_000_000, description="Largest request body.")
    request_seconds: float = Field(
        30.0, description="Longest time that a request may take to arrive, and that a statement of the database may take."
    )
    requests_per_minute: int = Field(6_000, description="Requests a minute for each key (or each address, where no key is needed).")

    embedding: str = Field(
        "e5", description="What turns text into vectors: `e5` (multilingual-e5-small, on the CPU), `http` (a server by its URL) or `none`."
    )
    embedding_url: str = Field("", description="Base URL of an OpenAI-compatible embeddings server, for `embedding=http`.")
    embedding_model: str = Field("", description="Model name that the embeddings server knows.")
    embedding_key: str = Field("", description="Key for the embeddings server.", json_schema_extra={"secret": True})

    reader: str = Field(
        "e5",
        description="What finds short answers in posts and tells whether one is there: `e5` (that embedding's weights, adapted, on the CPU) or `none`.",
    )

    reward: str = Field(
        "e5", description="What ranks ad texts by the clicks to expect: `e5` (that embedding's weights, adapted, on the CPU) or `none`."
    )

    language_model: str = Field(
        "auto",
        description="Who writes: `auto` (what `oscine models use` chose, else the registry's default, which may be none), `none`, a model's name, or `http`.",
    )
    language_model_url: str = Field("", description="Base URL of an OpenAI-compatible server, for `language_model=http`.")
    language_model_name: str = Field("", description="Model name that the server knows.")
    language_model_key: str = Field("", description="Key for the language model's server.", json_schema_extra={"secret": True})
    language_model_form: Literal["chat", "answers", "post"] = Field(
        "chat",
        description="What the server's model was taught: `chat` (to answer messages), `answers` (to answer from posts, by `oscine finetune`) or "
        "`post` (to continue posts, in Oscine's format).",
    )

    image_model: str = Field(
        "none",
        description="Who draws pictures on request: `none` (they are composed of words, shapes and symbols), `http` (a server by its URL), or a folder with "
        "a diffusers model.",
    )
    image_model_url: str = Field("", description="Base URL of a server with OpenAI's `/images/generations`, for `image_model=http`.")
    image_model_name: str = Field("", description="Model name that the image server knows.")
    image_model_key: str = Field("", description="Key for the image server.", json_schema_extra={"secret": True})

    watermark: str = Field(
        "",
        description="A secret: what a language model writes then carries a watermark that whoever has the secret can detect. Default: none.",
        json_schema_extra={"secret": True},
    )

    hidden_labels: Several = Field(
        frozenset({"!hide", "!takedown", "spam"}), description="Posts with one of these labels are shown to nobody but their author."
    )
    blurred_labels: Several = Field(
        frozenset({"porn", "sexual", "nudity", "graphic-media", "nsfw", "auto-sexual", "auto-hate", "auto-threat", "auto-self-harm"}),
        description="Posts with one of these labels are shown covered. What the machine alone says begins with `auto-`.",
    )
    labels: Literal["e5", "none"] = Field(
        "e5", description="What labels posts in the background: `e5` (that embedding's weights with a small head, on the CPU) or `none`."
    )
    label_thresholds: Several = Field(
        frozenset(),
        description="From which probability on the machine says a label, such as `spam=0.95, hate=0.9`. Default: what `engines/labels.md` says of each.",
    )

    training_policy: Literal["allow", "opt-in"] = Field(
        "allow",
        description="Whether posts of authors who say nothing may be trained on: `allow` (unless they deny it), or `opt-in` (only if they allow it).",
    )

    bulk_policy: Literal["allow", "opt-in"] = Field(
        "allow",
        description="Whether posts of authors who say nothing may be exported: `allow` (unless they deny it), or `opt-in` (only if they allow it).",
    )
    access_log_days: float = Field(400.0, gt=0, description="Days for which the log of accesses is kept.")
    purge_days: float = Field(
        30.0,
        ge=0,
        description="Days after which what was deleted is gone from every file too: `oscine up` then purges by itself. 0: only `oscine purge` does.",
    )

    ad_blocked_hosts: Several = Field(
        frozenset(), description="Hosts that no ad may link to, nor to any below them, such as `bad.example`. Default: none."
    )
    review_days: float = Field(365.0, description="Days for which reviews of ads are kept; then they are deleted, with appeals and decisions.")

    ad_auction: Literal["first", "second", "gsp", "vcg"] = Field(
        "second",
        description="How a place is sold: `first` (the winner pays its bid), `second` (the least that would have won; one place), `gsp` (the same, place by "
        "place) or `vcg` (what the others lose by it).",
    )
    ad_reserve: int = Field(
        200_000, ge=0, description="The least that a thousand impressions cost, in millionths of the currency's unit: what one pays whom nobody bids against."
    )
    ad_minutes: float = Field(60.0, gt=0, description="Minutes for which an ad that was handed out may be shown and clicked; then its money is free again.")
    ad_conversion_days: float = Field(30.0, gt=0, description="Days for which what people do after a click is counted as brought by it.")
    ad_event_days: float = Field(
        90.0, gt=0, description="Days for which single impressions and clicks are kept; then only their sums are, and nothing of any person."
    )
    ad_own_networks: Several = Field(
        frozenset(),
        description="Networks such as 192.0.2.0/24 from which the operator itself looks at ads: what comes from there is not counted. Default: none.",
    )
    ad_sites: Several = Field(
        frozenset(), description="Web sites that may show ads by the tag, as origins such as `https://club.example`. Default: this server's own pages."
    )

    feed_pool: int = Field(100_000, ge=1_000, description="The newest public posts that feeds look for more than the people one follows in; held in memory.")
    feed_days: float = Field(14.0, gt=0, description="Days after which a post is too old for a feed. They count back from the newest post of the network.")
    feed_ranker: str = Field(
        "auto", description="What foretells what a person will do: `auto` (the ranker trained last by `oscine feed train`, else the prior) or `prior`."
    )
    feed_chance: float = Field(
        0.05,
        ge=0,
        le=1,
        description="The share of pages whose first ten posts are dealt partly by chance, so that other weights can be judged by what came of it.",
    )
    feed_ad_every: int = Field(8, ge=0, description="An ad after so many posts of a feed, where one may stand; 0 for no ads.")
    feed_log_days: float = Field(90.0, gt=0, description="Days for which it is kept what feeds served and what came of it.")

    webhook_networks: Several = Field(
        frozenset(),
        description="Networks such as 10.0.0.0/8 that webhooks of saved searches may reach though they are not public. Default: none.",
    )

    plc_url: str = Field("https://plc.directory", description="The directory of AT Protocol identities (did:plc).")
    bluesky_view: str = Field(
        "https://public.api.bsky.app",
        description="The AppView that profiles of Bluesky are asked of; empty for none: names then come from identities and repositories.",
    )
    bluesky_handle: str = Field("", description="The handle of the account that the bot writes as on Bluesky.")
    bluesky_password: str = Field("", description="An app password of that account.", json_schema_extra={"secret": True})
    bluesky_server: str = Field("", description="The PDS of that account. Default: the one that its identity names.")
    mastodon_token: str = Field(
        "", description="An access token of the account that reads and writes on a Mastodon server.", json_schema_extra={"secret": True}
    )
    connect_networks: Several = Field(
        frozenset(),
        description="Networks such as 10.0.0.0/8 in which servers of social networks may be called though they are not public. Default: none.",
    )

    bot_hourly: int = Field(10, ge=1, description="How many mentions of one person the bot answers in an hour; further ones are declined, once.")
    bot_notice: str = Field("", description="What the bot adds to its first answer to a person, after saying that it is one; such as whom to write to.")

    sign_in: Several = Field(
        frozenset(), description="Where people may sign in from: `bluesky`, or Mastodon servers by their host names. Default: nobody signs in."
    )
    session_days: float = Field(30.0, gt=0, description="Days after which a person who signed in does so again.")

    slack_secret: str = Field(
        "", description="The signing secret of a Slack app: its events are answered at `/v1/messengers/slack`.", json_schema_extra={"secret": True}
    )
    slack_token: str = Field("", description="The bot token of that Slack app.", json_schema_extra={"secret": True})
    dingtalk_secret: str = Field("", description="The secret of a DingTalk robot, answered at `/v1/messengers/dingtalk`.", json_schema_extra={"secret": True})
    messenger_secret: str = Field(
        "", description="The secret by which any other messenger signs what it posts to `/v1/messengers/webhook`.", json_schema_extra={"secret": True}
    )
    hearing: str = Field("none", description="Who writes down speech: `none`, or `whisper` (multilingual, on the CPU; the extra `voice`).")
    speaking: str = Field("none", description="Who reads aloud: `none`, or `kokoro` (on the CPU; the extra `voice`).")
