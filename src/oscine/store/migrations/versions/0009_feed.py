"""What people ask of their feeds, the weights by version, what was served and what came of it, tests of weights; feeds for Bluesky that are ranked for each."""

from alembic import op

revision = "0009_feed"
down_revision = "0008_networks"

SCHEMA = """
CREATE INDEX engagements_at ON engagements (at) WHERE active;
CREATE INDEX relations_active ON relations (actor, kind, at DESC) INCLUDE (target) WHERE active;

CREATE TABLE feed_steering (
    network    text NOT NULL,
    account    text NOT NULL,
    steering   jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (network, account)
);

CREATE TABLE feed_weights (
    version integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    weights jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by      text NOT NULL,
    why     text NOT NULL
);
CREATE TABLE feed_weights_live (
    step    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version integer NOT NULL,
    since   timestamptz NOT NULL DEFAULT clock_timestamp(),
    by      text NOT NULL,
    why     text NOT NULL
);

CREATE TABLE feed_tests (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    control    integer NOT NULL,
    treatment  integer NOT NULL,
    share      double precision NOT NULL CHECK (share > 0 AND share < 1),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by         text NOT NULL,
    why        text NOT NULL,
    ended_at   timestamptz,
    ended_by   text NOT NULL DEFAULT '',
    ended_why  text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX feed_tests_running ON feed_tests ((true)) WHERE ended_at IS NULL;

CREATE TABLE feed_pages (
    token       text PRIMARY KEY,
    session     text NOT NULL,
    at          timestamptz NOT NULL,
    person      text NOT NULL DEFAULT '',
    kind        text NOT NULL CHECK (kind IN ('for-you', 'newest')),
    weights     integer NOT NULL,
    ranker      text NOT NULL DEFAULT '',
    test        integer NOT NULL DEFAULT 0,
    arm         text NOT NULL DEFAULT '',
    temperature double precision NOT NULL DEFAULT 0,
    candidates  bytea NOT NULL DEFAULT '',
    ads         text[] NOT NULL DEFAULT '{}'
);
CREATE INDEX feed_pages_person ON feed_pages (person, at DESC) WHERE person <> '';
CREATE INDEX feed_pages_session ON feed_pages (session);
CREATE INDEX feed_pages_at ON feed_pages (at);
CREATE INDEX feed_pages_test ON feed_pages (test, at) WHERE test > 0;

CREATE TABLE feed_posts (
    page       text NOT NULL REFERENCES feed_pages ON DELETE CASCADE,
    position   integer NOT NULL,
    post       bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    points     bigint NOT NULL,
    propensity real NOT NULL,
    sources    text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (page, position)
);
CREATE INDEX feed_posts_post ON feed_posts (post);

CREATE TABLE feed_outcomes (
    page text NOT NULL REFERENCES feed_pages ON DELETE CASCADE,
    post bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    kind text NOT NULL,
    at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (page, post, kind)
);
CREATE INDEX feed_outcomes_post ON feed_outcomes (post);

ALTER TABLE feed_generators ADD COLUMN personal boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    """Create the tables of the feed, and the indexes by which new acts, and whom one follows, are found; note which feeds for Bluesky are personal."""
    op.execute(SCHEMA)
