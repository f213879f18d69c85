"""Reviews of ads: what was looked at, what the machine said, and what people said after it. Rows are added and deleted, never changed."""

from alembic import op

revision = "0006_reviews"
down_revision = "0005_intents_at"

SCHEMA = """
CREATE TABLE reviews (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key      text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ad       jsonb NOT NULL,
    decision text NOT NULL CHECK (decision IN ('accept', 'refer', 'refuse')),
    reasons  jsonb NOT NULL,
    lang     text NOT NULL
);
CREATE INDEX reviews_key ON reviews (key, id DESC);
CREATE INDEX reviews_asked ON reviews (asked_at);

CREATE TABLE review_steps (
    review   bigint NOT NULL REFERENCES reviews ON DELETE CASCADE,
    number   integer NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('appeal', 'decision')),
    key      text NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    words    text NOT NULL,
    decision text CHECK (decision IN ('accept', 'refuse')),
    CHECK ((kind = 'decision') = (decision IS NOT NULL)),
    PRIMARY KEY (review, number)
);

CREATE FUNCTION never_changed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'A review is never changed: add a step to it.'; END $$;
CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews FOR EACH ROW EXECUTE FUNCTION never_changed();
CREATE TRIGGER review_steps_stay BEFORE UPDATE ON review_steps FOR EACH ROW EXECUTE FUNCTION never_changed();
"""


def upgrade() -> None:
    """Add both tables, and what keeps their rows as they are."""
    op.execute(SCHEMA)
