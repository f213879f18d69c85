"""Where posts come from: each source yields events and never sees the store."""
