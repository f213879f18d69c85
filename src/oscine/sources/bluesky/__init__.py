"""Bluesky and every other network of the AT Protocol: its repositories, its streams, its identities. It writes nothing there; `posting` does."""
