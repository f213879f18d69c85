"""Campaigns, what was served, what happened, what was charged, and what people chose. Money is bigint micro-units; entries and steps are never changed.

What is served and charged names its flight by a foreign key alone: the flight holds its campaign and its advertiser, and no hot row is locked for them.
"""

from alembic import op

revision = "0007_campaigns"
down_revision = "0006_reviews"

SCHEMA = """
CREATE TABLE advertisers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL,
    name       text NOT NULL,
    payer      text NOT NULL,
    currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    account    text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX advertisers_key ON advertisers (key, id DESC);

CREATE TABLE campaigns (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    advertiser bigint NOT NULL REFERENCES advertisers,
    name       text NOT NULL,
    objective  text NOT NULL CHECK (objective IN ('impressions', 'clicks', 'conversions')),
    placements text[] NOT NULL,
    tier       text NOT NULL CHECK (tier IN ('strict', 'standard', 'open')),
    targeting  jsonb NOT NULL,
    cap        integer NOT NULL DEFAULT 0 CHECK (cap >= 0),
    cap_hours  integer NOT NULL DEFAULT 24 CHECK (cap_hours > 0),
    pace       text NOT NULL CHECK (pace IN ('even', 'traffic', 'fast')),
    holdout    double precision NOT NULL CHECK (holdout >= 0 AND holdout <= 0.5),
    state      text NOT NULL CHECK (state IN ('draft', 'review', 'running', 'paused', 'refused', 'ended')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX campaigns_advertiser ON campaigns (advertiser, id DESC);
CREATE INDEX campaigns_state ON campaigns (state);

CREATE TABLE campaign_steps (
    campaign bigint NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    number   integer NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    by       text NOT NULL,
    state    text NOT NULL,
    change   jsonb NOT NULL,
    why      text NOT NULL DEFAULT '',
    PRIMARY KEY (campaign, number)
);

CREATE TABLE flights (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign    bigint NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL CHECK (ends_at > starts_at),
    budget      bigint NOT NULL CHECK (budget > 0),
    daily       bigint NOT NULL DEFAULT 0 CHECK (daily >= 0),
    bid         bigint NOT NULL DEFAULT 0 CHECK (bid >= 0),
    spent       bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    reserved    bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    day         date NOT NULL DEFAULT 'epoch',
    spent_today bigint NOT NULL DEFAULT 0 CHECK (spent_today >= 0),
    CHECK (spent + reserved <= budget)
);
CREATE INDEX flights_campaign ON flights (campaign, id);

CREATE TABLE creatives (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign   bigint NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    headline   text NOT NULL,
    body       text NOT NULL,
    action     text NOT NULL,
    hashtags   text[] NOT NULL DEFAULT '{}',
    link       text NOT NULL,
    brand      text NOT NULL,
    lang       text NOT NULL,
    generated  boolean NOT NULL,
    by         text NOT NULL,
    score      double precision NOT NULL DEFAULT 0,
    review     bigint NOT NULL,
    accepted   boolean NOT NULL,
    removed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX creatives_campaign ON creatives (campaign, id);
CREATE INDEX creatives_review ON creatives (review);

CREATE TABLE creative_pictures (
    creative bigint NOT NULL REFERENCES creatives ON DELETE CASCADE,
    size     text NOT NULL,
    png      bytea NOT NULL,
    alt      text NOT NULL,
    PRIMARY KEY (creative, size)
);

CREATE TABLE served (
    token      text PRIMARY KEY,
    at         timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    advertiser bigint NOT NULL,
    campaign   bigint NOT NULL,
    flight     bigint NOT NULL REFERENCES flights,
    creative   bigint NOT NULL,
    placement  text NOT NULL,
    objective  text NOT NULL,
    price      bigint NOT NULL CHECK (price >= 0),
    currency   text NOT NULL,
    reserved   bigint NOT NULL CHECK (reserved >= 0),
    open       boolean NOT NULL,
    charged    bigint NOT NULL DEFAULT 0 CHECK (charged IN (0, price)),
    person     text NOT NULL DEFAULT '',
    held       boolean NOT NULL DEFAULT false,
    propensity double precision NOT NULL,
    chances    jsonb NOT NULL,
    p_click    double precision NOT NULL,
    p_convert  double precision NOT NULL,
    lang       text NOT NULL,
    country    text NOT NULL,
    site       text NOT NULL,
    size       text NOT NULL,
    context    jsonb NOT NULL
);
CREATE INDEX served_campaign ON served (campaign, at);
CREATE INDEX served_person ON served (person, campaign, at) WHERE person <> '';
CREATE INDEX served_open ON served (expires_at) WHERE open;
CREATE INDEX served_at ON served (at);

CREATE TABLE ad_events (
    token   text NOT NULL REFERENCES served ON DELETE CASCADE,
    kind    text NOT NULL CHECK (kind IN ('impression', 'viewable', 'click', 'conversion')),
    ref     text NOT NULL DEFAULT '',
    at      timestamptz NOT NULL,
    charged bigint NOT NULL DEFAULT 0,
    refused text NOT NULL DEFAULT '',
    value   bigint NOT NULL DEFAULT 0,
    number  bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (token, kind, ref)
);
CREATE INDEX ad_events_number ON ad_events (number);
CREATE INDEX ad_events_at ON ad_events (at);

CREATE TABLE ad_conversions (
    advertiser bigint NOT NULL REFERENCES advertisers,
    ref        text NOT NULL,
    person     text NOT NULL,
    at         timestamptz NOT NULL,
    value      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (advertiser, ref)
);
CREATE INDEX ad_conversions_person ON ad_conversions (person, advertiser);

CREATE TABLE ad_refusals (
    day    date NOT NULL,
    kind   text NOT NULL,
    reason text NOT NULL,
    count  bigint NOT NULL,
    PRIMARY KEY (day, kind, reason)
);

CREATE TABLE ad_entries (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    advertiser bigint NOT NULL,
    campaign   bigint NOT NULL,
    flight     bigint NOT NULL REFERENCES flights,
    kind       text NOT NULL CHECK (kind IN ('charge', 'refund', 'correction')),
    amount     bigint NOT NULL CHECK ((kind = 'charge') <= (amount > 0) AND (kind = 'refund') <= (amount < 0)),
    currency   text NOT NULL,
    token      text NOT NULL DEFAULT '',
    event      text NOT NULL DEFAULT '',
    by         text NOT NULL,
    why        text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX ad_entries_charge ON ad_entries (token) WHERE kind = 'charge';
CREATE UNIQUE INDEX ad_entries_refund ON ad_entries (token) WHERE kind = 'refund' AND token <> '';
CREATE INDEX ad_entries_flight ON ad_entries (flight);
CREATE INDEX ad_entries_advertiser ON ad_entries (advertiser, id DESC);
CREATE INDEX ad_entries_campaign ON ad_entries (campaign, id DESC);

CREATE TABLE ad_days (
    day        date NOT NULL,
    campaign   bigint NOT NULL REFERENCES campaigns,
    creative   bigint NOT NULL,
    placement  text NOT NULL,
    lang       text NOT NULL,
    country    text NOT NULL,
    served     bigint NOT NULL,
    impressions bigint NOT NULL,
    viewable   bigint NOT NULL,
    clicks     bigint NOT NULL,
    conversions bigint NOT NULL,
    spent      bigint NOT NULL,
    PRIMARY KEY (day, campaign, creative, placement, lang, country)
);

CREATE TABLE ad_reach (
    campaign    bigint NOT NULL REFERENCES campaigns,
    country     text NOT NULL,
    people      bigint NOT NULL,
    impressions bigint NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (campaign, country)
);

CREATE TABLE ad_traffic (
    hour      timestamptz NOT NULL,
    placement text NOT NULL,
    places    bigint NOT NULL,
    PRIMARY KEY (hour, placement)
);

CREATE TABLE ad_choices (
    network    text NOT NULL,
    account    text NOT NULL,
    personal   boolean NOT NULL DEFAULT false,
    minor      boolean NOT NULL DEFAULT false,
    less       text[] NOT NULL DEFAULT '{}',
    hidden     bigint[] NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (NOT (minor AND personal)),
    PRIMARY KEY (network, account)
);

CREATE FUNCTION kept_as_it_is() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'A row of % is never changed: add another.', TG_TABLE_NAME; END $$;
CREATE TRIGGER ad_entries_stay BEFORE UPDATE OR DELETE ON ad_entries FOR EACH ROW EXECUTE FUNCTION kept_as_it_is();
CREATE TRIGGER campaign_steps_stay BEFORE UPDATE ON campaign_steps FOR EACH ROW EXECUTE FUNCTION kept_as_it_is();
"""


def upgrade() -> None:
    """Add all of it, and what keeps entries and steps as they are."""
    op.execute(SCHEMA)
