"""Names of accounts found however they are written, and searches that people save."""

from alembic import op

revision = "0003_discovery"
down_revision = "0002_grammar"

FOLDED = r"""
CREATE FUNCTION folded(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT regexp_replace(lower(normalize(name, NFKD) COLLATE pg_c_utf8), '[\u0300-\u036f]', '', 'g') $$;
"""
SCHEMA = """
CREATE INDEX accounts_folded_handle ON accounts (folded(handle) text_pattern_ops);
CREATE INDEX accounts_folded_name ON accounts (folded(name) text_pattern_ops);
CREATE INDEX accounts_told ON accounts USING gin (to_tsvector('simple', folded(handle || ' ' || name || ' ' || bio)));

CREATE TABLE saved_searches (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner     text NOT NULL,
    key       text NOT NULL,
    network   text NOT NULL DEFAULT '',
    account   text NOT NULL DEFAULT '',
    name      text NOT NULL,
    query     text NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT now(),
    looked    bigint NOT NULL,
    webhook   text,
    secret    text NOT NULL DEFAULT '',
    delivered bigint NOT NULL,
    failures  integer NOT NULL DEFAULT 0,
    trouble   text NOT NULL DEFAULT '',
    next_try  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (owner, name)
);
"""


def upgrade() -> None:
    """Add what finds people, and the table of saved searches."""
    op.execute(FOLDED)
    op.execute(SCHEMA)
