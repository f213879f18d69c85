"""One file a resource; each route checks a right, calls the `App`, and shapes the reply."""
