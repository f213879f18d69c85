"""Alembic's entry: run the revisions over a psycopg connection."""

import psycopg
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(
    "postgresql+psycopg://",
    creator=lambda: psycopg.connect(context.config.attributes["conninfo"]),
    poolclass=pool.NullPool,
)
with engine.connect() as connection:
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
