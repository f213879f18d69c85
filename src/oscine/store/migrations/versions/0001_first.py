"""Posts, accounts, engagement, relations, tombstones, vectors waiting, keys, imports."""

from alembic import op

revision = "0001_first"
down_revision = None

SCHEMA = """
CREATE TABLE accounts (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    network    text NOT NULL,
    key        text NOT NULL,
    handle     text NOT NULL,
    name       text NOT NULL DEFAULT '',
    bio        text NOT NULL DEFAULT '',
    created_at timestamptz,
    followers  integer,
    following  integer,
    bot        boolean NOT NULL DEFAULT false,
    verified   boolean NOT NULL DEFAULT false,
    searchable boolean NOT NULL DEFAULT true,
    intents    jsonb NOT NULL DEFAULT '{}',
    UNIQUE (network, key)
);
CREATE INDEX accounts_handle ON accounts (lower(handle));
CREATE INDEX accounts_unsearchable ON accounts (id) WHERE NOT searchable;

CREATE TABLE posts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    network         text NOT NULL,
    key             text NOT NULL,
    author          bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    text            text NOT NULL,
    created_at      timestamptz NOT NULL,
    edited_at       timestamptz,
    lang            text,
    reply_to        text,
    root            text,
    quote_of        text,
    visibility      text NOT NULL CHECK (visibility IN ('public', 'unlisted', 'followers', 'direct')),
    media           jsonb NOT NULL DEFAULT '[]',
    urls            text[] NOT NULL DEFAULT '{}',
    tags            text[] NOT NULL DEFAULT '{}',
    mentions        text[] NOT NULL DEFAULT '{}',
    likes           integer NOT NULL DEFAULT 0,
    reposts         integer NOT NULL DEFAULT 0,
    replies         integer NOT NULL DEFAULT 0,
    quotes          integer NOT NULL DEFAULT 0,
    labels          text[],
    sensitive       boolean NOT NULL DEFAULT false,
    content_warning text NOT NULL DEFAULT '',
    source          text NOT NULL DEFAULT '',
    extra           jsonb NOT NULL DEFAULT '{}',
    words           text NOT NULL,
    lexemes         tsvector NOT NULL,
    UNIQUE (network, key)
) WITH (fillfactor = 90);
CREATE INDEX posts_words ON posts USING bm25 (words) WITH (text_config = 'simple', k1 = 0.9, b = 0.4);
CREATE INDEX posts_lexemes ON posts USING gin (lexemes);
CREATE INDEX posts_author ON posts (author, created_at DESC);
CREATE INDEX posts_created ON posts (created_at DESC, id DESC);
CREATE INDEX posts_reply ON posts (network, reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX posts_root ON posts (network, root) WHERE root IS NOT NULL;

CREATE TABLE tombstones (
    kind       text NOT NULL CHECK (kind IN ('post', 'account')),
    network    text NOT NULL,
    key        text NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, network, key)
);

CREATE TABLE engagements (
    network text NOT NULL,
    post    text NOT NULL,
    kind    text NOT NULL,
    actor   bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    at      timestamptz NOT NULL,
    active  boolean NOT NULL,
    PRIMARY KEY (network, post, kind, actor)
);
CREATE INDEX engagements_actor ON engagements (actor, at DESC);

CREATE TABLE relations (
    actor  bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind   text NOT NULL CHECK (kind IN ('follow', 'block', 'mute')),
    target bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    at     timestamptz NOT NULL,
    active boolean NOT NULL,
    PRIMARY KEY (actor, kind, target)
);
CREATE INDEX relations_target ON relations (target, kind);

CREATE TABLE pending_vectors (
    post  bigint PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE keys (
    id              text PRIMARY KEY,
    hash            bytea NOT NULL,
    name            text NOT NULL,
    scopes          text[] NOT NULL,
    networks        text[] NOT NULL,
    account_network text NOT NULL DEFAULT '',
    account         text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    revoked_at      timestamptz
);

CREATE TABLE imports (
    source     text PRIMARY KEY,
    cursor     bigint NOT NULL,
    counts     jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE meta (
    key   text PRIMARY KEY,
    value text NOT NULL
);
"""


def upgrade() -> None:
    """Create everything."""
    op.execute(SCHEMA)
