"""Posts by named authors are embedded anew: their vectors now know who wrote them."""

from alembic import op

revision = "0004_names_in_vectors"
down_revision = "0003_discovery"


def upgrade() -> None:
    """Queue them; until each is done its old vector serves."""
    op.execute(
        "INSERT INTO pending_vectors (post) SELECT p.id FROM posts p JOIN accounts a ON a.id = p.author"
        " WHERE a.name <> '' AND p.text <> '' ON CONFLICT DO NOTHING"
    )
