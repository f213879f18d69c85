"""Live networks: how far each connection has read, what it could not use or missed; labels and who says them; the bot's answers; who is signed in; feeds."""

from alembic import op

revision = "0008_networks"
down_revision = "0007_campaigns"

SCHEMA = """
CREATE TABLE connections (
    name        text PRIMARY KEY,
    network     text NOT NULL,
    place       text NOT NULL DEFAULT '',
    events      bigint NOT NULL DEFAULT 0,
    refused     bigint NOT NULL DEFAULT 0,
    rate        real NOT NULL DEFAULT 0,
    happened_at timestamptz,
    stored_at   timestamptz,
    state       text NOT NULL DEFAULT 'stopped' CHECK (state IN ('running', 'waiting', 'stopped')),
    trouble     text NOT NULL DEFAULT '',
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE dead_letters (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection text NOT NULL REFERENCES connections ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason     text NOT NULL,
    raw        bytea NOT NULL,
    tries      integer NOT NULL DEFAULT 1
);
CREATE INDEX dead_letters_connection ON dead_letters (connection, id);

CREATE TABLE gaps (
    connection text NOT NULL REFERENCES connections ON DELETE CASCADE,
    account    text NOT NULL,
    reason     text NOT NULL,
    found_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try   timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries      integer NOT NULL DEFAULT 0,
    trouble    text NOT NULL DEFAULT '',
    PRIMARY KEY (connection, account)
);
CREATE INDEX gaps_due ON gaps (connection, next_try);

ALTER TABLE engagements ADD COLUMN key text NOT NULL DEFAULT '';
CREATE INDEX engagements_key ON engagements (key) WHERE key <> '';
ALTER TABLE relations ADD COLUMN key text NOT NULL DEFAULT '';
CREATE INDEX relations_key ON relations (key) WHERE key <> '';
ALTER TABLE tombstones DROP CONSTRAINT tombstones_kind_check, ADD CONSTRAINT tombstones_kind_check CHECK (kind IN ('post', 'account', 'act'));

-- Vacuuming its index, pg_textsearch 1.0 loses the posts whose counts were changed in place (HOT): those that were liked would be found no more.
ALTER TABLE posts SET (vacuum_index_cleanup = off);

ALTER TABLE posts ADD COLUMN own_labels text[];
UPDATE posts SET own_labels = labels WHERE labels IS NOT NULL;
CREATE TABLE labels (
    network    text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('post', 'account')),
    key        text NOT NULL,
    label      text NOT NULL,
    by         text NOT NULL,
    at         timestamptz NOT NULL,
    active     boolean NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (network, kind, key, label, by)
);
CREATE INDEX labels_expire ON labels (expires_at) WHERE active AND expires_at IS NOT NULL;

CREATE TABLE bot_answers (
    network text NOT NULL,
    mention text NOT NULL,
    account text NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    state   text NOT NULL CHECK (state IN ('waiting', 'answered', 'declined', 'failed')),
    why     text NOT NULL DEFAULT '',
    reply   text NOT NULL DEFAULT '',
    cited   text[] NOT NULL DEFAULT '{}',
    tries   integer NOT NULL DEFAULT 0,
    next_try timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (network, mention)
);
CREATE INDEX bot_answers_account ON bot_answers (network, account, at);
CREATE INDEX bot_answers_waiting ON bot_answers (network, next_try) WHERE state = 'waiting';
CREATE INDEX bot_answers_reply ON bot_answers (network, reply) WHERE reply <> '';
CREATE TABLE bot_positions (network text PRIMARY KEY, looked bigint NOT NULL);
CREATE TABLE bot_stopped (network text NOT NULL, account text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (network, account));

CREATE TABLE sessions (
    hash       bytea PRIMARY KEY,
    network    text NOT NULL,
    account    text NOT NULL,
    server     text NOT NULL,
    kept       bytea NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_account ON sessions (network, account);
CREATE TABLE sign_ins (
    state      text PRIMARY KEY,
    server     text NOT NULL,
    kept       bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE TABLE network_apps (server text PRIMARY KEY, kept bytea NOT NULL, made_at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE TABLE feed_generators (
    name        text PRIMARY KEY,
    title       text NOT NULL,
    description text NOT NULL DEFAULT '',
    query       text NOT NULL,
    publisher   text NOT NULL DEFAULT '',
    made_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


def upgrade() -> None:
    """Add the tables, what takes back a like by its key, and a post's own labels beside those that others say."""
    op.execute(SCHEMA)
