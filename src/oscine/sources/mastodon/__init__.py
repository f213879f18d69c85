"""Mastodon servers, and others that speak its client API, as sources: streams, timelines, single accounts."""
