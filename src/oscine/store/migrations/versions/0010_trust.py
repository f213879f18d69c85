"""Labels by the machine and appeals; licences of keys; the log of accesses as a chain; what was deleted and is to be purged; certificates; incidents."""

from alembic import op

revision = "0010_trust"
down_revision = "0009_feed"

SCHEMA = """
CREATE TABLE pending_labels (
    post  bigint PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO pending_labels (post) SELECT id FROM posts WHERE text <> '';
CREATE TABLE machine_labels (
    post          bigint PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    model         text NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    probabilities real[] NOT NULL
);
CREATE INDEX machine_labels_at ON machine_labels (at);
ALTER TABLE labels ADD COLUMN why text NOT NULL DEFAULT '';
CREATE TABLE label_appeals (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    network    text NOT NULL,
    post       text NOT NULL,
    label      text NOT NULL,
    account    text NOT NULL,
    words      text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at timestamptz,
    decided_by text NOT NULL DEFAULT '',
    upheld     boolean,
    why        text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX label_appeals_open ON label_appeals (network, post, label) WHERE decided_at IS NULL;
CREATE INDEX label_appeals_post ON label_appeals (network, post);
CREATE INDEX label_appeals_account ON label_appeals (network, account);

CREATE TABLE licences (
    key        text NOT NULL REFERENCES keys ON DELETE CASCADE,
    version    integer NOT NULL,
    holder     text NOT NULL,
    purpose    text NOT NULL,
    uses       text[] NOT NULL,
    fields     text[] NOT NULL,
    networks   text[] NOT NULL DEFAULT '{}',
    days       double precision,
    per_minute integer,
    expires_at timestamptz,
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by         text NOT NULL,
    why        text NOT NULL DEFAULT '',
    PRIMARY KEY (key, version)
);

CREATE TABLE person_keys (
    network text NOT NULL,
    account text NOT NULL,
    secret  bytea NOT NULL,
    PRIMARY KEY (network, account)
);
CREATE TABLE access_log (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place   bigint UNIQUE,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    what    text NOT NULL,
    door    text NOT NULL DEFAULT '',
    key     text NOT NULL DEFAULT '',
    purpose text NOT NULL DEFAULT '',
    person  text NOT NULL DEFAULT '',
    posts   integer NOT NULL DEFAULT 0,
    authors text[] NOT NULL DEFAULT '{}',
    counts  integer[] NOT NULL DEFAULT '{}',
    detail  jsonb NOT NULL DEFAULT '{}',
    hash    bytea
);
CREATE INDEX access_log_unsealed ON access_log (id) WHERE place IS NULL;
CREATE INDEX access_log_at ON access_log (at);
CREATE INDEX access_log_authors ON access_log USING gin (authors);
CREATE TABLE access_heads (
    place      bigint PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    hash       bytea NOT NULL,
    signature  bytea NOT NULL,
    public_key bytea NOT NULL,
    anchor     boolean NOT NULL DEFAULT false
);

CREATE TABLE deletions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    network     text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('post', 'account', 'consent', 'edit')),
    key         text NOT NULL,
    account     text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    posts       integer NOT NULL DEFAULT 0,
    marks       bytea NOT NULL DEFAULT '',
    certificate text NOT NULL DEFAULT ''
);
CREATE INDEX deletions_pending ON deletions (at) WHERE certificate = '';
CREATE INDEX deletions_account ON deletions (network, account);
CREATE TABLE certificates (
    id          text PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    certificate jsonb NOT NULL
);

CREATE TABLE incidents (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL,
    title     text NOT NULL,
    what      text NOT NULL,
    effect    text NOT NULL DEFAULT '',
    by        text NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at  timestamptz,
    mended    text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX incidents_open ON incidents (kind, title) WHERE ended_at IS NULL;
"""


def upgrade() -> None:
    """Create the tables; posts that are here wait for the machine's labels."""
    op.execute(SCHEMA)
