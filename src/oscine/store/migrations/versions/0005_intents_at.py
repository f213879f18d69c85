"""When an account last said what may be done with its posts: the newest word counts, in whatever order the words arrive."""

from alembic import op

revision = "0005_intents_at"
down_revision = "0004_names_in_vectors"


def upgrade() -> None:
    """No statement so far tells its time: any later one replaces it."""
    op.execute("ALTER TABLE accounts ADD COLUMN intents_at timestamptz")
