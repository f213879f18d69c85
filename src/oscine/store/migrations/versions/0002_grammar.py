"""What the search operators look at: places, cards, lists of accounts, and the indexes that answer them."""

from alembic import op

revision = "0002_grammar"
down_revision = "0001_first"

SCHEMA = """
ALTER TABLE posts
    ADD COLUMN lat   double precision CHECK (lat BETWEEN -90 AND 90),
    ADD COLUMN lon   double precision CHECK (lon BETWEEN -180 AND 180),
    ADD COLUMN place text NOT NULL DEFAULT '',
    ADD COLUMN card  jsonb;
CREATE INDEX posts_lat ON posts (lat, lon) WHERE lat IS NOT NULL;
CREATE INDEX posts_card ON posts (lower(card ->> 'name')) WHERE card IS NOT NULL;
CREATE INDEX posts_source ON posts (lower(replace(source, ' ', '_'))) WHERE source <> '';
CREATE INDEX posts_quote ON posts (network, quote_of) WHERE quote_of IS NOT NULL;

CREATE INDEX accounts_key ON accounts (lower(key));
CREATE INDEX accounts_verified ON accounts (id) WHERE verified;

CREATE TABLE lists (
    owner  bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name   text NOT NULL,
    member bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    public boolean NOT NULL,
    at     timestamptz NOT NULL,
    active boolean NOT NULL,
    PRIMARY KEY (owner, name, member)
);
CREATE INDEX lists_name ON lists (lower(name));
CREATE INDEX lists_member ON lists (member);
"""
SIGNS = r"""
UPDATE posts SET lexemes = lexemes || '''?'':1'::tsvector WHERE text ~ '[?؟](?![A-Za-z0-9&=_%/.-])|[？՞]';
UPDATE posts SET lexemes = lexemes || ''':)'':1'::tsvector WHERE text ~ '(^|\s)([:;=]-?[)D]|\^_?\^|<3)($|[\s.,!?])'
    OR text ~ '[😀😃😄😁😆😊🙂😉😍🥰😘😋😎🤗🤩🥳☺😂🤣❤💕💖💗🧡💛💚💙💜👍👏🙌🎉✨]';
UPDATE posts SET lexemes = lexemes || ''':('':1'::tsvector WHERE text ~ '(^|\s)([:=]''?-?\(|D:)($|[\s.,!?])'
    OR text ~ '[😞😔😟😕🙁☹😣😖😫😩😢😭😠😡🤬😤😰😨😱😥😓🥺💔👎😿]';
"""
"""What the analyzer says of posts from now on, for those that are there already."""


def upgrade() -> None:
    """Add them."""
    op.execute(SCHEMA)
    op.get_bind().exec_driver_sql(SIGNS.replace("%", "%%"))
